//! Jobs that do nothing, each in its way.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use db::Db;
use jiff::SignedDuration;
use queue::{Job, JobResult, Outcome, Registry, Run};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

/// What the jobs may use: a tally.
pub struct App {
    pub db: Db,
    done: AtomicUsize,
    target: AtomicUsize,
    reached: Notify,
    /// When each timed job was begun to be enqueued.
    pub begun: Mutex<Vec<Instant>>,
    /// How long each timed or scheduled job was waited for: less than nothing, if it was early.
    pub waits: Mutex<Vec<SignedDuration>>,
    _folder: tempfile::TempDir,
}

impl App {
    pub fn new(db: Db, folder: tempfile::TempDir) -> Self {
        Self {
            db,
            done: AtomicUsize::new(0),
            target: AtomicUsize::new(usize::MAX),
            reached: Notify::new(),
            begun: Mutex::default(),
            waits: Mutex::default(),
            _folder: folder,
        }
    }

    pub fn expect(&self, jobs: usize) {
        self.target.store(self.done.load(Ordering::SeqCst) + jobs, Ordering::SeqCst);
    }

    pub async fn reached(&self) {
        self.reached.notified().await;
    }

    fn waited(&self, wait: SignedDuration) -> anyhow::Result<()> {
        self.waits.lock().map_err(|_| anyhow::anyhow!("poisoned"))?.push(wait);
        self.count();
        Ok(())
    }

    fn count(&self) {
        let done = self.done.fetch_add(1, Ordering::SeqCst) + 1;
        if done == self.target.load(Ordering::SeqCst) {
            self.reached.notify_one();
        }
    }
}

pub fn registry() -> Registry<App> {
    Registry::new()
        .job::<Nothing>()
        .job::<NothingScoped>()
        .job::<Finish>()
        .job::<Timed>()
        .job::<Scheduled>()
}

/// Does nothing.
#[derive(Serialize, Deserialize)]
pub struct Nothing {
    pub number: usize,
}

impl Job for Nothing {
    type App = App;
    const NAME: &'static str = "Nothing";

    async fn run(&self, app: &App, _run: &mut Run) -> JobResult {
        app.count();
        Ok(Outcome::Done)
    }
}

/// Does nothing, about a ticket of a kost, and only once at a time.
#[derive(Serialize, Deserialize)]
pub struct NothingScoped {
    pub number: usize,
}

impl Job for NothingScoped {
    type App = App;
    const NAME: &'static str = "NothingScoped";

    fn unique_key(&self) -> Option<String> {
        Some(self.number.to_string())
    }

    fn scope(&self) -> Option<i64> {
        i64::try_from(self.number % 50 + 1).ok()
    }

    fn subject(&self) -> Option<String> {
        Some(format!("ticket:{}", self.number % 1000))
    }

    async fn run(&self, app: &App, _run: &mut Run) -> JobResult {
        app.count();
        Ok(Outcome::Done)
    }
}

/// Ends itself in a transaction of its own.
#[derive(Serialize, Deserialize)]
pub struct Finish {
    pub number: usize,
}

impl Job for Finish {
    type App = App;
    const NAME: &'static str = "Finish";

    async fn run(&self, app: &App, run: &mut Run) -> JobResult {
        let mut tx = app.db.begin().await?;
        run.finish(&mut tx).await?;
        tx.commit().await?;
        app.count();
        Ok(Outcome::Done)
    }
}

/// Notes how long after the beginning of its enqueue it started.
#[derive(Serialize, Deserialize)]
pub struct Timed {
    pub number: usize,
}

impl Job for Timed {
    type App = App;
    const NAME: &'static str = "Timed";

    async fn run(&self, app: &App, _run: &mut Run) -> JobResult {
        let begun = app.begun.lock().map_err(|_| anyhow::anyhow!("poisoned"))?[self.number];
        app.waited(begun.elapsed().try_into()?)?;
        Ok(Outcome::Done)
    }
}

/// Notes how long after its time it really started: what the database keeps is never before.
#[derive(Serialize, Deserialize)]
pub struct Scheduled;

impl Job for Scheduled {
    type App = App;
    const NAME: &'static str = "Scheduled";

    async fn run(&self, app: &App, run: &mut Run) -> JobResult {
        app.waited(app.db.now().duration_since(run.due_at))?;
        Ok(Outcome::Done)
    }
}
