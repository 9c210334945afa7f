//! A worker takes jobs: a short transaction, committed before anything runs.

use std::collections::{BTreeMap, BTreeSet};

use db::{Db, Query, Tx};
use jiff::{SignedDuration, Timestamp};

use super::{Lease, Ledger, MOST_AT_ONCE, WAKE, Worker, later, padded};
use crate::{JobId, State};

/// How many batches of jobs that have to wait for their turn one claim sets aside.
const MOST_ROUNDS: usize = 16;

db::row! {
    /// A job and the lease on it.
    #[derive(Debug, Clone)]
    pub(crate) struct Claimed {
        pub id: JobId,
        pub name: String,
        pub version: i32,
        pub queue: String,
        pub priority: i32,
        pub args: String,
        pub scope: i64,
        pub attempt: i32,
        pub max_attempts: i32,
        pub created_at: Timestamp,
        pub due_at: Timestamp,
        pub started_at: Timestamp,
        pub lease_token: i64,
        pub node: Option<String>,
    }
}

/// The columns of [`Claimed`].
pub(super) const CLAIMED: &str = "id, name, version, queue, priority, args, scope, attempt, \
    max_attempts, created_at, due_at, started_at, lease_token, node";

impl Claimed {
    pub(crate) fn lease(&self) -> Lease {
        Lease { scope: self.scope, id: self.id, token: self.lease_token }
    }

    /// From when it was due until it was claimed.
    pub(crate) fn waited(&self) -> SignedDuration {
        self.started_at.duration_since(self.due_at)
    }
}

db::row! {
    struct Candidate {
        id: JobId,
        queue: String,
        scope: i64,
        state: State,
        order_key: Option<String>,
        limit_key: Option<String>,
        limit_of: Option<i32>,
    }
}

/// What to claim.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    /// From this queue; `None`: from any.
    pub queue: Option<&'a str>,
    /// At most so many.
    pub limit: usize,
    /// Names and versions that this program does not know. Such a job is parked
    /// the first time; once another program that knows it has taken it up again,
    /// it is left to that one.
    pub unknown: &'a BTreeSet<(String, i32)>,
}

impl Wanted<'_> {
    /// (A NOT EXISTS would be a join to PostgreSQL, which then expects one row
    /// and sorts all of them to find it.)
    fn narrow<'q>(&self, mut query: Query<'q>) -> Query<'q> {
        query = query.push(
            " FROM job
             WHERE awaits = 'worker'
               AND queue NOT IN (SELECT queue_pause.queue FROM queue_pause)",
        );
        if let Some(queue) = self.queue {
            query = query.push(" AND queue = ").push_bind(queue);
        }
        for (name, version) in self.unknown {
            query = query
                .push(" AND NOT (COALESCE(error_code, '') = 'unknown_type' AND name = ")
                .push_bind(name)
                .push(" AND version = ")
                .push_bind(*version)
                .push(")");
        }
        query
    }
}

const IN_ORDER: &str = " ORDER BY priority, due_at, id";

/// Whether there is anything to claim: a look that costs no transaction.
pub(crate) async fn has_due(db: &Db, wanted: Wanted<'_>) -> db::Result<bool> {
    // In the order of the index: PostgreSQL would else read the table until it finds one.
    let query = wanted.narrow(db::query("SELECT id")).push(IN_ORDER).limit(1);
    Ok(query.optional::<(i64,)>(db).await?.is_some())
}

/// Takes due jobs for the time of `lease`, in order of priority, due time and
/// id. Those of a paused queue stay.
pub(crate) async fn claim(
    db: &Db,
    worker: &Worker,
    wanted: Wanted<'_>,
    lease: SignedDuration,
) -> db::Result<Vec<Claimed>> {
    let limit = wanted.limit.min(MOST_AT_ONCE);
    let mut tx = db.begin().await?;
    let mut claimed = Vec::new();
    let mut ledger = Ledger::default();
    // Another round whenever jobs had to be held: others may be behind them.
    for round in 1.. {
        let wanted = Wanted { limit: limit - claimed.len(), ..wanted };
        let candidates = candidates(&mut tx, wanted).await?;
        let mut held = hold_blocked(&mut tx, &candidates).await?;
        let surplus = hold_surplus(&mut tx, &candidates, &held).await?;
        held.extend(surplus);
        let free: Vec<_> = candidates.iter().filter(|job| !held.contains(&job.id)).collect();
        for job in &free {
            ledger.moved(&job.queue, job.scope, Some(job.state), Some(State::Running));
        }
        let ids: Vec<_> = free.iter().map(|job| job.id).collect();
        claimed.extend(take(&mut tx, worker, &ids, lease).await?);
        if held.is_empty() || claimed.len() == limit {
            break;
        }
        if round == MOST_ROUNDS {
            // Others want to write too. Come back at once for the rest.
            tx.notify(WAKE, wanted.queue.unwrap_or_default());
            break;
        }
    }
    ledger.write(&mut tx).await?;
    tx.commit().await?;
    claimed.sort_unstable_by_key(|job| (job.priority, job.due_at, job.id));
    Ok(claimed)
}

