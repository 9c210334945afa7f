//! What the keeper puts right although nothing in here could have brought it about.

use std::time::Duration;

use queue::State;

use crate::jobs::Letter;
use crate::support::{World, on_each_database, settings};

on_each_database! {
    crate::support::frozen();
    whoever_waits_behind_nobody_is_let_go,
    what_was_counted_apart_is_added_up,
}

async fn change(world: &World, sql: &str) {
    let mut tx = world.db.begin().await.unwrap();
    db::query(sql).run(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
}

async fn whoever_waits_behind_nobody_is_let_go(world: &World) {
    let letter = Letter { to: "sari".to_owned(), number: 1, fails: 0 };
    let stray = world.enqueue(letter).await;
    change(world, "UPDATE job SET awaits = 'turn'").await;
    assert_eq!(world.run_due().await, 0);
    let workers = world.start(settings("a"));
    world.wait_for_state(stray, State::Done).await;
    workers.stop(Duration::from_secs(5)).await;
}

/// By the connections of PostgreSQL, whose counts a copy brings to SQLite as well.
async fn what_was_counted_apart_is_added_up(world: &World) {
    world.enqueue_in(3600, Letter { to: "sari".to_owned(), number: 1, fails: 0 }).await;
    change(world, "UPDATE job_count SET slot = slot + 7").await;
    let workers = world.start(settings("a"));
    world
        .wait_until("all stands in one place", async || {
            let apart = db::query("SELECT COUNT(*) FROM job_count WHERE slot <> 0");
            apart.one::<(i64,)>(&world.db).await.unwrap() == (0,)
        })
        .await;
    world.assert_counts_are_right().await;
    workers.stop(Duration::from_secs(5)).await;
}
