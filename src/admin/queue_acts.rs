//! What people do to tasks. A task that is not in view does not exist for them:
//! acting on it answers as if there were none.

use db::{On, Tx};
use queue::{JobId, JobView, State};

use crate::admin::queue_page::View;
use crate::error::{Error, Result};

db::text_enum! {
    /// What one can do to a task.
    pub enum Act {
        Retry = "retry",
        RunNow = "run_now",
        Cancel = "cancel",
        Discard = "discard",
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
    visible(&mut *tx, view, id).await?;
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
