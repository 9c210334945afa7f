//! What people do to tasks. A task that is not in view does not exist for them:
//! acting on it answers as if there were none.

use db::{On, Tx};
use queue::{Job, JobId, JobView, State};

use crate::admin::queue_page::View;
use crate::error::{Error, Result};
use crate::tickets::jobs::{CloseSilent, RemindReporter};

db::text_enum! {
    /// What one can do to a task.
    pub enum Act {
        Retry = "retry",
        RunNow = "run_now",
        Cancel = "cancel",
        Discard = "discard",
    }
}

/// Tasks whose time is a rule of the domain: nobody brings them forward.
const NEVER_EARLY: [&str; 2] = [RemindReporter::NAME, CloseSilent::NAME];

/// What one can do to a task as it stands.
pub fn possible(name: &str, state: State) -> &'static [Act] {
    match state {
        State::Scheduled if NEVER_EARLY.contains(&name) => &[Act::Cancel],
        State::Scheduled | State::Retrying => &[Act::RunNow, Act::Cancel],
        State::Waiting | State::Running => &[Act::Cancel],
        State::Failed | State::Cancelled | State::Parked => &[Act::Retry, Act::Discard],
        State::Done => &[],
    }
}

/// A task that this view shows.
///
/// # Errors
/// [`Error::NotFound`] for one of another kost, and for none.
pub async fn visible(on: impl Into<On<'_>>, view: &View, id: JobId) -> Result<JobView> {
    let job = queue::get(on, id).await?.ok_or(Error::NotFound)?;
    let is_visible = view.scope().is_none() || view.scope() == job.scope;
    if is_visible { Ok(job) } else { Err(Error::NotFound) }
}

/// Acts on one task. Tells how many changed: none, when it had moved on since
/// the page was shown.
///
/// # Errors
/// As [`visible`].
pub async fn on_one(tx: &mut Tx, view: &View, id: JobId, act: Act) -> Result<i64> {
    let job = visible(&mut *tx, view, id).await?;
    if !possible(&job.name, job.state).contains(&act) {
        return Ok(0);
    }
    let changed = match act {
        Act::Retry => queue::retry(tx, id).await?,
        Act::RunNow => queue::run_now(tx, id).await?,
        Act::Cancel => queue::cancel(tx, id).await?,
        Act::Discard => queue::discard(tx, id).await?,
    };
    Ok(i64::from(changed))
}

/// Tries the newest failed tasks again that failed for this cause.
pub async fn on_cause(tx: &mut Tx, view: &View, code: &str, most: usize) -> Result<i64> {
    let filter = queue::Filter {
        scope: view.scope(),
        states: vec![State::Failed],
        ..queue::Filter::default()
    };
    let failed = queue::list(&mut *tx, &filter, most).await?;
    let mut changed = 0;
    for job in failed.iter().filter(|job| job.error_code.as_deref() == Some(code)) {
        changed += i64::from(queue::retry(tx, job.id).await?);
    }
    Ok(changed)
}
