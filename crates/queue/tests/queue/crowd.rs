//! Many at once: what a few jobs do not bring to light.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use db::Crowd;
use queue::{Enqueued, Job, Settings, State};

use crate::jobs::{Act, Letter, Play, Pressing};
use crate::support::{World, frozen, on_each_database, settings};

on_each_database! {
    db::Clock::system();
    two_hundred_enqueues_of_one_key_make_one_job,
    a_thousand_reports_of_twenty_events_stay_in_order,
}

/// Fifty times, each in a transaction of its own.
async fn two_hundred_enqueues_of_one_key_make_one_job(world: &World) {
    for round in 0..50 {
        let job = Arc::new(Play {
            unique: Some(format!("key {round}")),
            ..Play::new("one", Act::Succeed)
        });
        let mut crowd = tokio::task::JoinSet::new();
        for _ in 0..200 {
            let (db, job) = (world.db.clone(), Arc::clone(&job));
            crowd.spawn(async move {
                let mut tx = db.begin().await.unwrap();
                let enqueued = job.enqueue(&mut tx).await.unwrap();
                tx.commit().await.unwrap();
                enqueued
            });
        }
        let all = crowd.join_all().await;
        assert_eq!(all.iter().filter(|enqueued| enqueued.is_new()).count(), 1, "round {round}");
        let first = all[0].id();
        assert!(all.iter().all(|enqueued: &Enqueued| enqueued.id() == first), "round {round}");
    }
    world.assert_counts_are_right().await;
}

/// Eight places on two nodes; the events of all reports come mixed.
async fn a_thousand_reports_of_twenty_events_stay_in_order(world: &World) {
    const REPORTS: i32 = 1000;
    const EVENTS: i32 = 20;
    let four = |node| Settings { queues: vec![("mail".to_owned(), 4)], ..settings(node) };
    let four = |node| Settings { lease: Duration::from_secs(60), ..four(node) };
    let (a, b) = (world.start(four("a")), world.start(four("b")));
    for number in 0..EVENTS {
        let mut tx = world.db.begin().await.unwrap();
        for report in 0..REPORTS {
            let letter = Letter { to: report.to_string(), number, fails: 0 };
            letter.enqueue(&mut tx).await.unwrap();
        }
        tx.commit().await.unwrap();
    }
    let lines = (2 * REPORTS * EVENTS) as usize;
    for _ in 0..6000 {
        if world.app.lines() >= lines {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    a.stop(Duration::from_secs(10)).await;
    b.stop(Duration::from_secs(10)).await;

    let mut by_report: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in world.log() {
        let (to, what) = line.split_once(' ').unwrap();
        by_report.entry(to.to_owned()).or_default().push(what.to_owned());
    }
    assert_eq!(by_report.len(), REPORTS as usize);
    let expected: Vec<_> = (0..EVENTS)
        .flat_map(|number| [format!("{number} begins"), format!("{number} ends")])
        .collect();
    for (report, lines) in by_report {
        assert_eq!(lines, expected, "the events of report {report}");
    }
}

/// On SQLite all who write stand in one line.
#[tokio::test]
async fn an_urgent_job_that_is_late_does_not_wait_for_other_background_work() {
    let Some(world) = World::postgres(frozen()).await else { return };
    // All connections that such work may hold.
    let mut held = Vec::new();
    let begin = || db::in_background(Crowd::Many, world.db.begin());
    while let Ok(tx) = tokio::time::timeout(Duration::from_millis(200), begin()).await {
        held.push(tx.unwrap());
    }
    let urgent = |label: &str| Pressing { label: label.to_owned() };
    let in_time = world.enqueue(urgent("in time")).await;
    let late = world.enqueue_in(-1, urgent("late")).await;
    let patient = world.enqueue_in(-1, Play::new("patient", Act::Finish)).await;
    let workers = world.start(settings("a"));

    world.wait_for_state(late, State::Done).await;
    world.wait_for_state(patient, State::Running).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(world.effects().await, ["late"]);
    assert_eq!(world.state(in_time).await, State::Running);
    drop(held);
    world.wait_for_state(in_time, State::Done).await;
    world.wait_for_state(patient, State::Done).await;
    workers.stop(Duration::from_secs(1)).await;
}
