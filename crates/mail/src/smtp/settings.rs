//! One URL says how mail leaves the house.

use std::fmt;
use std::time::Duration;

use lettre::transport::smtp::authentication::Credentials;
use percent_encoding::percent_decode_str;
use rustls::pki_types::ServerName;
use url::{Host, Url};

use super::tls::{Roots, TlsClient};

/// How the SMTP server is reached. Made from a URL by [`SmtpSettings::from_url`].
#[derive(Clone)]
pub struct SmtpSettings {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) security: Security,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) hello: Option<String>,
    pub(crate) timeouts: Timeouts,
    pub(crate) connections: usize,
    pub(crate) tls: TlsClient,
}

/// How long each step may take.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// Finding the server, connecting, and the TLS handshake: each this long.
    pub connect: Duration,
    /// Each command until its reply.
    pub command: Duration,
    /// The content until the server says that it took it.
    pub content: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            command: Duration::from_secs(30),
            content: Duration::from_secs(90),
        }
    }
}

/// What the URL asks for; what is done also depends on the server (`connect::decide`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Security {
    /// TLS from the first byte.
    Implicit,
    /// STARTTLS or nothing; on loopback only where the server wants it for the log-in.
    StartTls,
    /// STARTTLS or nothing, on loopback too.
    AlwaysStartTls,
    /// STARTTLS if offered. Without it messages go in the clear, passwords never.
    IfOffered,
}

/// The URL cannot be used. The text says why, and never repeats the URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidUrl(&'static str);

impl SmtpSettings {
    /// Reads `smtps://user:password@host:port` (TLS from the start, port 465) or
    /// `smtp://user:password@host:port` (STARTTLS, port 587; with port 465 as `smtps`).
    /// User and password are percent-encoded, and may be left out together.
    ///
    /// - `smtp://` encrypts by STARTTLS with a verified certificate, or sends nothing. Only to
    ///   loopback does it speak in the clear, unless the server lets nobody log in before
    ///   STARTTLS.
    /// - `?tls=required` asks for STARTTLS on loopback too.
    /// - `?tls=optional` lets *messages* go in the clear to a server without STARTTLS (a relay
    ///   in one's own network); passwords are not sent to such a server.
    /// - `?hello=name` is the name to greet with; otherwise it is the connection's own address.
    ///
    /// Certificates are verified against the system's store (`SSL_CERT_FILE` and `SSL_CERT_DIR`
    /// are honoured), or Mozilla's where the system has none.
    ///
    /// # Errors
    /// [`InvalidUrl`], in words for the operator.
    pub fn from_url(url: &str) -> Result<Self, InvalidUrl> {
        let url =
            Url::parse(url).map_err(|_| InvalidUrl("not a URL like smtps://user:password@host"))?;
        let host = host(&url)?;
        let mut security = match url.scheme() {
            "smtps" => Security::Implicit,
            "smtp" if url.port() == Some(465) => Security::Implicit,
            "smtp" => Security::StartTls,
            _ => return Err(InvalidUrl("the URL must begin with smtp:// or smtps://")),
        };
        let mut hello = None;
        for (name, value) in url.query_pairs() {
            match (&*name, &*value) {
                ("tls", _) if security == Security::Implicit => {}
                ("tls", "required") => security = Security::AlwaysStartTls,
                ("tls", "optional") => security = Security::IfOffered,
                ("tls", _) => return Err(InvalidUrl("tls is either required or optional")),
                ("hello", name) => hello = Some(hello_name(name)?),
                _ => return Err(InvalidUrl("the only options are tls and hello")),
            }
        }
        let port = url.port().unwrap_or(if security == Security::Implicit { 465 } else { 587 });
        Ok(Self {
            host,
            port,
            security,
            credentials: credentials(&url)?,
            hello,
            timeouts: Timeouts::default(),
            connections: 4,
            tls: TlsClient::new(Roots::System),
        })
    }

    /// Other time limits than the default 10, 30 and 90 seconds.
    #[must_use]
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// At most this many connections at once (default 4); further messages wait their turn.
    #[must_use]
    pub fn connections(mut self, connections: usize) -> Self {
        self.connections = connections;
        self
    }

    /// Trusts these certificate authorities (DER) instead of the system's.
    #[must_use]
    pub fn trust_only(mut self, authorities: Vec<Vec<u8>>) -> Self {
        self.tls = TlsClient::new(Roots::Only(authorities));
        self
    }
}

fn host(url: &Url) -> Result<String, InvalidUrl> {
    // `smtp` is no scheme that the url crate knows: the host is kept as written.
    let host = match url.host() {
        Some(Host::Domain(name)) => {
            let name = percent_decode_str(name).decode_utf8();
            let name = name.map_err(|_| InvalidUrl("the host's name is no text"))?;
            idna::domain_to_ascii(&name).map_err(|_| InvalidUrl("no host can have this name"))?
        }
        Some(Host::Ipv4(address)) => address.to_string(),
        Some(Host::Ipv6(address)) => address.to_string(),
        None => String::new(),
    };
    match host.is_empty() || ServerName::try_from(host.as_str()).is_err() {
        true => Err(InvalidUrl("the URL names no host")),
        false => Ok(host),
    }
}

fn credentials(url: &Url) -> Result<Option<Credentials>, InvalidUrl> {
    let decode = |text| {
        let text = percent_decode_str(text).decode_utf8();
        text.map_err(|_| InvalidUrl("user and password must be UTF-8, percent-encoded"))
    };
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        ("", Some(_)) => Err(InvalidUrl("there is a password but no user")),
        (_, None | Some("")) => Err(InvalidUrl("there is a user but no password")),
        (user, Some(password)) => {
            let (user, password) = (decode(user)?, decode(password)?);
            Ok(Some(Credentials::new(user.into_owned(), password.into_owned())))
        }
    }
}

fn hello_name(name: &str) -> Result<String, InvalidUrl> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-.[]:".contains(&b);
    match !name.is_empty() && name.len() < 256 && name.bytes().all(plain) {
        true => Ok(name.to_owned()),
        false => Err(InvalidUrl("hello must be a host name")),
    }
}

impl fmt::Debug for SmtpSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let login = if self.credentials.is_some() { "with log-in" } else { "without log-in" };
        write!(f, "smtp {}:{} {:?} {login}", self.host, self.port, self.security)
    }
}
