//! From a host's name to a connection that is encrypted as it should be and logged in.
//!
//! The first words (greeting, EHLO, STARTTLS) are spoken here rather than by lettre: what to do
//! depends on where the connection really leads (loopback or not), and lettre would take bytes
//! that somebody slipped in before the handshake for answers given after it.

use std::fmt::Debug;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream};
use lettre::transport::smtp::extension::ClientId;
use tokio::io::{
    AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader, ReadBuf,
};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::settings::{Security, SmtpSettings};
use super::verdict::{Failure, Reply, Stage};
use super::within;
use crate::SendError;

/// In bytes; a friendly EHLO has a few hundred.
const LONGEST_REPLY: usize = 16 * 1024;

/// Connects, encrypts and logs in.
pub(super) async fn open(settings: &SmtpSettings) -> Result<AsyncSmtpConnection, SendError> {
    let logs_in = settings.credentials.is_some();
    let (tcp, peer) = dial(settings).await?;
    let hello = hello(settings, &tcp);
    let stream: Box<dyn AsyncTokioStream> = match settings.security {
        Security::Implicit => Box::new(Stream::new(encrypt(settings, tcp).await?, peer, b"")),
        _ => begin_in_the_clear(settings, tcp, peer, &hello).await?,
    };
    let greeted = AsyncSmtpConnection::connect_with_transport(stream, &hello);
    let mut connection = within(settings.timeouts.command, Stage::Greeting, greeted)
        .await
        .map_err(|failure| failure.into_error(logs_in))?;
    if let Some(credentials) = &settings.credentials {
        use lettre::transport::smtp::authentication::DEFAULT_MECHANISMS;
        let login = connection.auth(DEFAULT_MECHANISMS, credentials);
        within(settings.timeouts.command, Stage::Login, login)
            .await
            .map_err(|failure| failure.into_error(logs_in))?;
    }
    Ok(connection)
}

async fn dial(settings: &SmtpSettings) -> Result<(TcpStream, SocketAddr), SendError> {
    let unreachable = |why: &dyn std::fmt::Display| {
        let detail = format!("{}:{}: {why}", settings.host, settings.port);
        SendError::temporary("smtp_unreachable", detail)
    };
    let limit = settings.timeouts.connect;
    let found = timeout(limit, lookup_host((settings.host.as_str(), settings.port))).await;
    let found = found.map_err(|_| unreachable(&"the name took too long to look up"))?;
    let mut last = unreachable(&"the name has no address");
    for address in found.map_err(|e| unreachable(&e))? {
        match timeout(limit, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // Commands are small and each waits for its reply.
                let _ = stream.set_nodelay(true);
                return Ok((stream, address));
            }
            Ok(Err(error)) => last = unreachable(&error),
            Err(_) => last = SendError::temporary("smtp_timeout", format!("{address}: no answer")),
        }
    }
    Err(last)
}

fn hello(settings: &SmtpSettings, stream: &TcpStream) -> ClientId {
    match (&settings.hello, stream.local_addr()) {
        (Some(name), _) => ClientId::Domain(name.clone()),
        (None, Ok(SocketAddr::V4(own))) => ClientId::Ipv4(*own.ip()),
        (None, Ok(SocketAddr::V6(own))) => ClientId::Ipv6(*own.ip()),
        (None, Err(_)) => ClientId::Domain("localhost".to_owned()),
    }
}

async fn encrypt(
    settings: &SmtpSettings,
    tcp: TcpStream,
) -> Result<tokio_rustls::client::TlsStream<TcpStream>, SendError> {
    let limit = settings.timeouts.connect;
    let handshake = timeout(limit, settings.tls.handshake(&settings.host, tcp)).await;
    handshake.unwrap_or_else(|_| Err(SendError::temporary("smtp_timeout", "TLS handshake")))
}

