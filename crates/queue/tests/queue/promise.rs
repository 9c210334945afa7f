//! Each sentence of the promise in `job.rs`.

use std::time::Duration;

use jiff::SignedDuration;
use queue::{Enqueued, Failure, Filter, Job, JobResult, Outcome, Registry, Run, Settings, State};
use serde::{Deserialize, Serialize};

use crate::jobs::{Act, Finish, Finisher, Impatient, Play, note};
use crate::support::{App, World, on_each_database, settings};

on_each_database! {
    crate::support::frozen();
    a_job_exists_if_and_only_if_its_transaction_committed,
    effects_in_the_finishing_transaction_happen_exactly_once,
    a_failing_job_waits_longer_each_time_and_then_is_failed,
    a_panic_and_a_timeout_count_as_attempts,
    a_scheduled_job_is_never_early,
    no_job_has_started_before_it_was_due,
    a_time_between_two_milliseconds_is_not_cut_short,
    a_job_that_gives_up_is_failed_at_once,
    a_failure_may_set_its_own_wait,
    a_snooze_does_not_count_as_an_attempt,
    what_is_put_off_says_why_and_uses_up_no_attempt,
    a_job_may_cancel_itself,
    one_live_job_per_unique_key_however_many_are_enqueued_at_once,
    a_unique_key_is_free_again_once_its_job_ended,
    what_is_withdrawn_never_was,
    smaller_priorities_and_earlier_times_go_first,
    errors_have_a_code_that_tells_the_database_from_the_rest,
    what_a_job_enqueues_names_it_as_its_cause,
    what_ended_long_ago_is_pruned,
}

