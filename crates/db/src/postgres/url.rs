//! `postgres://user:password@host/database?schema=…&pool=…`: the usual URL, with two settings of ours.

use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::path::Path;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::tls::{self, Roots};
use crate::{Error, Result};

/// Connections that write, unless the URL says otherwise.
const POOL: usize = 10;
/// What the URL may say. No server gives one process a thousand.
const POOLS: RangeInclusive<usize> = 1..=1000;

pub(super) struct Settings {
    pub(super) config: Config,
    /// Not used where `config` wants no TLS.
    pub(super) tls: MakeRustlsConnect,
    /// Only letters, digits and `_`: safe to stand in SQL.
    pub(super) schema: Option<String>,
    pub(super) pool: usize,
}

impl Settings {
    pub(super) fn parse(url: &str) -> Result<Self> {
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let mut schema = None;
        let mut pool = POOL;
        let mut wants_tls = false;
        let mut root_file = None;
        let mut rest = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("schema", name)) => schema = Some(plain_name(name)?),
                Some(("pool", size)) => pool = pool_size(size)?,
                Some(("sslmode", mode)) => wants_tls = is_encrypted(mode)?,
                Some(("sslrootcert", path)) => root_file = Some(Path::new(path)),
                _ => rest.push(pair),
            }
        }
        let url = format!("{base}?{}", rest.join("&"));
        let mut config: Config = url.parse().map_err(Error::other)?;
        let (mode, roots) = match (wants_tls, root_file) {
            (false, Some(_)) => return Err(Error::other("sslrootcert= goes with sslmode=require")),
            (false, None) => (SslMode::Disable, Roots::Nobody),
            (true, None) => (SslMode::Require, Roots::System),
            (true, Some(path)) => (SslMode::Require, Roots::File(path)),
        };
        config.ssl_mode(mode);
        config.options(options(config.get_options(), schema.as_deref()));
        if config.get_application_name().is_none() {
            config.application_name("kostticket");
        }
        config.connect_timeout(Duration::from_secs(5));
        // A line that is dead without a word is noticed within half a minute.
        config.keepalives_idle(Duration::from_secs(10));
        config.keepalives_interval(Duration::from_secs(5));
        config.keepalives_retries(3);
        config.tcp_user_timeout(Duration::from_secs(15));
        Ok(Self { config, tls: tls::connector(&roots)?, schema, pool })
    }

    /// Whether the server is on another machine, perhaps, and there is no TLS.
    pub(super) fn is_open_to_the_network(&self) -> bool {
        let is_local = |host: &Host| match host {
            Host::Tcp(name) => {
                name == "localhost" || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
            }
            Host::Unix(_) => true,
        };
        self.config.get_ssl_mode() == SslMode::Disable
            && !self.config.get_hosts().iter().all(is_local)
    }

    /// Notices go to the nodes that work in the same schema.
    pub(super) fn channel(&self) -> String {
        format!("notice_{}", self.schema.as_deref().unwrap_or("public"))
    }
}

fn pool_size(size: &str) -> Result<usize> {
    let size = size.parse().ok().filter(|size| POOLS.contains(size));
    size.ok_or_else(|| {
        Error::other(format!("pool= takes a number from {} to {}", POOLS.start(), POOLS.end()))
    })
}

/// The modes of libpq that say for certain what will be; we check more than they ask for.
fn is_encrypted(mode: &str) -> Result<bool> {
    match mode {
        "disable" => Ok(false),
        "require" | "verify-ca" | "verify-full" => Ok(true),
        _ => Err(Error::other(format!(
            "sslmode={mode}: say disable, or require (which checks the certificate and the name, as \
             verify-full does); what may turn out unencrypted is not offered"
        ))),
    }
}

/// Whoever stops or is cut off in the middle of a transaction lets go of what it locked,
/// before those who wait for it give up.
const PATIENT: &str = "-c lock_timeout=5s -c idle_in_transaction_session_timeout=4s";

/// A statement has one plan, whatever values it is given and however unevenly they are
/// spread: joined as it is written, and as on SQLite row by row. Looking for a better one took ten times as long as running it, and found
/// worse ones where one kost was much larger than the others. What is read is in memory or
/// on a disk that does not turn, and nothing takes long enough to be compiled.
const PLANS: &str = "-c join_collapse_limit=1 -c plan_cache_mode=force_generic_plan \
                     -c enable_hashjoin=off -c enable_mergejoin=off \
                     -c random_page_cost=1.1 -c jit=off";

/// For a transaction that is not like the others.
pub(super) const WHOLE_TABLES: &str = "SET LOCAL join_collapse_limit = 8; SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on";

fn options(given: Option<&str>, schema: Option<&str>) -> String {
    let mut options = format!("{PATIENT} {PLANS}");
    if let Some(schema) = schema {
        options.push_str(" -c search_path=");
        options.push_str(schema);
    }
    if let Some(given) = given {
        options.push(' ');
        options.push_str(given);
    }
    options
}

fn plain_name(name: &str) -> Result<String> {
    let plain = name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    let begins_well = !name.starts_with(|first: char| first.is_ascii_digit());
    // "notice_" and it have to fit into an identifier.
    if plain && begins_well && (1..=56).contains(&name.len()) {
        return Ok(name.to_owned());
    }
    Err(Error::other("schema= takes small letters, digits and _"))
}