async fn candidates(tx: &mut Tx, wanted: Wanted<'_>) -> db::Result<Vec<Candidate>> {
    wanted
        .narrow(db::query("SELECT id, queue, scope, state, order_key, limit_key, limit_of"))
        .push(IN_ORDER)
        .push(" LIMIT ")
        .push_bind(i64::try_from(wanted.limit).unwrap_or(i64::MAX))
        .push(" FOR UPDATE SKIP LOCKED")
        .all(tx)
        .await
}

/// Sets those aside whose turn it is not, until [`super::release_next`], and tells which.
///
/// A statement of its own, after the rows are locked: on PostgreSQL it sees
/// everything that was committed before, so that a job cannot be held on
/// account of one that ended and has already released it.
async fn hold_blocked(tx: &mut Tx, candidates: &[Candidate]) -> db::Result<Vec<JobId>> {
    let ordered: Vec<_> =
        candidates.iter().filter(|job| job.order_key.is_some()).map(|job| job.id).collect();
    if ordered.is_empty() {
        return Ok(Vec::new());
    }
    let held: Vec<(JobId,)> = db::query(
        "UPDATE job
         SET awaits = 'turn'
         WHERE (EXISTS (
                 SELECT 1
                 FROM job AS earlier
                 WHERE earlier.scope = job.scope
                   AND earlier.queue = job.queue
                   AND earlier.order_key = job.order_key
                   AND earlier.id < job.id
                   AND earlier.state IN ('waiting', 'scheduled', 'running', 'retrying')
             ) OR EXISTS (
                 SELECT 1
                 FROM job AS other
                 WHERE other.scope = job.scope
                   AND other.queue = job.queue
                   AND other.order_key = job.order_key
                   AND other.state = 'running'
             ))
           AND id IN ",
    )
    .push_list(padded(&ordered))
    .push(" RETURNING id")
    .all(tx)
    .await?;
    Ok(held.into_iter().map(|(id,)| id).collect())
}

/// Sets those aside for which their limit has no place, until [`super::release_places`],
/// and tells which. `blocked` ones need none.
async fn hold_surplus(
    tx: &mut Tx,
    candidates: &[Candidate],
    blocked: &[JobId],
) -> db::Result<Vec<JobId>> {
    let mut wanting = BTreeMap::<&str, (i64, Vec<JobId>)>::new();
    for job in candidates.iter().filter(|job| !blocked.contains(&job.id)) {
        if let (Some(key), Some(limit)) = (&job.limit_key, job.limit_of) {
            let (most, jobs) = wanting.entry(key).or_default();
            *most = i64::from(limit);
            jobs.push(job.id);
        }
    }
    let mut surplus = Vec::new();
    for (key, (most, jobs)) in wanting {
        tx.lock(key).await?;
        let (running,): (i64,) =
            db::query("SELECT COUNT(*) FROM job WHERE state = 'running' AND limit_key = $1")
                .bind(key)
                .one(&mut *tx)
                .await?;
        let free = usize::try_from(most - running).unwrap_or(0);
        surplus.extend(jobs.into_iter().skip(free));
    }
    if !surplus.is_empty() {
        db::query("UPDATE job SET awaits = 'place' WHERE id IN ")
            .push_list(padded(&surplus))
            .run(tx)
            .await?;
    }
    Ok(surplus)
}

/// This transaction may have begun, or its clock be, before a job came due that it
/// finds all the same: none has started before that.
async fn take(
    tx: &mut Tx,
    worker: &Worker,
    ids: &[JobId],
    lease: SignedDuration,
) -> db::Result<Vec<Claimed>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    db::query(
        "UPDATE job
         SET state = 'running',
             awaits = NULL,
             attempt = attempt + 1,
             lease_token = lease_token + 1,
             started_at = CASE WHEN due_at > $1 THEN due_at ELSE $1 END,
             lease_until = $2,
             worker = $3,
             node = $4
         WHERE id IN ",
    )
    .bind(tx.now())
    .bind(later(tx.now(), lease))
    .bind(worker.id)
    .bind(worker.node.as_str())
    .push_list(padded(ids))
    .push(" RETURNING ")
    .push(CLAIMED)
    .all(tx)
    .await
}
