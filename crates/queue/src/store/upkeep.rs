//! What has to be done from time to time: jobs whose time has come, parked
//! ones that somebody knows after all, old ones, and safety nets.

use db::{Db, Tx};
use jiff::{SignedDuration, Timestamp};

use super::{Ledger, WAKE};
use crate::{State, inspect};

/// How many rows one transaction moves.
const BATCH: i64 = 500;

/// When the next job that has a time gets due.
pub(crate) async fn next_due(db: &Db) -> db::Result<Option<Timestamp>> {
    let (next,): (Option<Timestamp>,) =
        db::query("SELECT MIN(due_at) FROM job WHERE awaits = 'time'").one(db).await?;
    Ok(next)
}

/// Puts the jobs whose time has come where workers find them, and tells how many.
pub(crate) async fn promote(db: &Db) -> db::Result<usize> {
    let mut promoted = 0;
    loop {
        let mut tx = db.begin().await?;
        let due = promote_batch(&mut tx).await?;
        tx.commit().await?;
        promoted += due;
        if due < BATCH as usize {
            return Ok(promoted);
        }
    }
}

db::row! {
    struct Due {
        queue: String,
        scope: i64,
        state: State,
    }
}

async fn promote_batch(tx: &mut Tx) -> db::Result<usize> {
    let due: Vec<Due> = db::query(
        "UPDATE job
         SET awaits = 'worker',
             state = CASE state WHEN 'scheduled' THEN 'waiting' ELSE state END
         WHERE id IN (
             SELECT id
             FROM job
             WHERE awaits = 'time'
               AND due_at <= $1
             ORDER BY due_at",
    )
    .bind(tx.now())
    .limit(BATCH)
    .push(" FOR UPDATE SKIP LOCKED) RETURNING queue, scope, state")
    .all(&mut *tx)
    .await?;
    let mut ledger = Ledger::default();
    for job in &due {
        if job.state == State::Waiting {
            ledger.moved(&job.queue, job.scope, Some(State::Scheduled), Some(State::Waiting));
        }
        tx.notify(WAKE, job.queue.as_str());
    }
    ledger.write(tx).await?;
    Ok(due.len())
}

/// Lets parked jobs go that this program can run: those of a name that was
/// unknown, and when `all` also those whose arguments could not be read.
pub(crate) async fn take_up_parked(
    db: &Db,
    known: impl Iterator<Item = (&'static str, i32)>,
    all: bool,
) -> db::Result<usize> {
    let mut taken = 0;
    for (name, version) in known {
        let parked: Vec<(crate::JobId,)> = db::query(
            "SELECT id
             FROM job
             WHERE state = 'parked'
               AND state <> 'done'
               AND name = $1
               AND version <= $2
               AND ($3 OR error_code = 'unknown_type')
             ORDER BY id
             LIMIT 500",
        )
        .bind(name)
        .bind(version)
        .bind(all)
        .all(db)
        .await?;
        for (id,) in parked {
            let mut tx = db.begin().await?;
            taken += usize::from(inspect::take_up(&mut tx, id).await?);
            tx.commit().await?;
        }
    }
    Ok(taken)
}

/// How long ended jobs are kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Keep {
    /// Done and cancelled ones.
    pub ended: SignedDuration,
    /// Failed ones.
    pub failed: SignedDuration,
}

/// Removes jobs that ended long ago, and tells how many.
pub(crate) async fn prune(db: &Db, keep: Keep) -> db::Result<usize> {
    let mut pruned = 0;
    for (states, keep) in [("'done', 'cancelled'", keep.ended), ("'failed'", keep.failed)] {
        let before = db.now() - keep;
        while any_ended(db, states, before).await? {
            let mut tx = db.begin().await?;
            pruned += prune_batch(&mut tx, states, before).await?;
            tx.commit().await?;
        }
    }
    Ok(pruned)
}

async fn any_ended(db: &Db, states: &str, before: Timestamp) -> db::Result<bool> {
    let found: Option<(i64,)> = db::query("SELECT id FROM job WHERE ended_at < ")
        .push_bind(before)
        .push(" AND state IN (")
        .push(states)
        .push(") ORDER BY ended_at LIMIT 1")
        .optional(db)
        .await?;
    Ok(found.is_some())
}

async fn prune_batch(tx: &mut Tx, states: &str, before: Timestamp) -> db::Result<usize> {
    let gone: Vec<(String, i64, State)> =
        db::query("DELETE FROM job WHERE id IN (SELECT id FROM job WHERE ended_at < ")
            .push_bind(before)
            .push(" AND state IN (")
            .push(states)
            .push(") ORDER BY ended_at")
            .limit(BATCH)
            // One that a person is just retrying is waited for, looked at again, and stays.
            .push(" FOR UPDATE) RETURNING queue, scope, state")
            .all(&mut *tx)
            .await?;
    let mut ledger = Ledger::default();
    for (queue, scope, state) in &gone {
        ledger.moved(queue, *scope, Some(*state), None);
    }
    ledger.write(tx).await?;
    Ok(gone.len())
}

/// Forgets the minutes before the last day: [`inspect::pulse`] shows no more.
pub(crate) async fn prune_minutes(db: &Db) -> db::Result<()> {
    let before = (db.now() - inspect::PULSE_KEPT).as_millisecond();
    let old: Option<(i64,)> = db::query("SELECT minute FROM job_minute WHERE minute < $1 LIMIT 1")
        .bind(before)
        .optional(db)
        .await?;
    if old.is_some() {
        let mut tx = db.begin().await?;
        db::query("DELETE FROM job_minute WHERE minute < $1").bind(before).run(&mut tx).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Lets jobs go that wait for a place though there is one: the same safety net.
pub(crate) async fn release_unplaced(db: &Db) -> db::Result<usize> {
    const UNPLACED: &str = "
        SELECT held.id
        FROM job AS held
        WHERE held.awaits = 'place'
          AND held.limit_of > (
              SELECT COUNT(*)
              FROM job AS running
              WHERE running.limit_key = held.limit_key
                AND running.state = 'running'
          )
        LIMIT 100";
    release(db, "place", UNPLACED).await
}

/// Lets jobs go that wait for their turn though nothing is before them: a
/// safety net, as whoever ends a job releases the next one.
pub(crate) async fn release_strays(db: &Db) -> db::Result<usize> {
    const STRAYS: &str = "
        SELECT held.id
        FROM job AS held
        WHERE held.awaits = 'turn'
          AND held.order_key IS NOT NULL
          AND held.state IN ('waiting', 'scheduled', 'running', 'retrying')
          AND NOT EXISTS (
              SELECT 1
              FROM job AS earlier
              WHERE earlier.scope = held.scope
                AND earlier.queue = held.queue
                AND earlier.order_key = held.order_key
                AND earlier.id < held.id
                AND earlier.state IN ('waiting', 'scheduled', 'running', 'retrying')
          )
          AND NOT EXISTS (
              SELECT 1
              FROM job AS other
              WHERE other.scope = held.scope
                AND other.queue = held.queue
                AND other.order_key = held.order_key
                AND other.state = 'running'
          )";
    release(db, "turn", STRAYS).await
}

async fn release(db: &Db, awaits: &'static str, which: &'static str) -> db::Result<usize> {
    let found: Vec<(crate::JobId,)> = db::query(which).all(db).await?;
    if found.is_empty() {
        return Ok(0);
    }
    let mut tx = db.begin().await?;
    let released: Vec<(String,)> = db::query("UPDATE job SET awaits = 'worker' WHERE awaits = '")
        .push(awaits)
        .push("' AND id IN (")
        .push(which)
        .push(") RETURNING queue")
        .all(&mut tx)
        .await?;
    for (queue,) in &released {
        tx.notify(WAKE, queue.as_str());
    }
    tx.commit().await?;
    Ok(released.len())
}

/// Adds up what connections counted on their own. (On SQLite there is but one.)
pub(crate) async fn fold_counts(db: &Db) -> db::Result<()> {
    let spread: Option<(i64,)> =
        db::query("SELECT slot FROM job_count WHERE slot <> 0 LIMIT 1").optional(db).await?;
    if spread.is_none() {
        return Ok(());
    }
    let mut tx = db.begin().await?;
    let parts: Vec<(i64, String, String, i64)> = db::query(
        "DELETE FROM job_count
         WHERE (scope, queue, state, slot) IN (
             SELECT scope, queue, state, slot
             FROM job_count
             WHERE slot <> 0
             FOR UPDATE SKIP LOCKED
         )
         RETURNING scope, queue, state, n",
    )
    .all(&mut tx)
    .await?;
    let mut sums = std::collections::BTreeMap::new();
    for (scope, queue, state, n) in parts {
        *sums.entry((scope, queue, state)).or_insert(0) += n;
    }
    for ((scope, queue, state), n) in sums {
        db::query(
            "INSERT INTO job_count (scope, queue, state, slot, n)
             VALUES ($1, $2, $3, 0, $4)
             ON CONFLICT (scope, queue, state, slot) DO UPDATE
             SET n = job_count.n + excluded.n",
        )
        .bind(scope)
        .bind(queue)
        .bind(state)
        .bind(n)
        .run(&mut tx)
        .await?;
    }
    tx.commit().await
}
