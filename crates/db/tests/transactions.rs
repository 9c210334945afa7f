//! All of it or nothing.

use db::{Db, On, Result, query};
use jiff::SignedDuration;

use crate::support::{Place, at, eventually, insert, poll_and_drop, words};

on_both! {
    a_commit_is_seen_by_others_and_not_before
    a_dropped_transaction_leaves_nothing
    a_failed_statement_fails_the_transaction
    finding_no_row_is_no_failure
    a_commit_whose_caller_goes_away_still_commits
    many_writers_lose_no_update
    readers_see_whole_transactions
    the_time_stands_still_within_a_transaction
    a_function_can_read_in_either_place
    after_closing_everything_is_unavailable
}

async fn a_commit_is_seen_by_others_and_not_before(place: Place) {
    let db = place.words().await;
    let mut tx = db.begin().await.unwrap();
    assert_eq!(insert(&mut tx, "tap").await.unwrap(), 1);
    assert!(words(&db).await.is_empty());
    tx.commit().await.unwrap();
    assert_eq!(words(&db).await, ["tap"]);
    assert_eq!(words(&place.open()).await, ["tap"]);
}

async fn a_dropped_transaction_leaves_nothing(place: Place) {
    let db = place.words().await;
    let mut tx = db.begin().await.unwrap();
    insert(&mut tx, "tap").await.unwrap();
    drop(tx);
    let mut tx = db.begin().await.unwrap();
    insert(&mut tx, "light").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(words(&db).await, ["light"]);
}

async fn a_failed_statement_fails_the_transaction(place: Place) {
    let db = place.words().await;
    let mut tx = db.begin().await.unwrap();
    insert(&mut tx, "tap").await.unwrap();
    assert_eq!(insert(&mut tx, "tap").await.unwrap_err().constraint(), Some("word_word_key"));
    assert!(insert(&mut tx, "light").await.is_err());
    assert!(tx.commit().await.is_err());
    assert!(words(&db).await.is_empty());
}

async fn finding_no_row_is_no_failure(place: Place) {
    let db = place.words().await;
    let mut tx = db.begin().await.unwrap();
    let none = query("SELECT word FROM word").one::<(String,)>(&mut tx).await;
    assert!(matches!(none, Err(db::Error::NoRow)));
    let none = query("SELECT word FROM word").optional::<(String,)>(&mut tx).await;
    assert_eq!(none.unwrap(), None);
    insert(&mut tx, "tap").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(words(&db).await, ["tap"]);
}

async fn a_commit_whose_caller_goes_away_still_commits(place: Place) {
    let db = place.words().await;
    let mut tx = db.begin().await.unwrap();
    insert(&mut tx, "tap").await.unwrap();
    poll_and_drop(tx.commit());
    eventually("the commit", || async { words(&db).await == ["tap"] }).await;
    // And nothing is left locked.
    let mut tx = db.begin().await.unwrap();
    insert(&mut tx, "light").await.unwrap();
    tx.commit().await.unwrap();
}

async fn increment(db: Db, times: usize) {
    for _ in 0..times {
        let mut tx = db.begin().await.unwrap();
        query("UPDATE counter SET value = value + 1").run(&mut tx).await.unwrap();
        // Others may come in between at any await.
        tokio::task::yield_now().await;
        tx.commit().await.unwrap();
    }
}

async fn many_writers_lose_no_update(place: Place) {
    let db = place.words().await;
    let writers: Vec<_> = (0..32).map(|_| tokio::spawn(increment(db.clone(), 10))).collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let (value,): (i64,) = query("SELECT value FROM counter").one(&db).await.unwrap();
    assert_eq!(value, 320);
}

async fn readers_see_whole_transactions(place: Place) {
    let db = place.words().await;
    let writer = {
        let db = db.clone();
        tokio::spawn(async move {
            for pair in 0..50 {
                let mut tx = db.begin().await.unwrap();
                insert(&mut tx, &format!("{pair} left")).await.unwrap();
                tokio::task::yield_now().await;
                insert(&mut tx, &format!("{pair} right")).await.unwrap();
                tx.commit().await.unwrap();
            }
        })
    };
    while !writer.is_finished() {
        assert_eq!(words(&db).await.len() % 2, 0);
        tokio::task::yield_now().await;
    }
    writer.await.unwrap();
    assert_eq!(words(&db).await.len(), 100);
}

async fn the_time_stands_still_within_a_transaction(place: Place) {
    let db = place.words().await;
    let tx = db.begin().await.unwrap();
    db.clock().advance(SignedDuration::from_secs(5));
    assert_eq!((tx.now(), db.now()), (at(0), at(5)));
    drop(tx);
    db.clock().set(at(90));
    assert_eq!(db.begin().await.unwrap().now(), at(90));
}

async fn count_twice(on: impl Into<On<'_>>) -> Result<(i64, i64)> {
    let mut on = on.into();
    let (first,) = query("SELECT count(*) FROM word").one::<(i64,)>(&mut on).await?;
    let (second,) = query("SELECT count(*) FROM word").one::<(i64,)>(&mut on).await?;
    Ok((first, second))
}

async fn a_function_can_read_in_either_place(place: Place) {
    let db = place.words().await;
    // Spawned: all of these futures have to be Send.
    let reading = tokio::spawn(async move {
        let mut tx = db.begin().await.unwrap();
        insert(&mut tx, "tap").await.unwrap();
        let within = count_twice(&mut tx).await.unwrap();
        let without = count_twice(&db).await.unwrap();
        tx.commit().await.unwrap();
        (within, without)
    });
    assert_eq!(reading.await.unwrap(), ((1, 1), (0, 0)));
}

async fn after_closing_everything_is_unavailable(place: Place) {
    let db = place.words().await;
    db.ping().await.unwrap();
    let mut tx = db.begin().await.unwrap();
    insert(&mut tx, "tap").await.unwrap();
    // What is under way still gets through.
    let (committed, ()) = tokio::join!(tx.commit(), db.close());
    committed.unwrap();
    assert!(db.ping().await.unwrap_err().is_unavailable());
    assert!(db.begin().await.unwrap_err().is_unavailable());
    assert_eq!(words(&place.open()).await, ["tap"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_threads_lose_no_update_on_sqlite() {
    many_writers_lose_no_update(Place::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_threads_lose_no_update_on_postgres() {
    if let Some(place) = Place::postgres() {
        many_writers_lose_no_update(place).await;
    }
}
