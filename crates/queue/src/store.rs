//! The queue's SQL: each change of a job's state, in short transactions, with
//! the counts and notices that belong to it. Nothing else writes these tables.

mod beat;
mod claim;
mod enqueue;
mod ledger;
mod outcome;
mod upkeep;

use std::collections::BTreeMap;

use db::Tx;
use jiff::{SignedDuration, Timestamp};

use crate::JobId;

pub(crate) use beat::{Beat, NO_LEASE, beat, expire, leave, lost, register, rescue};
pub(crate) use claim::{Claimed, Wanted, claim, has_due};
pub(crate) use enqueue::{enqueue, live, withdraw};
pub(crate) use ledger::{Ledger, NOBODYS};
pub(crate) use outcome::{Ended, Ending, finish, record};
pub(crate) use upkeep::{
    Keep, fold_counts, next_due, promote, prune, prune_minutes, release_strays, release_unplaced,
    take_up_parked,
};

/// Wakes the workers of the queue named in the payload.
pub(crate) const WAKE: &str = "queue";
/// Says that a job was given a time; the timer looks when it has to get up.
pub(crate) const TIME: &str = "queue_time";
/// The running job whose id is the payload was cancelled.
pub(crate) const CANCEL: &str = "queue_cancel";
/// For pages: `{"scope":5,"state":"waiting"}` when jobs of that scope (`null`: of
/// none) entered that state (`null`: were removed). Said once per transaction.
pub(crate) const CHANGED: &str = "job";

/// The right to end one attempt. The token grows with every claim of the job,
/// so that one held before can be told from the current one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Lease {
    pub scope: i64,
    pub id: JobId,
    pub token: i64,
}

/// Who claims: one started process.
#[derive(Debug, Clone)]
pub(crate) struct Worker {
    /// Its row in `queue_worker`.
    pub id: i64,
    /// What people call the machine.
    pub node: String,
    pub started_at: Timestamp,
}

db::row! {
    /// What has to be known of a job whose state just changed.
    #[derive(Debug, Clone)]
    pub(crate) struct Moved {
        pub id: JobId,
        pub queue: String,
        pub scope: i64,
        pub order_key: Option<String>,
        pub limit_key: Option<String>,
        pub due_at: Timestamp,
        pub started_at: Option<Timestamp>,
    }
}

/// What a statement returns of jobs that it moves: [`Moved`].
pub(crate) const MOVED: &str =
    " RETURNING id, queue, scope, order_key, limit_key, due_at, started_at";

/// Lets the next job with the same order key go, because one of them ended.
///
/// It also touches a job that is not held: should a claim on another connection
/// just be about to hold it on account of the one that ended, this waits for
/// that claim, and then undoes it. Whoever was cancelled or put off meanwhile is
/// passed over: the row is locked, and looked at again, before it is chosen.
pub(crate) async fn release_next(tx: &mut Tx, ended: &[Moved]) -> db::Result<()> {
    let mut keys: Vec<_> = ended
        .iter()
        .filter_map(|job| Some((job.scope, job.queue.as_str(), job.order_key.as_deref()?)))
        .collect();
    keys.sort_unstable();
    keys.dedup();
    for (scope, queue, key) in keys {
        let released = db::query(
            "UPDATE job
             SET awaits = 'worker'
             WHERE scope = $1
               AND id = (
                 SELECT id
                 FROM job
                 WHERE scope = $1
                   AND queue = $2
                   AND order_key = $3
                   AND awaits IN ('worker', 'turn')
                   AND state IN ('waiting', 'scheduled', 'running', 'retrying')
                 ORDER BY id
                 LIMIT 1
                 FOR UPDATE
             )",
        )
        .bind(scope)
        .bind(queue)
        .bind(key)
        .run(tx)
        .await?;
        if released > 0 {
            tx.notify(WAKE, queue);
        }
    }
    Ok(())
}

/// Gives the places of jobs that ran, and run no more, to those that wait for one.
///
/// Whoever counts the places of a key, or gives them away, holds its lock: a job
/// that is just being held for want of a place is seen here, or sees this one free.
/// A claim takes that lock after those of the rows it claims. So does whoever ends
/// jobs: this comes last in a transaction, once, after all [`release_next`], or the
/// two could wait for each other.
pub(crate) async fn release_places(tx: &mut Tx, ran: &[Moved]) -> db::Result<()> {
    let mut free = BTreeMap::<&str, i64>::new();
    for key in ran.iter().filter_map(|job| job.limit_key.as_deref()) {
        *free.entry(key).or_default() += 1;
    }
    for (key, places) in free {
        tx.lock(key).await?;
        let released: Vec<(String,)> = db::query(
            "UPDATE job
             SET awaits = 'worker'
             WHERE id IN (
                 SELECT id
                 FROM job
                 WHERE awaits = 'place'
                   AND limit_key = $1
                 ORDER BY priority, id
                 LIMIT $2
                 FOR UPDATE
             )
             RETURNING queue",
        )
        .bind(key)
        .bind(places)
        .all(&mut *tx)
        .await?;
        for (queue,) in released {
            tx.notify(WAKE, queue);
        }
    }
    Ok(())
}

/// `items`, made longer by repeating the last one, to one of a few lengths: a
/// statement with a list has few texts then, and each stays prepared.
pub(crate) fn padded<T: Copy>(items: &[T]) -> impl Iterator<Item = T> {
    let length = [1, 4, 16, 64, MOST_AT_ONCE].into_iter().find(|length| items.len() <= *length);
    let last = items.last().copied();
    let missing = length.unwrap_or(items.len()) - items.len();
    items.iter().copied().chain(last.into_iter().cycle().take(missing))
}

/// `wait` after `now`; a wait below zero is none.
pub(crate) fn later(now: Timestamp, wait: SignedDuration) -> Timestamp {
    now.checked_add(wait.max(SignedDuration::ZERO)).unwrap_or(Timestamp::MAX)
}

/// How many jobs one statement may be about.
pub(crate) const MOST_AT_ONCE: usize = 256;
