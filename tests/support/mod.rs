//! A whole application for one test: its own database, a frozen clock, mail in
//! memory, and people who speak HTTP to the real router.

mod answer;
mod disk;
mod people;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use db::{Clock, Db, Dialect, Lagged};
use http::Request;
use jiff::{SignedDuration, Timestamp};
use kostticket::config::Config;
use kostticket::photo_store::{PhotoPlace, PhotoStore};
use kostticket::{App, migrations, router, workers};
use mail::{Mailbox, Mailer, Memory, SmtpSettings};
use tempfile::TempDir;

pub use answer::{Answer, Call};
pub use people::{Kost, Person};

/// Where every test's clock stands at its beginning: Monday, 23 November 2026, 10.00 WIB.
pub fn start() -> Timestamp {
    "2026-11-23T03:00:00Z".parse().unwrap()
}

/// A schema of its own on the server that `TEST_DATABASE_URL` names, or else a file.
fn database_url(folder: &Path) -> String {
    postgres_url().unwrap_or_else(|| sqlite_url(folder))
}

/// A schema of its own on the server that `TEST_DATABASE_URL` names.
pub fn postgres_url() -> Option<String> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let server = std::env::var("TEST_DATABASE_URL").ok()?;
    let mark = if server.contains('?') { '&' } else { '?' };
    let (process, number) = (std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    Some(format!("{server}{mark}schema=kostticket_test_app_{process}_{number}&pool=4"))
}

pub fn sqlite_url(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("test.db").display())
}

/// A whole application for one test.
pub struct TestApp {
    pub app: App,
    pub clock: Clock,
    pub mail: Memory,
    router: axum::Router,
    /// Goes with the test.
    _folder: TempDir,
}

impl TestApp {
    /// An empty installation.
    pub async fn new() -> TestApp {
        let (mailer, mail) = Mailer::memory();
        TestApp::with(tempfile::tempdir().unwrap(), mailer, mail).await
    }

    /// An empty installation on SQLite, for what is about its file or its planner.
    pub async fn on_sqlite() -> TestApp {
        TestApp::configured(|config| config.database_url = sqlite_url(&config.data)).await
    }

    /// An empty installation that keeps its mail in a folder.
    pub async fn with_mail_folder() -> TestApp {
        let folder = tempfile::tempdir().unwrap();
        let mailer = Mailer::folder(folder.path().join("mail"));
        TestApp::with(folder, mailer, Mailer::memory().1).await
    }

    /// An empty installation that sends its mail to this server.
    pub async fn with_smtp(url: &str) -> TestApp {
        let mailer = Mailer::smtp(SmtpSettings::from_url(url).unwrap());
        TestApp::with(tempfile::tempdir().unwrap(), mailer, Mailer::memory().1).await
    }

    /// An empty installation with other settings.
    pub async fn configured(change: impl FnOnce(&mut Config)) -> TestApp {
        let (mailer, mail) = Mailer::memory();
        TestApp::build(tempfile::tempdir().unwrap(), mailer, mail, change).await
    }

    async fn with(folder: TempDir, mailer: Mailer, mail: Memory) -> TestApp {
        TestApp::build(folder, mailer, mail, |_| ()).await
    }

    async fn build(
        folder: TempDir,
        mailer: Mailer,
        mail: Memory,
        change: impl FnOnce(&mut Config),
    ) -> TestApp {
        let clock = Clock::frozen(start());
        let mut config = Config {
            listen: "127.0.0.1:0".parse().unwrap(),
            data: folder.path().to_owned(),
            database_url: database_url(folder.path()),
            base_url: "http://kost.test".to_owned(),
            smtp_url: None,
            mail_from: Mailbox::new("KostTicket", "kostticket@kost.test"),
            photos: PhotoPlace::Folder(folder.path().join("photos")),
            trusted_proxies: Vec::new(),
        };
        change(&mut config);
        TestApp::open(folder, config, clock, mailer, mail).await
    }

    async fn open(
        folder: TempDir,
        config: Config,
        clock: Clock,
        mailer: Mailer,
        mail: Memory,
    ) -> TestApp {
        let db = Db::open(&config.database_url, clock.clone()).unwrap();
        db.migrate(&migrations::all()).await.unwrap();
        if db.dialect() == Dialect::Postgres {
            // It listens as soon as its connection stands, and says so by this.
            assert_eq!(db.notices().recv().await, Err(Lagged));
        }
        let photos = PhotoStore::open(config.photos.clone()).unwrap();
        let app = App::new(config, clock.clone(), db, mailer, photos);
        TestApp { router: router::router(app.clone()), app, clock, mail, _folder: folder }
    }

    /// Another node on the same database. `None` on SQLite, which has one.
    pub async fn other_node(&self) -> Option<TestApp> {
        if self.app.db.dialect() == Dialect::Sqlite {
            return None;
        }
        let (mailer, mail) = Mailer::memory();
        let folder = tempfile::tempdir().unwrap();
        let config = Config {
            data: folder.path().to_owned(),
            listen: "127.0.0.1:1".parse().unwrap(),
            ..self.app.config.clone()
        };
        Some(TestApp::open(folder, config, self.clock.clone(), mailer, mail).await)
    }

    /// Where photos lie, unless the test has other plans.
    pub fn photo_folder(&self) -> PathBuf {
        self.app.config.data.join("photos")
    }

    /// Asks for a page as a stranger.
    pub async fn get(&self, path: &str) -> Answer {
        self.request("GET", path).send().await
    }

    /// Posts a form as a stranger.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.request("POST", path).form(fields).send().await
    }

    /// A request to be filled in.
    pub fn request(&self, method: &str, path: &str) -> Call {
        Call::new(self.router.clone(), Request::builder().method(method).uri(path))
    }

    /// Runs every task that is due, and those that these make, and says how many.
    pub async fn run_tasks(&self) -> usize {
        let app = std::sync::Arc::new(self.app.clone());
        queue::run_due(&self.app.db, &app, &workers::registry()).await.unwrap()
    }

    /// Lets time pass, then runs what is due.
    pub async fn advance(&self, by: SignedDuration) -> usize {
        self.clock.advance(by);
        self.run_tasks().await
    }

    /// The router, for tests that need a real socket.
    pub fn router(&self) -> axum::Router {
        self.router.clone()
    }
}
