//! One task: what it does for whom, how each attempt went, what caused it and
//! what it caused, and who did what to it.

use askama::Template;
use axum::extract::{Path, RawQuery};
use axum::response::Response;
use http::StatusCode;
use queue::{JobId, JobView};

use crate::admin::queue::acts::{self, Act};
use crate::admin::queue::audit::{self, Told};
use crate::admin::queue::{Asked, View};
use crate::admin::tasks::{self, Task, Telling};
use crate::error::{Error, Result};
use crate::kosts::{InstallationAdmin, Staff};
use crate::web::{FieldErrors, Form, Page};
use crate::words::{Moment, capitalised};

/// So many of the tasks that a task caused are shown.
const CAUSED: usize = 50;

#[derive(Template)]
#[template(path = "admin/queue_task.html")]
struct TaskPage<'a> {
    page: &'a Page,
    view: &'a View,
    task: Task,
    possible: Vec<Act>,
    started: Option<Moment>,
    ended: Option<Moment>,
    node: Option<String>,
    /// What it was given, for those who may act on it.
    args: Option<String>,
    /// The technical text of the last failure, for the installation's admin.
    detail: Option<String>,
    attempts: Vec<Attempt>,
    cause: Option<Task>,
    caused: Vec<Task>,
    deeds: Vec<Told>,
    /// The list from which one came, as its query with the question mark.
    query: String,
    form: Form,
    errors: FieldErrors,
}

/// An attempt that did not end well.
struct Attempt {
    /// None where the task was put off, which uses up no attempt.
    number: Option<i32>,
    /// Until when it was put off again and again.
    until: Option<Moment>,
    at: Moment,
    took: String,
    node: Option<String>,
    cause: String,
    detail: Option<String>,
}

/// `GET /k/{kost}/queue/{task}`
pub async fn of_kost(
    page: Page,
    staff: Staff,
    Path((_, task)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response> {
    show(&page, &View::of(&staff.kost, staff.role.runs_the_kost()), &task, query).await
}

/// `GET /admin/queue/{task}`
pub async fn of_all(
    page: Page,
    _: InstallationAdmin,
    Path(task): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response> {
    show(&page, &View::all(), &task, query).await
}

async fn show(page: &Page, view: &View, task: &str, query: Option<String>) -> Result<Response> {
    let job = job_of(page, view, task).await?;
    // As browsers write it in such a field.
    let due = view.telling(page).zone.to_datetime(job.due_at).strftime("%Y-%m-%dT%H:%M");
    let back = query.unwrap_or_default();
    let form = Form::of([("due", due.to_string().as_str()), ("back", back.as_str())]);
    page.html(&TaskPage::load(page, view, job, form, FieldErrors::default()).await?)
}

/// The answer 422: the page again, with what is wrong.
pub(super) async fn invalid(
    page: &Page,
    view: &View,
    job: JobView,
    form: Form,
    errors: FieldErrors,
) -> Result<Response> {
    page.invalid(&TaskPage::load(page, view, job, form, errors).await?)
}

async fn job_of(page: &Page, view: &View, task: &str) -> Result<JobView> {
    let id: JobId = task.parse().map_err(|_| Error::NotFound)?;
    acts::visible(&page.app.db, view, id).await
}

impl<'a> TaskPage<'a> {
    async fn load(
        page: &'a Page,
        view: &'a View,
        job: JobView,
        form: Form,
        errors: FieldErrors,
    ) -> Result<TaskPage<'a>> {
        let db = &page.app.db;
        let telling = view.telling(page);
        let attempts = queue::attempts(db, &job).await?;
        let caused = queue::caused(db, job.id, CAUSED).await?;
        let cause = match job.caused_by {
            Some(id) => queue::get(db, view.scope(), id).await?,
            None => None,
        };
        let deeds = audit::of_task(page, view, &job).await?;
        let in_view = |job: &JobView| view.scope().is_none() || view.scope() == job.scope;
        let others = cause.into_iter().chain(caused).filter(in_view);
        let is_caused = job.caused_by;
        let jobs: Vec<_> = std::iter::once(job.clone()).chain(others).collect();
        let mut tasks = tasks::worded(db, &jobs, &telling).await?.into_iter();
        let task = tasks.next().ok_or(Error::NotFound)?;
        let (cause, caused): (Vec<_>, Vec<_>) =
            tasks.partition(|task| is_caused.map(JobId::get) == Some(task.id));
        let is_admin = view.scope().is_none();
        Ok(TaskPage {
            possible: if view.may_act { acts::possible(&job.name, job.state) } else { Vec::new() },
            started: job.started_at.map(|at| telling.moment(at)),
            ended: job.ended_at.map(|at| telling.moment(at)),
            node: job.node.filter(|_| is_admin),
            args: view.may_act.then(|| format!("{:#}", job.args)),
            detail: job.error_detail.filter(|_| is_admin),
            attempts: attempts
                .into_iter()
                .map(|attempt| Attempt::new(attempt, &telling, is_admin))
                .collect(),
            cause: cause.into_iter().next(),
            caused,
            deeds,
            query: Asked::parse(form.text("back")).query(),
            page,
            view,
            task,
            form,
            errors,
        })
    }

    fn may_reschedule(&self) -> bool {
        self.possible.contains(&Act::Reschedule)
    }

    fn url_of(&self, task: &Task) -> String {
        format!("{}/{}{}", self.view.path(), task.id, self.query)
    }

    /// The list from which one came, without the question mark.
    fn back(&self) -> &str {
        self.query.trim_start_matches('?')
    }
}

impl Attempt {
    fn new(attempt: queue::Attempt, telling: &Telling, is_admin: bool) -> Attempt {
        let t = telling.t;
        let (is_delay, cause) = (attempt.delays > 0, t.cause(&attempt.error_code));
        Attempt {
            number: (!is_delay).then_some(attempt.attempt),
            until: (attempt.delays > 1).then(|| telling.moment(attempt.ended_at)),
            at: telling.moment(attempt.started_at),
            took: t.duration(attempt.ended_at.duration_since(attempt.started_at)),
            node: attempt.node.filter(|_| is_admin),
            cause: if is_delay {
                t.queue_task_delays(i64::from(attempt.delays), cause)
            } else {
                capitalised(&cause)
            },
            detail: attempt.error_detail.filter(|_| is_admin),
        }
    }
}

/// Asks before a task is discarded.
#[derive(Template)]
#[template(path = "admin/queue_discard.html")]
pub(super) struct DiscardPage<'a> {
    page: &'a Page,
    view: &'a View,
    task: Task,
    query: String,
}

impl DiscardPage<'_> {
    pub async fn show(
        page: &Page,
        view: &View,
        task: &str,
        query: Option<String>,
    ) -> Result<Response> {
        let job = job_of(page, view, task).await?;
        let task = tasks::worded(&page.app.db, &[job], &view.telling(page)).await?.pop();
        let task = task.ok_or(Error::NotFound)?;
        let query = Asked::parse(&query.unwrap_or_default()).query();
        page.html_with(StatusCode::OK, &DiscardPage { page, view, task, query })
    }
}
