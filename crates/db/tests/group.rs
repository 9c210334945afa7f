//! What only SQLite has: transactions that share one COMMIT.

use std::time::Duration;

use std::future::Future;

use db::{Crowd, Db, Migration, Result, query};
use tokio::task::JoinHandle;

use crate::support::{Place, insert, words};

/// Runs `first` and `second` as members of one group: both wait while a
/// transaction is open, so they come together when it ends.
async fn together<A, B>(db: &Db, first: A, second: B) -> (A::Output, B::Output)
where
    A: Future<Output: Send> + Send + 'static,
    B: Future<Output: Send> + Send + 'static,
{
    let blocker = db.begin().await.unwrap();
    // Whoever commits its group stands in line by then, before both and not between them.
    tokio::time::sleep(Duration::from_millis(50)).await;
    let first: JoinHandle<_> = tokio::spawn(first);
    let second: JoinHandle<_> = tokio::spawn(second);
    // On this one thread each of them now runs until it has to wait.
    tokio::task::yield_now().await;
    drop(blocker);
    (first.await.unwrap(), second.await.unwrap())
}

async fn keep(db: Db, word: &'static str) -> Result<()> {
    let mut tx = db.begin().await?;
    insert(&mut tx, word).await?;
    tx.commit().await
}

#[tokio::test]
async fn a_member_that_is_dropped_is_undone_alone() {
    let place = Place::sqlite();
    let db = place.words().await;
    let abandoned = {
        let db = db.clone();
        async move {
            let mut tx = db.begin().await.unwrap();
            insert(&mut tx, "abandoned").await.unwrap();
        }
    };
    let (_, kept) = together(&db, abandoned, keep(db.clone(), "kept")).await;
    kept.unwrap();
    assert_eq!(words(&db).await, ["kept"]);
}

#[tokio::test]
async fn a_member_that_violates_a_constraint_fails_alone() {
    let place = Place::sqlite();
    let db = place.words().await;
    let (first, second) = together(&db, keep(db.clone(), "tap"), keep(db.clone(), "tap")).await;
    first.unwrap();
    assert_eq!(second.unwrap_err().constraint(), Some("word_word_key"));
    assert_eq!(words(&db).await, ["tap"]);
}

/// The only way to make a COMMIT fail at will: a foreign key whose check is put off until then.
const DEFERRED: &[Migration] = &[
    crate::support::WORDS[0],
    Migration {
        name: "0002_deferred",
        sqlite: "CREATE TABLE late (
            word INTEGER NOT NULL REFERENCES word (id) DEFERRABLE INITIALLY DEFERRED
        ) STRICT;",
        postgres: "",
    },
];

#[tokio::test]
async fn a_failed_commit_fails_every_member() {
    let place = Place::sqlite();
    let db = place.migrated(DEFERRED).await;
    let mut notices = db.notices();
    let dangling = {
        let db = db.clone();
        async move {
            let mut tx = db.begin().await?;
            query("INSERT INTO late (word) VALUES (7)").run(&mut tx).await?;
            tx.notify("word", "never");
            tx.commit().await
        }
    };
    let (dangling, innocent) = together(&db, keep(db.clone(), "tap"), dangling).await;
    assert!(dangling.unwrap_err().is_unavailable());
    assert!(innocent.unwrap_err().is_unavailable());
    assert!(words(&db).await.is_empty());

    // The writer goes on.
    keep(db.clone(), "light").await.unwrap();
    assert_eq!(words(&db).await, ["light"]);
    let heard = tokio::time::timeout(Duration::from_millis(50), notices.recv()).await;
    assert!(heard.is_err(), "nothing was committed that had something to say");
}

