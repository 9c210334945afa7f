//! What a person can see of the queue, and do to it. Lists page by key, counts
//! are kept; nothing here scans a table that grows.

mod act;
mod list;
mod pulse;

use std::collections::BTreeMap;

use db::On;
use jiff::Timestamp;

use crate::{JobId, State};

pub(crate) use act::take_up;
pub use act::{
    cancel, discard, pause, reschedule, resume, retry, run_now, set_schedule_enabled, tick_now,
};
pub use list::{Filter, attempts, caused, counts, get, get_all, list, upcoming};
pub(crate) use pulse::PULSE_KEPT;
pub use pulse::{Minute, pulse};

db::row! {
    /// A job as people see it.
    #[derive(Debug, Clone)]
    pub struct JobView {
        pub id: JobId,
        pub name: String,
        pub queue: String,
        pub state: State,
        pub scope: Option<i64>,
        pub subject: Option<String>,
        /// Its arguments. May hold what not everybody may see.
        pub args: serde_json::Value,
        /// How many attempts there were, since it was last retried by hand.
        pub attempt: i32,
        pub max_attempts: i32,
        pub priority: i32,
        pub created_at: Timestamp,
        /// When it became or becomes due.
        pub due_at: Timestamp,
        /// When its last attempt began.
        pub started_at: Option<Timestamp>,
        /// When it was done, failed for good, or was cancelled.
        pub ended_at: Option<Timestamp>,
        /// Of the last attempt that failed: a short word, for the application to put into a sentence.
        pub error_code: Option<String>,
        /// Of the last attempt that failed: the technical text.
        pub error_detail: Option<String>,
        /// Where its last attempt ran.
        pub node: Option<String>,
        /// The job that enqueued it while it ran.
        pub caused_by: Option<JobId>,
        pub unique_key: Option<String>,
        pub order_key: Option<String>,
    }
}

db::row! {
    /// An attempt that did not end well. (How the last one went stands in the job.)
    #[derive(Debug, Clone)]
    pub struct Attempt {
        pub attempt: i32,
        pub started_at: Timestamp,
        pub ended_at: Timestamp,
        pub node: Option<String>,
        pub error_code: String,
        pub error_detail: Option<String>,
    }
}

/// How many jobs are in which state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub waiting: i64,
    pub scheduled: i64,
    pub running: i64,
    pub retrying: i64,
    pub done: i64,
    pub failed: i64,
    pub cancelled: i64,
    pub parked: i64,
}

impl Counts {
    /// The number of jobs in one state.
    pub const fn of(&self, state: State) -> i64 {
        match state {
            State::Waiting => self.waiting,
            State::Scheduled => self.scheduled,
            State::Running => self.running,
            State::Retrying => self.retrying,
            State::Done => self.done,
            State::Failed => self.failed,
            State::Cancelled => self.cancelled,
            State::Parked => self.parked,
        }
    }

    /// All of them.
    pub fn total(&self) -> i64 {
        State::ALL.iter().map(|state| self.of(*state)).sum()
    }

    fn add(&mut self, state: State, n: i64) {
        *match state {
            State::Waiting => &mut self.waiting,
            State::Scheduled => &mut self.scheduled,
            State::Running => &mut self.running,
            State::Retrying => &mut self.retrying,
            State::Done => &mut self.done,
            State::Failed => &mut self.failed,
            State::Cancelled => &mut self.cancelled,
            State::Parked => &mut self.parked,
        } += n;
    }
}

/// A queue as people see it.
#[derive(Debug, Clone)]
pub struct QueueView {
    pub name: String,
    /// Since when it has been paused, if it is.
    pub paused: Option<Timestamp>,
    pub counts: Counts,
    /// When the job became due that has been waiting longest for a worker.
    pub oldest_due: Option<Timestamp>,
}

