//! Workers in the background: on the machine's clock, and on one that is made to jump.

use std::time::Duration;

use queue::{Settings, State};

use crate::jobs::{Act, Finish, Finisher, Play, note};
use crate::support::{World, on_each_database, settings};

on_each_database! {
    db::Clock::system();
    workers_run_what_is_committed_and_leave_nothing_behind,
    a_panicking_job_harms_nobody_else,
    a_heartbeat_keeps_the_lease_of_a_long_job,
    a_heartbeat_does_not_take_what_has_just_ended_itself_for_lost,
    the_jobs_of_a_killed_process_are_rescued,
    a_successor_on_the_same_machine_does_not_wait_for_leases,
    whoever_stops_in_order_leaves_no_sign_of_life,
    the_living_are_not_taken_for_dead,
    the_dead_of_another_database_are_none_of_this,
    stopping_waits_for_what_runs,
    stopping_hands_back_what_does_not_end_in_time,
    dropped_workers_hand_back_too,
    a_running_job_can_be_cancelled,
    a_paused_queue_begins_nothing,
    a_scheduled_job_runs_within_a_second_of_its_time,
    no_more_jobs_run_at_once_than_there_are_places,
}

async fn workers_run_what_is_committed_and_leave_nothing_behind(world: &World) {
    let before = world.enqueue(note("before")).await;
    let workers = world.start(settings("a"));
    let after = world.enqueue(note("after")).await;

    world.wait_for_state(before, State::Done).await;
    world.wait_for_state(after, State::Done).await;
    assert_eq!(queue::workers(&world.db).await.unwrap().len(), 1);
    workers.stop(Duration::from_secs(1)).await;

    assert_eq!(queue::workers(&world.db).await.unwrap().len(), 0);
    world.assert_counts_are_right().await;
}

async fn a_panicking_job_harms_nobody_else(world: &World) {
    let workers = world.start(settings("a"));
    let panics = world.enqueue(Play::new("panics", Act::Panic)).await;
    let works = world.enqueue(note("works")).await;
    world.wait_for_state(works, State::Done).await;
    world.wait_for_state(panics, State::Retrying).await;
    workers.stop(Duration::from_secs(1)).await;
}

async fn a_heartbeat_keeps_the_lease_of_a_long_job(world: &World) {
    let id = world.enqueue(Play::new("long", Act::Gate)).await;
    let a = world.start(settings("a"));
    let b = world.start(settings("b"));
    world.wait_for_state(id, State::Running).await;
    tokio::time::sleep(3 * settings("a").lease).await;
    world.app.gate.add_permits(1);
    world.wait_for_state(id, State::Done).await;
    assert_eq!(world.log(), ["long", "long went through"]);
    a.stop(Duration::ZERO).await;
    b.stop(Duration::ZERO).await;
}

async fn a_heartbeat_does_not_take_what_has_just_ended_itself_for_lost(world: &World) {
    let lingers = Finisher { label: "lingers".to_owned(), finish: Finish::Linger };
    let id = world.enqueue(lingers).await;
    let workers = world.start(settings("a"));
    world.wait_for_state(id, State::Done).await;
    tokio::time::sleep(settings("a").lease).await;
    world.app.gate.add_permits(1);
    world.wait_until("it goes on", async || world.log() == ["lingers went on"]).await;
    workers.stop(Duration::ZERO).await;
}

async fn the_jobs_of_a_killed_process_are_rescued(world: &World) {
    let id = world.enqueue(Play::new("unlucky", Act::Gate)).await;
    let process = world.start_process(settings("a")).await;
    world.wait_for_state(id, State::Running).await;
    process.kill();

    world.app.gate.add_permits(1);
    let workers = world.start(settings("b"));
    world.wait_for_state(id, State::Done).await;
    workers.stop(Duration::ZERO).await;

    assert_eq!(world.job(id).await.attempt, 2, "the lost attempt counts");
    let attempts = world.attempts(id).await;
    assert_eq!(attempts.len(), 1);
    assert_eq!(attempts[0].error_code, "worker_lost");
    assert_eq!(attempts[0].node.as_deref(), Some("a"));
    world.assert_counts_are_right().await;
}

