//! What runs the tasks: queues, workers and schedules. They serve every kost, so
//! that they are the installation admin's to see and to stop.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;

use crate::admin::queue::audit::Deed;
use crate::admin::queue::{QUEUES, View};
use crate::admin::tasks::{self, queue_word};
use crate::error::{Error, Result};
use crate::kosts::InstallationAdmin;
use crate::web::{Flash, Page, TextForm};
use crate::words::Words;

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
    pub node: String,
    pub beat: String,
    pub is_silent: bool,
    pub up: String,
    pub running: i64,
    /// What these are.
    pub runs: String,
}

pub(super) struct Schedule {
    pub key: String,
    pub name: String,
    pub next: String,
    pub last: Option<String>,
    pub is_on: bool,
}

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
            workers: workers(page).await?,
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
        let waiting = t.queue_size(queue.counts.waiting + queue.counts.retrying);
        let size = match queue.oldest_due {
            Some(oldest) => format!("{waiting}, {}", t.queue_running_for(t.age(oldest, now))),
            None => waiting,
        };
        Queue {
            name: queue_word(&queue.name, t),
            size,
            paused: queue.paused.map(|since| t.queue_paused(t.ago(since, now))),
            key: queue.name,
        }
    }
}

async fn workers(page: &Page) -> Result<Vec<Worker>> {
    let running = queue::running(&page.app.db).await?;
    let workers = queue::workers(&page.app.db).await?.into_iter();
    Ok(workers.map(|worker| Worker::new(worker, &running, page)).collect())
}

impl Worker {
    fn new(worker: queue::WorkerView, running: &[queue::Running], page: &Page) -> Worker {
        let (t, now) = (page.t, page.now);
        let mine = running.iter().filter(|running| running.worker == worker.id);
        let run = |running: &queue::Running| match running.jobs {
            1 => tasks::name_word(&running.name, t),
            jobs => format!("{} × {jobs}", tasks::name_word(&running.name, t)),
        };
        Worker {
            beat: t.queue_worker_beat(t.ago(worker.beat_at, now)),
            is_silent: now.duration_since(worker.beat_at) > SILENT_AFTER,
            up: t.queue_worker_up(t.duration(now.duration_since(worker.started_at))),
            running: worker.running,
            runs: mine.map(run).collect::<Vec<_>>().join(", "),
            node: worker.node,
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
}

/// `GET /admin/queue/queues/{queue}`
pub async fn ask(page: Page, _: InstallationAdmin, Path(queue): Path<String>) -> Result<Response> {
    let key = known(&queue)?;
    let name = queue_word(key, page.t);
    page.html(&PausePage { page: &page, view: &View::all(), key, name })
}

/// `POST /admin/queue/queues/{queue}` [do: pause or resume]
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
    turned(&page, &admin, tx, turn, queue).await
}

/// `POST /admin/queue/schedules/{schedule}` [do: switch_on, switch_off or tick]
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
    turned(&page, &admin, tx, turn, &schedule).await
}

async fn turned(
    page: &Page,
    InstallationAdmin(visitor): &InstallationAdmin,
    mut tx: db::Tx,
    turn: Turn,
    subject: &str,
) -> Result<Response> {
    let view = View::all();
    let deed = Deed { by: visitor.account.id, act: turn.as_str(), job: None, subject, count: 1 };
    deed.note(&mut tx, &view).await?;
    tx.commit().await?;
    let flash = match turn {
        Turn::Pause => Flash::QueuePaused,
        Turn::Resume => Flash::QueueResumed,
        Turn::SwitchOn | Turn::SwitchOff | Turn::Tick => Flash::Saved,
    };
    Ok(page.done(&view.path(), flash))
}

fn known(queue: &str) -> Result<&'static str> {
    QUEUES.into_iter().find(|known| *known == queue).ok_or(Error::NotFound)
}
