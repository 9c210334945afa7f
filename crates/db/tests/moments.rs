//! What is read at one moment, on SQLite.

use db::{Db, at_one_moment, moment_is_over};

use crate::support::{Place, insert, words};

/// As somebody else does, in a task of their own.
async fn another_writes(db: &Db, word: &'static str) {
    let db = db.clone();
    let write = async move {
        let mut tx = db.begin().await.unwrap();
        insert(&mut tx, word).await.unwrap();
        tx.commit().await.unwrap();
    };
    tokio::spawn(write).await.unwrap();
}

#[tokio::test]
async fn what_others_commit_meanwhile_comes_after_it() {
    let place = Place::sqlite();
    let db = place.words().await;
    at_one_moment(async {
        assert!(words(&db).await.is_empty());
        another_writes(&db, "tap").await;
        assert!(words(&db).await.is_empty());
        moment_is_over();
        assert_eq!(words(&db).await, ["tap"]);
    })
    .await;
    another_writes(&db, "light").await;
    assert_eq!(words(&db).await, ["tap", "light"]);
}

#[tokio::test]
async fn who_writes_sees_it() {
    let place = Place::sqlite();
    let db = place.words().await;
    at_one_moment(async {
        assert!(words(&db).await.is_empty());
        let mut tx = db.begin().await.unwrap();
        insert(&mut tx, "tap").await.unwrap();
        assert!(words(&db).await.is_empty());
        tx.commit().await.unwrap();
        assert_eq!(words(&db).await, ["tap"]);
    })
    .await;
}

#[tokio::test]
async fn it_is_of_one_database() {
    let (place, elsewhere) = (Place::sqlite(), Place::sqlite());
    let (db, other) = (place.words().await, elsewhere.words().await);
    at_one_moment(async {
        assert!(words(&db).await.is_empty());
        another_writes(&db, "tap").await;
        assert!(words(&other).await.is_empty());
        assert_eq!(words(&db).await, ["tap"]);
    })
    .await;
}

#[tokio::test]
async fn it_ends_with_the_work_also_where_that_is_given_up() {
    let place = Place::sqlite();
    let db = place.words().await;
    let reading = at_one_moment(async {
        assert!(words(&db).await.is_empty());
        std::future::pending::<()>().await;
    });
    assert!(tokio::time::timeout(std::time::Duration::from_millis(20), reading).await.is_err());
    another_writes(&db, "tap").await;
    // The connection that it held is read from again, and not from its old moment.
    assert_eq!(words(&db).await, ["tap"]);
    db.close().await;
}
