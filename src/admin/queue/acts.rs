//! What people do to tasks. A task that is not in view does not exist for them:
//! acting on it answers as if there were none.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use db::{On, Tx};
use queue::{Job, JobId, JobView, State};

use crate::admin::queue::causes::FAILED;
use crate::admin::queue::{Asked, View};
use crate::admin::tasks::{self, Task};
use crate::error::{Error, Result};
use crate::kosts::{InstallationAdmin, Manager};
use crate::tickets::jobs::{CloseSilent, RemindReporter};
use crate::web::{Flash, Form, Page, TextForm};
use crate::words::Words;

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

/// `POST /k/{kost}/queue` [do, task, cause, back]
pub async fn in_kost(page: Page, manager: Manager, TextForm(form): TextForm) -> Result<Response> {
    let tx = manager.begin(&page.app.db).await?;
    act(&page, tx, &View::of(&manager.kost, true), &form).await
}

/// `POST /admin/queue` [do, task, cause, back]
pub async fn on_all(
    page: Page,
    _: InstallationAdmin,
    TextForm(form): TextForm,
) -> Result<Response> {
    let tx = page.app.db.begin().await?;
    act(&page, tx, &View::all(), &form).await
}

async fn act(page: &Page, mut tx: Tx, view: &View, form: &Form) -> Result<Response> {
    let act: Act = form.choice("do").map_err(|_| Error::BadRequest)?;
    let changed = match form.choice::<JobId>("task") {
        Ok(task) => on_one(&mut tx, view, task, act).await?,
        Err(_) => on_cause(&mut tx, view, form.text("cause"), FAILED).await?,
    };
    tx.commit().await?;
    let back = view.path() + &Asked::parse(form.text("back")).query();
    Ok(page.done_with(&back, Flash::TaskChanged, changed))
}

#[derive(Template)]
#[template(path = "admin/queue_discard.html")]
struct DiscardPage<'a> {
    page: &'a Page,
    view: &'a View,
    task: Task,
}

/// `GET /k/{kost}/queue/{task}/discard`: asks first, it cannot be undone.
pub async fn ask_in_kost(
    page: Page,
    manager: Manager,
    Path((_, task)): Path<(String, String)>,
) -> Result<Response> {
    ask(&page, &View::of(&manager.kost, true), &task).await
}

/// `GET /admin/queue/{task}/discard`
pub async fn ask_on_all(
    page: Page,
    _: InstallationAdmin,
    Path(task): Path<String>,
) -> Result<Response> {
    ask(&page, &View::all(), &task).await
}

async fn ask(page: &Page, view: &View, task: &str) -> Result<Response> {
    let id = task.parse().map_err(|_| Error::NotFound)?;
    let job = visible(&page.app.db, view, id).await?;
    let task = tasks::worded(&page.app.db, &[job], &view.telling(page))
        .await?
        .pop()
        .ok_or(Error::NotFound)?;
    page.html(&DiscardPage { page, view, task })
}

impl Act {
    pub fn word(self, t: Words) -> &'static str {
        match self {
            Act::Retry => t.queue_action_retry(),
            Act::RunNow => t.queue_action_run_now(),
            Act::Cancel => t.queue_action_cancel(),
            Act::Discard => t.queue_action_discard(),
        }
    }

    pub fn icon(self) -> &'static str {
        match self {
            Act::Retry => "refresh",
            Act::RunNow => "play",
            Act::Cancel => "ban",
            Act::Discard => "trash",
        }
    }
}
