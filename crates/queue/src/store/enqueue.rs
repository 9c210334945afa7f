//! A job comes into being, as part of the caller's transaction.

use db::Tx;
use jiff::Timestamp;

use super::{Ledger, NOBODYS, TIME, WAKE};
use crate::execute::running_job;
use crate::{Enqueued, Job, JobId, State, discard};

/// How often to look again when the job in the way ended in between.
const TRIES: usize = 10;

pub(crate) async fn enqueue<J: Job>(tx: &mut Tx, job: &J, due: Timestamp) -> db::Result<Enqueued> {
    let unique_key = job.unique_key();
    let mut tries = TRIES;
    loop {
        if let Some(id) = insert(tx, job, unique_key.as_deref(), due).await? {
            return Ok(Enqueued::New(id));
        }
        // What was in the way can only have been a live job with the same key.
        if let Some(id) = live(tx, scope_of(job), J::NAME, unique_key.as_deref()).await? {
            return Ok(Enqueued::Existing(id));
        }
        tries -= 1;
        if tries == 0 {
            let what = format!("{} could neither be enqueued nor found", J::NAME);
            return Err(db::Error::Unavailable(what));
        }
    }
}

pub(crate) async fn withdraw<J: Job>(tx: &mut Tx, job: &J) -> db::Result<()> {
    if let Some(id) = live(tx, scope_of(job), J::NAME, job.unique_key().as_deref()).await? {
        discard(tx, id).await?;
    }
    Ok(())
}

async fn insert<J: Job>(
    tx: &mut Tx,
    job: &J,
    unique_key: Option<&str>,
    due: Timestamp,
) -> db::Result<Option<JobId>> {
    let args = serde_json::to_string(job).map_err(|error| db::Error::Other(error.into()))?;
    let scope = scope_of(job);
    let (limit_key, limit_of) = job.limit().unzip();
    let due_at = whole_millisecond(due);
    let (state, awaits) =
        if due_at > tx.now() { (State::Scheduled, "time") } else { (State::Waiting, "worker") };
    let id = db::query(
        "INSERT INTO job (
             name, version, queue, priority, state, awaits, args, unique_key, order_key,
             limit_key, limit_of, scope, subject, caused_by, max_attempts, created_at, due_at
         )
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
         ON CONFLICT DO NOTHING",
    )
    .bind(J::NAME)
    .bind(J::VERSION)
    .bind(J::QUEUE)
    .bind(J::PRIORITY)
    .bind(state)
    .bind(awaits)
    .bind(args)
    .bind(unique_key)
    .bind(job.order_key())
    .bind(limit_key)
    .bind(limit_of)
    .bind(scope)
    .bind(job.subject())
    .bind(running_job())
    .bind(J::MAX_ATTEMPTS)
    .bind(tx.now())
    .bind(due_at)
    .insert_new(tx)
    .await?;
    let Some(id) = id else { return Ok(None) };
    let mut ledger = Ledger::default();
    ledger.moved(J::QUEUE, scope, None, Some(state));
    ledger.write(tx).await?;
    match state {
        State::Waiting => tx.notify(WAKE, J::QUEUE),
        _ => tx.notify(TIME, ""),
    }
    Ok(Some(id))
}

/// The live job with this key, if there is one.
pub(crate) async fn live(
    tx: &mut Tx,
    scope: i64,
    name: &str,
    unique_key: Option<&str>,
) -> db::Result<Option<JobId>> {
    let Some(unique_key) = unique_key else { return Ok(None) };
    let id: Option<(JobId,)> = db::query(
        "SELECT id
         FROM job
         WHERE scope = $1
           AND name = $2
           AND unique_key = $3
           AND state IN ('waiting', 'scheduled', 'running', 'retrying')",
    )
    .bind(scope)
    .bind(name)
    .bind(unique_key)
    .optional(tx)
    .await?;
    Ok(id.map(|(id,)| id))
}

/// Whose it is, as the database has it.
fn scope_of<J: Job>(job: &J) -> i64 {
    job.scope().unwrap_or(NOBODYS)
}

/// The next whole millisecond, as the database keeps no finer time and a job is never early.
fn whole_millisecond(due: Timestamp) -> Timestamp {
    let cut = due.as_millisecond();
    match Timestamp::from_millisecond(cut) {
        Ok(whole) if whole < due => Timestamp::from_millisecond(cut + 1).unwrap_or(whole),
        Ok(whole) => whole,
        Err(_) => due,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_between_two_milliseconds_is_the_later_one() {
        let due: Timestamp = "2026-11-23T08:00:00.0001Z".parse().unwrap();
        let whole: Timestamp = "2026-11-23T08:00:00.001Z".parse().unwrap();
        assert_eq!(whole_millisecond(due), whole);
        assert_eq!(whole_millisecond(whole), whole);
    }
}
