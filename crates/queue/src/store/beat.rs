//! Heartbeats keep leases; rescue takes over those of workers that went silent, or died.

use db::{Db, Tx};
use jiff::{SignedDuration, Timestamp};

use super::claim::CLAIMED;
use super::outcome::{Next, apply};
use super::{Claimed, Lease, MOST_AT_ONCE, Moved, Worker, later, padded, release_places};
use crate::codes::WORKER_LOST;
use crate::{JobId, State, backoff};

/// How many jobs one transaction rescues.
const BATCH: i64 = 100;

/// Until when the leases of the dead are good.
pub(crate) const NO_LEASE: Timestamp = Timestamp::UNIX_EPOCH;

/// Writes down that a worker started.
pub(crate) async fn register(db: &Db, node: &str, queues: &str) -> db::Result<Worker> {
    let mut tx = db.begin().await?;
    let id = db::query(
        "INSERT INTO queue_worker (node, queues, started_at, beat_at)
         VALUES ($1, $2, $3, $3)",
    )
    .bind(node)
    .bind(queues)
    .bind(tx.now())
    .insert(&mut tx)
    .await?;
    let started_at = tx.now();
    tx.commit().await?;
    Ok(Worker { id, node: node.to_owned(), started_at })
}

/// Signs a worker off: hands back what it may still hold, and removes its row.
pub(crate) async fn leave(db: &Db, worker: &Worker) -> db::Result<()> {
    let mut tx = db.begin().await?;
    let held: Vec<Claimed> = db::query("SELECT ")
        .push(CLAIMED)
        .push(" FROM job WHERE state = 'running' AND state <> 'done' AND worker = $1")
        .bind(worker.id)
        .all(&mut tx)
        .await?;
    let mut ran = Vec::new();
    for job in held {
        let next = Next::handed_back(&job);
        ran.extend(apply(&mut tx, &job, next).await?);
    }
    release_places(&mut tx, &ran).await?;
    db::query("DELETE FROM queue_worker WHERE id = $1").bind(worker.id).run(&mut tx).await?;
    tx.commit().await
}

/// What a heartbeat says.
pub(crate) struct Beat<'a> {
    pub worker: &'a Worker,
    pub queues: &'a str,
    pub lease: SignedDuration,
}

/// Renews the leases of all jobs that the worker holds, and tells which these are.
pub(crate) async fn beat(db: &Db, beat: Beat<'_>) -> db::Result<Vec<Claimed>> {
    let mut tx = db.begin().await?;
    // An upsert: others remove the row of a worker that was silent for long.
    db::query(
        "INSERT INTO queue_worker (id, node, queues, started_at, beat_at)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (id) DO UPDATE
         SET beat_at = excluded.beat_at",
    )
    .bind(beat.worker.id)
    .bind(beat.worker.node.as_str())
    .bind(beat.queues)
    .bind(beat.worker.started_at)
    .bind(tx.now())
    .run(&mut tx)
    .await?;
    let held = db::query(
        "UPDATE job
         SET lease_until = $1
         WHERE state = 'running'
           AND state <> 'done'
           AND worker = $2
         RETURNING ",
    )
    .push(CLAIMED)
    .bind(later(tx.now(), beat.lease))
    .bind(beat.worker.id)
    .all(&mut tx)
    .await?;
    tx.commit().await?;
    Ok(held)
}

/// Of these leases, which a beat did not renew, those that were taken from their
/// holder: the other jobs are done, ended by their own transactions.
pub(crate) async fn lost(db: &Db, missing: &[Lease]) -> db::Result<Vec<Lease>> {
    let mut lost = missing.to_vec();
    for leases in missing.chunks(MOST_AT_ONCE) {
        let done: Vec<(JobId, i64)> =
            db::query("SELECT id, lease_token FROM job WHERE state = 'done' AND id IN ")
                .push_list(padded(leases).map(|lease| lease.id))
                .push(" AND scope IN ")
                .push_list(padded(leases).map(|lease| lease.scope))
                .all(db)
                .await?;
        lost.retain(|lease| !done.contains(&(lease.id, lease.token)));
    }
    Ok(lost)
}

