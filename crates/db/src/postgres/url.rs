//! `postgres://user:password@host/database?schema=…&pool=…`: the usual URL, with two settings of ours.

use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::SslMode;

use crate::{Error, Result};

/// Connections that each of the two pools may hold unless the URL says otherwise.
const POOL: usize = 10;

pub(super) struct Settings {
    pub(super) config: Config,
    /// Only letters, digits and `_`: safe to stand in SQL.
    pub(super) schema: Option<String>,
    pub(super) pool: usize,
}

impl Settings {
    pub(super) fn parse(url: &str) -> Result<Self> {
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let mut schema = None;
        let mut pool = POOL;
        let mut rest = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("schema", name)) => schema = Some(plain_name(name)?),
                Some(("pool", size)) => {
                    pool = size.parse().map_err(|_| Error::other("pool= takes a number"))?;
                }
                _ => rest.push(pair),
            }
        }
        let url = format!("{base}?{}", rest.join("&"));
        let mut config: Config = url.parse().map_err(Error::other)?;
        if config.get_ssl_mode() == SslMode::Require {
            return Err(Error::other("sslmode=require: connections over TLS are not supported"));
        }
        config.options(options(config.get_options(), schema.as_deref()));
        if config.get_application_name().is_none() {
            config.application_name("kostticket");
        }
        config.connect_timeout(Duration::from_secs(5));
        config.keepalives_idle(Duration::from_secs(30));
        config.tcp_user_timeout(Duration::from_secs(15));
        Ok(Self { config, schema, pool: pool.max(1) })
    }

    /// Notices go to the nodes that work in the same schema.
    pub(super) fn channel(&self) -> String {
        format!("notice_{}", self.schema.as_deref().unwrap_or("public"))
    }
}

fn options(given: Option<&str>, schema: Option<&str>) -> String {
    let mut options = String::from("-c lock_timeout=5s -c idle_in_transaction_session_timeout=60s");
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
