//! How soon jobs start: after their enqueue, and after their time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use jiff::SignedDuration;
use queue::{Job, Settings};
use tokio::task::JoinSet;

use crate::jobs::{App, Scheduled, Timed, registry};
use crate::say;

/// From the beginning of the enqueuing transaction, its own flush included, to
/// the job's first line, with so many enqueues a second.
pub async fn enqueue_to_start(app: &Arc<App>, rates: &[u32]) -> Result<()> {
    let workers = queue::start(app.db.clone(), Arc::clone(app), registry(), Settings::default());
    for &per_second in rates {
        let jobs = (per_second * 5) as usize;
        app.expect(jobs);
        app.begun.lock().map_err(|_| anyhow::anyhow!("poisoned"))?.clear();
        app.waits.lock().map_err(|_| anyhow::anyhow!("poisoned"))?.clear();
        let mut enqueues = JoinSet::new();
        let mut every = tokio::time::interval(Duration::from_secs(1) / per_second);
        for number in 0..jobs {
            every.tick().await;
            app.begun.lock().map_err(|_| anyhow::anyhow!("poisoned"))?.push(Instant::now());
            let app = Arc::clone(app);
            enqueues.spawn(async move {
                let mut tx = app.db.begin().await?;
                Timed { number }.enqueue(&mut tx).await?;
                tx.commit().await
            });
        }
        while let Some(enqueued) = enqueues.join_next().await {
            enqueued??;
        }
        app.reached().await;
        say::times(&format!("enqueue to start at {per_second}/s"), &app.waits)?;
    }
    workers.stop(Duration::from_secs(10)).await;
    Ok(())
}

/// How long after their due time 2,000 jobs start, due over ten seconds.
pub async fn lateness(app: &Arc<App>) -> Result<()> {
    const JOBS: usize = 2000;
    let mut tx = app.db.begin().await?;
    for number in 0..JOBS {
        let after = 1000 + i64::try_from(number)? * 5;
        let due = tx.now() + SignedDuration::from_millis(after);
        Scheduled.enqueue_at(&mut tx, due).await?;
    }
    tx.commit().await?;
    app.expect(JOBS);
    let workers = queue::start(app.db.clone(), Arc::clone(app), registry(), Settings::default());
    app.reached().await;
    workers.stop(Duration::from_secs(10)).await;
    say::times("late after the due time", &app.waits)
}
