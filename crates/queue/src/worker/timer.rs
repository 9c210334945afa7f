//! Gets up when a job's time or a schedule's tick has come; listens for what
//! commits have to say.

use std::sync::Arc;

use db::{Db, Lagged, Notice, Notices};
use jiff::Timestamp;
use tokio::sync::Notify;

use super::{Interrupt, Shared, until};
use crate::{JobId, schedule, store};

/// Moves what is due to where workers find it, until it is aborted.
pub(super) async fn keep_time<A: Send + Sync + 'static>(shared: Arc<Shared<A>>) {
    loop {
        let next = match round(&shared).await {
            Ok(next) => next,
            Err(error) => {
                tracing::warn!("cannot look what is due: {error}");
                None
            }
        };
        let wait = until(shared.db.clock(), next, shared.settings.poll);
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = shared.time.notified() => {}
        }
    }
}

async fn round<A: Send + Sync + 'static>(shared: &Shared<A>) -> db::Result<Option<Timestamp>> {
    let tick = schedule::tick(&shared.db, &shared.registry).await?;
    let due = promote_due(&shared.db).await?;
    Ok(tick.into_iter().chain(due).min())
}

/// Promotes if there is anything to; tells when the next job gets due.
pub(super) async fn promote_due(db: &Db) -> db::Result<Option<Timestamp>> {
    match store::next_due(db).await? {
        Some(due) if due <= db.now() => {
            store::promote(db).await?;
            store::next_due(db).await
        }
        next => Ok(next),
    }
}

/// Passes on what commits say, until it is aborted.
pub(super) async fn listen<A>(shared: Arc<Shared<A>>, mut notices: Notices) {
    loop {
        match notices.recv().await {
            Ok(Notice { channel, payload }) => match channel.as_str() {
                store::WAKE if payload.is_empty() => shared.wake_all(),
                store::WAKE => {
                    shared.wake.get(&payload).map(Notify::notify_one);
                }
                store::TIME => shared.time.notify_one(),
                store::CANCEL => {
                    if let Ok(id) = payload.parse::<JobId>() {
                        shared.interrupt(id, Interrupt::Lost);
                    }
                }
                _ => {}
            },
            Err(Lagged) => shared.wake_all(),
        }
    }
}