/// With leases that no test waits for, and signs of life in a folder that goes with the guard.
fn present(node: &str) -> (Settings, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let presence = Some(folder.path().join("workers"));
    (Settings { lease: Duration::from_hours(1), presence, ..settings(node) }, folder)
}

/// How many signs of life lie in the folder.
fn signs(settings: &Settings) -> usize {
    std::fs::read_dir(settings.presence.as_ref().unwrap()).map_or(0, Iterator::count)
}

async fn a_successor_on_the_same_machine_does_not_wait_for_leases(world: &World) {
    let (settings, _folder) = present("a");
    let id = world.enqueue(Play::new("unlucky", Act::Gate)).await;
    let process = world.start_process(settings.clone()).await;
    world.wait_for_state(id, State::Running).await;
    process.kill();

    world.app.gate.add_permits(1);
    let workers = world.start(settings.clone());
    world.wait_for_state(id, State::Done).await;
    assert_eq!(queue::workers(&world.db).await.unwrap().len(), 1, "the dead one is forgotten");
    workers.stop(Duration::ZERO).await;

    assert_eq!(world.job(id).await.attempt, 2, "the lost attempt counts");
    assert_eq!(world.attempts(id).await[0].error_code, "worker_lost");
    assert_eq!(signs(&settings), 0);
    world.assert_counts_are_right().await;
}

async fn whoever_stops_in_order_leaves_no_sign_of_life(world: &World) {
    let (settings, _folder) = present("a");
    let workers = world.start(settings.clone());
    world.wait_until("it shows itself", async || signs(&settings) == 1).await;
    workers.stop(Duration::ZERO).await;
    assert_eq!(signs(&settings), 0);
}

async fn the_living_are_not_taken_for_dead(world: &World) {
    let (patient, _folder) = present("a");
    let settings = Settings { lease: settings("a").lease, ..patient };
    let id = world.enqueue(Play::new("long", Act::Gate)).await;
    let a = world.start(settings.clone());
    world.wait_for_state(id, State::Running).await;
    let b = world.start(settings.clone());
    // For some heartbeats.
    tokio::time::sleep(2 * settings.lease).await;
    assert_eq!(signs(&settings), 2);
    assert_eq!((world.state(id).await, world.job(id).await.attempt), (State::Running, 1));
    world.app.gate.add_permits(1);
    world.wait_for_state(id, State::Done).await;
    a.stop(Duration::ZERO).await;
    b.stop(Duration::ZERO).await;
}

async fn the_dead_of_another_database_are_none_of_this(world: &World) {
    let (patient, _folder) = present("a");
    let settings = Settings { lease: settings("a").lease, ..patient };
    let id = world.enqueue(Play::new("long", Act::Gate)).await;
    let a = world.start(Settings { presence: None, ..settings.clone() });
    world.wait_for_state(id, State::Running).await;
    let worker = queue::workers(&world.db).await.unwrap()[0].id;
    let folder = settings.presence.clone().unwrap();
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join(format!("{worker}-1767225600000")), "").unwrap();
    let b = world.start(settings.clone());
    world.wait_until("it is cleared away", async || signs(&settings) == 1).await;
    tokio::time::sleep(settings.lease).await;
    assert_eq!((world.state(id).await, world.job(id).await.attempt), (State::Running, 1));
    world.app.gate.add_permits(1);
    world.wait_for_state(id, State::Done).await;
    a.stop(Duration::ZERO).await;
    b.stop(Duration::ZERO).await;
}

async fn stopping_waits_for_what_runs(world: &World) {
    let id = world.enqueue(Play::new("slow", Act::Gate)).await;
    let workers = world.start(settings("a"));
    world.wait_for_state(id, State::Running).await;
    let stopping = tokio::spawn(workers.stop(Duration::from_secs(20)));
    let late = world.enqueue(note("late")).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!stopping.is_finished());
    world.app.gate.add_permits(1);
    stopping.await.unwrap();
    assert_eq!(world.state(id).await, State::Done);
    assert_eq!(world.state(late).await, State::Waiting, "nothing new was begun");
}

