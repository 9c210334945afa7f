//! What runs the tasks: queues, workers and schedules. They serve every kost, so
//! that they are the installation admin's to see and to stop.

use askama::Template;
use axum::extract::{Path, RawQuery};
use axum::response::Response;

use crate::admin::queue::audit::Deed;
use crate::admin::queue::{Asked, QUEUES, View};
use crate::admin::tasks::{self, queue_word};
use crate::error::{Error, Result};
use crate::kosts::InstallationAdmin;
use crate::web::{Flash, Form, Page, TextForm};
use crate::words::jobs::NAMES;
use crate::words::{Moment, Words, iso};

/// All of it, as a page shows it.
#[derive(Default)]
pub(super) struct Machinery {
    pub queues: Vec<Queue>,
    pub workers: Vec<Worker>,
    pub schedules: Vec<Schedule>,
}

pub(super) struct Queue {
    pub key: String,
    pub name: String,
    /// How many tasks wait, and since when the first.
    pub size: String,
    pub paused: Option<String>,
}

pub(super) struct Worker {
    /// The machine's name, and the number of this start of the program there.
    pub name: String,
    /// On which queues it works.
    pub queues: String,
    pub beat: Moment,
    pub is_silent: bool,
    pub since: String,
    pub running: i64,
    /// What these are, and their pages; the first ones.
    pub runs: Vec<(String, String)>,
}

pub(super) struct Schedule {
    pub key: String,
    pub name: String,
    pub next: String,
    pub last: Option<String>,
    pub is_on: bool,
}

/// So many tasks that run are named.
const RUNNING: usize = 100;

/// A worker that has not been heard of for so long is probably gone.
const SILENT_AFTER: jiff::SignedDuration = jiff::SignedDuration::from_secs(30);

impl Machinery {
    /// The view of one kost shows of it but the queues that are paused.
    pub async fn load(page: &Page, view: &View) -> Result<Machinery> {
        let db = &page.app.db;
        let queues = queue::queues(db).await?.into_iter().map(|queue| Queue::new(queue, page));
        if view.kost.is_some() {
            return Ok(Machinery { queues: queues.collect(), ..Machinery::default() });
        }
        Ok(Machinery {
            queues: queues.collect(),
            workers: workers(page, view).await?,
            schedules: queue::schedules(db)
                .await?
                .into_iter()
                .map(|schedule| Schedule::new(schedule, page, view))
                .collect(),
        })
    }
}

impl Queue {
    fn new(queue: queue::QueueView, page: &Page) -> Queue {
        let (t, now) = (page.t, page.now);
        let retrying = queue.counts.retrying;
        let parts = [
            Some(t.queue_size(queue.counts.waiting)),
            (retrying > 0).then(|| t.queue_size_retrying(retrying)),
            queue.oldest_due.map(|oldest| t.queue_oldest(t.age(oldest, now))),
        ];
        let size = parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
        Queue {
            name: queue_word(&queue.name, t),
            size,
            paused: queue.paused.map(|since| t.queue_paused(t.ago(since, now))),
            key: queue.name,
        }
    }
}

async fn workers(page: &Page, view: &View) -> Result<Vec<Worker>> {
    let running = queue::running(&page.app.db, RUNNING).await?;
    let workers = queue::workers(&page.app.db).await?.into_iter();
    Ok(workers.map(|worker| Worker::new(worker, &running, page, view)).collect())
}

impl Worker {
    fn new(
        worker: queue::WorkerView,
        running: &[queue::Running],
        page: &Page,
        view: &View,
    ) -> Worker {
        let (t, now) = (page.t, page.now);
        let mine = running.iter().filter(|running| running.worker == worker.id);
        let run = |running: &queue::Running| {
            (tasks::name_word(&running.name, t), format!("{}/{}", view.path(), running.id))
        };
        let queues: Vec<_> = worker.queues.split(' ').map(|queue| queue_word(queue, t)).collect();
        let zone = view.telling(page).zone;
        Worker {
            name: t.queue_worker_name(worker.node, worker.id),
            queues: t.queue_worker_queues(queues.join(", ")),
            beat: Moment { iso: iso(worker.beat_at), words: t.ago(worker.beat_at, now) },
            is_silent: now.duration_since(worker.beat_at) > SILENT_AFTER,
            since: t.queue_worker_since(t.date_time_inline(worker.started_at, now, &zone)),
            running: worker.running,
            runs: mine.map(run).collect(),
        }
    }
}

impl Schedule {
    fn new(schedule: queue::ScheduleView, page: &Page, view: &View) -> Schedule {
        let zone = view.telling(page).zone;
        let inline = |at| page.t.date_time_inline(at, page.now, &zone);
        Schedule {
            name: tasks::name_word(&schedule.job, page.t),
            next: page.t.queue_schedule_next(inline(schedule.next_at)),
            last: schedule.last_at.map(|at| page.t.queue_schedule_last(inline(at))),
            is_on: schedule.enabled,
            key: schedule.name,
        }
    }
}

