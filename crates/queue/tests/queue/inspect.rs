//! What a person sees of the queue, and does to it.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use proptest::prelude::*;
use queue::{Counts, Filter, Job, JobId, Minute, State, Word};

use crate::jobs::{Act, Letter, Play, note};
use crate::support::{World, frozen, on_each_database};

on_each_database! {
    crate::support::frozen();
    lists_are_filtered_and_paged_by_key,
    scheduled_jobs_alone_are_listed_by_their_time,
    counts_are_those_of_the_filter,
    an_ended_job_can_be_retried_with_all_its_attempts,
    a_job_is_not_retried_beside_its_live_twin,
    a_job_can_be_run_now_or_at_another_time,
    a_job_can_be_cancelled_or_discarded,
    queues_are_shown_with_their_oldest_job,
    changes_are_announced_to_whoever_looks_on,
    jobs_are_found_by_the_time_of_their_enqueue,
    each_minute_tells_what_was_done_and_how_long_it_had_waited,
}

async fn jobs_are_found_by_the_time_of_their_enqueue(world: &World) {
    let start = world.clock.now();
    let labelled = async |since, until| {
        let filter = Filter { since, until, ..Filter::default() };
        let counted = queue::counts(&world.db, &filter).await.unwrap().total();
        let found = labels(world, filter, 99).await;
        assert_eq!(counted, found.len() as i64);
        found
    };
    assert!(labelled(Some(start), None).await.is_empty());
    for label in ["a", "b", "c", "d", "e"] {
        world.enqueue(of(1, label, Act::Succeed)).await;
        world.advance(60);
    }
    let minute = |n: i64| Some(start + SignedDuration::from_mins(n));
    assert_eq!(labelled(None, None).await.len(), 5);
    assert_eq!(labelled(minute(3), None).await, ["e", "d"]);
    assert_eq!(labelled(None, minute(2)).await, ["b", "a"]);
    assert_eq!(labelled(minute(1), minute(4)).await, ["d", "c", "b"]);
    assert!(labelled(minute(9), None).await.is_empty());
    assert!(labelled(None, minute(0)).await.is_empty());
}

async fn each_minute_tells_what_was_done_and_how_long_it_had_waited(world: &World) {
    let start = world.clock.now();
    world.enqueue(of(1, "a", Act::Succeed)).await;
    world.advance(4);
    world.enqueue(of(2, "b", Act::Succeed)).await;
    world.run_due().await;
    world.advance(56);
    world.enqueue(of(1, "c", Act::FailForGood)).await;
    world.run_due().await;

    let pulse = async |scope| queue::pulse(&world.db, scope, start).await.unwrap();
    let minute = |n: i64, done, failed, waited| Minute {
        at: start + SignedDuration::from_mins(n),
        done,
        failed,
        waited,
        longest_wait: waited,
        ran: 0,
    };
    assert_eq!(pulse(None).await, [minute(0, 2, 0, 4000), minute(1, 0, 1, 0)]);
    assert_eq!(pulse(Some(1)).await, [minute(0, 1, 0, 4000), minute(1, 0, 1, 0)]);
    assert_eq!(pulse(Some(2)).await, [minute(0, 1, 0, 0)]);
    let later = start + SignedDuration::from_mins(1);
    assert_eq!(queue::pulse(&world.db, None, later).await.unwrap().len(), 1);
}

fn of(scope: i64, label: &str, act: Act) -> Play {
    Play { scope: Some(scope), ..Play::new(label, act) }
}

async fn labels(world: &World, filter: Filter, limit: usize) -> Vec<String> {
    let jobs = queue::list(&world.db, &filter, limit).await.unwrap();
    jobs.into_iter().map(|job| job.args["label"].as_str().unwrap_or("?").to_owned()).collect()
}

async fn some_jobs(world: &World) {
    world.enqueue(of(1, "one done", Act::Succeed)).await;
    world.enqueue(of(1, "one failed", Act::FailForGood)).await;
    world.enqueue(of(2, "two failed", Act::FailForGood)).await;
    world.enqueue(of(1, "one retrying", Act::FailTimes(9))).await;
    world.run_due().await;
    world.enqueue(of(1, "one waiting", Act::Succeed)).await;
    world.enqueue_in(60, of(2, "two scheduled", Act::Succeed)).await;
    world.enqueue(Letter { to: "sari".to_owned(), number: 1, fails: 0 }).await;
}