async fn stopping_hands_back_what_does_not_end_in_time(world: &World) {
    let id = world.enqueue(Play::new("endless", Act::Hang)).await;
    let workers = world.start(settings("a"));
    world.wait_for_state(id, State::Running).await;
    let begun = std::time::Instant::now();
    workers.stop(Duration::from_millis(100)).await;
    assert!(begun.elapsed() < Duration::from_millis(2100), "{:?}", begun.elapsed());
    let job = world.job(id).await;
    assert_eq!((job.state, job.attempt), (State::Waiting, 0));
    assert!(world.attempts(id).await.is_empty());
    world.assert_counts_are_right().await;
}

async fn dropped_workers_hand_back_too(world: &World) {
    let id = world.enqueue(Play::new("endless", Act::Hang)).await;
    let workers = world.start(settings("a"));
    world.wait_for_state(id, State::Running).await;
    drop(workers);
    world.wait_for_state(id, State::Waiting).await;
}

async fn a_running_job_can_be_cancelled(world: &World) {
    let id = world.enqueue(Play::new("endless", Act::Hang)).await;
    let workers = world.start(settings("a"));
    world.wait_for_state(id, State::Running).await;
    let mut tx = world.db.begin().await.unwrap();
    assert!(queue::cancel(&mut tx, id).await.unwrap());
    tx.commit().await.unwrap();
    // It was dropped, or else this would take the whole grace.
    let begun = std::time::Instant::now();
    workers.stop(Duration::from_secs(20)).await;
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    assert_eq!(world.state(id).await, State::Cancelled);
    world.assert_counts_are_right().await;
}

async fn a_paused_queue_begins_nothing(world: &World) {
    let mut tx = world.db.begin().await.unwrap();
    queue::pause(&mut tx, "default").await.unwrap();
    tx.commit().await.unwrap();
    let workers = world.start(settings("a"));
    let id = world.enqueue(note("held")).await;
    assert_eq!(world.run_due().await, 0);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(world.state(id).await, State::Waiting);

    let mut tx = world.db.begin().await.unwrap();
    queue::resume(&mut tx, "default").await.unwrap();
    tx.commit().await.unwrap();
    world.wait_for_state(id, State::Done).await;
    workers.stop(Duration::ZERO).await;
}

async fn a_scheduled_job_runs_within_a_second_of_its_time(world: &World) {
    // Nobody looks by the way.
    let workers = world.start(Settings { poll: Duration::from_hours(1), ..settings("a") });
    let mut ids = Vec::new();
    for milliseconds in [150, 400, 1300] {
        let mut tx = world.db.begin().await.unwrap();
        let due = tx.now() + jiff::SignedDuration::from_millis(milliseconds);
        ids.push(queue::Job::enqueue_at(&note("timed"), &mut tx, due).await.unwrap().id());
        tx.commit().await.unwrap();
    }
    for id in ids {
        world.wait_for_state(id, State::Done).await;
        let job = world.job(id).await;
        let late = job.started_at.unwrap().duration_since(job.due_at);
        assert!(late.as_millis() < 1000, "late by {late:#}");
    }
    workers.stop(Duration::ZERO).await;
}

async fn no_more_jobs_run_at_once_than_there_are_places(world: &World) {
    let workers = world.start(settings("a"));
    for number in 0..9 {
        world.enqueue(Play::new(number.to_string(), Act::Gate)).await;
    }
    world.wait_until("four are running", async || world.log().len() == 4).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(world.log().len(), 4);
    world.app.gate.add_permits(9);
    let done = async || world.log().len() == 18;
    world.wait_until("all went through", done).await;
    workers.stop(Duration::from_secs(1)).await;
    world.assert_counts_are_right().await;
}

mod on_a_clock_that_jumps {
    use super::*;

