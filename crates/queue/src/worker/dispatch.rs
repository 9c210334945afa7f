//! Takes due jobs of one queue whenever a place is free, and runs each in a task of its own.

use std::sync::Arc;
use std::time::Duration;

use db::Crowd;
use jiff::SignedDuration;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};

use super::{GATHER, Interrupt, Shared};
use crate::codes;
use crate::execute::execute;
use crate::store::{self, Claimed, Ended, Ending, Wanted};

/// A job before others that waited longer than this is late: somebody waits for it.
const PATIENCE: SignedDuration = SignedDuration::from_millis(100);

/// Works on one queue until told to stop. `places` are how many jobs may run at once.
pub(super) async fn dispatch<A: Send + Sync + 'static>(
    shared: Arc<Shared<A>>,
    queue: String,
    places: Arc<Semaphore>,
    mut stopping: watch::Receiver<Option<Duration>>,
) {
    // There for every queue of the settings, from which this one comes.
    let Some(wake) = shared.wake.get(&queue) else { return };
    let quarter = places.available_permits().min(store::MOST_AT_ONCE).div_ceil(4);
    let mut is_busy = false;
    loop {
        let free = tokio::select! {
            biased;
            _ = stopping.changed() => return,
            free = all_free(&places, if is_busy { quarter } else { 1 }) => free,
        };
        let limit = free.num_permits();
        let claimed = match claim(&shared, &queue, limit, is_busy).await {
            Ok(claimed) => claimed,
            Err(error) => {
                tracing::warn!(queue, "cannot claim jobs: {error}");
                Vec::new()
            }
        };
        is_busy = claimed.len() == limit.min(store::MOST_AT_ONCE);
        run_each(&shared, claimed, free);
        if !is_busy && wait(wake, &shared, &mut stopping).await.is_none() {
            return;
        }
    }
}

/// Waits for a free place, then a little for `enough` of them, and takes all that are free.
async fn all_free(places: &Arc<Semaphore>, enough: usize) -> OwnedSemaphorePermit {
    let several = tokio::time::timeout(GATHER, take(places, enough)).await;
    let mut free = match several {
        Ok(several) => several,
        Err(_) => take(places, 1).await,
    };
    if let Ok(rest) = Arc::clone(places).try_acquire_many_owned(count(places.available_permits())) {
        free.merge(rest);
    }
    free
}

async fn take(places: &Arc<Semaphore>, many: usize) -> OwnedSemaphorePermit {
    match Arc::clone(places).acquire_many_owned(count(many)).await {
        Ok(taken) => taken,
        // Closed: we are about to be stopped.
        Err(_) => std::future::pending().await,
    }
}

fn count(places: usize) -> u32 {
    u32::try_from(places).unwrap_or(u32::MAX)
}

async fn claim<A>(
    shared: &Shared<A>,
    queue: &str,
    limit: usize,
    is_busy: bool,
) -> db::Result<Vec<Claimed>> {
    let unknown = shared.unknown().clone();
    let wanted = Wanted { queue: Some(queue), limit, unknown: &unknown };
    if !is_busy && !store::has_due(&shared.db, wanted).await? {
        return Ok(Vec::new());
    }
    let lease = shared.settings.lease();
    let claimed = store::claim(&shared.db, &shared.worker, wanted, lease).await;
    match claimed {
        // Another node just took the job before it in the same order.
        Err(error) if error.constraint() == Some("job_scope_queue_order_key_key") => {
            shared.wake_all();
            Ok(Vec::new())
        }
        claimed => claimed,
    }
}

fn run_each<A: Send + Sync + 'static>(
    shared: &Arc<Shared<A>>,
    claimed: Vec<Claimed>,
    mut free: OwnedSemaphorePermit,
) {
    for job in claimed {
        let Some(place) = free.split(1) else { return };
        let interrupted = shared.hold(job.lease());
        let shared = Arc::clone(shared);
        let is_late = job.priority < 0 && job.waited() > PATIENCE;
        let crowd = if is_late { Crowd::Late } else { Crowd::Many };
        tokio::spawn(db::in_background(crowd, async move {
            let ending = tokio::select! {
                biased;
                Ok(why) = interrupted => match why {
                    Interrupt::Lost => Ending::Lost,
                    Interrupt::Stopping => Ending::HandedBack,
                },
                ending = execute(&shared.registry, &*shared.app, &job) => ending,
            };
            if matches!(ending, Ending::Parked { code: codes::UNKNOWN_TYPE, .. }) {
                shared.unknown().insert((job.name.clone(), job.version));
            }
            // Fails only when the runtime ends; the lease runs out then.
            let _ = shared.ended.send(Ended { job, ending }).await;
            // Free before it is recorded: the next claim shares that commit. While
            // nothing can be recorded, the channel fills up and places stay taken.
            drop(place);
        }));
    }
}

/// Waits until there may be something to do; `None` when it is time to stop.
async fn wait<A>(
    wake: &Notify,
    shared: &Shared<A>,
    stopping: &mut watch::Receiver<Option<Duration>>,
) -> Option<()> {
    tokio::select! {
        biased;
        _ = stopping.changed() => None,
        () = wake.notified() => Some(()),
        () = tokio::time::sleep(shared.settings.poll) => Some(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_claim_waits_for_several_places_but_not_long() {
        let places = Arc::new(Semaphore::new(4));
        let first = all_free(&places, 1).await;
        assert_eq!(first.num_permits(), 4);
        let began = tokio::time::Instant::now();
        let mut taken = first;
        drop(taken.split(1));
        let one = all_free(&places, 2).await;
        assert_eq!((one.num_permits(), began.elapsed() >= GATHER), (1, true));
        let began = tokio::time::Instant::now();
        drop(taken.split(2));
        let two = all_free(&places, 2).await;
        assert_eq!((two.num_permits(), began.elapsed() < GATHER), (2, true));
    }
}