fn word(part: &str) -> Word {
    Word { part: part.to_owned(), ..Word::default() }
}

async fn lists_are_filtered_and_paged_by_key(world: &World) {
    some_jobs(world).await;
    let all = Filter::default;

    let one = Filter { scope: Some(1), ..all() };
    let expected = ["one waiting", "one retrying", "one failed", "one done"];
    assert_eq!(labels(world, one.clone(), 9).await, expected);
    let states = vec![State::Failed, State::Waiting];
    let two_states = Filter { states, ..one.clone() };
    assert_eq!(labels(world, two_states, 9).await, ["one waiting", "one failed"]);
    let done = Filter { states: vec![State::Done], ..all() };
    assert_eq!(labels(world, done, 9).await, ["one done"]);
    let mail = Filter { queue: Some("mail".to_owned()), ..all() };
    assert_eq!(labels(world, mail, 9).await, ["?"]);
    let plays = Filter { name: Some("Play".to_owned()), ..all() };
    assert_eq!(labels(world, plays, 9).await.len(), 6);
    let subject = Filter { subjects: vec!["play:two failed".to_owned()], ..all() };
    assert_eq!(labels(world, subject, 9).await, ["two failed"]);
    let text = Filter { words: vec![word("SUCH"), word("address")], ..all() };
    assert_eq!(labels(world, text, 9).await, ["two failed", "one failed"]);
    let literal = Filter { words: vec![word("100%_!")], ..all() };
    assert!(labels(world, literal, 9).await.is_empty());

    let first = queue::list(&world.db, &one, 2).await.unwrap();
    let next = Filter { after: Some(first[1].id), ..one };
    assert_eq!(labels(world, next, 2).await, ["one failed", "one done"]);
}

async fn scheduled_jobs_alone_are_listed_by_their_time(world: &World) {
    world.enqueue(of(1, "fails", Act::FailTimes(9))).await;
    world.run_due().await;
    for (scope, label, seconds) in [(1, "last", 90), (2, "next", 60), (1, "first", 30)] {
        world.enqueue_in(seconds, of(scope, label, Act::Succeed)).await;
    }
    let scheduled = Filter { states: vec![State::Scheduled], ..Filter::default() };
    assert_eq!(labels(world, scheduled.clone(), 9).await, ["first", "next", "last"]);
    let first = queue::list(&world.db, &scheduled, 1).await.unwrap();
    let after = Filter { after: Some(first[0].id), ..scheduled.clone() };
    assert_eq!(labels(world, after.clone(), 9).await, ["next", "last"]);
    let plays = Filter { name: Some("Play".to_owned()), ..after };
    assert_eq!(labels(world, plays, 9).await, ["next", "last"]);
    let one = Filter { scope: Some(1), ..scheduled };
    assert_eq!(labels(world, one.clone(), 9).await, ["first", "last"]);
    let after = Filter { after: Some(first[0].id), ..one };
    assert_eq!(labels(world, after, 9).await, ["last"]);
}

async fn counts_are_those_of_the_filter(world: &World) {
    some_jobs(world).await;
    let count = async |filter| queue::counts(&world.db, &filter).await.unwrap();
    let all =
        Counts { waiting: 2, scheduled: 1, retrying: 1, done: 1, failed: 2, ..Counts::default() };
    assert_eq!(count(Filter::default()).await, all);
    assert_eq!(all.total(), 7);
    let two = Counts { scheduled: 1, failed: 1, ..Counts::default() };
    assert_eq!(count(Filter { scope: Some(2), ..Filter::default() }).await, two);
    let mail = Counts { waiting: 1, ..Counts::default() };
    assert_eq!(count(Filter { queue: Some("mail".to_owned()), ..Filter::default() }).await, mail);
    let failed = Filter { states: vec![State::Failed], ..Filter::default() };
    assert_eq!(count(failed).await, Counts { failed: 2, ..Counts::default() });
    let subjects = vec!["play:two failed".to_owned(), "play:two scheduled".to_owned()];
    let named = Word { subjects, ..word("nothing else") };
    let text = Filter { words: vec![named], ..Filter::default() };
    assert_eq!(count(text).await, two);
    let mut tx = world.db.begin().await.unwrap();
    note("one more").enqueue(&mut tx).await.unwrap();
    assert_eq!(queue::counts(&mut tx, &Filter::default()).await.unwrap().waiting, 3);
}

