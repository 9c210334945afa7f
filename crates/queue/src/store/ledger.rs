//! Counts that are kept rather than counted, and the notices for those who look on.

use std::collections::{BTreeMap, BTreeSet};

use db::Tx;
use serde_json::json;

use super::CHANGED;
use crate::State;

/// The scope under which all jobs are counted.
pub(crate) const ALL: i64 = 0;

/// What one transaction does to the numbers of jobs. Has to be written before
/// its commit; whoever changes a state says so here.
#[derive(Debug, Default)]
#[must_use = "counts drift unless it is written"]
pub(crate) struct Ledger {
    counts: BTreeMap<(i64, String, State), i64>,
    entered: BTreeSet<(Option<i64>, Option<State>)>,
}

impl Ledger {
    /// One job went `from` a state (`None`: it was made) `to` another (`None`: it was removed).
    pub(crate) fn moved(
        &mut self,
        queue: &str,
        scope: Option<i64>,
        from: Option<State>,
        to: Option<State>,
    ) {
        if from == to {
            return;
        }
        for scope in [Some(ALL), scope].into_iter().flatten() {
            for (state, change) in [(from, -1), (to, 1)] {
                let Some(state) = state else { continue };
                *self.counts.entry((scope, queue.to_owned(), state)).or_default() += change;
            }
        }
        self.entered.insert((scope, to));
    }

    /// Writes the counts, and says what changed once the transaction is committed.
    pub(crate) async fn write(self, tx: &mut Tx) -> db::Result<()> {
        // A number of its own for each connection: see the migration.
        let slot = tx.dialect().pick("0", "pg_backend_pid()");
        let sql = format!(
            "INSERT INTO job_count (scope, queue, state, slot, n)
             VALUES ($1, $2, $3, {slot}, $4)
             ON CONFLICT (scope, queue, state, slot) DO UPDATE
             SET n = job_count.n + excluded.n"
        );
        for ((scope, queue, state), change) in self.counts {
            if change != 0 {
                db::query(sql.as_str())
                    .bind(scope)
                    .bind(queue)
                    .bind(state)
                    .bind(change)
                    .run(tx)
                    .await?;
            }
        }
        for (scope, state) in self.entered {
            let state = state.map(State::as_str);
            tx.notify(CHANGED, json!({ "scope": scope, "state": state }).to_string());
        }
        Ok(())
    }
}
