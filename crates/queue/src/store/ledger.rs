//! Counts that are kept rather than counted, and the notices for those who look on.

use std::collections::{BTreeMap, BTreeSet};

use db::Tx;
use jiff::Timestamp;
use serde_json::json;

use super::{CHANGED, Moved};
use crate::State;

const MINUTE: i64 = 60_000;

/// How many numbers one statement changes: those of a job that moves, without or
/// with a scope, or of several.
const ROWS: usize = 4;

/// The scope of jobs without any.
pub(crate) const NOBODYS: i64 = 0;
/// The scope under which all jobs are counted, so that nobody's have no count of their own.
const ALL: i64 = 0;

/// What one transaction does to the numbers of jobs. Has to be written before
/// its commit; whoever changes a state says so here.
#[derive(Debug, Default)]
#[must_use = "counts drift unless it is written"]
pub(crate) struct Ledger {
    counts: BTreeMap<(i64, String, State), i64>,
    entered: BTreeSet<(i64, Option<State>)>,
    minutes: BTreeMap<(i64, i64), Minute>,
}

/// What attempts that ended in one minute came to; times in milliseconds.
#[derive(Debug, Default)]
struct Minute {
    done: i64,
    failed: i64,
    waited: i64,
    longest_wait: i64,
    ran: i64,
}

impl Ledger {
    /// One job went `from` a state (`None`: it was made) `to` another (`None`: it was removed).
    pub(crate) fn moved(
        &mut self,
        queue: &str,
        scope: i64,
        from: Option<State>,
        to: Option<State>,
    ) {
        if from == to {
            return;
        }
        for scope in counted_under(scope) {
            for (state, change) in [(from, -1), (to, 1)] {
                let Some(state) = state else { continue };
                *self.counts.entry((scope, queue.to_owned(), state)).or_default() += change;
            }
        }
        self.entered.insert((scope, to));
    }

    /// An attempt ended `now`, well or with a failure.
    pub(crate) fn ended(&mut self, job: &Moved, now: Timestamp, is_done: bool) {
        let started_at = job.started_at.unwrap_or(now);
        let waited = (started_at.as_millisecond() - job.due_at.as_millisecond()).max(0);
        let minute = now.as_millisecond().div_euclid(MINUTE) * MINUTE;
        for scope in counted_under(job.scope) {
            let sums = self.minutes.entry((scope, minute)).or_default();
            sums.done += i64::from(is_done);
            sums.failed += i64::from(!is_done);
            sums.waited += waited;
            sums.longest_wait = sums.longest_wait.max(waited);
            sums.ran += (now.as_millisecond() - started_at.as_millisecond()).max(0);
        }
    }

    /// Writes the counts, and says what changed once the transaction is committed.
    pub(crate) async fn write(self, tx: &mut Tx) -> db::Result<()> {
        let changed: Vec<_> = self.counts.into_iter().filter(|(_, change)| *change != 0).collect();
        for counts in changed.chunks(ROWS) {
            count(tx, counts).await?;
        }
        let minutes: Vec<_> = self.minutes.into_iter().collect();
        for minutes in minutes.chunks(ROWS) {
            sum_up(tx, minutes).await?;
        }
        for (scope, state) in self.entered {
            let scope = (scope != NOBODYS).then_some(scope);
            let state = state.map(State::as_str);
            tx.notify(CHANGED, json!({ "scope": scope, "state": state }).to_string());
        }
        Ok(())
    }
}

fn counted_under(scope: i64) -> impl Iterator<Item = i64> {
    std::iter::once(ALL).chain((scope != NOBODYS).then_some(scope))
}

/// Under a number of its own for each connection: see the migration.
async fn count(tx: &mut Tx, changed: &[((i64, String, State), i64)]) -> db::Result<()> {
    let mut query = db::query("INSERT INTO job_count (scope, queue, state, slot, n) VALUES ");
    for (index, ((scope, queue, state), change)) in changed.iter().enumerate() {
        query = query
            .push(if index == 0 { "(" } else { ", (" })
            .push_bind(*scope)
            .push(", ")
            .push_bind(queue.as_str())
            .push(", ")
            .push_bind(*state)
            .push(", pg_backend_pid(), ")
            .push_bind(*change)
            .push(")");
    }
    query
        .push(
            " ON CONFLICT (scope, queue, state, slot) DO UPDATE
              SET n = job_count.n + excluded.n",
        )
        .run(tx)
        .await
        .map(drop)
}

async fn sum_up(tx: &mut Tx, minutes: &[((i64, i64), Minute)]) -> db::Result<()> {
    let mut query = db::query(
        "INSERT INTO job_minute (scope, minute, slot, done, failed, waited, longest_wait, ran) VALUES ",
    );
    for (index, ((scope, minute), sums)) in minutes.iter().enumerate() {
        query = query
            .push(if index == 0 { "(" } else { ", (" })
            .push_bind(*scope)
            .push(", ")
            .push_bind(*minute)
            .push(", pg_backend_pid()");
        for sum in [sums.done, sums.failed, sums.waited, sums.longest_wait, sums.ran] {
            query = query.push(", ").push_bind(sum);
        }
        query = query.push(")");
    }
    query
        .push(
            " ON CONFLICT (scope, minute, slot) DO UPDATE
              SET done = job_minute.done + excluded.done,
                  failed = job_minute.failed + excluded.failed,
                  waited = job_minute.waited + excluded.waited,
                  longest_wait = CASE
                      WHEN excluded.longest_wait > job_minute.longest_wait THEN excluded.longest_wait
                      ELSE job_minute.longest_wait
                  END,
                  ran = job_minute.ran + excluded.ran",
        )
        .run(tx)
        .await
        .map(drop)
}
