//! Workers in the background, on the machine's clock.

use std::time::Duration;

use db::Clock;
use queue::State;

use crate::support::{World, note, settings};

#[tokio::test]
async fn workers_run_what_is_committed_and_leave_nothing_behind() {
    let world = World::sqlite(Clock::system()).await;
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