/// Ends the leases of a worker that is known to be dead, for [`rescue`] to find,
/// and forgets it. Nothing happens if it is none of this database.
pub(crate) async fn expire(db: &Db, worker: i64, started_at: Timestamp) -> db::Result<()> {
    let mut tx = db.begin().await?;
    let known = db::query("DELETE FROM queue_worker WHERE id = $1 AND started_at = $2")
        .bind(worker)
        .bind(started_at)
        .run(&mut tx)
        .await?;
    if known == 0 {
        return Ok(());
    }
    db::query(
        "UPDATE job
         SET lease_until = $1
         WHERE state = 'running'
           AND state <> 'done'
           AND worker = $2",
    )
    .bind(NO_LEASE)
    .bind(worker)
    .run(&mut tx)
    .await?;
    tx.commit().await
}

/// Takes over the jobs whose lease was good until `expired` or before. The attempt counts; the next one
/// follows at once the first time, later after the usual wait. Forgets
/// workers that have been silent for ten leases. Tells how many jobs it were.
pub(crate) async fn rescue(
    db: &Db,
    expired: Timestamp,
    lease: SignedDuration,
) -> db::Result<Vec<Lease>> {
    let mut rescued = Vec::new();
    loop {
        if !any_silent(db, expired, lease).await? {
            return Ok(rescued);
        }
        let mut tx = db.begin().await?;
        db::query("DELETE FROM queue_worker WHERE beat_at < $1")
            .bind(forgotten(tx.now(), lease))
            .run(&mut tx)
            .await?;
        let silent = silent(&mut tx, expired).await?;
        let was_last = silent.len() < BATCH as usize;
        let mut ran = Vec::new();
        for job in silent {
            rescued.push(job.lease());
            ran.extend(rescue_one(&mut tx, job).await?);
        }
        release_places(&mut tx, &ran).await?;
        tx.commit().await?;
        if was_last {
            return Ok(rescued);
        }
    }
}

async fn any_silent(db: &Db, expired: Timestamp, lease: SignedDuration) -> db::Result<bool> {
    let found: Option<(i64,)> = db::query(
        "SELECT id
         FROM job
         WHERE state = 'running'
           AND state <> 'done'
           AND lease_until <= $1
         UNION ALL
         SELECT id
         FROM queue_worker
         WHERE beat_at < $2
         LIMIT 1",
    )
    .bind(expired)
    .bind(forgotten(db.now(), lease))
    .optional(db)
    .await?;
    Ok(found.is_some())
}

async fn silent(tx: &mut Tx, expired: Timestamp) -> db::Result<Vec<Claimed>> {
    db::query("SELECT ")
        .push(CLAIMED)
        .push(
            " FROM job
             WHERE state = 'running'
               AND state <> 'done'
               AND lease_until <= $1
             ORDER BY id",
        )
        .bind(expired)
        .limit(BATCH)
        .push(" FOR UPDATE SKIP LOCKED")
        .all(tx)
        .await
}

async fn rescue_one(tx: &mut Tx, job: Claimed) -> db::Result<Option<Moved>> {
    let detail = format!("the worker on {} went silent", job.node.as_deref().unwrap_or("?"));
    let next = if job.attempt >= job.max_attempts {
        Next::failure(State::Failed, None, WORKER_LOST.to_owned(), detail)
    } else {
        let wait = match job.attempt {
            ..=1 => SignedDuration::ZERO,
            attempt => backoff::after(job.id, attempt - 1),
        };
        let due_at = (!wait.is_zero()).then(|| later(tx.now(), wait));
        Next::failure(State::Retrying, due_at, WORKER_LOST.to_owned(), detail)
    };
    apply(tx, &job, next).await
}

/// Workers that have not been heard since then are gone for good.
fn forgotten(now: Timestamp, lease: SignedDuration) -> Timestamp {
    let silence = lease.checked_mul(10).unwrap_or(SignedDuration::MAX);
    now.checked_sub(silence).unwrap_or(Timestamp::MIN)
}
