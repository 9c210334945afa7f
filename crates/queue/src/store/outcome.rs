//! An attempt ended. Only the holder of the current lease may say how: every
//! statement here asks for the lease's token, and a running job.

use std::fmt::Write as _;

use db::{Db, Tx};
use jiff::{SignedDuration, Timestamp};

use super::{
    Claimed, Lease, Ledger, MOST_AT_ONCE, MOVED, Moved, later, padded, release_next, release_places,
};
use crate::{JobId, State, backoff, codes};

/// Longer technical texts are cut; in characters.
const LONGEST_DETAIL: usize = 4000;

/// How many jobs one statement ends. More cost more each: PostgreSQL compares
/// every job with every lease.
const FINISHED_AT_ONCE: usize = 64;

/// How an attempt ended, as it is recorded.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Ending {
    Done,
    /// The job ended itself within a transaction of its own.
    Finished,
    Retry {
        code: String,
        detail: String,
        after: Option<SignedDuration>,
    },
    Failed {
        code: String,
        detail: String,
    },
    /// It failed for want of something that is not its own: no attempt is used up.
    Delayed {
        code: String,
        detail: String,
        wait: SignedDuration,
    },
    Snoozed(SignedDuration),
    Cancelled(String),
    Parked {
        code: &'static str,
        detail: String,
    },
    /// Not its fault, and not done: it keeps its attempt.
    HandedBack,
    /// Somebody else has it now; nothing to record.
    Lost,
}

/// A claimed job and how its attempt ended.
#[derive(Debug, Clone)]
pub(crate) struct Ended {
    pub job: Claimed,
    pub ending: Ending,
}

/// Ends a job as done within the caller's transaction. False if the lease is not the current one.
pub(crate) async fn finish(tx: &mut Tx, lease: Lease) -> db::Result<bool> {
    let finished = finish_all(tx, &[lease]).await?;
    release_places(tx, &finished).await?;
    Ok(!finished.is_empty())
}

/// Records how these attempts ended, in one transaction, and tells which were
/// refused because their lease is not the current one.
pub(crate) async fn record(db: &Db, batch: &[Ended]) -> db::Result<Vec<JobId>> {
    let uncommitted = uncommitted(db, batch).await?;
    let mut done = Vec::new();
    let mut others = Vec::new();
    for Ended { job, ending } in batch {
        let next = match ending {
            Ending::Done => {
                done.push(job.lease());
                continue;
            }
            Ending::Finished if uncommitted.contains(&job.lease()) => {
                Next::of(job, not_committed(), db.now())
            }
            ending => Next::of(job, ending.clone(), db.now()),
        };
        others.extend(next.map(|next| (job, next)));
    }
    if done.is_empty() && others.is_empty() {
        return Ok(Vec::new());
    }
    let mut tx = db.begin().await?;
    let mut refused = Vec::new();
    let mut ran = Vec::new();
    for leases in done.chunks(FINISHED_AT_ONCE) {
        let finished = finish_all(&mut tx, leases).await?;
        let is_refused = |lease: &&Lease| !finished.iter().any(|job| job.id == lease.id);
        if finished.len() < leases.len() {
            refused.extend(leases.iter().filter(is_refused).map(|lease| lease.id));
        }
        ran.extend(finished);
    }
    for (job, next) in others {
        match apply(&mut tx, job, next).await? {
            Some(moved) => ran.push(moved),
            None => refused.push(job.id),
        }
    }
    release_places(&mut tx, &ran).await?;
    tx.commit().await?;
    Ok(refused)
}

fn not_committed() -> Ending {
    let detail = "the job finished itself in a transaction that was not committed".to_owned();
    Ending::Retry { code: codes::NOT_COMMITTED.to_owned(), detail, after: None }
}

/// Of the jobs that finished themselves, those that the database still calls running.
async fn uncommitted(db: &Db, batch: &[Ended]) -> db::Result<Vec<Lease>> {
    let finished: Vec<_> = batch
        .iter()
        .filter(|ended| ended.ending == Ending::Finished)
        .map(|ended| ended.job.lease())
        .collect();
    let mut uncommitted = Vec::new();
    for leases in finished.chunks(MOST_AT_ONCE) {
        let running: Vec<(i64, JobId, i64)> =
            db::query("SELECT scope, id, lease_token FROM job WHERE state = 'running' AND id IN ")
                .push_list(padded(leases).map(|lease| lease.id))
                .push(" AND scope IN ")
                .push_list(padded(leases).map(|lease| lease.scope))
                .all(db)
                .await?;
        let lease = |(scope, id, token)| Lease { scope, id, token };
        uncommitted.extend(running.into_iter().map(lease));
    }
    Ok(uncommitted)
}

