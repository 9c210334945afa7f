//! How soon jobs start: after their enqueue, and after their time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use jiff::SignedDuration;
use queue::{Job, Settings};

use crate::jobs::{App, Nothing, Timed, registry};
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
        let mut every = tokio::time::interval(Duration::from_secs(1) / per_second);
        for number in 0..jobs {
            every.tick().await;
            app.begun.lock().map_err(|_| anyhow::anyhow!("poisoned"))?.push(Instant::now());
            let app = Arc::clone(app);
            tokio::spawn(async move {
                let mut tx = app.db.begin().await?;
                Timed { number }.enqueue(&mut tx).await?;
                tx.commit().await
            });
        }
        app.reached().await;
        let mut waits = app.waits.lock().map_err(|_| anyhow::anyhow!("poisoned"))?.clone();
        say::times(&format!("enqueue to start at {per_second}/s"), &mut waits, 0);
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
        Nothing { number }.enqueue_at(&mut tx, due).await?;
    }
    tx.commit().await?;
    app.expect(JOBS);
    let workers = queue::start(app.db.clone(), Arc::clone(app), registry(), Settings::default());
    app.reached().await;
    workers.stop(Duration::from_secs(10)).await;
    let late: Vec<(i64,)> =
        db::query("SELECT started_at - due_at FROM job ORDER BY id").all(&app.db).await?;
    let early = late.iter().filter(|(late,)| *late < 0).count();
    let mut late: Vec<_> = late
        .into_iter()
        .map(|(late,)| Duration::from_millis(u64::try_from(late).unwrap_or(0)))
        .collect();
    say::times("late after the due time", &mut late, early);
    Ok(())
}