#[tokio::test]
async fn a_full_disk_loses_nothing_that_was_acknowledged() {
    let place = Place::sqlite();
    let db = place.words().await;
    let glutton = {
        let db = db.clone();
        async move {
            let mut tx = db.begin().await?;
            let (_,): (i64,) = query("PRAGMA max_page_count = 30").one(&mut tx).await?;
            for letter in 'a'..='z' {
                insert(&mut tx, &letter.to_string().repeat(100_000)).await?;
            }
            tx.commit().await
        }
    };
    let (kept, glutton) = together(&db, keep(db.clone(), "kept"), glutton).await;
    assert!(glutton.unwrap_err().is_unavailable());
    let expected: &[&str] = if kept.is_ok() { &["kept"] } else { &[] };
    assert_eq!(words(&db).await, expected);

    // There is room again.
    let mut tx = db.begin().await.unwrap();
    let (_,): (i64,) = query("PRAGMA max_page_count = 1000000").one(&mut tx).await.unwrap();
    insert(&mut tx, &"m".repeat(1_000_000)).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn after_a_group_was_lost_everybody_has_their_turn() {
    let place = Place::sqlite();
    let db = place.words().await;
    let (path, away) = (place.folder().join("test.db"), place.folder().join("away.db"));
    let mut tx = db.begin().await.unwrap();
    let (_,): (i64,) = query("PRAGMA max_page_count = 30").one(&mut tx).await.unwrap();
    assert!(insert(&mut tx, &"m".repeat(1_000_000)).await.unwrap_err().is_unavailable());
    drop(tx);

    std::fs::rename(&path, &away).unwrap();
    for _ in 0..300 {
        assert!(db.begin().await.unwrap_err().is_unavailable());
    }
    std::fs::rename(&away, &path).unwrap();
    let write = db::in_background(Crowd::Many, async {
        let mut tx = db.begin().await.unwrap();
        let (_,): (i64,) = query("PRAGMA max_page_count = 1000000").one(&mut tx).await.unwrap();
        insert(&mut tx, "tap").await.unwrap();
        tx.commit().await.unwrap();
    });
    tokio::time::timeout(Duration::from_secs(2), write).await.unwrap();
    assert_eq!(words(&db).await, ["tap"]);
}

#[tokio::test]
async fn a_group_is_bounded_and_everybody_is_served() {
    let place = Place::sqlite();
    let db = place.words().await;
    let blocker = db.begin().await.unwrap();
    let crowd: Vec<_> = (0..600)
        .map(|number| {
            let db = db.clone();
            tokio::spawn(async move {
                let mut tx = db.begin().await.unwrap();
                insert(&mut tx, &number.to_string()).await.unwrap();
                tx.commit().await.unwrap();
            })
        })
        .collect();
    tokio::task::yield_now().await;
    blocker.commit().await.unwrap();
    for member in crowd {
        member.await.unwrap();
    }
    assert_eq!(words(&db).await.len(), 600);
}

#[test]
fn what_was_released_is_committed_though_its_runtime_ends() {
    let place = Place::sqlite();
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let db = runtime().block_on(async {
        let db = place.words().await;
        let mut tx = db.begin().await.unwrap();
        insert(&mut tx, "unheard").await.unwrap();
        // Its commit is never awaited to the end: the runtime stops first.
        crate::support::poll_and_drop(tx.commit());
        db
    });
    runtime().block_on(async {
        keep(db.clone(), "tap").await.unwrap();
        assert_eq!(words(&db).await, ["unheard", "tap"]);
    });
}

/// Begins each of these while the writer is busy, in this order, and lets it go.
async fn in_line(db: &Db, background: &[&'static str], people: &[&'static str]) {
    let blocker = db.begin().await.unwrap();
    let tasks = background
        .iter()
        .map(|word| tokio::spawn(db::in_background(Crowd::Many, keep(db.clone(), word))));
    let tasks: Vec<_> = tasks.collect();
    tokio::task::yield_now().await;
    let people: Vec<_> = people.iter().map(|word| tokio::spawn(keep(db.clone(), word))).collect();
    tokio::task::yield_now().await;
    drop(blocker);
    for writer in tasks.into_iter().chain(people) {
        writer.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn what_nobody_waits_for_lets_the_others_go_first() {
    let place = Place::sqlite();
    let db = place.words().await;
    in_line(&db, &["a", "b", "c"], &["P", "Q", "R"]).await;
    assert_eq!(words(&db).await, ["P", "Q", "R", "a", "b", "c"]);
}

#[tokio::test]
async fn what_nobody_waits_for_has_its_turn_though_people_never_end() {
    let place = Place::sqlite();
    let db = place.words().await;
    let crowd: Vec<_> = (0..16)
        .map(|person| {
            let db = db.clone();
            tokio::spawn(async move {
                for number in 0.. {
                    let mut tx = db.begin().await.unwrap();
                    insert(&mut tx, &format!("{person} {number}")).await.unwrap();
                    tx.commit().await.unwrap();
                }
            })
        })
        .collect();
    for task in ["a", "b", "c"] {
        db::in_background(Crowd::Many, keep(db.clone(), task)).await.unwrap();
    }
    crowd.iter().for_each(JoinHandle::abort);
}
