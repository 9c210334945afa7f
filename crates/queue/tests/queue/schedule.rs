//! Recurring jobs: one per tick, however many nodes run and however the clock moves.

use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use queue::{Filter, Registry, State};

use crate::jobs::{Play, note};
use crate::support::{App, World, on_each_database, settings};

on_each_database! {
    crate::support::frozen();
    a_tick_comes_at_its_time_and_not_before,
    ticks_missed_while_nothing_ran_are_made_up_for_once,
    a_clock_that_was_ahead_repeats_no_tick_and_skips_none_for_long,
    several_nodes_make_one_job_per_tick,
    a_schedule_can_be_switched_off,
    a_changed_expression_counts_from_now,
}

/// Twenty past every hour in Jakarta (that is, also elsewhere).
fn hourly() -> Registry<App> {
    every("20 * * * *")
}

fn every(cron: &'static str) -> Registry<App> {
    let jakarta = TimeZone::get("Asia/Jakarta").unwrap();
    Registry::new().job::<Play>().schedule("hourly", cron, jakarta, || note("tick"))
}

async fn run_due(world: &World) -> usize {
    queue::run_due(&world.db, &world.app, &hourly()).await.unwrap()
}

async fn a_tick_comes_at_its_time_and_not_before(world: &World) {
    // It is eight o'clock sharp.
    assert_eq!(run_due(world).await, 0);
    world.advance(20 * 60 - 1);
    assert_eq!(run_due(world).await, 0);
    world.advance(1);
    assert_eq!(run_due(world).await, 1);
    assert_eq!(run_due(world).await, 0);
    world.advance(3600);
    assert_eq!(run_due(world).await, 1);

    let schedule = queue::schedules(&world.db).await.unwrap().remove(0);
    assert_eq!(schedule.last_at, Some("2026-11-23T09:20:00Z".parse().unwrap()));
    assert_eq!(schedule.next_at, "2026-11-23T10:20:00Z".parse().unwrap());
    assert_eq!(world.state(schedule.last_job.unwrap()).await, State::Done);
}

async fn ticks_missed_while_nothing_ran_are_made_up_for_once(world: &World) {
    run_due(world).await;
    world.advance(100 * 3600);
    assert_eq!(run_due(world).await, 1);
    world.advance(3600);
    assert_eq!(run_due(world).await, 1);
}

async fn a_clock_that_was_ahead_repeats_no_tick_and_skips_none_for_long(world: &World) {
    run_due(world).await;
    world.advance(20 * 60);
    assert_eq!(run_due(world).await, 1);
    // A year ahead, for a moment: 9.20 is taken.
    let before = world.clock.now();
    world.advance(365 * 24 * 3600);
    assert_eq!(run_due(world).await, 1);
    world.clock.set(before);
    assert_eq!(run_due(world).await, 0);
    world.advance(3600);
    assert_eq!(run_due(world).await, 0, "9.20 was taken already");
    world.advance(3600);
    assert_eq!(run_due(world).await, 1, "but 10.20 comes");
}

async fn several_nodes_make_one_job_per_tick(world: &World) {
    let nodes: Vec<_> = ["a", "b", "c", "d"]
        .map(|node| {
            queue::start(world.db.clone(), Arc::clone(&world.app), hourly(), settings(node))
        })
        .into();
    let is_known = async || !queue::schedules(&world.db).await.unwrap().is_empty();
    world.wait_until("the schedule is known", is_known).await;
    for tick in 1..=5 {
        world.advance(3600);
        world.wait_until("the tick's job ran", async || world.log().len() == tick).await;
        tokio::time::sleep(Duration::from_millis(60)).await;
        assert_eq!(world.log().len(), tick);
    }
    for node in nodes {
        node.stop(Duration::from_secs(1)).await;
    }
    world.assert_counts_are_right().await;
}

/// On SQLite the second one waits for the first to begin with.
#[tokio::test]
async fn who_starts_while_a_tick_is_taken_does_not_take_it_again() {
    let Some(world) = World::postgres(crate::support::frozen()).await else { return };
    let mut open = world.db.begin().await.unwrap();
    let [tick, following] = ["2026-11-23T08:20:00Z", "2026-11-23T09:20:00Z"]
        .map(|time| time.parse::<jiff::Timestamp>().unwrap());
    db::query(
        "INSERT INTO queue_schedule (name, job, cron, timezone, enabled, last_at, next_at)
         VALUES ('hourly', 'Play', '20 * * * *', 'Asia/Jakarta', TRUE, $1, $2)",
    )
    .bind(tick)
    .bind(following)
    .run(&mut open)
    .await
    .unwrap();
    let (db, app) = (world.db.clone(), Arc::clone(&world.app));
    let starting = tokio::spawn(async move { queue::run_due(&db, &app, &hourly()).await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!starting.is_finished(), "it waits for the other");
    open.commit().await.unwrap();
    starting.await.unwrap().unwrap();
    assert_eq!(queue::schedules(&world.db).await.unwrap()[0].next_at, following);
}

async fn a_schedule_can_be_switched_off(world: &World) {
    run_due(world).await;
    switch(world, false).await;
    world.advance(5 * 3600);
    assert_eq!(run_due(world).await, 0);
    switch(world, true).await;
    assert_eq!(run_due(world).await, 1);
}

async fn switch(world: &World, enabled: bool) {
    let mut tx = world.db.begin().await.unwrap();
    assert!(queue::set_schedule_enabled(&mut tx, "hourly", enabled).await.unwrap());
    assert!(!queue::set_schedule_enabled(&mut tx, "unheard of", enabled).await.unwrap());
    tx.commit().await.unwrap();
}

async fn a_changed_expression_counts_from_now(world: &World) {
    run_due(world).await;
    world.advance(19 * 60);
    let changed = every("10 * * * *");
    queue::run_due(&world.db, &world.app, &changed).await.unwrap();
    world.advance(2 * 60);
    assert_eq!(queue::run_due(&world.db, &world.app, &changed).await.unwrap(), 0);
    world.advance(49 * 60);
    assert_eq!(queue::run_due(&world.db, &world.app, &changed).await.unwrap(), 1);
}

mod on_the_machines_clock {
    use super::*;

    on_each_database! {
        db::Clock::system();
        a_tick_is_at_most_a_second_late,
    }

    async fn a_tick_is_at_most_a_second_late(world: &World) {
        let registry = every("* * * * * *");
        // Nobody looks by the way.
        let slow = queue::Settings { poll: Duration::from_hours(1), ..settings("a") };
        let workers = queue::start(world.db.clone(), Arc::clone(&world.app), registry, slow);
        let passed = async || world.log().len() >= 3;
        world.wait_until("two seconds have passed", passed).await;
        workers.stop(Duration::from_secs(1)).await;

        let jobs = queue::list(&world.db, &Filter::default(), 10).await.unwrap();
        let made: Vec<_> = jobs.iter().map(|job| job.created_at.as_millisecond()).collect();
        let mut seconds: Vec<_> = made.iter().map(|made| made.div_euclid(1000)).collect();
        seconds.dedup();
        assert_eq!(seconds.len(), made.len(), "one in each second");
        // A tick is at a whole second.
        assert!(made.iter().all(|made| made.rem_euclid(1000) < 900), "{made:?}");
    }
}
