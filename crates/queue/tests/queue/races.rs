//! Two transactions at the same time about jobs of one key. On SQLite the
//! second one waits for the first to begin with.

use std::time::Duration;

use db::Tx;
use jiff::SignedDuration;
use queue::{Job, JobId, Settings, State};

use crate::jobs::{Act, Play};
use crate::support::{World, frozen, on_each_database, settings};

on_each_database! {
    db::Clock::system();
    ordered_and_limited_jobs_end_at_their_first_attempt,
}

fn ordered(label: &str, order: &str) -> Play {
    Play { order: Some(order.to_owned()), ..Play::new(label, Act::Succeed) }
}

/// No node looks by itself, and no net is spread.
fn deaf() -> Settings {
    const LONG: Duration = Duration::from_hours(1);
    Settings { poll: LONG, lease: LONG, ..settings("a") }
}

/// Ends `first` while a transaction that did `meanwhile` to another job is still open.
async fn cancel_during(world: &World, first: JobId, meanwhile: impl AsyncFnOnce(&mut Tx)) {
    let mut open = world.db.begin().await.unwrap();
    meanwhile(&mut open).await;
    let db = world.db.clone();
    let ending = tokio::spawn(async move {
        let mut tx = db.begin().await.unwrap();
        assert!(queue::cancel(&mut tx, first).await.unwrap());
        tx.commit().await.unwrap();
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!ending.is_finished(), "it waits for the other");
    open.commit().await.unwrap();
    ending.await.unwrap();
}

#[tokio::test]
async fn who_ends_does_not_hurry_a_successor_that_is_put_off_meanwhile() {
    let Some(world) = World::postgres(frozen()).await else { return };
    let first = world.enqueue(ordered("first", "a")).await;
    let second = world.enqueue(ordered("second", "a")).await;
    let later = world.clock.now() + SignedDuration::from_hours(1);
    cancel_during(&world, first, async |tx| {
        assert!(queue::reschedule(tx, second, later).await.unwrap());
    })
    .await;
    assert_eq!(world.run_due().await, 0, "it is not its time");
    world.advance(3600);
    assert_eq!(world.run_due().await, 1);
}

#[tokio::test]
async fn who_ends_lets_the_one_after_a_cancelled_successor_go() {
    let Some(world) = World::postgres(db::Clock::system()).await else { return };
    let workers = world.start(deaf());
    let first = world.enqueue(Play { act: Act::Hang, ..ordered("first", "a") }).await;
    world.wait_for_state(first, State::Running).await;
    let second = world.enqueue(ordered("second", "a")).await;
    let third = world.enqueue(ordered("third", "a")).await;
    // Until the two wait for their turn.
    tokio::time::sleep(Duration::from_millis(300)).await;
    cancel_during(&world, first, async |tx| {
        assert!(queue::cancel(tx, second).await.unwrap());
    })
    .await;
    world.wait_for_state(third, State::Done).await;
    assert_eq!(world.state(second).await, State::Cancelled);
    workers.stop(Duration::ZERO).await;
}

#[tokio::test]
async fn a_place_is_not_given_to_whoever_is_put_off_meanwhile() {
    let Some(world) = World::postgres(db::Clock::system()).await else { return };
    let at = |label: &str, act| Play { host: Some("smtp".to_owned()), ..Play::new(label, act) };
    let workers = world.start(deaf());
    let mut running = Vec::new();
    for label in ["first", "second"] {
        let id = world.enqueue(at(label, Act::Hang)).await;
        world.wait_for_state(id, State::Running).await;
        running.push(id);
    }
    let third = world.enqueue(at("third", Act::Succeed)).await;
    let fourth = world.enqueue(at("fourth", Act::Succeed)).await;
    // Until the two wait for a place.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let later = world.clock.now() + SignedDuration::from_hours(1);
    cancel_during(&world, running[0], async |tx| {
        assert!(queue::reschedule(tx, third, later).await.unwrap());
    })
    .await;
    world.wait_for_state(fourth, State::Done).await;
    assert_eq!(world.state(third).await, State::Scheduled);
    workers.stop(Duration::ZERO).await;
}

#[tokio::test]
async fn what_is_retried_meanwhile_is_not_pruned() {
    let Some(world) = World::postgres(frozen()).await else { return };
    let fails = |label: &str| Play::new(label, Act::FailForGood);
    let retried = world.enqueue(fails("retried")).await;
    let old = world.enqueue(fails("old")).await;
    world.run_due().await;
    world.advance(365 * 24 * 3600);
    let mut open = world.db.begin().await.unwrap();
    assert!(queue::retry(&mut open, retried).await.unwrap());
    // It prunes as it starts, and runs nothing.
    let workers = world.start(Settings { queues: Vec::new(), ..deaf() });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(world.state(old).await, State::Failed, "it waits for the other");
    open.commit().await.unwrap();
    let is_gone = async || queue::get(&world.db, None, old).await.unwrap().is_none();
    world.wait_until("the old job is gone", is_gone).await;
    assert_eq!(world.state(retried).await, State::Waiting);
    workers.stop(Duration::ZERO).await;
    world.assert_counts_are_right().await;
}

/// As mails are: in order for each person, few at once for the server, and ending themselves.
async fn ordered_and_limited_jobs_end_at_their_first_attempt(world: &World) {
    const MAILS: usize = 1000;
    let patient = |node| Settings { lease: Duration::from_secs(60), ..settings(node) };
    let (a, b) = (world.start(patient("a")), world.start(patient("b")));
    let mut crowd = tokio::task::JoinSet::new();
    for number in 0..MAILS {
        let play = Play {
            host: Some("smtp".to_owned()),
            order: Some(format!("person {}", number % 7)),
            ..Play::new(format!("{number:03}"), Act::Finish)
        };
        let db = world.db.clone();
        crowd.spawn(async move {
            let mut tx = db.begin().await.unwrap();
            let id = play.enqueue(&mut tx).await.unwrap().id();
            tx.commit().await.unwrap();
            id
        });
    }
    let ids = crowd.join_all().await;
    for id in &ids {
        world.wait_for_state(*id, State::Done).await;
    }
    a.stop(Duration::from_secs(5)).await;
    b.stop(Duration::from_secs(5)).await;
    for id in ids {
        assert_eq!(world.job(id).await.attempt, 1);
        assert!(world.attempts(id).await.is_empty());
    }
    assert_eq!(world.effects().await.len(), MAILS);
    world.assert_counts_are_right().await;
}
