//! What people do to tasks, each deed written down. A task that is not in view
//! does not exist for them: acting on it answers as if there were none.

use axum::extract::{Path, RawQuery};
use axum::response::Response;
use db::{On, Tx};
use jiff::Timestamp;
use jiff::civil::DateTime;
use queue::{Job, JobId, JobView, State};

use crate::accounts::AccountId;
use crate::admin::queue::audit::Deed;
use crate::admin::queue::task_page::{self, DiscardPage};
use crate::admin::queue::{Asked, View, bulk};
use crate::error::{Error, Result};
use crate::kosts::{InstallationAdmin, Manager};
use crate::tickets::jobs::{CloseSilent, RemindReporter};
use crate::web::{FieldErrors, Flash, Form, Page, Problem, TextForm};
use crate::words::Words;

db::text_enum! {
    /// What one can do to a task.
    pub enum Act {
        Retry = "retry",
        RunNow = "run_now",
        Reschedule = "reschedule",
        Cancel = "cancel",
        Discard = "discard",
    }
}

/// Tasks whose time is a rule of the domain: nobody brings them forward.
pub(super) const NEVER_EARLY: [&str; 2] = [RemindReporter::NAME, CloseSilent::NAME];

/// What one can do to a task as it stands.
pub fn possible(name: &str, state: State) -> Vec<Act> {
    let is_fixed = state == State::Scheduled && NEVER_EARLY.contains(&name);
    let may = |act: &Act| act.states().contains(&state) && (!is_fixed || *act == Act::Cancel);
    Act::ALL.iter().copied().filter(may).collect()
}

/// A task that this view shows.
///
/// # Errors
/// [`Error::NotFound`] for one of another kost, and for none.
pub async fn visible(on: impl Into<On<'_>>, view: &View, id: JobId) -> Result<JobView> {
    queue::get(on, view.scope(), id).await?.ok_or(Error::NotFound)
}

/// `POST /k/{kost}/queue` [do, task, due, cause, state, all, back, from]
pub async fn in_kost(page: Page, manager: Manager, TextForm(form): TextForm) -> Result<Response> {
    let view = View::of(&manager.kost, true);
    Actor { page: &page, view: &view, by: manager.account.id, manager: Some(&manager) }
        .act(form)
        .await
}

/// `POST /admin/queue` [do, task, due, cause, state, all, back, from]
pub async fn on_all(
    page: Page,
    InstallationAdmin(visitor): InstallationAdmin,
    TextForm(form): TextForm,
) -> Result<Response> {
    let view = View::all();
    Actor { page: &page, view: &view, by: visitor.account.id, manager: None }.act(form).await
}

/// Who acts, on what they see.
pub(super) struct Actor<'a> {
    pub page: &'a Page,
    pub view: &'a View,
    pub by: AccountId,
    manager: Option<&'a Manager>,
}

impl Actor<'_> {
    /// Begins to write, while this is still who they are.
    pub async fn begin(&self) -> Result<Tx> {
        match self.manager {
            Some(manager) => manager.begin(&self.page.app.db).await,
            None => Ok(self.page.app.db.begin().await?),
        }
    }

    async fn act(&self, form: Form) -> Result<Response> {
        let act: Act = form.choice("do").map_err(|_| Error::BadRequest)?;
        match form.choice::<JobId>("task") {
            Ok(id) => self.on_one(id, act, form).await,
            Err(_) => {
                let of = many(&form).ok_or(Error::BadRequest)?;
                let count = bulk::act_on(self, &of, act).await?;
                Ok(done(self.page, self.view, &form, act, count))
            }
        }
    }

    async fn on_one(&self, id: JobId, act: Act, form: Form) -> Result<Response> {
        let Actor { page, view, by, .. } = *self;
        let mut tx = self.begin().await?;
        let job = visible(&mut tx, view, id).await?;
        let due = match act {
            Act::Reschedule => parse_due(page, view, form.text("due")),
            _ => Ok(page.now),
        };
        let due = match due {
            Ok(due) => due,
            Err(problem) => {
                drop(tx);
                let errors = FieldErrors::one("due", problem);
                return task_page::invalid(page, view, job, form, errors).await;
            }
        };
        let count = i64::from(on_one(&mut tx, &job, act, due).await?);
        let moved = (act == Act::Reschedule).then_some((job.due_at, due));
        let (subject, about) = (job.name.as_str(), job.subject.as_deref());
        let deed = Deed { by, act: act.as_str(), job: Some(id), subject, about, moved, count };
        deed.note(&mut tx, job.scope).await?;
        tx.commit().await?;
        Ok(done(page, view, &form, act, count))
    }
}

