//! The tasks of a started process, and their orderly end.

use std::sync::Arc;
use std::time::Duration;

use db::Notices;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinHandle;

use super::presence::Presence;
use super::{Interrupt, Shared, dispatch, keeper, recorder, spawn_in_background, timer};
use crate::store::{self, Ended};

/// How long interrupted jobs get to let go, and outcomes to be recorded, after the grace period.
/// Three such waits at most, so that all is over within 2 s.
const LETTING_GO: Duration = Duration::from_millis(600);

pub(super) struct Tasks {
    dispatchers: Vec<JoinHandle<()>>,
    recorder: JoinHandle<()>,
    /// Keeper, timer, listener: may be ended at any time.
    helpers: Vec<JoinHandle<()>>,
}

impl Tasks {
    pub(super) fn spawn<A: Send + Sync + 'static>(
        shared: &Arc<Shared<A>>,
        notices: Notices,
        reports: mpsc::Receiver<Ended>,
        stopping: &watch::Receiver<Option<Duration>>,
    ) -> Self {
        let dispatchers = shared
            .settings
            .queues
            .iter()
            .map(|(queue, places)| {
                let places = Arc::new(Semaphore::new((*places).clamp(1, Semaphore::MAX_PERMITS)));
                let (shared, queue) = (Arc::clone(shared), queue.clone());
                spawn_in_background(dispatch::dispatch(shared, queue, places, stopping.clone()))
            })
            .collect();
        Self {
            dispatchers,
            recorder: spawn_in_background(recorder::record_all(Arc::clone(shared), reports)),
            helpers: vec![
                spawn_in_background(keeper::keep(Arc::clone(shared))),
                spawn_in_background(timer::keep_time(Arc::clone(shared))),
                spawn_in_background(timer::listen(Arc::clone(shared), notices)),
            ],
        }
    }

    /// No new jobs; `grace` for the running ones; the rest is handed back.
    pub(super) async fn stop<A: Send + Sync + 'static>(
        self,
        shared: Arc<Shared<A>>,
        grace: Duration,
    ) {
        let deadline = tokio::time::Instant::now() + LETTING_GO;
        for mut dispatcher in self.dispatchers {
            // A claim that is under way is seen through: its jobs run, or are handed back.
            if tokio::time::timeout_at(deadline, &mut dispatcher).await.is_err() {
                dispatcher.abort();
            }
        }
        if tokio::time::timeout(grace, all_recorded(&shared)).await.is_err() {
            let running: Vec<_> = shared.held().keys().copied().collect();
            tracing::info!(jobs = running.len(), "interrupting jobs that did not end in time");
            for id in running {
                shared.interrupt(id, Interrupt::Stopping);
            }
            if tokio::time::timeout(LETTING_GO, all_recorded(&shared)).await.is_err() {
                tracing::warn!("some jobs do not let go; others take them over");
            }
        }
        self.helpers.iter().for_each(JoinHandle::abort);
        self.recorder.abort();
        let leave = store::leave(&shared.db, &shared.worker);
        match tokio::time::timeout(LETTING_GO, leave).await {
            Ok(Ok(())) => shared.presence.iter().for_each(Presence::end),
            Ok(Err(error)) => tracing::warn!("cannot sign off: {error}"),
            Err(_) => tracing::warn!("cannot sign off: the database does not answer"),
        }
    }
}

/// Waits until nothing is held any more: every job has ended, every outcome is recorded.
async fn all_recorded<A>(shared: &Shared<A>) {
    while !shared.held().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
