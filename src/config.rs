//! Settings, from flags and environment, checked once when the program starts.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use http::uri::Authority;
use mail::Mailbox;

use crate::photo_store::PhotoPlace;

const DEFAULT_DATA: &str = "./data";

/// What an operator can set; each flag has an environment variable.
#[derive(Args, Clone, Debug)]
pub struct Flags {
    /// Address and port to listen on
    #[arg(long, env = "KOSTTICKET_LISTEN", default_value = "127.0.0.1:8000", global = true)]
    pub listen: SocketAddr,
    /// Folder for database, photos and mail
    #[arg(long, env = "KOSTTICKET_DATA", default_value = DEFAULT_DATA, global = true)]
    pub data: PathBuf,
    /// sqlite:PATH, or postgres://…, instead of the file in the data folder
    #[arg(long, env = "DATABASE_URL", global = true, hide_env_values = true)]
    pub database_url: Option<String>,
    /// The address people open, such as https://kost.example
    #[arg(long, env = "KOSTTICKET_BASE_URL", global = true)]
    pub base_url: Option<String>,
    /// smtp://user:password@host:port or smtps://…; without it mail goes to a folder
    #[arg(long, env = "SMTP_URL", global = true, hide_env_values = true)]
    pub smtp_url: Option<String>,
    /// Sender of mails
    #[arg(
        long,
        env = "MAIL_FROM",
        default_value = "KostTicket <kostticket@localhost>",
        global = true
    )]
    pub mail_from: String,
    /// Where photos lie: a folder, or s3://bucket/folder; without it, in the data folder
    #[arg(long, env = "KOSTTICKET_PHOTOS", global = true)]
    pub photos: Option<String>,
    /// Proxies whose X-Forwarded-For is believed, as addresses separated by commas
    #[arg(long, env = "KOSTTICKET_TRUSTED_PROXIES", value_delimiter = ',', global = true)]
    pub trusted_proxies: Vec<IpAddr>,
}

/// Checked settings.
#[derive(Clone, Debug)]
pub struct Config {
    pub listen: SocketAddr,
    pub data: PathBuf,
    pub database_url: String,
    /// Without a slash at its end.
    pub base_url: String,
    pub smtp_url: Option<String>,
    pub mail_from: Mailbox,
    pub photos: PhotoPlace,
    /// In their canonical form.
    pub trusted_proxies: Vec<IpAddr>,
}

impl Config {
    /// Checks the flags.
    ///
    /// # Errors
    /// A sentence that names the flag that cannot be used.
    pub fn new(flags: Flags) -> anyhow::Result<Config> {
        let base_url = match flags.base_url {
            Some(url) => checked_base_url(&url)?,
            None => format!("http://{}", flags.listen),
        };
        let database_url = match flags.database_url {
            Some(url) => url,
            None => sqlite_in(&flags.data)?,
        };
        let photos = match flags.photos {
            Some(place) => PhotoPlace::parse(&place).context("--photos")?,
            None => photos_in(&flags.data),
        };
        Ok(Config {
            listen: flags.listen,
            data: flags.data,
            database_url,
            base_url,
            smtp_url: flags.smtp_url.filter(|url| !url.is_empty()),
            mail_from: checked_mailbox(&flags.mail_from)?,
            photos,
            trusted_proxies: flags.trusted_proxies.iter().map(IpAddr::to_canonical).collect(),
        })
    }

    /// Whether `--data` was left as it is.
    pub fn is_default_data(&self) -> bool {
        self.data == Path::new(DEFAULT_DATA)
    }

    /// The same settings on another data folder, with its own SQLite file and photos.
    ///
    /// # Errors
    /// When the path cannot be written down as text.
    pub fn with_data(self, data: PathBuf) -> anyhow::Result<Config> {
        Ok(Config { database_url: sqlite_in(&data)?, photos: photos_in(&data), data, ..self })
    }

    /// Whether this is the address of a proxy that may say for whom it speaks.
    pub fn trusts(&self, address: IpAddr) -> bool {
        self.trusted_proxies.contains(&address)
    }

    /// Where mails go without a mail server.
    pub fn mail_folder(&self) -> PathBuf {
        self.data.join("mail")
    }

    /// Whether people reach the program through TLS, so that cookies may insist on it.
    pub fn is_secure(&self) -> bool {
        self.base_url.starts_with("https://")
    }
}

fn sqlite_in(data: &Path) -> anyhow::Result<String> {
    let path = data.join("kostticket.db");
    Ok(format!("sqlite:{}", path.to_str().context("--data is not a readable path")?))
}

fn photos_in(data: &Path) -> PhotoPlace {
    PhotoPlace::Folder(data.join("photos"))
}

fn checked_base_url(url: &str) -> anyhow::Result<String> {
    let url = url.trim_end_matches('/');
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let authority = host.and_then(|host| host.parse::<Authority>().ok());
    let is_host = |authority: Authority| {
        let port = authority.as_str().strip_prefix(authority.host());
        !authority.host().is_empty()
            && port.is_some_and(|port| port.is_empty() || authority.port_u16().is_some())
    };
    if authority.is_some_and(is_host) {
        // As browsers write it in `Origin`.
        Ok(url.to_ascii_lowercase())
    } else {
        bail!("--base-url wants an address such as https://kost.example, not “{url}”")
    }
}

/// “KostTicket <kost@example.com>” or the bare address.
fn checked_mailbox(text: &str) -> anyhow::Result<Mailbox> {
    let (name, address) = match text.trim().strip_suffix('>').and_then(|text| text.split_once('<'))
    {
        Some((name, address)) => (name.trim().trim_matches('"'), address),
        None => ("", text.trim()),
    };
    let halves = address.split_once('@');
    let is_half = |half: &str| !half.is_empty() && !half.contains(['@', ' ', '\t', '<', '>']);
    if halves.is_some_and(|(name, host)| is_half(name) && is_half(host)) {
        Ok(Mailbox::new(name, address))
    } else {
        bail!(
            "--mail-from wants an address such as “Kost Melati <lapor@kost.example>”, not “{text}”"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_url_loses_its_last_slash_and_must_be_an_address() {
        assert_eq!(checked_base_url("https://Kost.example/").unwrap(), "https://kost.example");
        assert!(checked_base_url("kost.example").is_err());
        assert_eq!(checked_base_url("http://[::1]:8000").unwrap(), "http://[::1]:8000");
        for odd in
            ["https://kost.example/app", "https://budi@kost.example", "http://a:999999", "http://"]
        {
            assert!(checked_base_url(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn mails_are_from_one_address() {
        let mailbox = checked_mailbox("Kost Melati <lapor@kost.example>").unwrap();
        assert_eq!(
            (mailbox.name.as_str(), mailbox.address.as_str()),
            ("Kost Melati", "lapor@kost.example")
        );
        for odd in ["kost", "a@b@c", "@kost.example", "lapor@", "a b@c"] {
            assert!(checked_mailbox(odd).is_err(), "{odd}");
        }
    }
}
