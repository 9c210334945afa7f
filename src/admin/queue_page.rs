//! The task queue as people see it: `/k/{kost}/queue` shows a kost's own tasks
//! to its staff, `/admin/queue` all of them to the installation's admin. Those
//! who run a kost can act on its tasks, and nobody on another kost's.

use askama::Template;
use axum::extract::{Path, RawQuery};
use axum::response::Response;
use db::Tx;
use queue::{Counts, JobId, State};

use crate::admin::queue_acts::{self, Act};
use crate::admin::tasks::{self, Task, Telling};
use crate::error::{Error, Result};
use crate::kosts::{InstallationAdmin, Kost, Manager, Staff, Timezone};
use crate::web::{Flash, Form, Page, TextForm};
use crate::words::Words;

/// Tasks on one page.
const PAGE: usize = 30;
/// How many failed tasks are grouped by their cause.
const FAILED: usize = 100;

/// Whose tasks: those of one kost, or all.
pub struct View {
    pub(super) kost: Option<Kost>,
    may_act: bool,
}

impl View {
    fn of(kost: &Kost, may_act: bool) -> View {
        View { kost: Some(kost.clone()), may_act }
    }

    fn all() -> View {
        View { kost: None, may_act: true }
    }

    /// What a job's scope must be; `None` lets everything through.
    pub(super) fn scope(&self) -> Option<i64> {
        self.kost.as_ref().map(|kost| kost.id.get())
    }

    fn path(&self) -> String {
        self.kost.as_ref().map_or_else(|| "/admin/queue".to_owned(), |kost| kost.path_to("/queue"))
    }

    fn topic(&self) -> String {
        self.scope().map_or_else(|| "queue".to_owned(), |kost| format!("queue:{kost}"))
    }

    fn telling(&self, page: &Page) -> Telling {
        // An installation has no zone of its own; most kosts are in this one.
        let zone = self.kost.as_ref().map_or(Timezone::Wib, |kost| kost.timezone).tz();
        Telling { t: page.t, now: page.now, zone, names_kosts: self.kost.is_none() }
    }
}

/// Which tasks are listed, from the URL.
#[derive(Debug, Clone, Default)]
struct Asked {
    state: Option<State>,
    queue: Option<String>,
    after: Option<JobId>,
}

impl Asked {
    fn parse(query: &str) -> Asked {
        let form = Form::from_query(query);
        Asked {
            state: form.choice("state").ok(),
            queue: Some(form.text("queue").to_owned())
                .filter(|queue| QUEUES.contains(&queue.as_str())),
            after: form.choice("after").ok(),
        }
    }

    fn query(&self) -> String {
        let pairs = [
            self.state.map(|state| format!("state={state}")),
            self.queue.as_ref().map(|queue| format!("queue={queue}")),
            self.after.map(|after| format!("after={after}")),
        ];
        let query = pairs.into_iter().flatten().collect::<Vec<_>>().join("&");
        if query.is_empty() { query } else { format!("?{query}") }
    }

    /// What is done is only listed when it is asked for.
    fn filter(&self, view: &View, counts: &Counts) -> queue::Filter {
        let unfinished = State::ALL
            .iter()
            .filter(|state| !matches!(state, State::Done | State::Cancelled))
            .filter(|state| counts.of(**state) > 0);
        queue::Filter {
            scope: view.scope(),
            states: self.state.map_or_else(|| unfinished.copied().collect(), |state| vec![state]),
            queue: self.queue.clone(),
            after: self.after,
            ..queue::Filter::default()
        }
    }
}

const QUEUES: [&str; 3] = ["default", "mail", "maintenance"];

#[derive(Template)]
#[template(path = "admin/queue.html")]
struct QueuePage<'a> {
    page: &'a Page,
    view: &'a View,
    asked: Asked,
    tiles: Vec<Tile>,
    groups: Vec<Group>,
    tasks: Vec<Task>,
    older: Option<String>,
    workers: Vec<Worker>,
    schedules: Vec<Schedule>,
}

struct Tile {
    state: State,
    count: i64,
    url: String,
    is_current: bool,
}

/// Failed tasks that have one cause.
struct Group {
    cause: String,
    code: String,
    count: i64,
    lead: Option<String>,
}

struct Worker {
    node: String,
    beat: String,
    is_silent: bool,
    up: String,
    running: i64,
}

