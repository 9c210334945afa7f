//! A durable job queue on the application's own database: what was committed
//! will be done, whatever stops or dies in between. The promise, and what it
//! leaves out, stands in [`Job`]'s documentation.
//!
//! ```no_run
//! use queue::{Job, JobResult, Outcome, Run};
//! use serde::{Deserialize, Serialize};
//!
//! # struct App;
//! #[derive(Serialize, Deserialize)]
//! struct AssignTicket {
//!     ticket: i64,
//! }
//!
//! impl Job for AssignTicket {
//!     type App = App;
//!     const NAME: &'static str = "AssignTicket";
//!
//!     async fn run(&self, app: &App, run: &mut Run) -> JobResult {
//!         Ok(Outcome::Done)
//!     }
//! }
//!
//! # async fn example(db: db::Db) -> db::Result<()> {
//! let mut tx = db.begin().await?;
//! AssignTicket { ticket: 12 }.enqueue(&mut tx).await?;
//! tx.commit().await?;
//! # Ok(())
//! # }
//! ```

mod backoff;
mod codes;
mod execute;
mod inspect;
mod job;
mod registry;
mod run;
mod schedule;
mod store;
mod worker;

pub use codes::CODES;
pub use inspect::{
    Attempt, Cause, Counts, Filter, JobView, Minute, QueueView, Running, ScheduleView, Step, Word,
    WorkerView, attempts, cancel, caused, causes, counts, discard, get, get_all, hold, list, pause,
    pulse, queues, reschedule, resume, retry, run_now, running, schedules, set_schedule_enabled,
    step, tick_now, upcoming, workers,
};
pub use job::{Enqueued, Job, JobId, State};
pub use registry::Registry;
pub use run::{Failure, FinishError, JobResult, Outcome, Run};
pub use worker::{Settings, Workers, run_due, start};

/// The queue's tables, for [`db::Db::migrate`].
pub const MIGRATIONS: &[db::Migration] = &[db::Migration {
    name: "queue_0001_jobs",
    sqlite: include_str!("../migrations/sqlite/0001_jobs.sql"),
    postgres: include_str!("../migrations/postgres/0001_jobs.sql"),
}];
