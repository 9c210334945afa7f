//! Commit is what publishes.

use std::time::Duration;

use db::{Db, Lagged, Notice, Notices};

use crate::support::{Place, insert};

on_both! {
    notices_come_after_the_commit_and_in_order
    a_transaction_that_is_rolled_back_says_nothing
    the_same_notice_is_delivered_once_for_each_transaction
    a_notice_that_is_too_long_fails_the_commit
    a_listener_that_is_too_slow_is_told_so
}

/// A listener that hears: on PostgreSQL the connection has to stand first.
async fn listen(db: &Db) -> Notices {
    let mut notices = db.notices();
    if db.dialect() == db::Dialect::Postgres {
        assert_eq!(notices.recv().await, Err(Lagged));
    }
    notices
}

fn notice(channel: &str, payload: &str) -> Notice {
    Notice { channel: channel.to_owned(), payload: payload.to_owned() }
}

async fn say(db: &Db, payload: &str) {
    let mut tx = db.begin().await.unwrap();
    tx.notify("news", payload);
    tx.commit().await.unwrap();
}

async fn notices_come_after_the_commit_and_in_order(place: Place) {
    let db = place.words().await;
    let mut notices = listen(&db).await;
    let mut tx = db.begin().await.unwrap();
    tx.notify("news", "first");
    tx.notify("other\u{e4}", "second\nwith two lines");
    insert(&mut tx, "tap").await.unwrap();
    let early = tokio::time::timeout(Duration::from_millis(100), notices.recv()).await;
    assert!(early.is_err(), "nothing is committed yet");
    tx.commit().await.unwrap();
    say(&db, "third").await;
    assert_eq!(notices.recv().await, Ok(notice("news", "first")));
    assert_eq!(notices.recv().await, Ok(notice("other\u{e4}", "second\nwith two lines")));
    assert_eq!(notices.recv().await, Ok(notice("news", "third")));
}

async fn a_transaction_that_is_rolled_back_says_nothing(place: Place) {
    let db = place.words().await;
    let mut notices = listen(&db).await;
    let mut tx = db.begin().await.unwrap();
    tx.notify("news", "never");
    drop(tx);
    say(&db, "this").await;
    assert_eq!(notices.recv().await, Ok(notice("news", "this")));
}

async fn the_same_notice_is_delivered_once_for_each_transaction(place: Place) {
    let db = place.words().await;
    let mut notices = listen(&db).await;
    let mut tx = db.begin().await.unwrap();
    for payload in ["again", "again", "else", "again"] {
        tx.notify("news", payload);
    }
    tx.commit().await.unwrap();
    say(&db, "again").await;
    say(&db, "end").await;
    for payload in ["again", "else", "again", "end"] {
        assert_eq!(notices.recv().await, Ok(notice("news", payload)));
    }
}

async fn a_notice_that_is_too_long_fails_the_commit(place: Place) {
    let db = place.words().await;
    let mut notices = listen(&db).await;
    let mut tx = db.begin().await.unwrap();
    insert(&mut tx, "tap").await.unwrap();
    tx.notify("news", "x".repeat(8000));
    assert!(tx.commit().await.is_err());
    assert!(crate::support::words(&db).await.is_empty());
    let longest = "x".repeat(7900 - "news".len());
    say(&db, &longest).await;
    assert_eq!(notices.recv().await, Ok(notice("news", &longest)));
}

async fn a_listener_that_is_too_slow_is_told_so(place: Place) {
    let db = place.words().await;
    let mut slow = listen(&db).await;
    let mut tx = db.begin().await.unwrap();
    for number in 0..5000 {
        tx.notify("news", number.to_string());
    }
    tx.commit().await.unwrap();
    say(&db, "last").await;
    // All of them have arrived when a listener that keeps up has heard the last.
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(slow.recv().await, Err(Lagged));
    while slow.recv().await != Ok(notice("news", "last")) {}
}

/// Another node, on the same schema, hears what this one commits.
#[tokio::test]
async fn every_node_hears_it_on_postgres() {
    let Some(place) = Place::postgres() else { return };
    let db = place.words().await;
    let other = place.open();
    let mut notices = listen(&other).await;
    say(&db, "hello").await;
    assert_eq!(notices.recv().await, Ok(notice("news", "hello")));
}

/// Another process on the same file, which two handles stand for, hears it as well.
#[tokio::test]
async fn every_process_hears_it_on_sqlite() {
    let place = Place::sqlite();
    let db = place.words().await;
    let other = place.open();
    let (mut here, mut there) = (db.notices(), other.notices());
    say(&db, "hello").await;
    say(&other, "hello back").await;
    for notices in [&mut here, &mut there] {
        let mut heard = vec![notices.recv().await.unwrap(), notices.recv().await.unwrap()];
        heard.sort_by(|one, two| one.payload.cmp(&two.payload));
        assert_eq!(heard, [notice("news", "hello"), notice("news", "hello back")]);
    }
}

/// Others know of it only when they look again for who listens.
#[tokio::test]
async fn a_process_that_has_just_begun_to_listen_knows_what_it_missed_on_sqlite() {
    let place = Place::sqlite();
    let db = place.words().await;
    let _here = db.notices();
    say(&db, "before").await;
    let other = place.open();
    let mut there = other.notices();
    say(&db, "missed").await;
    let heard = tokio::time::timeout(Duration::from_secs(5), there.recv()).await;
    assert_eq!(heard, Ok(Err(Lagged)));
}

/// In containers that share a file each may be process 1.
#[tokio::test]
async fn processes_of_the_same_number_hear_it_on_sqlite() {
    let place = Place::sqlite();
    let db = place.words().await;
    let name = |number| format!("test.db-notices-{}-{number}", std::process::id());
    let _taken: Vec<_> = (0..200)
        .map(|number| std::os::unix::net::UnixDatagram::bind(place.folder().join(name(number))))
        .collect();
    let other = place.open();
    let mut there = other.notices();
    say(&db, "hello").await;
    let heard = tokio::time::timeout(Duration::from_secs(5), there.recv()).await;
    assert_eq!(heard, Ok(Ok(notice("news", "hello"))));
}

/// A process that does not read is told that it missed something, even when
/// nothing more happens; one that was killed is forgotten.
#[tokio::test]
async fn a_process_that_is_too_slow_or_gone_harms_nobody_on_sqlite() {
    let place = Place::sqlite();
    let db = place.words().await;
    let other = place.open();
    let mut there = other.notices();
    let left_behind = place.folder().join("test.db-notices-1-99");
    drop(std::os::unix::net::UnixDatagram::bind(&left_behind).unwrap());
    // This thread is the only one, and the other's task does not run meanwhile.
    let mut tx = db.begin().await.unwrap();
    for number in 0..5000 {
        tx.notify("news", number.to_string());
    }
    tx.commit().await.unwrap();
    let told = async { while there.recv().await != Err(Lagged) {} };
    let told = tokio::time::timeout(Duration::from_secs(5), told).await;
    assert!(told.is_ok(), "some did not fit, and it knows");
    assert!(!left_behind.exists());
    say(&db, "last").await;
    while there.recv().await != Ok(notice("news", "last")) {}
}
