//! A database per test, a clock that stands still, and jobs that do as they are told.

use std::io::Write;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, Once};
use std::time::Duration;

use db::{Clock, Db, Migration};
use jiff::{SignedDuration, Timestamp};
use queue::{
    Enqueued, Failure, Filter, Job, JobId, JobResult, JobView, Outcome, Registry, Run, Settings,
    State,
};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

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
        let Ok(server) = std::env::var("TEST_POSTGRES_URL") else {
            // Not eprintln!, which would stay hidden when the test passes.
            let said = "\nTEST_POSTGRES_URL is not set: the PostgreSQL half was NOT run.\n";
            SAID.call_once(|| drop(std::io::stderr().write_all(said.as_bytes())));
            return None;
        };
        let mark = if server.contains('?') { '&' } else { '?' };
        let (process, number) = (std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let url = format!("{server}{mark}schema=queue_{process}_{number}");
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
        queue::get(&self.db, id).await.unwrap().expect("the job is there")
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

pub fn registry() -> Registry<App> {
    Registry::new().job::<Play>().job::<Letter>().job::<Finisher>().job::<Impatient>()
}

/// What a [`Play`] does.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum Act {
    #[default]
    Succeed,
    /// Fails on so many attempts, then succeeds.
    FailTimes(i32),
    FailForGood,
    /// Fails, and asks for so many seconds.
    FailAfter(i64),
    Panic,
    /// Snoozes so many milliseconds, the first time.
    Snooze(i64),
    Cancel,
    /// Holds until the gate has a permit.
    Gate,
    /// Never ends.
    Hang,
    /// Enqueues another.
    Spawn(String),
}

/// A job that writes its label down, and does as its act says.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Play {
    pub label: String,
    pub act: Act,
    pub unique: Option<String>,
    pub scope: Option<i64>,
}

impl Play {
    pub fn new(label: impl Into<String>, act: Act) -> Self {
        Self { label: label.into(), act, ..Self::default() }
    }
}

pub fn note(label: impl Into<String>) -> Play {
    Play::new(label, Act::Succeed)
}

impl Job for Play {
    type App = App;
    const NAME: &'static str = "Play";
    const MAX_ATTEMPTS: i32 = 3;

    fn unique_key(&self) -> Option<String> {
        self.unique.clone()
    }

    fn scope(&self) -> Option<i64> {
        self.scope
    }

    fn subject(&self) -> Option<String> {
        Some(format!("play:{}", self.label))
    }

    async fn run(&self, app: &App, run: &mut Run) -> JobResult {
        app.note(&self.label);
        match &self.act {
            Act::Succeed => Ok(Outcome::Done),
            Act::FailTimes(times) if run.attempt <= *times => {
                Err(Failure::retry("not_yet", format!("attempt {} fails", run.attempt)))
            }
            Act::FailTimes(_) => Ok(Outcome::Done),
            Act::FailForGood => Err(Failure::fail("pointless", "there is no such address")),
            Act::FailAfter(seconds) => {
                Err(Failure::retry("greylisted", "451").after(SignedDuration::from_secs(*seconds)))
            }
            Act::Panic => panic!("the act panics"),
            Act::Snooze(milliseconds) => {
                let seen = app.log().iter().filter(|line| **line == self.label).count();
                match seen {
                    1 => Ok(Outcome::Snooze(SignedDuration::from_millis(*milliseconds))),
                    _ => Ok(Outcome::Done),
                }
            }
            Act::Cancel => Ok(Outcome::Cancel("nobody wants it any more".to_owned())),
            Act::Gate => {
                let _permit = app.gate.acquire().await?;
                app.note(format!("{} went through", self.label));
                Ok(Outcome::Done)
            }
            Act::Hang => std::future::pending().await,
            Act::Spawn(label) => {
                let mut tx = app.db.begin().await?;
                note(label).enqueue(&mut tx).await?;
                tx.commit().await?;
                Ok(Outcome::Done)
            }
        }
    }
}

/// One of a series that has to stay in order.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Letter {
    pub to: String,
    pub number: i32,
    pub fails: i32,
}

impl Job for Letter {
    type App = App;
    const NAME: &'static str = "Letter";
    const QUEUE: &'static str = "mail";
    const MAX_ATTEMPTS: i32 = 3;

    fn order_key(&self) -> Option<String> {
        Some(self.to.clone())
    }

    async fn run(&self, app: &App, run: &mut Run) -> JobResult {
        if run.attempt <= self.fails {
            return Err(Failure::retry("refused", "421"));
        }
        app.note(format!("{} {} begins", self.to, self.number));
        tokio::task::yield_now().await;
        app.note(format!("{} {} ends", self.to, self.number));
        Ok(Outcome::Done)
    }
}

/// How a [`Finisher`] ends.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Finish {
    Commit,
    /// Finishes, but drops the transaction.
    Drop,
    /// Finishes, commits, and panics after it.
    CommitThenPanic,
    /// Holds at the gate before it finishes.
    Gate,
}

/// A job whose effect is in the database, in the transaction that ends it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Finisher {
    pub label: String,
    pub finish: Finish,
}

impl Job for Finisher {
    type App = App;
    const NAME: &'static str = "Finisher";

    async fn run(&self, app: &App, run: &mut Run) -> JobResult {
        if self.finish == Finish::Gate {
            let _permit = app.gate.acquire().await?;
        }
        let mut tx = app.db.begin().await?;
        db::query("INSERT INTO effect (label) VALUES ($1)").bind(&self.label).run(&mut tx).await?;
        run.finish(&mut tx).await?;
        if self.finish == Finish::Drop && run.attempt == 1 {
            return Ok(Outcome::Done);
        }
        tx.commit().await?;
        assert!(self.finish != Finish::CommitThenPanic, "after the commit");
        Ok(Outcome::Done)
    }
}

/// A job with little time.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Impatient;

impl Job for Impatient {
    type App = App;
    const NAME: &'static str = "Impatient";
    const TIMEOUT: Duration = Duration::from_millis(20);

    async fn run(&self, app: &App, _run: &mut Run) -> JobResult {
        app.note("impatient");
        std::future::pending().await
    }
}
