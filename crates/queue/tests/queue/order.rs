//! Jobs with the same order key: one at a time, in order of their ids.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use queue::{Settings, State};

use crate::jobs::Letter;
use crate::support::{World, frozen, on_each_database, settings};

on_each_database! {
    crate::support::frozen();
    a_later_job_waits_for_the_attempts_of_an_earlier_one,
    a_failed_job_does_not_hold_up_the_next,
    a_cancelled_or_discarded_job_lets_the_next_one_go,
    another_key_is_not_held_up,
    many_held_jobs_hide_nobody,
}

fn letter(to: &str, number: i32, fails: i32) -> Letter {
    Letter { to: to.to_owned(), number, fails }
}

async fn a_later_job_waits_for_the_attempts_of_an_earlier_one(world: &World) {
    world.enqueue(letter("sari", 1, 2)).await;
    let second = world.enqueue(letter("sari", 2, 0)).await;
    assert_eq!(world.run_due().await, 1);
    world.advance(17);
    assert_eq!(world.run_due().await, 1);
    assert_eq!(world.state(second).await, State::Waiting);
    world.advance(60);
    assert_eq!(world.run_due().await, 2);
    assert_eq!(world.log(), ["sari 1 begins", "sari 1 ends", "sari 2 begins", "sari 2 ends"]);
    world.assert_counts_are_right().await;
}

async fn a_failed_job_does_not_hold_up_the_next(world: &World) {
    let first = world.enqueue(letter("sari", 1, 99)).await;
    world.enqueue(letter("sari", 2, 0)).await;
    for _ in 0..3 {
        world.run_due().await;
        world.advance(3600);
    }
    assert_eq!(world.state(first).await, State::Failed);
    assert_eq!(world.log(), ["sari 2 begins", "sari 2 ends"]);
}

async fn a_cancelled_or_discarded_job_lets_the_next_one_go(world: &World) {
    let first = world.enqueue(letter("sari", 1, 99)).await;
    let second = world.enqueue(letter("sari", 2, 99)).await;
    world.enqueue(letter("sari", 3, 0)).await;
    world.run_due().await;
    let mut tx = world.db.begin().await.unwrap();
    assert!(queue::cancel(&mut tx, first).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(world.run_due().await, 1);
    let mut tx = world.db.begin().await.unwrap();
    assert!(queue::discard(&mut tx, second).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(world.run_due().await, 1);
    assert_eq!(world.log(), ["sari 3 begins", "sari 3 ends"]);
}

async fn another_key_is_not_held_up(world: &World) {
    world.enqueue(letter("sari", 1, 1)).await;
    world.enqueue(letter("sari", 2, 0)).await;
    world.enqueue(letter("budi", 1, 0)).await;
    world.run_due().await;
    assert_eq!(world.log(), ["budi 1 begins", "budi 1 ends"]);
}

/// More than one claim sets aside at once.
async fn many_held_jobs_hide_nobody(world: &World) {
    let mut tx = world.db.begin().await.unwrap();
    for number in 0..5000 {
        let fails = i32::from(number == 0);
        queue::Job::enqueue(&letter("sari", number, fails), &mut tx).await.unwrap();
    }
    let last = queue::Job::enqueue(&letter("budi", 1, 0), &mut tx).await.unwrap().id();
    tx.commit().await.unwrap();
    let workers = world.start(Settings { poll: Duration::from_secs(60), ..settings("a") });
    world.wait_for_state(last, State::Done).await;
    assert_eq!(world.log(), ["budi 1 begins", "budi 1 ends"]);
    workers.stop(Duration::from_secs(5)).await;
}

/// Letters to some people, some of which fail at first.
fn post() -> impl Strategy<Value = Vec<(usize, i32)>> {
    prop::collection::vec((0..3_usize, prop_oneof![4 => Just(0), 1 => 1..3, 1 => Just(99)]), 1..25)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_key_is_ever_out_of_order(post in post()) {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(deliver(post));
    }
}

async fn deliver(post: Vec<(usize, i32)>) {
    const PEOPLE: [&str; 3] = ["ani", "budi", "sari"];
    let world = World::sqlite(frozen()).await;
    // Leases that outlast the jumps of the clock: nothing is to run twice.
    let long = |node| Settings { lease: Duration::from_secs(1_000_000_000), ..settings(node) };
    let a = world.start(long("a"));
    let b = world.start(long("b"));
    let mut ids = Vec::new();
    for (number, (to, fails)) in (0..).zip(&post) {
        ids.push(world.enqueue(letter(PEOPLE[*to], number, *fails)).await);
    }
    let ended = async || {
        // Everybody's next attempt comes at once.
        world.advance(3600);
        let mut ended = true;
        for id in &ids {
            ended &= !world.state(*id).await.is_live();
        }
        ended
    };
    world.wait_until("all have ended", ended).await;
    a.stop(Duration::from_secs(5)).await;
    b.stop(Duration::from_secs(5)).await;

    let mut by_person: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in world.log() {
        let (to, what) = line.split_once(' ').unwrap();
        by_person.entry(to.to_owned()).or_default().push(what.to_owned());
    }
    for (to, name) in PEOPLE.iter().enumerate() {
        let expected: Vec<_> = (0..)
            .zip(&post)
            .filter(|(_, (whom, fails))| *whom == to && *fails < 3)
            .flat_map(|(number, _): (i32, _)| {
                [format!("{number} begins"), format!("{number} ends")]
            })
            .collect();
        assert_eq!(by_person.get(*name).cloned().unwrap_or_default(), expected, "for {name}");
    }
    world.assert_counts_are_right().await;
}
