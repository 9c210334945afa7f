//! Jobs with the same limit key: no more at once than they allow.

use std::time::Duration;

use queue::{Settings, State};

use crate::jobs::{Act, Play, note};
use crate::support::{World, on_each_database, settings};

on_each_database! {
    db::Clock::system();
    no_more_run_at_once_than_allowed_on_all_nodes_together,
    what_has_no_limit_or_another_is_not_held_up,
    whoever_fails_is_cancelled_or_dies_gives_the_place_back,
}

mod due {
    use crate::support::on_each_database;

    on_each_database! {
        crate::support::frozen();
        a_failed_attempt_gives_its_place_back,
    }

    use super::a_failed_attempt_gives_its_place_back;
}

fn at(host: &str, label: &str, act: Act) -> Play {
    Play { host: Some(host.to_owned()), ..Play::new(label, act) }
}

/// No node looks by itself: a place that is not given on would stay empty.
fn deaf(node: &str) -> Settings {
    Settings { poll: Duration::from_secs(60), ..settings(node) }
}

/// How many ran at once at most, and at the end.
fn at_once(log: &[String]) -> (i32, i32) {
    log.iter().fold((0, 0), |(most, now), line| {
        let now = if line.ends_with("went through") { now - 1 } else { now + 1 };
        (most.max(now), now)
    })
}

async fn no_more_run_at_once_than_allowed_on_all_nodes_together(world: &World) {
    let (a, b) = (world.start(deaf("a")), world.start(deaf("b")));
    let mut ids = Vec::new();
    for number in 0..12 {
        ids.push(world.enqueue(at("smtp", &number.to_string(), Act::Gate)).await);
    }
    world.wait_until("two run", async || at_once(&world.log()).1 == 2).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(at_once(&world.log()), (2, 2), "while the two hold");
    world.app.gate.add_permits(2);
    for id in ids {
        world.wait_for_state(id, State::Done).await;
    }
    assert_eq!(at_once(&world.log()), (2, 0), "until all are done");
    world.assert_counts_are_right().await;
    a.stop(Duration::from_secs(5)).await;
    b.stop(Duration::from_secs(5)).await;
}

async fn what_has_no_limit_or_another_is_not_held_up(world: &World) {
    for number in 0..3 {
        world.enqueue(at("smtp", &number.to_string(), Act::Gate)).await;
    }
    let other = world.enqueue(at("elsewhere", "other", Act::Succeed)).await;
    let free = world.enqueue(note("free")).await;
    let workers = world.start(deaf("a"));
    world.wait_for_state(other, State::Done).await;
    world.wait_for_state(free, State::Done).await;
    world.app.gate.add_permits(1);
    workers.stop(Duration::from_secs(5)).await;
}

async fn whoever_fails_is_cancelled_or_dies_gives_the_place_back(world: &World) {
    let process = world.start_process(settings("doomed")).await;
    let first = world.enqueue(at("smtp", "first", Act::Hang)).await;
    let second = world.enqueue(at("smtp", "second", Act::Hang)).await;
    world.wait_for_state(first, State::Running).await;
    world.wait_for_state(second, State::Running).await;
    let third = world.enqueue(at("smtp", "third", Act::Gate)).await;
    let workers = world.start(Settings { poll: Duration::from_millis(50), ..settings("a") });
    let mut tx = world.db.begin().await.unwrap();
    assert!(queue::cancel(&mut tx, first).await.unwrap());
    tx.commit().await.unwrap();
    world.wait_for_state(third, State::Running).await;

    let fourth = world.enqueue(at("smtp", "fourth", Act::Succeed)).await;
    process.kill();
    // Its job is taken over, holds a place anew, and leaves one only when it is cancelled.
    world.wait_until("it is rescued", async || world.job(second).await.attempt == 2).await;
    let mut tx = world.db.begin().await.unwrap();
    assert!(queue::cancel(&mut tx, second).await.unwrap());
    tx.commit().await.unwrap();
    world.wait_for_state(fourth, State::Done).await;
    world.app.gate.add_permits(1);
    workers.stop(Duration::from_secs(5)).await;
}

async fn a_failed_attempt_gives_its_place_back(world: &World) {
    for label in ["a", "b", "c", "d"] {
        world.enqueue(at("smtp", label, Act::FailTimes(1))).await;
    }
    assert_eq!(world.run_due().await, 4);
    world.advance(60);
    assert_eq!(world.run_due().await, 4);
}
