//! Each sentence of the promise in `job.rs`.

use queue::{Job, State};

use crate::support::{Act, Finish, Finisher, Impatient, Play, World, frozen, note};

#[tokio::test]
async fn a_job_exists_if_and_only_if_its_transaction_committed() {
    let world = World::sqlite(frozen()).await;
    let mut tx = world.db.begin().await.unwrap();
    note("rolled back").enqueue(&mut tx).await.unwrap();
    drop(tx);
    let mut tx = world.db.begin().await.unwrap();
    note("committed").enqueue(&mut tx).await.unwrap();
    tx.commit().await.unwrap();

    assert_eq!(world.run_due().await, 1);

    assert_eq!(world.log(), ["committed"]);
    world.assert_counts_are_right().await;
}

#[tokio::test]
async fn effects_in_the_finishing_transaction_happen_exactly_once() {
    let world = World::sqlite(frozen()).await;
    for (label, finish) in [
        ("plain", Finish::Commit),
        ("dropped at first", Finish::Drop),
        ("panics later", Finish::CommitThenPanic),
    ] {
        world.enqueue(Finisher { label: label.to_owned(), finish }).await;
    }

    assert_eq!(world.run_due().await, 3);
    assert_eq!(world.effects().await, ["panics later", "plain"]);
    world.advance(3600);
    assert_eq!(world.run_due().await, 1);

    assert_eq!(world.effects().await, ["dropped at first", "panics later", "plain"]);
    world.assert_counts_are_right().await;
}

#[tokio::test]
async fn a_failing_job_waits_longer_each_time_and_then_is_failed() {
    let world = World::sqlite(frozen()).await;
    let id = world.enqueue(Play::new("fails", Act::FailTimes(99))).await;

    assert_eq!(world.run_due().await, 1);
    let job = world.job(id).await;
    assert_eq!((job.state, job.attempt), (State::Retrying, 1));
    assert_eq!(job.error_code.as_deref(), Some("not_yet"));
    let first = job.due_at.duration_since(world.clock.now()).as_secs_f64();
    assert!((13.5..=16.5).contains(&first), "{first}");

    world.advance(13);
    assert_eq!(world.run_due().await, 0, "not before its time");
    world.advance(4);
    assert_eq!(world.run_due().await, 1);
    let second = world.job(id).await.due_at.duration_since(world.clock.now()).as_secs_f64();
    assert!((27.0..=33.0).contains(&second), "{second}");

    world.advance(3600);
    assert_eq!(world.run_due().await, 1);
    let job = world.job(id).await;
    assert_eq!((job.state, job.attempt), (State::Failed, 3));
    assert!(job.ended_at.is_some());
    assert_eq!(queue::attempts(&world.db, id).await.unwrap().len(), 3);
    world.advance(100_000);
    assert_eq!(world.run_due().await, 0);
    world.assert_counts_are_right().await;
}

#[tokio::test]
async fn a_panic_and_a_timeout_count_as_attempts() {
    let world = World::sqlite(frozen()).await;
    let panics = world.enqueue(Play::new("panics", Act::Panic)).await;
    let hangs = world.enqueue(Impatient).await;

    assert_eq!(world.run_due().await, 2);

    let job = world.job(panics).await;
    assert_eq!((job.state, job.attempt), (State::Retrying, 1));
    assert_eq!(job.error_code.as_deref(), Some("panic"));
    assert_eq!(job.error_detail.as_deref(), Some("the act panics"));
    let job = world.job(hangs).await;
    assert_eq!((job.state, job.attempt), (State::Retrying, 1));
    assert_eq!(job.error_code.as_deref(), Some("timeout"));
}

#[tokio::test]
async fn a_scheduled_job_is_never_early() {
    let world = World::sqlite(frozen()).await;
    let id = world.enqueue_in(60, note("in a minute")).await;
    assert_eq!(world.state(id).await, State::Scheduled);

    world.clock.advance(jiff::SignedDuration::from_millis(59_999));
    assert_eq!(world.run_due().await, 0);
    world.clock.advance(jiff::SignedDuration::from_millis(1));
    assert_eq!(world.run_due().await, 1);

    assert_eq!(world.state(id).await, State::Done);
    world.assert_counts_are_right().await;
}