struct Schedule {
    name: String,
    next: String,
}

/// A worker that has not been heard of for so long is probably gone.
const SILENT_AFTER: jiff::SignedDuration = jiff::SignedDuration::from_secs(30);

/// `GET /k/{kost}/queue`
pub async fn of_kost(page: Page, staff: Staff, RawQuery(query): RawQuery) -> Result<Response> {
    show(&page, &View::of(&staff.kost, staff.role.runs_the_kost()), &query.unwrap_or_default())
        .await
}

/// `GET /admin/queue`
pub async fn of_all(
    page: Page,
    _: InstallationAdmin,
    RawQuery(query): RawQuery,
) -> Result<Response> {
    show(&page, &View::all(), &query.unwrap_or_default()).await
}

/// `POST /k/{kost}/queue` [do, task, cause, back]
pub async fn act_in_kost(
    page: Page,
    manager: Manager,
    TextForm(form): TextForm,
) -> Result<Response> {
    let tx = manager.begin(&page.app.db).await?;
    act(&page, tx, &View::of(&manager.kost, true), &form).await
}

/// `POST /admin/queue` [do, task, cause, back]
pub async fn act_on_all(
    page: Page,
    _: InstallationAdmin,
    TextForm(form): TextForm,
) -> Result<Response> {
    let tx = page.app.db.begin().await?;
    act(&page, tx, &View::all(), &form).await
}

async fn show(page: &Page, view: &View, query: &str) -> Result<Response> {
    let db = &page.app.db;
    let asked = Asked::parse(query);
    let every = queue::Filter { scope: view.scope(), ..queue::Filter::default() };
    let counts = queue::counts(db, &every).await?;
    let filter = asked.filter(view, &counts);
    let mut jobs = match filter.states.as_slice() {
        [] => Vec::new(),
        _ => queue::list(db, &filter, PAGE + 1).await?,
    };
    let has_more = jobs.len() > PAGE;
    jobs.truncate(PAGE);
    let older =
        jobs.last().filter(|_| has_more).map(|job| Asked { after: Some(job.id), ..asked.clone() });
    let failed = if counts.failed > 0 { failed_jobs(page, view).await? } else { Vec::new() };
    page.html(&QueuePage {
        tiles: tiles(view, &asked, &counts),
        groups: groups(page, view, &failed, counts.failed),
        tasks: tasks::worded(db, &jobs, &view.telling(page)).await?,
        older: older.map(|asked| view.path() + &asked.query()),
        workers: workers(page, view).await?,
        schedules: schedules(page, view).await?,
        asked,
        page,
        view,
    })
}

impl Tile {
    fn is_bad(&self) -> bool {
        self.state == State::Failed && self.count > 0
    }
}

impl QueuePage<'_> {
    /// Where the page of an action leads back to.
    fn back(&self) -> String {
        self.asked.query().trim_start_matches('?').to_owned()
    }

    fn url_of_queue(&self, queue: &str) -> String {
        let queue = Some(queue.to_owned()).filter(|queue| !queue.is_empty());
        self.view.path() + &Asked { queue, after: None, ..self.asked.clone() }.query()
    }

    fn is_queue(&self, queue: &str) -> bool {
        self.asked.queue.as_deref().unwrap_or_default() == queue
    }

    fn top_url(&self) -> String {
        self.view.path() + &Asked { after: None, ..self.asked.clone() }.query()
    }
}

fn tiles(view: &View, asked: &Asked, counts: &Counts) -> Vec<Tile> {
    use State::{Cancelled, Done, Failed, Parked, Retrying, Running, Scheduled, Waiting};
    // The last two are rare; their tiles come with them.
    let rare = [Cancelled, Parked].into_iter().filter(|state| counts.of(*state) > 0);
    let states = [Waiting, Scheduled, Running, Retrying, Failed, Done].into_iter().chain(rare);
    let tile = |state| {
        let is_current = asked.state == Some(state);
        let other = Asked { state: (!is_current).then_some(state), after: None, ..asked.clone() };
        Tile { state, count: counts.of(state), url: view.path() + &other.query(), is_current }
    };
    states.map(tile).collect()
}

async fn failed_jobs(page: &Page, view: &View) -> Result<Vec<queue::JobView>> {
    let filter = queue::Filter {
        scope: view.scope(),
        states: vec![State::Failed],
        ..queue::Filter::default()
    };
    Ok(queue::list(&page.app.db, &filter, FAILED).await?)
}

