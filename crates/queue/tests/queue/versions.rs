//! Jobs that another version of the program enqueued.

use std::sync::Arc;
use std::time::Duration;

use queue::{Job, JobResult, Outcome, Registry, Run, State};
use serde::{Deserialize, Serialize};

use crate::jobs::note;
use crate::promise::Urgent;
use crate::support::{App, World, on_each_database, settings};

on_each_database! {
    crate::support::frozen();
    a_job_of_an_unknown_type_is_parked_and_taken_up_by_who_knows_it,
    arguments_of_an_older_version_are_upgraded,
    arguments_of_a_newer_version_are_left_to_a_newer_program,
    arguments_that_cannot_be_read_are_parked,
}

fn registry() -> Registry<App> {
    crate::jobs::registry().job::<Urgent>().job::<Moved>()
}

async fn a_job_of_an_unknown_type_is_parked_and_taken_up_by_who_knows_it(world: &World) {
    let unknown = world.enqueue(Urgent).await;
    let known = world.enqueue(note("known")).await;
    assert_eq!(world.run_due().await, 2);
    let job = world.job(unknown).await;
    assert_eq!((job.state, job.attempt), (State::Parked, 0));
    assert_eq!(job.error_code.as_deref(), Some("unknown_type"));
    assert_eq!(world.state(known).await, State::Done);
    world.assert_counts_are_right().await;

    let workers = queue::start(world.db.clone(), Arc::clone(&world.app), registry(), settings("a"));
    world.wait_for_state(unknown, State::Done).await;
    workers.stop(Duration::ZERO).await;
    world.assert_counts_are_right().await;
}

/// `Moved` as it was, and as it is.
#[derive(Serialize, Deserialize)]
struct MovedBefore {
    place: String,
}

#[derive(Serialize, Deserialize)]
struct Moved {
    from: String,
    to: String,
}

impl Job for MovedBefore {
    type App = App;
    const NAME: &'static str = "Moved";

    async fn run(&self, app: &App, _run: &mut Run) -> JobResult {
        app.note(format!("moved somewhere from {}", self.place));
        Ok(Outcome::Done)
    }
}

impl Job for Moved {
    type App = App;
    const NAME: &'static str = "Moved";
    const VERSION: i32 = 2;

    fn upgrade(version: i32, mut args: serde_json::Value) -> anyhow::Result<serde_json::Value> {
        anyhow::ensure!(version == 1, "never heard of version {version}");
        Ok(serde_json::json!({ "from": args["place"].take(), "to": "somewhere" }))
    }

    async fn run(&self, app: &App, _run: &mut Run) -> JobResult {
        app.note(format!("moved from {} to {}", self.from, self.to));
        Ok(Outcome::Done)
    }
}

async fn arguments_of_an_older_version_are_upgraded(world: &World) {
    world.enqueue(MovedBefore { place: "room 7".to_owned() }).await;
    queue::run_due(&world.db, &world.app, &registry()).await.unwrap();
    assert_eq!(world.log(), ["moved from room 7 to somewhere"]);
}

async fn arguments_of_a_newer_version_are_left_to_a_newer_program(world: &World) {
    let job = world.enqueue(Moved { from: "room 7".to_owned(), to: "room 8".to_owned() }).await;
    let old = Registry::new().job::<MovedBefore>();
    queue::run_due(&world.db, &world.app, &old).await.unwrap();
    assert_eq!(world.state(job).await, State::Parked);

    let old = queue::start(world.db.clone(), Arc::clone(&world.app), old, settings("old"));
    let new = queue::start(world.db.clone(), Arc::clone(&world.app), registry(), settings("new"));
    world.wait_for_state(job, State::Done).await;
    old.stop(Duration::ZERO).await;
    new.stop(Duration::ZERO).await;
    assert_eq!(world.log(), ["moved from room 7 to room 8"]);
}

async fn arguments_that_cannot_be_read_are_parked(world: &World) {
    let job = world.enqueue(note("fine")).await;
    let mut tx = world.db.begin().await.unwrap();
    db::query("UPDATE job SET args = '{\"label\": 5}'").run(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    world.run_due().await;
    let job = world.job(job).await;
    assert_eq!(job.state, State::Parked);
    assert_eq!(job.error_code.as_deref(), Some("bad_arguments"));
}