/// The tasks that are acted on together: those of one cause, or all that are asked for.
fn many(form: &Form) -> Option<Asked> {
    if form.is_on("all") {
        return Some(Asked { after: None, ..Asked::parse(form.text("back")) });
    }
    let cause = Some(form.text("cause").to_owned()).filter(|cause| !cause.is_empty())?;
    let state = Some(form.choice("state").unwrap_or(State::Failed));
    Some(Asked { state, cause: Some(cause), ..Asked::default() })
}

/// Back to where one was.
fn done(page: &Page, view: &View, form: &Form, act: Act, count: i64) -> Response {
    let query = Asked::parse(form.text("back")).query();
    let back = match form.text("from") {
        "task" if act != Act::Discard => format!("{}/{}{query}", view.path(), form.text("task")),
        _ => view.path() + &query,
    };
    let flash = match act {
        _ if count == 0 => Flash::TaskMovedOn,
        Act::Retry => Flash::TasksRetried,
        Act::RunNow => Flash::TasksDue,
        Act::Reschedule => Flash::TasksRescheduled,
        Act::Cancel => Flash::TasksCancelled,
        Act::Discard => Flash::TasksDiscarded,
    };
    page.done_with(&back, flash, count)
}

/// Acts on one task, unless it has moved on since the page was shown.
pub(super) async fn on_one(tx: &mut Tx, job: &JobView, act: Act, due: Timestamp) -> Result<bool> {
    let Some(state) = queue::hold(tx, job.id).await? else { return Ok(false) };
    if !possible(&job.name, state).contains(&act) {
        return Ok(false);
    }
    Ok(match act {
        Act::Retry => queue::retry(tx, job.id).await?,
        Act::RunNow => queue::run_now(tx, job.id).await?,
        Act::Reschedule => queue::reschedule(tx, job.id, due).await?,
        Act::Cancel => queue::cancel(tx, job.id).await?,
        Act::Discard => queue::discard(tx, job.id).await?,
    })
}

/// A time as browsers send it, in the zone in which the page shows times.
fn parse_due(page: &Page, view: &View, text: &str) -> Result<Timestamp, Problem> {
    if text.is_empty() {
        return Err(Problem::Required);
    }
    let due: DateTime = text.parse().map_err(|_| Problem::NotADate)?;
    let due = view.telling(page).zone.to_timestamp(due).map_err(|_| Problem::NotADate)?;
    let latest = page.now + jiff::SignedDuration::from_hours(24 * 366);
    // What is over is now.
    if due > latest { Err(Problem::TooFarAhead) } else { Ok(due.max(page.now)) }
}

/// `GET /k/{kost}/queue/{task}/discard`: asks first, it cannot be undone.
pub async fn ask_in_kost(
    page: Page,
    manager: Manager,
    Path((_, task)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response> {
    DiscardPage::show(&page, &View::of(&manager.kost, true), &task, query).await
}

/// `GET /admin/queue/{task}/discard`
pub async fn ask_on_all(
    page: Page,
    _: InstallationAdmin,
    Path(task): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response> {
    DiscardPage::show(&page, &View::all(), &task, query).await
}

impl Act {
    /// The states in which it can be done at all.
    pub fn states(self) -> &'static [State] {
        match self {
            Act::Retry | Act::Discard => &[State::Failed, State::Cancelled, State::Parked],
            Act::RunNow => &[State::Scheduled, State::Retrying],
            Act::Reschedule => &[State::Waiting, State::Scheduled, State::Retrying],
            Act::Cancel => &[State::Waiting, State::Scheduled, State::Retrying, State::Running],
        }
    }

    /// Whether a button is enough: the rest takes a form of its own.
    pub fn is_button(self) -> bool {
        self != Act::Reschedule
    }

    pub fn word(self, t: Words) -> &'static str {
        match self {
            Act::Retry => t.queue_action_retry(),
            Act::RunNow => t.queue_action_run_now(),
            Act::Reschedule => t.queue_action_reschedule(),
            Act::Cancel => t.queue_action_cancel(),
            Act::Discard => t.queue_action_discard(),
        }
    }

    pub fn icon(self) -> &'static str {
        match self {
            Act::Retry => "refresh",
            Act::RunNow => "play",
            Act::Reschedule => "clock",
            Act::Cancel => "ban",
            Act::Discard => "trash",
        }
    }
}
