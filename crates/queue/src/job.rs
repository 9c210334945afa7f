//! What a job is, and what the queue promises about it.

use std::time::Duration;

use db::Tx;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{JobResult, Run, store};

db::id! {
    /// One job, from its enqueue until it is pruned. Never given twice.
    pub struct JobId;
}

db::text_enum! {
    /// Where a job stands.
    pub enum State {
        /// Due, and not tried yet.
        Waiting = "waiting",
        /// Not due yet.
        Scheduled = "scheduled",
        /// A worker holds its lease.
        Running = "running",
        /// An attempt failed; the next one has its time.
        Retrying = "retrying",
        /// It did what it was for.
        Done = "done",
        /// No attempts are left, or trying again is pointless. Kept, and can be retried.
        Failed = "failed",
        /// Given up on purpose, by itself or by a person.
        Cancelled = "cancelled",
        /// This program does not know its name, or cannot read its arguments.
        /// Kept until a program that can, or a person, takes it up again.
        Parked = "parked",
    }
}

impl State {
    /// Whether the job is still going to run: what [`Job::unique_key`] counts.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Waiting | Self::Scheduled | Self::Running | Self::Retrying)
    }
}

/// Something to be done in the background; its fields are its arguments, kept as JSON.
///
/// # The promise
///
/// * **A job exists if and only if its transaction committed.** [`Job::enqueue`]
///   is part of the caller's transaction; rolled back, it never was.
/// * **It runs at least once.** No crash, kill or power cut loses it.
/// * **Effects that are only in the database happen exactly once**, when the job
///   ends itself in the transaction that has them: [`Run::finish`].
/// * **Attempts are limited** to [`Job::MAX_ATTEMPTS`]. A failure, a panic, a
///   timeout and a worker that died all count as one. After the last the job
///   is `failed`: kept, visible, and can be retried by hand.
/// * **A failure that is not the job's own may be no attempt**: [`Failure::delayed`](crate::Failure::delayed)
///   puts it off, with its cause to be seen, for as long as the job says so.
/// * **Between attempts it waits**: 15 s, doubled each time up to an hour, ± 10 %
///   so that what failed together does not come back together. The time is in
///   the database and outlives restarts.
/// * **Only the holder of the current lease may end it.** A worker holds each
///   job it runs under a lease that a heartbeat renews. When the heartbeat
///   stops, the lease runs out, another worker takes the job over, and whatever
///   the first one still says about it is refused and logged. The jobs of a
///   process that died are taken over at once by others of its machine
///   ([`Settings::presence`](crate::Settings::presence)).
/// * **It never runs early, and promptly after its time** (bar: within 1 s),
///   by the clock of the node that runs it.
/// * **One live job per unique key** and scope, however many are enqueued at once.
/// * **Jobs with the same order key run one at a time, in order of their ids**,
///   also across failed attempts: a later one waits until the earlier one ended.
/// * **Of jobs with the same limit key no more run at once than they allow**
///   ([`Job::limit`]), however many nodes there are.
/// * **A schedule makes one job per tick**, however many nodes run. Ticks missed
///   while nothing ran are made up for by one job, not by many.
/// * **A job that this program does not know is parked**, not lost, and holds up
///   nothing else. A program that knows it takes it up again.
/// * **Stopping is orderly**: no new jobs, time for the running ones, and those
///   that do not make it are handed back without losing an attempt.
///
/// # What it does not promise
///
/// * **Effects outside the database may happen twice.** A crash between a mail
///   server's `250` and our commit sends the mail again. Make such effects
///   harmless to repeat, for example by a stable Message-ID.
/// * **Order between jobs without a common order key.** Smaller priorities and
///   earlier due times go first, but many run at once. On PostgreSQL, of two
///   jobs enqueued by transactions that overlap, either may count as the earlier.
/// * **Fairness.** Priority 0 waits for as long as there is due work below 0.
/// * **Stopping code that never awaits.** Timeout, cancellation and stop take
///   effect at an `.await`; a job that blocks its thread ends when it ends.
/// * **Clocks that disagree.** Nodes need clocks in step to well within the lease.
/// * A job that is cancelled while it runs is told so by being dropped; what it
///   had done by then stays done.
pub trait Job: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// What the job may use.
    type App: Send + Sync + 'static;

    /// What it is called in the database: a sentence, such as `AssignTicket`. Never changed.
    const NAME: &'static str;
    /// The queue it waits in; each has workers of its own.
    const QUEUE: &'static str = "default";
    /// How often it is tried before it is `failed`. At least 1.
    const MAX_ATTEMPTS: i32 = 12;
    /// How long one attempt may take.
    const TIMEOUT: Duration = Duration::from_secs(60);
    /// Smaller goes first.
    const PRIORITY: i32 = 0;
    /// The version of the arguments. Raise it when older ones no longer parse, and say in
    /// [`Job::upgrade`] how to read them.
    const VERSION: i32 = 1;

    /// Turns arguments stored by an older version into those of [`Job::VERSION`].
    ///
    /// # Errors
    ///
    /// When that is not possible: the job is parked.
    fn upgrade(version: i32, args: serde_json::Value) -> anyhow::Result<serde_json::Value> {
        let _ = args;
        anyhow::bail!("arguments of version {version} cannot be read by version {}", Self::VERSION)
    }

    /// While a job with this key, [`Job::NAME`] and [`Job::scope`] is live, no second one
    /// is made.
    fn unique_key(&self) -> Option<String> {
        None
    }

    /// Whose it is (a kost's id): for lists and counts, and to partition by. Not 0, which
    /// stands for nobody's in the database.
    fn scope(&self) -> Option<i64> {
        None
    }

    /// What it is about, such as `ticket:12`, for lists.
    fn subject(&self) -> Option<String> {
        None
    }

    /// Jobs of one scope and queue with the same key run one at a time, in order of their ids.
    /// A scheduled one holds up those enqueued after it until it has run.
    fn order_key(&self) -> Option<String> {
        None
    }

    /// At most so many jobs with the same key run at once, on all nodes together. `None`: as
    /// many as their queue has places. All jobs with one key should name one number.
    fn limit(&self) -> Option<(String, i32)> {
        None
    }

    /// Does it. No transaction may be open while it talks to the outside.
    fn run(&self, app: &Self::App, run: &mut Run) -> impl Future<Output = JobResult> + Send;

    /// Makes it part of the transaction, due now.
    ///
    /// # Errors
    ///
    /// Those of the database.
    fn enqueue(&self, tx: &mut Tx) -> impl Future<Output = db::Result<Enqueued>> + Send {
        async {
            let now = tx.now();
            store::enqueue(tx, self, now).await
        }
    }

    /// Makes it part of the transaction, to run at `due` or soon after it.
    ///
    /// # Errors
    ///
    /// Those of the database.
    fn enqueue_at(
        &self,
        tx: &mut Tx,
        due: Timestamp,
    ) -> impl Future<Output = db::Result<Enqueued>> + Send {
        async move { store::enqueue(tx, self, due).await }
    }

    /// Takes back the job with this unique key, as if it had never been enqueued. One
    /// that runs goes on, and has to see for itself that it is not wanted any more.
    ///
    /// # Errors
    ///
    /// Those of the database.
    fn withdraw(&self, tx: &mut Tx) -> impl Future<Output = db::Result<()>> + Send {
        async { store::withdraw(tx, self).await }
    }
}

/// What [`Job::enqueue`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enqueued {
    /// A job was made.
    New(JobId),
    /// A live job with the same unique key was there already.
    Existing(JobId),
}

impl Enqueued {
    /// The job that is going to run.
    pub const fn id(self) -> JobId {
        match self {
            Self::New(id) | Self::Existing(id) => id,
        }
    }

    /// Whether it was made just now.
    pub const fn is_new(self) -> bool {
        matches!(self, Self::New(_))
    }
}
