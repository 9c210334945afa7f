//! The tasks of a started process, and their orderly end.

use std::sync::Arc;
use std::time::Duration;

use db::Notices;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinHandle;

use super::recorder::{self, Report};
use super::{Interrupt, Shared, dispatch, keeper, timer};
use crate::store;

/// How long interrupted jobs get to let go, and outcomes to be recorded, after the grace period.
/// Three such waits at most, so that all is over within 2 s.
const LETTING_GO: Duration = Duration::from_millis(600);

pub(super) struct Tasks {
    dispatchers: Vec<JoinHandle<()>>,
    recorder: JoinHandle<()>,
    /// Keeper, timer, listener: may be ended at any time.
    helpers: Vec<JoinHandle<()>>,
    places: Vec<(Arc<Semaphore>, u32)>,
}

impl Tasks {
    pub(super) fn spawn<A: Send + Sync + 'static>(
        shared: &Arc<Shared<A>>,
        notices: Notices,
        reports: mpsc::Receiver<Report>,
        stopping: &watch::Receiver<Option<Duration>>,
    ) -> Self {
        let places: Vec<_> = shared
            .settings
            .queues
            .iter()
            .map(|(_, limit)| u32::try_from(*limit).unwrap_or(u32::MAX).max(1))
            .map(|limit| (Arc::new(Semaphore::new(limit as usize)), limit))
            .collect();
        let dispatchers = std::iter::zip(&shared.settings.queues, &places)
            .map(|((queue, _), (places, _))| {
                let (queue, places) = (queue.clone(), Arc::clone(places));
                let dispatch =
                    dispatch::dispatch(Arc::clone(shared), queue, places, stopping.clone());
                tokio::spawn(dispatch)
            })
            .collect();
        Self {
            dispatchers,
            recorder: tokio::spawn(recorder::record_all(Arc::clone(shared), reports)),
            helpers: vec![
                tokio::spawn(keeper::keep(Arc::clone(shared))),
                tokio::spawn(timer::keep_time(Arc::clone(shared))),
                tokio::spawn(timer::listen(Arc::clone(shared), notices)),
            ],
            places,
        }
    }

    /// No new jobs; `grace` for the running ones; the rest is handed back.
    pub(super) async fn stop<A: Send + Sync + 'static>(
        self,
        shared: Arc<Shared<A>>,
        grace: Duration,
    ) {
        for mut dispatcher in self.dispatchers {
            // A claim that is under way is seen through: its jobs run, or are handed back.
            if tokio::time::timeout(LETTING_GO, &mut dispatcher).await.is_err() {
                dispatcher.abort();
            }
        }
        if tokio::time::timeout(grace, all_free(&self.places)).await.is_err() {
            let running: Vec<_> = shared.held().keys().copied().collect();
            tracing::info!(jobs = running.len(), "interrupting jobs that did not end in time");
            for id in running {
                shared.interrupt(id, Interrupt::Stopping);
            }
            if tokio::time::timeout(LETTING_GO, all_free(&self.places)).await.is_err() {
                tracing::warn!("some jobs do not let go; others take them over");
            }
        }
        self.helpers.iter().for_each(JoinHandle::abort);
        self.recorder.abort();
        let leave = store::leave(&shared.db, &shared.worker);
        match tokio::time::timeout(LETTING_GO, leave).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!("cannot sign off: {error}"),
            Err(_) => tracing::warn!("cannot sign off: the database does not answer"),
        }
    }
}

/// Waits until every place is free, that is, every outcome recorded.
async fn all_free(places: &[(Arc<Semaphore>, u32)]) {
    for (places, limit) in places {
        // Never closed.
        drop(places.acquire_many(*limit).await);
    }
}
