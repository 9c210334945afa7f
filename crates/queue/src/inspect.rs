//! What a person can see of the queue, and do to it. Lists page by key, counts
//! are kept; nothing here scans a table that grows. (The scheduled jobs of one
//! scope are read, and sorted, all of them.)

mod act;
mod count;
mod filter;
mod list;
mod pulse;

use std::collections::BTreeMap;

use db::On;
use jiff::Timestamp;

use crate::{JobId, State};

pub(crate) use act::take_up;
pub use act::{
    cancel, discard, hold, pause, reschedule, resume, retry, run_now, set_schedule_enabled,
    tick_now,
};
pub use count::{Cause, Counts, causes, counts};
pub use filter::{Filter, Word};
pub use list::{Step, attempts, caused, get, get_all, list, step, upcoming};
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
        /// How many times in a row the job was put off for this, which uses up no attempt;
        /// zero if this was one that counts.
        pub delays: i32,
        pub started_at: Timestamp,
        pub ended_at: Timestamp,
        pub node: Option<String>,
        pub error_code: String,
        pub error_detail: Option<String>,
    }
}

/// A queue as people see it.
#[derive(Debug, Clone)]
pub struct QueueView {
    pub name: String,
    /// Since when it has been paused, if it is.
    pub paused: Option<Timestamp>,
    pub counts: Counts,
    /// When the job became due that has been waiting longest for a worker, its turn or a place.
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
        let oldest_due = oldest_due(&mut on, &name, &counts).await?;
        views.push(QueueView { name, paused, counts, oldest_due });
    }
    Ok(views)
}

/// The least due time of a queue: of those that wait for a worker looked up once for
/// each of its priorities, of those that wait for a turn or a place among the first.
async fn oldest_due(
    on: &mut On<'_>,
    queue: &str,
    counts: &Counts,
) -> db::Result<Option<Timestamp>> {
    let (mut oldest,): (Option<Timestamp>,) =
        db::query(OLDEST_FOR_WORKER).bind(queue).one(&mut *on).await?;
    for state in [State::Waiting, State::Retrying] {
        if counts.of(state) == 0 {
            continue;
        }
        let (held,): (Option<Timestamp>,) = db::query(
            "SELECT MIN(due_at)
             FROM (
                 SELECT due_at, awaits
                 FROM job
                 WHERE state <> 'done'
                   AND queue = $1
                   AND state = '",
        )
        .bind(queue)
        .push(state.as_str())
        .push("' ORDER BY id LIMIT 1000) AS job WHERE awaits IN ('turn', 'place')")
        .one(&mut *on)
        .await?;
        oldest = [oldest, held].into_iter().flatten().min();
    }
    Ok(oldest)
}

const OLDEST_FOR_WORKER: &str = "
    WITH RECURSIVE level (priority) AS (
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
    FROM level";

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
    /// A job that runs.
    #[derive(Debug, Clone)]
    pub struct Running {
        /// See [`WorkerView::id`].
        pub worker: i64,
        pub id: JobId,
        pub name: String,
    }
}

/// What runs right now, by worker, the first first; at most so many.
pub async fn running(on: impl Into<On<'_>>, most: usize) -> db::Result<Vec<Running>> {
    db::query(
        "SELECT worker, id, name
         FROM job
         WHERE state = 'running'
           AND state <> 'done'
           AND worker IS NOT NULL
         ORDER BY worker, id",
    )
    .limit(most)
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