/// Their places are the caller's to give on: [`release_places`].
async fn finish_all(tx: &mut Tx, leases: &[Lease]) -> db::Result<Vec<Moved>> {
    let mut query = db::query(
        "UPDATE job
         SET state = 'done',
             ended_at = $1,
             lease_until = NULL,
             error_code = NULL,
             error_detail = NULL
         WHERE state = 'running'
           AND (id, lease_token) IN (VALUES ",
    )
    .bind(tx.now());
    let mut ids = String::new();
    for (index, lease) in padded(leases).enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        query = query
            .push(comma)
            .push("(CAST(")
            .push_bind(lease.id)
            .push(" AS BIGINT), CAST(")
            .push_bind(lease.token)
            .push(" AS BIGINT))");
        // Writing into a String cannot fail.
        let _ = write!(ids, "{comma}${}", 2 + 2 * index);
    }
    // The ids once more, or else SQLite scans the table.
    let finished: Vec<Moved> = query
        .push(") AND id IN (")
        .push(&ids)
        .push(") AND scope IN ")
        .push_list(padded(leases).map(|lease| lease.scope))
        .push(MOVED)
        .all(&mut *tx)
        .await?;
    let mut ledger = Ledger::default();
    for job in &finished {
        ledger.moved(&job.queue, job.scope, Some(State::Running), Some(State::Done));
        ledger.ended(job, tx.now(), true);
    }
    ledger.write(tx).await?;
    release_next(tx, &finished).await?;
    Ok(finished)
}

/// What a job becomes when its attempt did not end as done.
pub(super) struct Next {
    pub state: State,
    pub due_at: Option<Timestamp>,
    /// Whether the attempt does not count.
    pub given_back: bool,
    pub error: Option<(String, String)>,
    /// Whether the attempt gets a row of its own.
    pub is_failure: bool,
}

impl Next {
    /// `None` if there is nothing to be recorded here.
    fn of(job: &Claimed, ending: Ending, now: Timestamp) -> Option<Self> {
        let state =
            |state| Self { state, due_at: None, given_back: false, error: None, is_failure: false };
        Some(match ending {
            Ending::Retry { code, detail, .. } if job.attempt >= job.max_attempts => {
                Self::failure(State::Failed, None, code, detail)
            }
            Ending::Retry { code, detail, after } => {
                let wait = after.unwrap_or_else(|| backoff::after(job.id, job.attempt));
                Self::failure(State::Retrying, Some(later(now, wait)), code, detail)
            }
            Ending::Failed { code, detail } => Self::failure(State::Failed, None, code, detail),
            Ending::Delayed { code, detail, wait } => Self {
                due_at: Some(later(now, backoff::spread(job.id, job.attempt, wait))),
                given_back: true,
                error: Some((code, detail)),
                ..state(State::Retrying)
            },
            Ending::Snoozed(wait) => {
                Self { due_at: Some(later(now, wait)), given_back: true, ..state(State::Scheduled) }
            }
            Ending::Cancelled(reason) => Self {
                error: Some((codes::CANCELLED.to_owned(), reason)),
                ..state(State::Cancelled)
            },
            Ending::Parked { code, detail } => Self {
                given_back: true,
                error: Some((code.to_owned(), detail)),
                ..state(State::Parked)
            },
            Ending::HandedBack => Self::handed_back(job),
            // Whoever is done ends by its lease, with others: `finish_all`.
            Ending::Done | Ending::Finished | Ending::Lost => return None,
        })
    }

    pub(super) fn failure(
        state: State,
        due_at: Option<Timestamp>,
        code: String,
        detail: String,
    ) -> Self {
        Self { state, due_at, given_back: false, error: Some((code, detail)), is_failure: true }
    }

    pub(super) fn handed_back(job: &Claimed) -> Self {
        let state = if job.attempt > 1 { State::Retrying } else { State::Waiting };
        Self { state, due_at: None, given_back: true, error: None, is_failure: false }
    }