/// All queues that ever had a job or are paused, by name.
pub async fn queues(on: impl Into<On<'_>>) -> db::Result<Vec<QueueView>> {
    let mut on = on.into();
    let sums: Vec<(String, State, i64)> = db::query(
        "SELECT queue, state, CAST(SUM(n) AS BIGINT)
         FROM job_count
         WHERE scope = 0
         GROUP BY queue, state",
    )
    .all(&mut on)
    .await?;
    let paused: Vec<(String, Timestamp)> =
        db::query("SELECT queue, since FROM queue_pause").all(&mut on).await?;
    let mut queues: BTreeMap<String, (Option<Timestamp>, Counts)> = BTreeMap::new();
    for (queue, state, n) in sums {
        queues.entry(queue).or_default().1.add(state, n);
    }
    for (queue, since) in paused {
        queues.entry(queue).or_default().0 = Some(since);
    }
    let mut views = Vec::with_capacity(queues.len());
    for (name, (paused, counts)) in queues {
        let oldest_due = oldest_due(&mut on, &name).await?;
        views.push(QueueView { name, paused, counts, oldest_due });
    }
    Ok(views)
}

/// The least due time of a queue, looked up once for each of its priorities.
async fn oldest_due(on: impl Into<On<'_>>, queue: &str) -> db::Result<Option<Timestamp>> {
    let (oldest,): (Option<Timestamp>,) = db::query(
        "WITH RECURSIVE level (priority) AS (
             SELECT MIN(priority)
             FROM job
             WHERE queue = $1
               AND awaits = 'worker'
             UNION ALL
             SELECT (
                 SELECT MIN(job.priority)
                 FROM job
                 WHERE job.queue = $1
                   AND job.awaits = 'worker'
                   AND job.priority > level.priority
             )
             FROM level
             WHERE level.priority IS NOT NULL
         )
         SELECT MIN((
             SELECT MIN(job.due_at)
             FROM job
             WHERE job.queue = $1
               AND job.awaits = 'worker'
               AND job.priority = level.priority
         ))
         FROM level",
    )
    .bind(queue)
    .one(on)
    .await?;
    Ok(oldest)
}

db::row! {
    /// A started process that works on queues.
    #[derive(Debug, Clone)]
    pub struct WorkerView {
        pub id: i64,
        pub node: String,
        /// The names of its queues, separated by spaces.
        pub queues: String,
        pub started_at: Timestamp,
        /// Its last sign of life.
        pub beat_at: Timestamp,
        /// How many jobs it runs.
        pub running: i64,
    }
}

/// The processes that are at work, in the order in which they were started.
pub async fn workers(on: impl Into<On<'_>>) -> db::Result<Vec<WorkerView>> {
    db::query(
        "SELECT queue_worker.id, queue_worker.node, queue_worker.queues, queue_worker.started_at,
                queue_worker.beat_at, COUNT(job.id) AS running
         FROM queue_worker
         LEFT JOIN job
           ON job.worker = queue_worker.id
          AND job.state = 'running'
          AND job.state <> 'done'
         GROUP BY queue_worker.id
         ORDER BY queue_worker.id",
    )
    .all(on)
    .await
}

db::row! {
    /// How many jobs of one type a worker runs.
    #[derive(Debug, Clone)]
    pub struct Running {
        /// See [`WorkerView::id`].
        pub worker: i64,
        pub name: String,
        pub jobs: i64,
    }
}

/// What runs right now, by worker and type.
pub async fn running(on: impl Into<On<'_>>) -> db::Result<Vec<Running>> {
    db::query(
        "SELECT worker, name, COUNT(*) AS jobs
         FROM job
         WHERE state = 'running'
           AND state <> 'done'
           AND worker IS NOT NULL
         GROUP BY worker, name
         ORDER BY worker, name",
    )
    .all(on)
    .await
}

db::row! {
    /// A recurring job as people see it.
    #[derive(Debug, Clone)]
    pub struct ScheduleView {
        pub name: String,
        /// The name of the job that it makes.
        pub job: String,
        pub cron: String,
        pub timezone: String,
        pub enabled: bool,
        pub next_at: Timestamp,
        /// The last tick.
        pub last_at: Option<Timestamp>,
        /// The job that the last tick made; it may have been pruned.
        pub last_job: Option<JobId>,
    }
}

/// All schedules, by name.
pub async fn schedules(on: impl Into<On<'_>>) -> db::Result<Vec<ScheduleView>> {
    db::query(
        "SELECT name, job, cron, timezone, enabled, next_at, last_at, last_job
         FROM queue_schedule
         ORDER BY name",
    )
    .all(on)
    .await
}
