//! A database that cannot serve says so, and serves again without a restart.

use std::time::Duration;

use db::{Clock, Crowd, Db, Error, Lagged, in_background, query};

use crate::support::{Place, at, insert, words};

#[tokio::test]
async fn a_writer_waits_for_another_process() {
    let place = Place::sqlite();
    let db = place.words().await;
    let other = place.open();
    let held = other.begin().await.unwrap();
    let waiting = {
        let db = db.clone();
        tokio::spawn(async move {
            let mut tx = db.begin().await?;
            insert(&mut tx, "tap").await?;
            tx.commit().await
        })
    };
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!waiting.is_finished());
    // Reading goes on meanwhile.
    assert!(words(&db).await.is_empty());
    drop(held);
    waiting.await.unwrap().unwrap();
    assert_eq!(words(&db).await, ["tap"]);
}

#[tokio::test(start_paused = true)]
async fn a_writer_gives_up_after_five_seconds() {
    let place = Place::sqlite();
    let db = place.words().await;
    let other = place.open();
    let held = other.begin().await.unwrap();
    assert!(db.begin().await.unwrap_err().is_unavailable());
    drop(held);
    other.close().await;
    db.begin().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_transaction_within_another_is_refused_and_not_stuck() {
    let place = Place::sqlite();
    let db = place.words().await;
    let outer = db.begin().await.unwrap();
    assert!(db.begin().await.unwrap_err().is_unavailable());
    outer.commit().await.unwrap();
}

#[tokio::test]
async fn a_file_that_was_moved_away_takes_no_writes_until_it_is_back() {
    let place = Place::sqlite();
    let (path, away) = (place.folder().join("test.db"), place.folder().join("away.db"));
    let db = place.open();
    db.ping().await.unwrap();
    std::fs::rename(&path, &away).unwrap();
    assert!(db.ping().await.unwrap_err().is_unavailable());
    assert!(db.begin().await.unwrap_err().is_unavailable());
    // Another one in its place is not ours either.
    std::fs::write(&path, "").unwrap();
    assert!(db.begin().await.unwrap_err().is_unavailable());
    std::fs::rename(&away, &path).unwrap();
    db.ping().await.unwrap();
    db.begin().await.unwrap().commit().await.unwrap();
}

#[tokio::test]
async fn a_file_that_is_no_database_is_called_by_its_name() {
    let place = Place::sqlite();
    let text = "no database at all, and long enough to be looked at ".repeat(20);
    std::fs::write(place.folder().join("test.db"), text).unwrap();
    let refused = Db::open(&place.url, Clock::frozen(at(0)));
    let sentence = refused.err().unwrap().to_string();
    assert!(sentence.contains("test.db is no database of this program"), "{sentence}");
}

#[tokio::test]
async fn a_reader_cannot_write() {
    let place = Place::sqlite();
    let db = place.words().await;
    let insert = query("INSERT INTO word (word) VALUES ('tap') RETURNING word");
    assert!(insert.all::<(String,)>(&db).await.is_err());
    assert!(words(&db).await.is_empty());
}

#[tokio::test]
async fn a_url_that_is_none_is_refused() {
    for url in ["", "mysql://x", "sqlite:", "sqlite::memory:", "sqlite:/nowhere/at/all.db"] {
        assert!(Db::open(url, Clock::frozen(at(0))).is_err(), "{url}");
    }
    for url in [
        "postgres://h/d?schema=a;b",
        "postgres://h/d?pool=x",
        "postgres://h/d?pool=0",
        "postgres://h/d?what=1",
    ] {
        assert!(Db::open(url, Clock::frozen(at(0))).is_err(), "{url}");
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let place = Place::sqlite();
    std::fs::write(place.folder().join("test.db"), "certainly no database".repeat(1000)).unwrap();
    assert!(Db::open(&place.url, Clock::frozen(at(0))).is_err());
}

#[tokio::test]
async fn a_server_that_is_away_is_unavailable() {
    let nobody = Db::open("postgres://nobody@127.0.0.1:1/x", Clock::frozen(at(0))).unwrap();
    assert!(nobody.ping().await.unwrap_err().is_unavailable());
    assert!(nobody.begin().await.unwrap_err().is_unavailable());
}

/// Ends every other connection to the server that works in this test's schema.
async fn end_connections(place: &Place) {
    let killer = place.open();
    let schema = place.url.split("schema=").nth(1).unwrap().split('&').next().unwrap();
    let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE pid <> pg_backend_pid() AND (
            query LIKE '%' || CAST($1 AS TEXT) OR pid = ANY (
                SELECT CAST(word AS INTEGER) FROM word))";
    query(sql).bind(format!("notice_{schema}")).all::<(bool,)>(&killer).await.unwrap();
}

/// Notes the connection's number, so that it can be ended.
async fn note_connection(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let note = query("INSERT INTO word (word) VALUES (CAST(pg_backend_pid() AS TEXT))");
    note.run(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    let (reader,): (i32,) = query("SELECT pg_backend_pid()").one(db).await.unwrap();
    let mut tx = db.begin().await.unwrap();
    insert(&mut tx, &reader.to_string()).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn ended_connections_are_made_anew_on_postgres() {
    let Some(place) = Place::postgres() else { return };
    let db = place.words().await;
    let mut notices = db.notices();
    assert_eq!(notices.recv().await, Err(Lagged));
    note_connection(&db).await;
    end_connections(&place).await;
    // At once, without an error that a person would see.
    assert_eq!(words(&db).await.len(), 2);
    let mut tx = db.begin().await.unwrap();
    tx.notify("news", "heard?");
    tx.commit().await.unwrap();
    // The listener was away: it is told so, and hears again.
    assert_eq!(notices.recv().await, Err(Lagged));
    let mut tx = db.begin().await.unwrap();
    tx.notify("news", "heard");
    tx.commit().await.unwrap();
    assert_eq!(notices.recv().await.unwrap().payload, "heard");
}

#[tokio::test]
async fn an_interrupted_statement_fails_its_transaction_on_postgres() {
    let Some(place) = Place::postgres() else { return };
    let db = place.words().await;
    let mut tx = db.begin().await.unwrap();
    insert(&mut tx, "tap").await.unwrap();
    let sleep = query("SELECT 1 FROM pg_sleep(0.3)").one::<(i32,)>(&mut tx);
    assert!(tokio::time::timeout(Duration::from_millis(50), sleep).await.is_err());
    assert!(tx.commit().await.is_err());
    assert!(words(&db).await.is_empty());
}

#[tokio::test]
async fn a_lock_is_not_waited_for_for_ever_on_postgres() {
    let Some(place) = Place::postgres() else { return };
    let db = place.words().await;
    let mut holder = db.begin().await.unwrap();
    query("UPDATE counter SET value = 1").run(&mut holder).await.unwrap();
    let mut waiter = db.begin().await.unwrap();
    let waited = async { query("UPDATE counter SET value = 2").run(&mut waiter).await };
    // It works all the time, or else it would be ended.
    let works = async {
        loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            query("SELECT 1").one::<(i32,)>(&mut holder).await.unwrap();
        }
    };
    tokio::select! {
        waited = waited => assert!(waited.unwrap_err().is_unavailable()),
        () = works => {}
    }
}

#[tokio::test]
async fn whoever_stops_in_a_transaction_lets_go_before_others_give_up_on_postgres() {
    let Some(place) = Place::postgres() else { return };
    let db = place.words().await;
    let mut stopped = db.begin().await.unwrap();
    query("UPDATE counter SET value = 1").run(&mut stopped).await.unwrap();
    let mut waiter = db.begin().await.unwrap();
    query("UPDATE counter SET value = 2").run(&mut waiter).await.unwrap();
    waiter.commit().await.unwrap();
    // It goes on as if nothing had been.
    let late = query("UPDATE counter SET value = 3").run(&mut stopped).await;
    assert!(late.unwrap_err().is_unavailable());
    assert!(stopped.commit().await.is_err());
    let (value,): (i64,) = query("SELECT value FROM counter").one(&db).await.unwrap();
    assert_eq!(value, 2);
}

#[tokio::test]
async fn a_deadlock_ends_one_of_two_on_postgres() {
    let Some(place) = Place::postgres() else { return };
    let db = place.words().await;
    let mut setup = db.begin().await.unwrap();
    insert(&mut setup, "tap").await.unwrap();
    setup.commit().await.unwrap();
    let (mut one, mut other) = (db.begin().await.unwrap(), db.begin().await.unwrap());
    let (counter, word) = ("UPDATE counter SET value = 1", "UPDATE word SET word = 'bulb'");
    query(counter).run(&mut one).await.unwrap();
    query(word).run(&mut other).await.unwrap();
    let (one, other) = tokio::join!(query(word).run(&mut one), query(counter).run(&mut other));
    let ((Err(error), Ok(_)) | (Ok(_), Err(error))) = (one, other) else { panic!("both went on") };
    assert!(matches!(error, Error::RolledBack(_)), "{error}: to be tried again");
    assert!(error.is_unavailable());
}

#[tokio::test]
async fn nobody_waits_for_ever_for_a_server_that_says_nothing() {
    let Some(place) = Place::postgres() else { return };
    let db = place.words().await;
    let silence = || query("SELECT CAST(pg_sleep(60) AS TEXT)");
    let mut tx = db.begin().await.unwrap();
    let (read, written) = tokio::join!(silence().all::<(String,)>(&db), silence().run(&mut tx));
    for error in [read.unwrap_err(), written.unwrap_err()] {
        assert!(error.is_unavailable(), "{error}");
    }
    tx.commit().await.unwrap_err();
    // Neither connection is in the way of anybody.
    let mut tx = db.begin().await.unwrap();
    insert(&mut tx, "tap").await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn background_work_leaves_connections_to_people() {
    let Some(place) = Place::postgres() else { return };
    let db = place.words().await;
    // Of its four connections that write, two are the most that it may hold.
    let first = in_background(Crowd::Many, db.begin()).await.unwrap();
    let _second = in_background(Crowd::Many, db.begin()).await.unwrap();
    let third = {
        let db = db.clone();
        tokio::spawn(async move { in_background(Crowd::Many, db.begin()).await })
    };
    // One that is late has a third connection; the next one waits, but not in people's line.
    let late = in_background(Crowd::Late, db.begin()).await.unwrap();
    let later = {
        let db = db.clone();
        tokio::spawn(async move { in_background(Crowd::Late, db.begin()).await })
    };
    for _ in 0..2 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        drop(db.begin().await.unwrap());
    }
    assert!(!third.is_finished() && !later.is_finished());
    late.commit().await.unwrap();
    later.await.unwrap().unwrap();
    first.commit().await.unwrap();
    third.await.unwrap().unwrap();
}
