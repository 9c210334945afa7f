//! What every request and every job may use.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use db::{Clock, Db, Dialect};
use live::Hub;
use mail::{Mailbox, Mailer, SmtpSettings};

use photo::Preparer;
use tokio::time::Instant;

use crate::accounts::Passwords;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::photo_store::{self, PhotoStore};
use crate::web::Limits;

/// The application: a handle that is cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

/// The parts of [`App`].
pub struct Inner {
    pub config: Config,
    pub clock: Clock,
    pub db: Db,
    pub mailer: Mailer,
    pub hub: Hub,
    pub passwords: Passwords,
    pub limits: Limits,
    pub photo_preparer: Preparer,
    pub photo_store: PhotoStore,
}

impl Deref for App {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl App {
    /// Opens the database (creating data folder and file where needed) and
    /// migrates it.
    ///
    /// # Errors
    /// A sentence for the console: the folder cannot be written, the database
    /// is newer than this program, the SMTP address cannot be read.
    pub async fn open(config: Config, clock: Clock) -> anyhow::Result<App> {
        std::fs::create_dir_all(&config.data).with_context(|| {
            format!("the data folder {} cannot be created", config.data.display())
        })?;
        let db = Db::open(&config.database_url, clock.clone())?;
        let migrations = crate::migrations::all();
        let migrated = patiently(&db, async || Ok(db.migrate(&migrations).await?)).await;
        migrated.with_context(|| match db.dialect() {
            Dialect::Sqlite => format!("the data in {} cannot be used", config.data.display()),
            Dialect::Postgres => "the database of --database-url cannot be used".to_owned(),
        })?;
        let mailer = match &config.smtp_url {
            Some(url) => Mailer::smtp(SmtpSettings::from_url(url).context("--smtp-url")?),
            None => Mailer::folder(config.mail_folder()),
        };
        let photo_store = PhotoStore::open(config.photos.clone())?;
        if !patiently(&db, async || photo_store::recognise(&db, &photo_store).await).await? {
            // Pages do without photos until it is back.
            tokio::spawn(recognise_later(db.clone(), photo_store.clone()));
        }
        Ok(App::new(config, clock, db, mailer, photo_store))
    }

    /// Puts the parts together; tests bring their own.
    pub fn new(
        config: Config,
        clock: Clock,
        db: Db,
        mailer: Mailer,
        photo_store: PhotoStore,
    ) -> App {
        App(Arc::new(Inner {
            limits: Limits::new(&db),
            config,
            clock,
            db,
            mailer,
            hub: Hub::new(),
            passwords: Passwords::new(),
            photo_preparer: Preparer::new(2, photo::Limits::default()),
            photo_store,
        }))
    }

    /// Who mails are from.
    pub fn mail_from(&self) -> Mailbox {
        self.config.mail_from.clone()
    }

    /// A Message-ID within this installation, the same for the same `name`.
    pub fn message_id(&self, name: &str) -> String {
        // Of an IPv6 address, without what may not stand there.
        let host = host(&self.config.base_url).replace(['[', ']'], "").replace(':', "-");
        format!("{name}@{host}")
    }

    /// An absolute address within this installation; `path` begins with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.config.base_url)
    }
}

/// Asks again while the server of the database cannot be reached, for a minute:
/// it may be starting, too.
pub async fn patiently<T>(db: &Db, ask: impl AsyncFn() -> Result<T>) -> Result<T> {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        match ask().await {
            Err(Error::Unavailable(why))
                if db.dialect() == Dialect::Postgres && Instant::now() < until =>
            {
                tracing::warn!(why = format!("{why:#}"), "waiting for the database");
                tokio::time::sleep(Duration::from_secs(2)).await;
            }
            answer => return answer,
        }
    }
}

/// Asks until it is known whose photos those are.
async fn recognise_later(db: Db, photo_store: PhotoStore) {
    loop {
        tokio::time::sleep(Duration::from_secs(30)).await;
        match photo_store::recognise(&db, &photo_store).await {
            Ok(true) => return,
            Ok(false) | Err(Error::Unavailable(_) | Error::RolledBack(_)) => {}
            Err(error) => {
                tracing::error!(error = error.in_full(), "end this node, and start it again");
                return;
            }
        }
    }
}

/// The name of this machine.
pub fn machine() -> String {
    whoami::hostname().unwrap_or_else(|_| "local".to_owned())
}

/// Of an address, without its port; that of an IPv6 address keeps its brackets.
fn host(url: &str) -> String {
    let url = url.parse::<http::Uri>().ok();
    url.as_ref().and_then(http::Uri::host).unwrap_or("localhost").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_what_stands_before_the_port() {
        assert_eq!(host("https://kost.example"), "kost.example");
        assert_eq!(host("http://127.0.0.1:8000"), "127.0.0.1");
        assert_eq!(host("http://[::1]:8000"), "[::1]");
    }
}