db::text_enum! {
    /// What one can do to a queue or a schedule.
    pub(super) enum Turn {
        Pause = "pause",
        Resume = "resume",
        SwitchOn = "switch_on",
        SwitchOff = "switch_off",
        Tick = "tick",
    }
}

impl Turn {
    pub fn word(self, t: Words) -> &'static str {
        match self {
            Turn::Pause => t.queue_turn_pause(),
            Turn::Resume => t.queue_turn_resume(),
            Turn::SwitchOn => t.queue_turn_on(),
            Turn::SwitchOff => t.queue_turn_off(),
            Turn::Tick => t.queue_action_run_now(),
        }
    }

    /// Whether this is about a queue; the others are about a schedule.
    pub fn is_of_queue(self) -> bool {
        matches!(self, Turn::Pause | Turn::Resume)
    }
}

/// Asks before a queue is paused: people wait for its mails.
#[derive(Template)]
#[template(path = "admin/queue_pause.html")]
struct PausePage<'a> {
    page: &'a Page,
    view: &'a View,
    key: &'a str,
    name: String,
    /// The list from which one came, as its query with the question mark.
    query: String,
}

/// `GET /admin/queue/queues/{queue}`
pub async fn ask(
    page: Page,
    _: InstallationAdmin,
    Path(queue): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response> {
    let key = known(&queue)?;
    let name = queue_word(key, page.t);
    let query = Asked::parse(&query.unwrap_or_default()).query();
    page.html(&PausePage { page: &page, view: &View::all(), key, name, query })
}

/// `POST /admin/queue/queues/{queue}` [do: pause or resume, back]
pub async fn turn_queue(
    page: Page,
    admin: InstallationAdmin,
    Path(queue): Path<String>,
    TextForm(form): TextForm,
) -> Result<Response> {
    let queue = known(&queue)?;
    let turn: Turn = form.choice("do").map_err(|_| Error::BadRequest)?;
    let mut tx = page.app.db.begin().await?;
    match turn {
        Turn::Pause => queue::pause(&mut tx, queue).await?,
        Turn::Resume => queue::resume(&mut tx, queue).await?,
        _ => return Err(Error::BadRequest),
    }
    noted(&admin, tx, turn, queue).await?;
    let flash = if turn == Turn::Pause { Flash::QueuePaused } else { Flash::QueueResumed };
    Ok(page.done(&back(&form), flash))
}

/// `POST /admin/queue/schedules/{schedule}` [do: switch_on, switch_off or tick, back]
pub async fn turn_schedule(
    page: Page,
    admin: InstallationAdmin,
    Path(schedule): Path<String>,
    TextForm(form): TextForm,
) -> Result<Response> {
    let turn: Turn = form.choice("do").map_err(|_| Error::BadRequest)?;
    let mut tx = page.app.db.begin().await?;
    let is_there = match turn {
        Turn::SwitchOn => queue::set_schedule_enabled(&mut tx, &schedule, true).await?,
        Turn::SwitchOff => queue::set_schedule_enabled(&mut tx, &schedule, false).await?,
        Turn::Tick => queue::tick_now(&mut tx, &schedule).await?,
        _ => return Err(Error::BadRequest),
    };
    if !is_there {
        return Err(Error::NotFound);
    }
    noted(&admin, tx, turn, &schedule).await?;
    let number = schedule_number(&page, &schedule).await?;
    match (turn, number) {
        (Turn::Tick, Some(number)) => {
            Ok(page.done_with(&back(&form), Flash::ScheduleStarted, number))
        }
        _ => Ok(page.done(&back(&form), Flash::Saved)),
    }
}

/// Which of the [`NAMES`] the task of a schedule has.
async fn schedule_number(page: &Page, schedule: &str) -> Result<Option<i64>> {
    let schedules = queue::schedules(&page.app.db).await?;
    let job = schedules.into_iter().find(|known| known.name == schedule).map(|known| known.job);
    let number = NAMES.iter().position(|name| Some(*name) == job.as_deref());
    Ok(number.and_then(|number| i64::try_from(number).ok()))
}

/// The list on which one was.
fn back(form: &Form) -> String {
    View::all().path() + &Asked::parse(form.text("back")).query()
}

async fn noted(
    InstallationAdmin(visitor): &InstallationAdmin,
    mut tx: db::Tx,
    turn: Turn,
    subject: &str,
) -> Result<()> {
    let (by, act) = (visitor.account.id, turn.as_str());
    let deed = Deed { by, act, job: None, subject, about: None, moved: None, count: 1 };
    deed.note(&mut tx, None).await?;
    tx.commit().await?;
    Ok(())
}

fn known(queue: &str) -> Result<&'static str> {
    QUEUES.into_iter().find(|known| *known == queue).ok_or(Error::NotFound)
}