/// What a server can do before anything is encrypted.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Offer {
    pub starttls: bool,
    pub login: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Decision {
    Encrypt,
    Clear,
    Refuse(&'static str),
}

/// The one place that decides whether something may cross the wire unencrypted.
pub(super) fn decide(wanted: Security, loopback: bool, logs_in: bool, offer: Offer) -> Decision {
    const NONE: &str = "the server offers no STARTTLS, and nothing is sent unencrypted \
                        (?tls=optional in the URL allows messages, never passwords)";
    const NO_LOGIN: &str = "the server offers no STARTTLS, and no password is sent unencrypted";
    match wanted {
        Security::StartTls | Security::IfOffered if loopback => {
            match offer.starttls && logs_in && !offer.login {
                true => Decision::Encrypt,
                false => Decision::Clear,
            }
        }
        _ if offer.starttls => Decision::Encrypt,
        Security::IfOffered if logs_in => Decision::Refuse(NO_LOGIN),
        Security::IfOffered => Decision::Clear,
        Security::StartTls | Security::AlwaysStartTls | Security::Implicit => {
            Decision::Refuse(NONE)
        }
    }
}

async fn begin_in_the_clear(
    settings: &SmtpSettings,
    tcp: TcpStream,
    peer: SocketAddr,
    hello: &ClientId,
) -> Result<Box<dyn AsyncTokioStream>, SendError> {
    let logs_in = settings.credentials.is_some();
    let limit = settings.timeouts.command;
    let mut first = BufReader::new(tcp);
    let words =
        async { greet(&mut first, hello).await.map_err(|failure| failure.into_error(logs_in)) };
    let offer = timeout(limit, words)
        .await
        .unwrap_or_else(|_| Err(Failure::timeout(Stage::Greeting, limit).into_error(logs_in)))?;
    match decide(settings.security, peer.ip().is_loopback(), logs_in, offer) {
        Decision::Refuse(why) => Err(SendError::misconfigured("smtp_tls", why)),
        // lettre begins by reading a greeting; the real one has been read already.
        Decision::Clear => Ok(Box::new(Stream::new(first.into_inner(), peer, b"220 \r\n"))),
        Decision::Encrypt => {
            let upgrade = timeout(limit, command(&mut first, "STARTTLS\r\n")).await;
            let refused = |why: String| SendError::temporary("smtp_tls", why);
            match upgrade {
                Ok(Ok(reply)) if reply.code == 220 => {}
                Ok(Ok(reply)) => return Err(refused(format!("STARTTLS: {reply}"))),
                Ok(Err(error)) => return Err(refused(format!("STARTTLS: {error}"))),
                Err(_) => return Err(SendError::temporary("smtp_timeout", "STARTTLS")),
            }
            if !first.buffer().is_empty() {
                let why = "bytes were slipped in before the TLS handshake";
                return Err(SendError::misconfigured("smtp_tls", why));
            }
            let tls = encrypt(settings, first.into_inner()).await?;
            Ok(Box::new(Stream::new(tls, peer, b"220 \r\n")))
        }
    }
}

async fn greet(stream: &mut BufReader<TcpStream>, hello: &ClientId) -> Result<Offer, Failure> {
    let lost = |error: io::Error| Failure::from_io(Stage::Greeting, &error);
    let greeting = read_reply(stream).await.map_err(lost)?;
    if !greeting.is_positive() {
        return Err(Failure::from_reply(Stage::Greeting, greeting));
    }
    let reply = command(stream, &format!("EHLO {hello}\r\n")).await.map_err(lost)?;
    if !reply.is_positive() {
        return Err(Failure::from_reply(Stage::Greeting, reply));
    }
    let mut offer = Offer::default();
    for line in reply.text.lines().map(str::to_ascii_uppercase) {
        offer.starttls |= line == "STARTTLS";
        offer.login |= line.starts_with("AUTH ") || line.starts_with("AUTH=");
    }
    Ok(offer)
}

async fn command(stream: &mut BufReader<TcpStream>, line: &str) -> io::Result<Reply> {
    stream.get_mut().write_all(line.as_bytes()).await?;
    read_reply(stream).await
}

/// Reads one reply; its lines are joined by `\n`.
async fn read_reply(stream: &mut BufReader<TcpStream>) -> io::Result<Reply> {
    let mut stream = stream.take(LONGEST_REPLY as u64);
    let mut text = String::new();
    loop {
        let mut line = Vec::new();
        stream.read_until(b'\n', &mut line).await?;
        if !line.ends_with(b"\n") {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end();
        let code = line.get(..3).and_then(|code| code.parse::<u16>().ok());
        let Some(code) = code.filter(|code| (200..600).contains(code)) else {
            return Err(not_smtp("this is no SMTP server"));
        };
        text.push_str(line.get(4..).unwrap_or_default());
        if line.as_bytes().get(3) != Some(&b'-') {
            return Ok(Reply { code, text });
        }
        text.push('\n');
    }
}

fn not_smtp(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

/// A stream that says `prefix` before what really arrives, and fails on endless replies: lettre
/// reads a reply anew from its beginning with every line that arrives.
#[derive(Debug)]
struct Stream<S> {
    inner: S,
    peer: SocketAddr,
    prefix: &'static [u8],
    /// Bytes that came since something was last said.
    unanswered: usize,
}

impl<S> Stream<S> {
    fn new(inner: S, peer: SocketAddr, prefix: &'static [u8]) -> Self {
        Self { inner, peer, prefix, unanswered: 0 }
    }
}

impl<S> AsyncTokioStream for Stream<S>
where
    S: AsyncRead + AsyncWrite + Send + Sync + Unpin + Debug,
{
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.peer)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Stream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.prefix.is_empty() {
            let before = buffer.filled().len();
            ready!(Pin::new(&mut self.inner).poll_read(context, buffer))?;
            self.unanswered += buffer.filled().len() - before;
            let endless = self.unanswered > LONGEST_REPLY;
            return Poll::Ready(if endless { Err(not_smtp("an endless reply")) } else { Ok(()) });
        }
        let (now, later) = self.prefix.split_at(self.prefix.len().min(buffer.remaining()));
        buffer.put_slice(now);
        self.prefix = later;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Stream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.unanswered = 0;
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}
