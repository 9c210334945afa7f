//! What a person can do to a job, a queue, a schedule. Each tells whether it
//! was done: the job may have moved on since the person looked.

use db::{Query, Tx};
use jiff::Timestamp;

use crate::store::{self, Ledger, Moved};
use crate::{JobId, State};

db::row! {
    struct Before {
        scope: i64,
        state: State,
        name: String,
        unique_key: Option<String>,
    }
}

/// Where the job stands, and stays until this transaction ends.
pub async fn hold(tx: &mut Tx, id: JobId) -> db::Result<Option<State>> {
    Ok(lock(tx, id).await?.map(|job| job.state))
}

/// Tries an ended or parked job again, at once, with all its attempts. False if
/// it is live, or a job with its unique key is.
pub async fn retry(tx: &mut Tx, id: JobId) -> db::Result<bool> {
    let change = db::query("UPDATE job SET error_code = NULL, error_detail = NULL, ");
    try_again(tx, id, change).await
}

/// As [`retry`], but what it was parked for stays noted: see [`store::Wanted`].
pub(crate) async fn take_up(tx: &mut Tx, id: JobId) -> db::Result<bool> {
    try_again(tx, id, db::query("UPDATE job SET ")).await
}

async fn try_again(tx: &mut Tx, id: JobId, change: Query<'_>) -> db::Result<bool> {
    let Some(before) = lock(tx, id).await? else { return Ok(false) };
    if before.state.is_live() {
        return Ok(false);
    }
    let twin = store::live(tx, before.scope, &before.name, before.unique_key.as_deref()).await?;
    if twin.is_some() {
        return Ok(false);
    }
    let change = change
        .push("state = 'waiting', awaits = 'worker', attempt = 0, ended_at = NULL, due_at = ")
        .push_bind(tx.now());
    set(tx, id, &before, State::Waiting, change).await
}

/// Makes a scheduled or retrying job due now. False if it is neither.
pub async fn run_now(tx: &mut Tx, id: JobId) -> db::Result<bool> {
    let now = tx.now();
    reschedule(tx, id, now).await
}

/// Gives a job that has not begun another due time. False if it runs or has ended.
pub async fn reschedule(tx: &mut Tx, id: JobId, due: Timestamp) -> db::Result<bool> {
    let Some(before) = lock(tx, id).await? else { return Ok(false) };
    let is_due = due <= tx.now();
    let state = match before.state {
        State::Retrying => State::Retrying,
        State::Waiting | State::Scheduled if is_due => State::Waiting,
        State::Waiting | State::Scheduled => State::Scheduled,
        _ => return Ok(false),
    };
    let awaits = if is_due { "worker" } else { "time" };
    let change = db::query("UPDATE job SET due_at = $1, state = $2, awaits = $3")
        .bind(due)
        .bind(state)
        .bind(awaits);
    set(tx, id, &before, state, change).await
}

/// Gives a job up. One that runs is dropped at its next `.await`, and whatever
/// it still reports is refused. False if it has ended.
pub async fn cancel(tx: &mut Tx, id: JobId) -> db::Result<bool> {
    let Some(before) = lock(tx, id).await? else { return Ok(false) };
    if !before.state.is_live() && before.state != State::Parked {
        return Ok(false);
    }
    let change = db::query(
        "UPDATE job SET state = 'cancelled', awaits = NULL, lease_until = NULL, ended_at = $1",
    )
    .bind(tx.now());
    if before.state == State::Running {
        tx.notify(store::CANCEL, id.to_string());
    }
    set(tx, id, &before, State::Cancelled, change).await
}

/// Removes a job and all that is known of it. False if it runs.
pub async fn discard(tx: &mut Tx, id: JobId) -> db::Result<bool> {
    let Some(before) = lock(tx, id).await? else { return Ok(false) };
    if before.state == State::Running {
        return Ok(false);
    }
    let gone: Moved = db::query("DELETE FROM job WHERE id = ")
        .push_bind(id)
        .push(" AND scope = ")
        .push_bind(before.scope)
        .push(store::MOVED)
        .one(&mut *tx)
        .await?;
    note(tx, gone, before.state, None).await?;
    Ok(true)
}

/// The job as it is, and as it stays until this transaction ends.
async fn lock(tx: &mut Tx, id: JobId) -> db::Result<Option<Before>> {
    db::query("SELECT scope, state, name, unique_key FROM job WHERE id = $1 FOR UPDATE")
        .bind(id)
        .optional(tx)
        .await
}

async fn set(
    tx: &mut Tx,
    id: JobId,
    before: &Before,
    after: State,
    change: Query<'_>,
) -> db::Result<bool> {
    let moved: Moved = change
        .push(" WHERE id = ")
        .push_bind(id)
        .push(" AND scope = ")
        .push_bind(before.scope)
        .push(store::MOVED)
        .one(&mut *tx)
        .await?;
    note(tx, moved, before.state, Some(after)).await?;
    Ok(true)
}

async fn note(tx: &mut Tx, moved: Moved, before: State, after: Option<State>) -> db::Result<()> {
    let mut ledger = Ledger::default();
    ledger.moved(&moved.queue, moved.scope, Some(before), after);
    ledger.write(tx).await?;
    if after.is_some_and(State::is_live) {
        tx.notify(store::WAKE, moved.queue.as_str());
        tx.notify(store::TIME, "");
    } else {
        store::release_next(tx, std::slice::from_ref(&moved)).await?;
    }
    if before == State::Running {
        store::release_places(tx, &[moved]).await?;
    }
    Ok(())
}

/// Lets no more jobs of a queue begin, on any node. Those that run go on.
pub async fn pause(tx: &mut Tx, queue: &str) -> db::Result<()> {
    db::query("INSERT INTO queue_pause (queue, since) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(queue)
        .bind(tx.now())
        .run(tx)
        .await?;
    Ok(())
}

/// Lets the jobs of a paused queue begin again.
pub async fn resume(tx: &mut Tx, queue: &str) -> db::Result<()> {
    db::query("DELETE FROM queue_pause WHERE queue = $1").bind(queue).run(tx).await?;
    tx.notify(store::WAKE, queue);
    Ok(())
}

/// Switches a schedule on or off. Ticks that pass while it is off are not made
/// up for beyond one. False if there is no such schedule.
pub async fn set_schedule_enabled(tx: &mut Tx, name: &str, enabled: bool) -> db::Result<bool> {
    let changed = db::query("UPDATE queue_schedule SET enabled = $1 WHERE name = $2")
        .bind(enabled)
        .bind(name)
        .run(tx)
        .await?;
    tx.notify(store::TIME, "");
    Ok(changed > 0)
}

/// Makes a schedule tick now; the tick after it comes at its own time. False if
/// there is no such schedule, or it is off.
pub async fn tick_now(tx: &mut Tx, name: &str) -> db::Result<bool> {
    let changed =
        db::query("UPDATE queue_schedule SET next_at = $1 WHERE name = $2 AND enabled = $3")
            .bind(tx.now())
            .bind(name)
            .bind(true)
            .run(tx)
            .await?;
    tx.notify(store::TIME, "");
    Ok(changed > 0)
}