    on_each_database! {
        crate::support::frozen();
        only_the_holder_of_the_current_lease_may_finish,
        whoever_slept_together_takes_nothing_from_each_other,
        a_job_that_kills_its_process_is_failed_after_its_attempts,
    }

    async fn whoever_slept_together_takes_nothing_from_each_other(world: &World) {
        let id = world.enqueue(Play::new("long", Act::Gate)).await;
        let a = world.start(settings("a"));
        world.wait_for_state(id, State::Running).await;
        let b = world.start(settings("b"));
        for _ in 0..5 {
            // Some heartbeats of both, either of which may be the first one after the jump.
            tokio::time::sleep(settings("a").lease).await;
            world.advance(3600);
        }
        tokio::time::sleep(settings("a").lease).await;
        assert_eq!((world.state(id).await, world.job(id).await.attempt), (State::Running, 1));
        world.app.gate.add_permits(1);
        world.wait_for_state(id, State::Done).await;
        a.stop(Duration::ZERO).await;
        b.stop(Duration::ZERO).await;
    }

    /// The first worker is cut off for longer than its lease, but lives on.
    async fn only_the_holder_of_the_current_lease_may_finish(world: &World) {
        // So that the first one has no place left for what is taken from it.
        let three_places =
            |node| Settings { queues: vec![("default".to_owned(), 3)], ..settings(node) };
        // Long enough that it does not beat again while this test runs.
        let long = Settings { lease: Duration::from_secs(600), ..three_places("a") };
        let finisher = Finisher { label: "effect".to_owned(), finish: Finish::Gate };
        let finishes = world.enqueue(finisher).await;
        let reports = world.enqueue(Play::new("reports", Act::Gate)).await;
        let fails = world.enqueue(Play::new("fails", Act::GateThenFail)).await;
        let all = [finishes, reports, fails];
        let a = world.start_process(long).await;
        for id in all {
            world.wait_for_state(id, State::Running).await;
        }

        let b = world.start(three_places("b"));
        for _ in 0..20 {
            // Again and again: the first heartbeat of a may still have been under way.
            // Then some heartbeats of b, which believes no clock that has just jumped.
            world.advance(601);
            tokio::time::sleep(settings("b").lease).await;
        }
        for id in all {
            world.wait_until("b has it", async || world.job(id).await.attempt == 2).await;
        }
        a.app.gate.add_permits(3);
        world.wait_until("a is through", async || a.app.log().len() == 4).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        for id in all {
            assert_eq!(world.state(id).await, State::Running, "what a says is refused");
        }
        assert!(world.effects().await.is_empty());

        world.app.gate.add_permits(3);
        world.wait_for_state(finishes, State::Done).await;
        world.wait_for_state(reports, State::Done).await;
        world.wait_for_state(fails, State::Failed).await;
        assert_eq!(world.effects().await, ["effect"], "exactly once");
        b.stop(Duration::from_secs(1)).await;
        a.kill();
        world.assert_counts_are_right().await;
    }

    async fn a_job_that_kills_its_process_is_failed_after_its_attempts(world: &World) {
        let id = world.enqueue(Play::new("kills", Act::Hang)).await;
        for attempt in 1..=3 {
            let process = world.start_process(settings("a")).await;
            let runs = async || {
                let job = world.job(id).await;
                job.state == State::Running && job.attempt == attempt
            };
            world.wait_until("it runs", runs).await;
            process.kill();
            world.advance(3600);
            // One that rescues but runs nothing, so that the wait between attempts can pass.
            let keeper = world.start(Settings { queues: Vec::new(), ..settings("b") });
            let is_rescued = async || world.state(id).await != State::Running;
            world.wait_until("it is rescued", is_rescued).await;
            keeper.stop(Duration::ZERO).await;
            world.advance(3600);
        }
        assert_eq!(world.state(id).await, State::Failed);
        let job = world.job(id).await;
        assert_eq!(job.attempt, 3);
        assert_eq!(job.error_code.as_deref(), Some("worker_lost"));
        assert_eq!(world.attempts(id).await.len(), 3);
        world.assert_counts_are_right().await;
    }
}