    /// Whether it failed for want of something that is not its own.
    fn is_delay(&self) -> bool {
        self.given_back && self.state == State::Retrying && self.error.is_some()
    }

    fn awaits(&self) -> Option<&'static str> {
        match (self.state.is_live(), self.due_at) {
            (false, _) => None,
            (true, Some(_)) => Some("time"),
            (true, None) => Some("worker"),
        }
    }
}

/// Ends an attempt that is not done. `None` if its lease is not the current one. Its
/// place is the caller's to give on: [`release_places`].
pub(super) async fn apply(tx: &mut Tx, job: &Claimed, next: Next) -> db::Result<Option<Moved>> {
    let has_ended = matches!(next.state, State::Failed | State::Cancelled);
    let (code, detail) =
        next.error.as_ref().map(|(code, detail)| (readable(code), readable(detail))).unzip();
    let moved: Option<Moved> = db::query(
        "UPDATE job
         SET state = $3,
             awaits = $4,
             due_at = COALESCE($5, due_at),
             attempt = attempt - $6,
             error_code = COALESCE($7, error_code),
             error_detail = COALESCE($8, error_detail),
             ended_at = $9,
             lease_until = NULL
         WHERE id = $1
           AND lease_token = $2
           AND scope = $10
           AND state = 'running'",
    )
    .push(MOVED)
    .bind(job.id)
    .bind(job.lease_token)
    .bind(next.state)
    .bind(next.awaits())
    .bind(next.due_at)
    .bind(i32::from(next.given_back))
    .bind(code.as_deref())
    .bind(detail.as_deref())
    .bind(has_ended.then(|| tx.now()))
    .bind(job.scope)
    .optional(&mut *tx)
    .await?;
    let Some(moved) = moved else { return Ok(None) };
    if next.is_failure {
        note_attempt(tx, job, 0, code.unwrap_or_default(), detail).await?;
    } else if next.is_delay() {
        note_delay(tx, job, code.unwrap_or_default(), detail).await?;
    }
    let mut ledger = Ledger::default();
    ledger.moved(&moved.queue, moved.scope, Some(State::Running), Some(next.state));
    if next.is_failure {
        ledger.ended(&Moved { due_at: job.due_at, ..moved.clone() }, tx.now(), false);
    }
    ledger.write(tx).await?;
    match next.awaits() {
        Some("time") => tx.notify(super::TIME, ""),
        Some(_) => tx.notify(super::WAKE, job.queue.as_str()),
        None => release_next(tx, std::slice::from_ref(&moved)).await?,
    }
    Ok(Some(moved))
}

/// Adds to the row of the last time that the job was put off, if it was for the same.
async fn note_delay(
    tx: &mut Tx,
    job: &Claimed,
    code: String,
    detail: Option<String>,
) -> db::Result<()> {
    let added = db::query(
        "UPDATE job_attempt
         SET delays = delays + 1, ended_at = $3, node = $4, error_detail = $5
         WHERE scope = $6
           AND id = (SELECT MAX(id) FROM job_attempt WHERE scope = $6 AND job = $1)
           AND delays > 0
           AND error_code = $2",
    )
    .bind(job.id)
    .bind(code.as_str())
    .bind(tx.now())
    .bind(job.node.as_deref())
    .bind(detail.as_deref())
    .bind(job.scope)
    .run(&mut *tx)
    .await?;
    if added == 0 { note_attempt(tx, job, 1, code, detail).await } else { Ok(()) }
}

async fn note_attempt(
    tx: &mut Tx,
    job: &Claimed,
    delays: i32,
    code: String,
    detail: Option<String>,
) -> db::Result<()> {
    db::query(
        "INSERT INTO job_attempt (
             scope, job, attempt, delays, started_at, ended_at, node, error_code, error_detail
         )
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(job.scope)
    .bind(job.id)
    .bind(job.attempt)
    .bind(delays)
    .bind(job.started_at)
    .bind(tx.now())
    .bind(job.node.as_deref())
    .bind(code)
    .bind(detail)
    .run(tx)
    .await?;
    Ok(())
}

/// What both databases keep: no NUL, not endless.
fn readable(text: &str) -> String {
    text.chars().filter(|char| *char != '\0').take(LONGEST_DETAIL).collect()
}