async fn act(world: &World, act: impl AsyncFnOnce(&mut db::Tx) -> db::Result<bool>) -> bool {
    let mut tx = world.db.begin().await.unwrap();
    let was_done = act(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    was_done
}

async fn an_ended_job_can_be_retried_with_all_its_attempts(world: &World) {
    let id = world.enqueue(Play::new("fails", Act::FailTimes(99))).await;
    assert!(!act(world, async |tx| queue::retry(tx, id).await).await, "it is live");
    for _ in 0..3 {
        world.run_due().await;
        world.advance(3600);
    }
    assert_eq!(world.state(id).await, State::Failed);
    assert!(act(world, async |tx| queue::retry(tx, id).await).await);
    let job = world.job(id).await;
    assert_eq!((job.state, job.attempt, job.ended_at), (State::Waiting, 0, None));
    for _ in 0..3 {
        world.run_due().await;
        world.advance(3600);
    }
    assert_eq!(world.state(id).await, State::Failed);
    assert_eq!(world.attempts(id).await.len(), 6);
    assert!(!act(world, async |tx| queue::retry(tx, JobId(999)).await).await);
    world.assert_counts_are_right().await;
}

async fn a_job_is_not_retried_beside_its_live_twin(world: &World) {
    let unique = |act| Play { unique: Some("one".to_owned()), ..Play::new("twin", act) };
    let first = world.enqueue(unique(Act::FailForGood)).await;
    world.run_due().await;
    let second = world.enqueue(unique(Act::Succeed)).await;
    assert!(!act(world, async |tx| queue::retry(tx, first).await).await);
    world.run_due().await;
    assert_eq!(world.state(second).await, State::Done);
    assert!(act(world, async |tx| queue::retry(tx, first).await).await);
}

async fn a_job_can_be_run_now_or_at_another_time(world: &World) {
    let id = world.enqueue_in(3600, note("later")).await;
    let sooner = world.clock.now() + jiff::SignedDuration::from_secs(60);
    assert!(act(world, async |tx| queue::reschedule(tx, id, sooner).await).await);
    world.advance(60);
    assert_eq!(world.run_due().await, 1);
    assert!(!act(world, async |tx| queue::reschedule(tx, id, sooner).await).await, "it has ended");

    let id = world.enqueue_in(3600, note("now")).await;
    assert!(act(world, async |tx| queue::run_now(tx, id).await).await);
    assert_eq!(world.run_due().await, 1);
    let id = world.enqueue(Play::new("again", Act::FailTimes(1))).await;
    world.run_due().await;
    assert!(act(world, async |tx| queue::run_now(tx, id).await).await);
    assert_eq!(world.run_due().await, 1);
    assert_eq!(world.state(id).await, State::Done);
    world.assert_counts_are_right().await;
}

async fn a_job_can_be_cancelled_or_discarded(world: &World) {
    let cancelled = world.enqueue(note("cancelled")).await;
    let discarded = world.enqueue(note("discarded")).await;
    assert!(act(world, async |tx| queue::cancel(tx, cancelled).await).await);
    assert!(!act(world, async |tx| queue::cancel(tx, cancelled).await).await);
    assert!(act(world, async |tx| queue::discard(tx, discarded).await).await);
    assert!(!act(world, async |tx| queue::discard(tx, discarded).await).await);
    assert_eq!(world.run_due().await, 0);
    assert_eq!(world.state(cancelled).await, State::Cancelled);
    assert!(queue::get(&world.db, None, discarded).await.unwrap().is_none());
    world.assert_counts_are_right().await;
}

async fn queues_are_shown_with_their_oldest_job(world: &World) {
    let start = world.clock.now();
    world.enqueue(note("old")).await;
    world.advance(60);
    world.enqueue(note("new")).await;
    world.enqueue_in(60, Letter { to: "sari".to_owned(), number: 1, fails: 0 }).await;
    let mut tx = world.db.begin().await.unwrap();
    queue::pause(&mut tx, "mail").await.unwrap();
    queue::pause(&mut tx, "mail").await.unwrap();
    tx.commit().await.unwrap();

    let queues = queue::queues(&world.db).await.unwrap();
    let names: Vec<_> = queues.iter().map(|queue| queue.name.as_str()).collect();
    assert_eq!(names, ["default", "mail"]);
    assert_eq!((queues[0].paused, queues[0].counts.waiting), (None, 2));
    assert_eq!(queues[0].oldest_due, Some(start));
    assert_eq!((queues[1].paused, queues[1].counts.scheduled), (Some(world.clock.now()), 1));
    assert_eq!(queues[1].oldest_due, None);
}

async fn changes_are_announced_to_whoever_looks_on(world: &World) {
    let mut notices = world.db.notices();
    // On PostgreSQL the stream begins with word that it stands now.
    let _ = tokio::time::timeout(std::time::Duration::from_millis(300), notices.recv()).await;
    world.enqueue(of(5, "seen", Act::Succeed)).await;
    let mut said = Vec::new();
    while said.len() < 2 {
        let notice = notices.recv().await.unwrap();
        said.push((notice.channel, notice.payload));
    }
    let changed = ("job".to_owned(), r#"{"scope":5,"state":"waiting"}"#.to_owned());
    assert!(said.contains(&changed), "{said:?}");
}

/// Something a person does, or that happens, to the job of this number.
#[derive(Debug, Clone)]
enum Step {
    Enqueue { scope: Option<i64>, act: Act, unique: Option<String>, delay: i64 },
    Run,
    Advance(i64),
    Retry(usize),
    RunNow(usize),
    Reschedule(usize, i64),
    Cancel(usize),
    Discard(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let acts = prop_oneof![
        3 => Just(Act::Succeed),
        2 => (1..4).prop_map(Act::FailTimes),
        1 => Just(Act::FailForGood),
        1 => Just(Act::Cancel),
        1 => (0..100_000_i64).prop_map(Act::Snooze),
    ];
    let unique = prop::option::of(prop_oneof![Just("a".to_owned()), Just("b".to_owned())]);
    let enqueue = (prop::option::of(1..3_i64), acts, unique, 0..200_i64).prop_map(
        |(scope, act, unique, delay)| Step::Enqueue { scope, act, unique, delay: delay - 100 },
    );
    prop_oneof![
        5 => enqueue,
        2 => Just(Step::Run),
        2 => (1..4000_i64).prop_map(Step::Advance),
        1 => (0..20_usize).prop_map(Step::Retry),
        1 => (0..20_usize).prop_map(Step::RunNow),
        1 => (0..20_usize, 0..200_i64).prop_map(|(job, delay)| Step::Reschedule(job, delay - 100)),
        1 => (0..20_usize).prop_map(Step::Cancel),
        1 => (0..20_usize).prop_map(Step::Discard),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_happens_counts_are_right_and_keys_unique(
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(walk(steps));
    }
}

async fn walk(steps: Vec<Step>) {
    let world = World::sqlite(frozen()).await;
    let mut ids: Vec<JobId> = Vec::new();
    for (number, step) in steps.into_iter().enumerate() {
        let nth = |job: usize| ids.get(job).copied().unwrap_or(JobId(0));
        match step {
            Step::Enqueue { scope, act, unique, delay } => {
                let label = number.to_string();
                let job = Play { label, act, unique, scope, host: None, order: None };
                ids.push(world.enqueue_in(delay, job).await);
            }
            Step::Run => drop(world.run_due().await),
            Step::Advance(seconds) => world.advance(seconds),
            Step::Retry(job) => {
                let _ = act(&world, async |tx| queue::retry(tx, nth(job)).await).await;
            }
            Step::RunNow(job) => {
                let _ = act(&world, async |tx| queue::run_now(tx, nth(job)).await).await;
            }
            Step::Reschedule(job, delay) => {
                let due = world.clock.now() + jiff::SignedDuration::from_secs(delay);
                act(&world, async |tx| queue::reschedule(tx, nth(job), due).await).await;
            }
            Step::Cancel(job) => {
                let _ = act(&world, async |tx| queue::cancel(tx, nth(job)).await).await;
            }
            Step::Discard(job) => {
                let _ = act(&world, async |tx| queue::discard(tx, nth(job)).await).await;
            }
        }
        world.assert_counts_are_right().await;
        let jobs = queue::list(&world.db, &Filter::default(), 1000).await.unwrap();
        let live = jobs.iter().filter(|job| job.unique_key.is_some() && job.state.is_live());
        let mut keys = BTreeSet::new();
        for job in live {
            let key = (job.scope, &job.unique_key);
            assert!(keys.insert(key), "two live jobs with the key {key:?}");
        }
        assert!(jobs.iter().all(|job| job.attempt <= job.max_attempts));
    }
}
