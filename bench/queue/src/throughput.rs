//! Jobs per second: enqueued beforehand, then run by one process.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use jiff::SignedDuration;
use queue::{Job, Settings};

use crate::jobs::{App, Finish, Nothing, NothingScoped, registry};
use crate::say;

pub async fn drain(app: &Arc<App>, jobs: usize, places: usize) -> Result<()> {
    enqueue(app, jobs, |number| Nothing { number }).await?;
    run(app, &format!("{jobs} empty jobs, {places} places"), jobs, places).await
}

/// As the application's: with a scope, a subject and a unique key.
pub async fn drain_scoped(app: &Arc<App>, jobs: usize, places: usize) -> Result<()> {
    enqueue(app, jobs, |number| NothingScoped { number }).await?;
    run(app, &format!("{jobs} empty jobs with scope and keys, {places} places"), jobs, places).await
}

/// Jobs that end themselves, with a transaction of their own for each.
pub async fn finish(app: &Arc<App>, jobs: usize, places: usize) -> Result<()> {
    enqueue(app, jobs, |number| Finish { number }).await?;
    run(app, &format!("{jobs} jobs that finish themselves, {places} places"), jobs, places).await
}

/// Beside a million jobs that are done, and a hundred thousand that are not due.
pub async fn in_a_large_table(app: &Arc<App>, places: usize) -> Result<()> {
    let mut tx = app.db.begin().await?;
    let later = tx.now() + SignedDuration::from_hours(24);
    for number in 0..100_000 {
        Nothing { number }.enqueue_at(&mut tx, later).await?;
    }
    db::query(
        "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 1000000)
         INSERT INTO job (
             name, version, queue, priority, state, args, scope, subject, attempt, max_attempts,
             created_at, due_at, started_at, ended_at
         )
         SELECT 'Nothing', 1, 'default', 0, 'done', '{\"number\":0}', n % 1000 + 1,
                'ticket:' || (n % 5000), 1, 12, $1, $1, $1, $1
         FROM n",
    )
    .bind(tx.now())
    .run(&mut tx)
    .await?;
    tx.commit().await?;
    drain(app, 10_000, places).await
}

async fn enqueue<J: Job<App = App>>(
    app: &Arc<App>,
    jobs: usize,
    job: impl Fn(usize) -> J,
) -> Result<()> {
    let started = Instant::now();
    for batch in 0..jobs.div_ceil(1000) {
        let mut tx = app.db.begin().await?;
        for number in batch * 1000..((batch + 1) * 1000).min(jobs) {
            job(number).enqueue(&mut tx).await?;
        }
        tx.commit().await?;
    }
    say::rate("enqueued, 1000 to a transaction", jobs, started.elapsed());
    Ok(())
}

async fn run(app: &Arc<App>, what: &str, jobs: usize, places: usize) -> Result<()> {
    app.expect(jobs);
    let settings = Settings { queues: vec![("default".to_owned(), places)], ..Settings::default() };
    let started = Instant::now();
    let workers = queue::start(app.db.clone(), Arc::clone(app), registry(), settings);
    app.reached().await;
    // All outcomes are on the disk once the workers have stopped.
    workers.stop(Duration::from_secs(30)).await;
    say::rate(what, jobs, started.elapsed());
    let done = queue::counts(&app.db, &queue::Filter::default()).await?.done;
    anyhow::ensure!(done >= i64::try_from(jobs)?, "only {done} jobs are done");
    Ok(())
}
