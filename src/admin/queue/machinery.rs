//! What runs the tasks: workers and schedules. Only the installation's admin
//! needs to know.

use crate::admin::queue::View;
use crate::admin::tasks;
use crate::error::Result;
use crate::web::Page;

pub(super) struct Worker {
    pub node: String,
    pub beat: String,
    pub is_silent: bool,
    pub up: String,
    pub running: i64,
}

pub(super) struct Schedule {
    pub name: String,
    pub next: String,
}

/// A worker that has not been heard of for so long is probably gone.
const SILENT_AFTER: jiff::SignedDuration = jiff::SignedDuration::from_secs(30);

/// Who works on the queue; only the installation's admin needs to know.
pub(super) async fn workers(page: &Page, view: &View) -> Result<Vec<Worker>> {
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

pub(super) async fn schedules(page: &Page, view: &View) -> Result<Vec<Schedule>> {
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