/// The failed tasks by their cause, the most frequent first. Of `total` these
/// may be the newest only.
fn groups(page: &Page, view: &View, failed: &[queue::JobView], total: i64) -> Vec<Group> {
    let t = page.t;
    let are_all = failed.len() as i64 >= total;
    let mut codes = failed.iter().filter_map(|job| job.error_code.clone()).collect::<Vec<_>>();
    codes.sort_unstable();
    codes.dedup();
    let group = |code: String| {
        let of_code = failed
            .iter()
            .filter(|job| job.error_code.as_deref() == Some(&code))
            .collect::<Vec<_>>();
        let count = of_code.len() as i64;
        let cause = t.cause(&code);
        let are_mails = of_code.iter().all(|job| job.queue == "mail");
        let heading = if are_mails {
            t.queue_failed(count, cause)
        } else {
            t.queue_failed_tasks(count, cause)
        };
        let heading = if are_all { heading } else { t.queue_failed_least(heading) };
        let since = of_code.iter().filter_map(|job| job.ended_at).min().filter(|_| are_mails);
        let mut people =
            of_code.iter().filter_map(|job| job.args.get("account")?.as_i64()).collect::<Vec<_>>();
        people.sort_unstable();
        people.dedup();
        let telling = view.telling(page);
        let lead = since.map(|since| {
            t.queue_failed_lead(
                people.len() as i64,
                t.date_time_inline(since, telling.now, &telling.zone),
            )
        });
        Group { cause: heading, code, count, lead }
    };
    let mut groups = codes.into_iter().map(group).collect::<Vec<_>>();
    groups.sort_by_key(|group| -group.count);
    groups
}

/// Who works on the queue; only the installation's admin needs to know.
async fn workers(page: &Page, view: &View) -> Result<Vec<Worker>> {
    if view.kost.is_some() {
        return Ok(Vec::new());
    }
    let (t, now) = (page.t, page.now);
    let workers = queue::workers(&page.app.db).await?;
    let worker = |worker: queue::WorkerView| Worker {
        beat: t.queue_worker_beat(t.ago(worker.beat_at, now)),
        is_silent: now.duration_since(worker.beat_at) > SILENT_AFTER,
        up: t.queue_worker_up(t.duration(now.duration_since(worker.started_at))),
        running: worker.running,
        node: worker.node,
    };
    Ok(workers.into_iter().map(worker).collect())
}

async fn schedules(page: &Page, view: &View) -> Result<Vec<Schedule>> {
    if view.kost.is_some() {
        return Ok(Vec::new());
    }
    let telling = view.telling(page);
    let schedules = queue::schedules(&page.app.db).await?;
    let schedule = |schedule: queue::ScheduleView| Schedule {
        name: tasks::name_word(&schedule.job, page.t),
        next: page.t.queue_schedule_next(page.t.date_time_inline(
            schedule.next_at,
            page.now,
            &telling.zone,
        )),
    };
    Ok(schedules.into_iter().map(schedule).collect())
}

async fn act(page: &Page, mut tx: Tx, view: &View, form: &Form) -> Result<Response> {
    let act: Act = form.choice("do").map_err(|_| Error::BadRequest)?;
    let changed = match form.choice::<JobId>("task") {
        Ok(task) => queue_acts::on_one(&mut tx, view, task, act).await?,
        Err(_) => queue_acts::on_cause(&mut tx, view, form.text("cause"), FAILED).await?,
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
    let job = queue_acts::visible(&page.app.db, view, id).await?;
    let task = tasks::worded(&page.app.db, &[job], &view.telling(page))
        .await?
        .pop()
        .ok_or(Error::NotFound)?;
    page.html(&DiscardPage { page, view, task })
}

impl Act {
    fn word(self, t: Words) -> &'static str {
        match self {
            Act::Retry => t.queue_action_retry(),
            Act::RunNow => t.queue_action_run_now(),
            Act::Cancel => t.queue_action_cancel(),
            Act::Discard => t.queue_action_discard(),
        }
    }

    fn icon(self) -> &'static str {
        match self {
            Act::Retry => "refresh",
            Act::RunNow => "play",
            Act::Cancel => "ban",
            Act::Discard => "trash",
        }
    }
}
