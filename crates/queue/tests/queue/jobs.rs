//! Jobs that do as they are told.

use std::time::Duration;

use jiff::SignedDuration;
use queue::{Failure, Job, JobResult, Outcome, Registry, Run};
use serde::{Deserialize, Serialize};

use crate::support::App;

pub fn registry() -> Registry<App> {
    Registry::new()
        .job::<Play>()
        .job::<Letter>()
        .job::<Finisher>()
        .job::<Impatient>()
        .job::<Pressing>()
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
    /// Is put off by so many seconds, the first twenty times.
    Delay(i64),
    /// Snoozes so many milliseconds, the first time.
    Snooze(i64),
    Cancel,
    /// Holds until the gate has a permit.
    Gate,
    /// The same, and then fails for good.
    GateThenFail,
    /// Never ends.
    Hang,
    /// Enqueues another.
    Spawn(String),
    /// Writes its effect down in the transaction that ends it.
    Finish,
}

/// A job that writes its label down, and does as its act says.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Play {
    pub label: String,
    pub act: Act,
    pub unique: Option<String>,
    pub scope: Option<i64>,
    /// At most two run at once for each.
    pub host: Option<String>,
    /// One at a time for each.
    pub order: Option<String>,
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

    fn order_key(&self) -> Option<String> {
        self.order.clone()
    }

    fn limit(&self) -> Option<(String, i32)> {
        self.host.clone().map(|host| (host, 2))
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
            Act::Delay(seconds) => {
                let seen = app.log().iter().filter(|line| **line == self.label).count();
                let wait = SignedDuration::from_secs(*seconds);
                if seen > 20 {
                    Ok(Outcome::Done)
                } else {
                    Err(Failure::delayed("away", "421", wait))
                }
            }
            Act::Cancel => Ok(Outcome::Cancel("nobody wants it any more".to_owned())),
            Act::Gate | Act::GateThenFail => {
                let _permit = app.gate.acquire().await?;
                app.note(format!("{} went through", self.label));
                match self.act {
                    Act::Gate => Ok(Outcome::Done),
                    _ => Err(Failure::fail("pointless", "there is no such address")),
                }
            }
            Act::Hang => std::future::pending().await,
            Act::Finish => {
                let mut tx = app.db.begin().await?;
                effect(&self.label).run(&mut tx).await?;
                run.finish(&mut tx).await?;
                tx.commit().await?;
                Ok(Outcome::Done)
            }
            Act::Spawn(label) => {
                let mut tx = app.db.begin().await?;
                note(label).enqueue(&mut tx).await?;
                tx.commit().await?;
                Ok(Outcome::Done)
            }
        }
    }
}

fn effect(label: &str) -> db::Query<'static> {
    db::query("INSERT INTO effect (label) VALUES ($1)").bind(label)
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
    /// Finishes, commits, and holds at the gate before it returns.
    Linger,
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
        effect(&self.label).run(&mut tx).await?;
        run.finish(&mut tx).await?;
        if self.finish == Finish::Drop && run.attempt == 1 {
            return Ok(Outcome::Done);
        }
        tx.commit().await?;
        assert!(self.finish != Finish::CommitThenPanic, "after the commit");
        if self.finish == Finish::Linger {
            let _permit = app.gate.acquire().await?;
            app.note(format!("{} went on", self.label));
        }
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

/// A job before others that writes its effect down as it ends.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Pressing {
    pub label: String,
}

impl Job for Pressing {
    type App = App;
    const NAME: &'static str = "Pressing";
    const PRIORITY: i32 = -10;

    async fn run(&self, app: &App, run: &mut Run) -> JobResult {
        let mut tx = app.db.begin().await?;
        effect(&self.label).run(&mut tx).await?;
        run.finish(&mut tx).await?;
        tx.commit().await?;
        Ok(Outcome::Done)
    }
}
