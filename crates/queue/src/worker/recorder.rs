//! Records how attempts ended: all that ended while the last ones were being
//! recorded, or end soon after, in one transaction.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::{GATHER, Shared};
use crate::store::{self, Ended, Ending};

/// How long to wait at first before trying again to record, and at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));

/// An outcome waits no longer than this where no other comes meanwhile.
const SOON: Duration = Duration::from_millis(1);

/// Records until nobody can report any more.
pub(super) async fn record_all<A>(shared: Arc<Shared<A>>, mut reports: mpsc::Receiver<Ended>) {
    let mut batch = Vec::with_capacity(store::MOST_AT_ONCE);
    while reports.recv_many(&mut batch, store::MOST_AT_ONCE).await > 0 {
        let _ = tokio::time::timeout(GATHER, gather(&shared, &mut reports, &mut batch)).await;
        batch.iter().for_each(log);
        record(&shared, &batch).await;
        let mut held = shared.held();
        for ended in batch.drain(..) {
            // It may be held anew already, if we lost the lease.
            if held.get(&ended.job.id).is_some_and(|held| held.lease == ended.job.lease()) {
                held.remove(&ended.job.id);
            }
        }
    }
}

/// Waits for the outcomes of others that run, until a quarter of them is there or none
/// comes any more.
async fn gather<A>(
    shared: &Shared<A>,
    reports: &mut mpsc::Receiver<Ended>,
    batch: &mut Vec<Ended>,
) {
    while batch.len() < shared.held().len().div_ceil(4).min(store::MOST_AT_ONCE) {
        let room = store::MOST_AT_ONCE - batch.len();
        let more = tokio::time::timeout(SOON, reports.recv_many(batch, room)).await;
        if !more.is_ok_and(|more| more > 0) {
            return;
        }
    }
}

async fn record<A>(shared: &Shared<A>, batch: &[Ended]) {
    let mut pause = PAUSES.0;
    loop {
        match store::record(&shared.db, batch).await {
            Ok(refused) => {
                for id in refused {
                    tracing::warn!(job = %id, "the lease was lost: the outcome is refused");
                }
                return;
            }
            Err(error) if error.is_unavailable() => {
                tracing::warn!("cannot record outcomes yet: {error}");
            }
            Err(error) if batch.len() > 1 => {
                tracing::error!("cannot record outcomes together: {error}");
                for ended in batch {
                    Box::pin(record(shared, std::slice::from_ref(ended))).await;
                }
                return;
            }
            Err(error) => {
                let job = batch.first().map(|ended| ended.job.id.get());
                tracing::error!(job, "cannot record an outcome: {error}");
                return;
            }
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSES.1);
    }
}

fn log(ended: &Ended) {
    let (job, name, attempt) = (ended.job.id, ended.job.name.as_str(), ended.job.attempt);
    match &ended.ending {
        Ending::Retry { code, detail, .. } => {
            tracing::warn!(%job, name, attempt, code, "an attempt failed: {detail}");
        }
        Ending::Delayed { code, detail, .. } => {
            tracing::warn!(%job, name, code, "an attempt is put off: {detail}");
        }
        Ending::Failed { code, detail } => {
            tracing::warn!(%job, name, attempt, code, "a job failed for good: {detail}");
        }
        Ending::Parked { code, detail } => {
            tracing::error!(%job, name, code, "a job is parked: {detail}");
        }
        Ending::Cancelled(reason) => tracing::info!(%job, name, "a job gave itself up: {reason}"),
        Ending::Lost => tracing::warn!(%job, name, attempt, "a job was taken from us while it ran"),
        Ending::HandedBack => tracing::info!(%job, name, "a job is handed back"),
        Ending::Done | Ending::Finished | Ending::Snoozed(_) => {
            tracing::debug!(%job, name, attempt, "a job ended: {:?}", ended.ending);
        }
    }
}