async fn a_job_exists_if_and_only_if_its_transaction_committed(world: &World) {
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

async fn effects_in_the_finishing_transaction_happen_exactly_once(world: &World) {
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

async fn a_failing_job_waits_longer_each_time_and_then_is_failed(world: &World) {
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
    assert_eq!(world.attempts(id).await.len(), 3);
    world.advance(100_000);
    assert_eq!(world.run_due().await, 0);
    world.assert_counts_are_right().await;
}

async fn a_panic_and_a_timeout_count_as_attempts(world: &World) {
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

async fn a_scheduled_job_is_never_early(world: &World) {
    let id = world.enqueue_in(60, note("in a minute")).await;
    assert_eq!(world.state(id).await, State::Scheduled);

    world.clock.advance(SignedDuration::from_millis(59_999));
    assert_eq!(world.run_due().await, 0);
    world.clock.advance(SignedDuration::from_millis(1));
    assert_eq!(world.run_due().await, 1);

    assert_eq!(world.state(id).await, State::Done);
    world.assert_counts_are_right().await;
}

async fn no_job_has_started_before_it_was_due(world: &World) {
    let id = world.enqueue(note("now")).await;
    // As where the claim began before the job was there, or another node's clock is behind.
    world.clock.advance(SignedDuration::from_secs(-1));
    assert_eq!(world.run_due().await, 1);
    let job = world.job(id).await;
    assert_eq!(job.started_at, Some(job.due_at));
}

async fn a_time_between_two_milliseconds_is_not_cut_short(world: &World) {
    let mut tx = world.db.begin().await.unwrap();
    let due = tx.now() + SignedDuration::from_micros(1);
    let id = note("soon").enqueue_at(&mut tx, due).await.unwrap().id();
    tx.commit().await.unwrap();

    assert_eq!(world.run_due().await, 0);
    assert!(world.job(id).await.due_at >= due);
}

async fn a_job_that_gives_up_is_failed_at_once(world: &World) {
    let id = world.enqueue(Play::new("pointless", Act::FailForGood)).await;
    assert_eq!(world.run_due().await, 1);
    let job = world.job(id).await;
    assert_eq!((job.state, job.attempt), (State::Failed, 1));
    assert_eq!(job.error_code.as_deref(), Some("pointless"));
    assert_eq!(job.error_detail.as_deref(), Some("there is no such address"));
}

async fn a_failure_may_set_its_own_wait(world: &World) {
    let id = world.enqueue(Play::new("greylisted", Act::FailAfter(300))).await;
    world.run_due().await;
    let due = world.job(id).await.due_at;
    assert_eq!(due, world.clock.now() + SignedDuration::from_secs(300));
}

async fn a_snooze_does_not_count_as_an_attempt(world: &World) {
    let id = world.enqueue(Play::new("not now", Act::Snooze(60_000))).await;
    assert_eq!(world.run_due().await, 1);
    let job = world.job(id).await;
    assert_eq!((job.state, job.attempt), (State::Scheduled, 0));
    world.assert_counts_are_right().await;

    world.advance(59);
    assert_eq!(world.run_due().await, 0);
    world.advance(1);
    assert_eq!(world.run_due().await, 1);
    let job = world.job(id).await;
    assert_eq!((job.state, job.attempt), (State::Done, 1));
}

async fn what_is_put_off_says_why_and_uses_up_no_attempt(world: &World) {
    let id = world.enqueue(Play::new("away", Act::Delay(60))).await;
    for _ in 0..20 {
        assert_eq!(world.run_due().await, 1);
        let job = world.job(id).await;
        assert_eq!((job.state, job.attempt), (State::Retrying, 0));
        assert_eq!(job.error_code.as_deref(), Some("away"));
        world.assert_counts_are_right().await;
        world.advance(53);
        assert_eq!(world.run_due().await, 0, "a tenth less at most");
        world.advance(14);
    }
    assert_eq!(world.run_due().await, 1);
    let job = world.job(id).await;
    assert_eq!((job.state, job.attempt, job.error_code), (State::Done, 1, None));
}

async fn a_job_may_cancel_itself(world: &World) {
    let id = world.enqueue(Play::new("cancels", Act::Cancel)).await;
    world.run_due().await;
    let job = world.job(id).await;
    assert_eq!(job.state, State::Cancelled);
    assert_eq!(job.error_detail.as_deref(), Some("nobody wants it any more"));
}

fn unique(label: &str) -> Play {
    Play { unique: Some("only one".to_owned()), ..note(label) }
}

async fn one_live_job_per_unique_key_however_many_are_enqueued_at_once(world: &World) {
    let mut enqueues = tokio::task::JoinSet::new();
    for number in 0..64 {
        let db = world.db.clone();
        enqueues.spawn(async move {
            let mut tx = db.begin().await.unwrap();
            let enqueued = unique(&number.to_string()).enqueue(&mut tx).await.unwrap();
            tx.commit().await.unwrap();
            enqueued
        });
    }
    let enqueued: Vec<Enqueued> = enqueues.join_all().await;

    assert_eq!(enqueued.iter().filter(|enqueued| enqueued.is_new()).count(), 1);
    let mut ids: Vec<_> = enqueued.iter().map(|enqueued| enqueued.id()).collect();
    ids.dedup();
    assert_eq!(ids.len(), 1, "all were told of the same job");
    assert_eq!(world.run_due().await, 1);
    world.assert_counts_are_right().await;
}

async fn a_unique_key_is_free_again_once_its_job_ended(world: &World) {
    let first = world.enqueue(unique("first")).await;
    assert_eq!(world.try_enqueue(unique("second")).await, Enqueued::Existing(first));
    world.run_due().await;
    assert!(world.try_enqueue(unique("third")).await.is_new());
    world.run_due().await;
    assert_eq!(world.log(), ["first", "third"]);
}

async fn what_is_withdrawn_never_was(world: &World) {
    world.enqueue_in(10, unique("withdrawn")).await;
    let mut tx = world.db.begin().await.unwrap();
    unique("whatever its other arguments").withdraw(&mut tx).await.unwrap();
    unique("there is none any more").withdraw(&mut tx).await.unwrap();
    note("what has no key is never withdrawn").withdraw(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    world.advance(10);
    assert_eq!(world.run_due().await, 0);
    assert!(world.try_enqueue(unique("another")).await.is_new());
    world.assert_counts_are_right().await;
}

async fn smaller_priorities_and_earlier_times_go_first(world: &World) {
    world.enqueue_in(20, note("later")).await;
    world.enqueue_in(10, note("sooner")).await;
    world.enqueue_in(30, Urgent).await;
    world.advance(30);
    queue::run_due(&world.db, &world.app, &with_urgent()).await.unwrap();
    assert_eq!(world.log(), ["urgent", "sooner", "later"]);
}

fn with_urgent() -> Registry<App> {
    crate::jobs::registry().job::<Urgent>()
}

/// Before all others.
#[derive(Serialize, Deserialize)]
pub struct Urgent;

impl Job for Urgent {
    type App = App;
    const NAME: &'static str = "Urgent";
    const PRIORITY: i32 = -10;

    async fn run(&self, app: &App, _run: &mut Run) -> JobResult {
        app.note("urgent");
        Ok(Outcome::Done)
    }
}

async fn errors_have_a_code_that_tells_the_database_from_the_rest(_world: &World) {
    let failure = Failure::from(anyhow::anyhow!("boom").context("while testing"));
    assert_eq!((failure.code(), failure.detail()), ("internal", "while testing: boom"));
    let failure = Failure::from(db::Error::Unavailable("disk full".to_owned()));
    assert_eq!(failure.code(), "database");
    let wrapped = anyhow::Error::from(db::Error::Unavailable("disk full".to_owned()));
    assert_eq!(Failure::from(wrapped.context("saving")).code(), "database");
    let finish = queue::FinishError::from(db::Error::Unavailable("disk full".to_owned()));
    assert_eq!(Failure::from(finish).code(), "database");
}

async fn what_a_job_enqueues_names_it_as_its_cause(world: &World) {
    let parent = world.enqueue(Play::new("parent", Act::Spawn("child".to_owned()))).await;
    assert_eq!(world.run_due().await, 2);
    let children = queue::caused(&world.db, parent, 10).await.unwrap();
    assert_eq!(children.len(), 1);
    assert_eq!(children[0].caused_by, Some(parent));
    assert_eq!(world.job(parent).await.caused_by, None);
}

async fn what_ended_long_ago_is_pruned(world: &World) {
    let done = world.enqueue(note("done")).await;
    let failed = world.enqueue(Play::new("failed", Act::FailForGood)).await;
    world.run_due().await;
    let settings = Settings { lease: Duration::from_millis(40), ..settings("a") };
    let workers = world.start(settings);

    world.advance(7 * 24 * 3600 + 1);
    let is_gone = async || queue::get(&world.db, None, done).await.unwrap().is_none();
    world.wait_until("the done job is gone", is_gone).await;
    let failed = world.job(failed).await;
    assert_eq!(failed.state, State::Failed);
    world.advance(60 * 24 * 3600);
    let none_left =
        async || queue::list(&world.db, &Filter::default(), 9).await.unwrap().is_empty();
    world.wait_until("the failed job is gone", none_left).await;
    assert!(queue::attempts(&world.db, &failed).await.unwrap().is_empty());
    workers.stop(Duration::ZERO).await;
    world.assert_counts_are_right().await;
}
