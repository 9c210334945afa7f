//! Recurring jobs. A schedule's next tick stands in the database; whoever
//! moves it on enqueues the job in the same transaction. So there is one job
//! per tick however many nodes run, and after a long sleep one for all that was missed.

use std::pin::Pin;
use std::str::FromStr;
use std::sync::Arc;

use croner::Cron;
use db::{Db, Tx};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::registry::Registry;
use crate::{Enqueued, Job, JobId};

type Enqueue<'a> = Pin<Box<dyn Future<Output = db::Result<Enqueued>> + Send + 'a>>;

/// A job to be enqueued again and again.
#[derive(Clone)]
pub(crate) struct Schedule {
    pub name: &'static str,
    job: &'static str,
    expression: &'static str,
    cron: Cron,
    timezone: TimeZone,
    enqueue: Arc<dyn for<'a> Fn(&'a mut Tx) -> Enqueue<'a> + Send + Sync>,
}

impl Schedule {
    pub(crate) fn new<J: Job>(
        name: &'static str,
        expression: &'static str,
        timezone: TimeZone,
        make: impl Fn() -> J + Send + Sync + 'static,
    ) -> Self {
        let cron = Cron::from_str(expression);
        assert!(cron.is_ok(), "schedule {name}: {expression:?} is no cron expression");
        let Ok(cron) = cron else { unreachable!("asserted above") };
        let schedule = Self {
            name,
            job: J::NAME,
            expression,
            cron,
            timezone,
            enqueue: Arc::new(move |tx| {
                let job = make();
                Box::pin(async move { job.enqueue(tx).await })
            }),
        };
        assert!(
            schedule.next_after(Timestamp::UNIX_EPOCH).is_some(),
            "schedule {name}: {expression:?} never comes"
        );
        schedule
    }

    /// The first tick later than `time`.
    pub(crate) fn next_after(&self, time: Timestamp) -> Option<Timestamp> {
        let local = time.to_zoned(self.timezone.clone());
        self.cron.find_next_occurrence(&local, false).ok().map(|next| next.timestamp())
    }

    fn timezone_name(&self) -> &str {
        self.timezone.iana_name().unwrap_or("UTC")
    }
}

/// Writes down the program's schedules. One that is new, or has another
/// expression than before, has its next tick after now.
pub(crate) async fn register<A: Send + Sync + 'static>(
    db: &Db,
    registry: &Registry<A>,
) -> db::Result<()> {
    let known = next_ticks(db).await?;
    let now = db.now();
    for schedule in registry.schedules() {
        let is_same = |row: &Row| {
            row.name == schedule.name
                && row.job == schedule.job
                && row.cron == schedule.expression
                && row.timezone == schedule.timezone_name()
        };
        if known.iter().any(is_same) {
            continue;
        }
        let mut tx = db.begin().await?;
        db::query(
            "INSERT INTO queue_schedule (name, job, cron, timezone, enabled, next_at)
             VALUES ($1, $2, $3, $4, TRUE, $5)
             ON CONFLICT (name) DO UPDATE
             SET job = excluded.job,
                 cron = excluded.cron,
                 timezone = excluded.timezone,
                 next_at = excluded.next_at
             WHERE (queue_schedule.job, queue_schedule.cron, queue_schedule.timezone)
                <> (excluded.job, excluded.cron, excluded.timezone)",
        )
        .bind(schedule.name)
        .bind(schedule.job)
        .bind(schedule.expression)
        .bind(schedule.timezone_name())
        .bind(schedule.next_after(now))
        .run(&mut tx)
        .await?;
        tx.commit().await?;
    }
    Ok(())
}

db::row! {
    struct Row {
        name: String,
        job: String,
        cron: String,
        timezone: String,
        enabled: bool,
        next_at: Timestamp,
        last_at: Option<Timestamp>,
    }
}

async fn next_ticks(db: &Db) -> db::Result<Vec<Row>> {
    db::query("SELECT name, job, cron, timezone, enabled, next_at, last_at FROM queue_schedule")
        .all(db)
        .await
}

/// Enqueues the jobs whose tick has come, and tells when the next one comes.
pub(crate) async fn tick<A: Send + Sync + 'static>(
    db: &Db,
    registry: &Registry<A>,
) -> db::Result<Option<Timestamp>> {
    if registry.schedules().is_empty() {
        return Ok(None);
    }
    let mut next = None;
    for row in next_ticks(db).await? {
        let is_its = |schedule: &&Schedule| schedule.name == row.name;
        let Some(schedule) = registry.schedules().iter().find(is_its) else { continue };
        if row.enabled {
            let next_at = follow(db, schedule, &row).await?;
            next = Some(next.map_or(next_at, |next: Timestamp| next.min(next_at)));
        }
    }
    Ok(next)
}

/// Takes the schedule's tick if it has come, and tells when its next one comes.
async fn follow(db: &Db, schedule: &Schedule, row: &Row) -> db::Result<Timestamp> {
    let now = db.now();
    if row.next_at <= now {
        let Some(following) = schedule.next_after(now) else { return Ok(Timestamp::MAX) };
        take_tick(db, schedule, row.next_at, following).await?;
        return Ok(following);
    }
    // The clock was ahead when the last tick was taken, and has been set back since.
    let since = row.last_at.map_or(now, |last| last.max(now));
    match schedule.next_after(since) {
        Some(sooner) if sooner < row.next_at && row.cron == schedule.expression => {
            move_tick(db, schedule, row.next_at, sooner).await?;
            Ok(sooner)
        }
        _ => Ok(row.next_at),
    }
}

async fn move_tick(db: &Db, schedule: &Schedule, from: Timestamp, to: Timestamp) -> db::Result<()> {
    let mut tx = db.begin().await?;
    db::query("UPDATE queue_schedule SET next_at = $1 WHERE name = $2 AND next_at = $3")
        .bind(to)
        .bind(schedule.name)
        .bind(from)
        .run(&mut tx)
        .await?;
    tx.commit().await
}

/// Takes a tick if nobody else did.
async fn take_tick(
    db: &Db,
    schedule: &Schedule,
    tick: Timestamp,
    following: Timestamp,
) -> db::Result<()> {
    let mut tx = db.begin().await?;
    let taken = db::query(
        "UPDATE queue_schedule
         SET next_at = $1,
             last_at = $2
         WHERE name = $3
           AND next_at = $2
           AND enabled = TRUE",
    )
    .bind(following)
    .bind(tick)
    .bind(schedule.name)
    .run(&mut tx)
    .await?;
    if taken == 0 {
        return Ok(());
    }
    let job = (schedule.enqueue)(&mut tx).await?;
    note_last(&mut tx, schedule.name, job.id()).await?;
    tx.commit().await
}

async fn note_last(tx: &mut Tx, name: &str, job: JobId) -> db::Result<()> {
    db::query("UPDATE queue_schedule SET last_job = $1 WHERE name = $2")
        .bind(job)
        .bind(name)
        .run(tx)
        .await?;
    Ok(())
}
