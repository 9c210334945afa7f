//! A database per test, and a clock that stands still.

use std::io::Write;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, Once};
use std::time::Duration;

use db::{Clock, Db, Migration};
use jiff::{SignedDuration, Timestamp};
use queue::{Attempt, Enqueued, Filter, Job, JobId, JobView, Settings, State};
use tokio::sync::Semaphore;

use crate::jobs::registry;

/// Monday morning, as good as any.
pub const START: &str = "2026-11-23T08:00:00Z";

const EFFECT: Migration = Migration {
    name: "effect",
    sqlite: "CREATE TABLE effect (label TEXT NOT NULL) STRICT",
    postgres: "CREATE TABLE effect (label TEXT NOT NULL)",
};

/// What jobs of these tests may use.
pub struct App {
    pub db: Db,
    log: Mutex<Vec<String>>,
    /// Jobs that wait for a permit hold until one is added.
    pub gate: Semaphore,
}

pub struct World {
    url: String,
    pub db: Db,
    pub clock: Clock,
    pub app: Arc<App>,
    _folder: Option<tempfile::TempDir>,
}

/// Runs each of these tests on each database.
macro_rules! on_each_database {
    ($clock:expr; $($name:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name(&$crate::support::World::sqlite($clock).await).await;
                }
            )+
        }

        mod postgres {
            $(
                #[tokio::test]
                async fn $name() {
                    if let Some(world) = $crate::support::World::postgres($clock).await {
                        super::$name(&world).await;
                    }
                }
            )+
        }
    };
}
pub(crate) use on_each_database;

/// Another process that works on the same database, until it is killed.
pub struct Process {
    runtime: tokio::runtime::Runtime,
    pub app: Arc<App>,
}

impl Process {
    /// It ends at once, and says goodbye to nobody.
    pub fn kill(self) {
        self.runtime.shutdown_background();
    }
}

impl World {
    pub async fn sqlite(clock: Clock) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("test.db").display());
        Self::open(url, clock, Some(folder)).await
    }

    /// A schema of its own on the server to test with, if there is one.
    pub async fn postgres(clock: Clock) -> Option<Self> {
        static SAID: Once = Once::new();
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let Ok(server) = std::env::var("TEST_DATABASE_URL") else {
            // Not eprintln!, which would stay hidden when the test passes.
            let said = "\nTEST_DATABASE_URL is not set: the PostgreSQL half was NOT run.\n";
            SAID.call_once(|| drop(std::io::stderr().write_all(said.as_bytes())));
            return None;
        };
        let mark = if server.contains('?') { '&' } else { '?' };
        let (process, number) = (std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let url = format!("{server}{mark}schema=kostticket_test_queue_{process}_{number}");
        Some(Self::open(url, clock, None).await)
    }

    async fn open(url: String, clock: Clock, folder: Option<tempfile::TempDir>) -> Self {
        let db = Db::open(&url, clock.clone()).unwrap();
        let migrations: Vec<_> = queue::MIGRATIONS.iter().copied().chain([EFFECT]).collect();
        db.migrate(&migrations).await.unwrap();
        let app = App::new(db.clone());
        Self { url, db, clock, app, _folder: folder }
    }

    /// Enqueues in a transaction of its own.
    pub async fn enqueue(&self, job: impl Job<App = App>) -> JobId {
        self.try_enqueue(job).await.id()
    }

    pub async fn try_enqueue(&self, job: impl Job<App = App>) -> Enqueued {
        let mut tx = self.db.begin().await.unwrap();
        let enqueued = job.enqueue(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        enqueued
    }

    pub async fn enqueue_in(&self, seconds: i64, job: impl Job<App = App>) -> JobId {
        let mut tx = self.db.begin().await.unwrap();
        let due = self.clock.now() + SignedDuration::from_secs(seconds);
        let enqueued = job.enqueue_at(&mut tx, due).await.unwrap();
        tx.commit().await.unwrap();
        enqueued.id()
    }

    /// Runs what is due with the usual jobs, and tells how many attempts it were.
    pub async fn run_due(&self) -> usize {
        queue::run_due(&self.db, &self.app, &registry()).await.unwrap()
    }

    pub fn start(&self, settings: Settings) -> queue::Workers {
        queue::start(self.db.clone(), Arc::clone(&self.app), registry(), settings)
    }

    /// Workers in another process, with its own connection to the database.
    pub async fn start_process(&self, settings: Settings) -> Process {
        let (url, clock) = (self.url.clone(), self.clock.clone());
        tokio::task::spawn_blocking(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()
                .unwrap();
            let app = runtime.block_on(async {
                let app = App::new(Db::open(&url, clock).unwrap());
                let workers = queue::start(app.db.clone(), Arc::clone(&app), registry(), settings);
                // They stop when they are dropped.
                std::mem::forget(workers);
                app
            });
            Process { runtime, app }
        })
        .await
        .unwrap()
    }

    pub fn advance(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }

    pub async fn job(&self, id: JobId) -> JobView {
        queue::get(&self.db, None, id).await.unwrap().expect("the job is there")
    }

    pub async fn attempts(&self, id: JobId) -> Vec<Attempt> {
        queue::attempts(&self.db, &self.job(id).await).await.unwrap()
    }

    pub async fn state(&self, id: JobId) -> State {
        self.job(id).await.state
    }

    /// What the jobs wrote down so far.
    pub fn log(&self) -> Vec<String> {
        self.app.log()
    }

    pub async fn effects(&self) -> Vec<String> {
        let rows: Vec<(String,)> =
            db::query("SELECT label FROM effect ORDER BY label").all(&self.db).await.unwrap();
        rows.into_iter().map(|(label,)| label).collect()
    }

    /// The kept counts are what counting would give.
    pub async fn assert_counts_are_right(&self) {
        for scope in [None, Some(1), Some(2)] {
            let filter = Filter { scope, ..Filter::default() };
            let kept = queue::counts(&self.db, &filter).await.unwrap();
            let jobs = queue::list(&self.db, &filter, 100_000).await.unwrap();
            for state in State::ALL {
                let counted = jobs.iter().filter(|job| job.state == *state).count() as i64;
                assert_eq!(kept.of(*state), counted, "{state} jobs of scope {scope:?}");
            }
        }
    }

    /// Waits, in real time, until it is so.
    pub async fn wait_until(&self, what: &str, is_so: impl AsyncFn() -> bool) {
        for _ in 0..1000 {
            if is_so().await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("waited in vain until {what}; the log is {:?}", self.log());
    }

    pub async fn wait_for_state(&self, id: JobId, state: State) {
        self.wait_until(&format!("job {id} is {state}"), async || self.state(id).await == state)
            .await;
    }
}

impl App {
    fn new(db: Db) -> Arc<Self> {
        Arc::new(Self { db, log: Mutex::default(), gate: Semaphore::new(0) })
    }

    pub fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    /// How many lines the log has.
    pub fn lines(&self) -> usize {
        self.log.lock().unwrap().len()
    }

    pub fn note(&self, line: impl Into<String>) {
        self.log.lock().unwrap().push(line.into());
    }
}

pub fn frozen() -> Clock {
    Clock::frozen(START.parse::<Timestamp>().unwrap())
}

/// Quick ones, for tests.
pub fn settings(node: &str) -> Settings {
    Settings {
        node: node.to_owned(),
        queues: vec![("default".to_owned(), 4), ("mail".to_owned(), 2)],
        lease: Duration::from_millis(400),
        poll: Duration::from_millis(20),
        ..Settings::default()
    }
}
