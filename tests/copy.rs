//! `kostticket copy`: everything arrives or nothing does. PostgreSQL takes part
//! where `TEST_DATABASE_URL` names a server; that it does not is said aloud.

mod stations;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use db::{Dialect, Tx, query};
use kostticket::copy::{Journey, copy};
use kostticket::photo_store::PhotoPlace;
use kostticket::{migrations, workers};
use tokio::sync::Notify;

use crate::support::TestApp;
use stations::{
    Source, Targets, as_usual, at_insert, empty, everything, is_empty, open, postgres, run,
};

#[tokio::test]
async fn everything_is_the_same_there_and_back() {
    let source = Source::new().await;
    let before = everything(source.url()).await;
    for table in ["account", "session", "ticket", "photo", "notification", "delivery", "job"] {
        assert!(!before[table].is_empty(), "there has to be something in {table}");
    }
    let targets = Targets::new();
    let stations =
        [postgres(), postgres(), Some(targets.sqlite("one")), Some(targets.sqlite("two"))];
    let mut last = source.url().to_owned();
    for next in stations.into_iter().flatten() {
        source.copy(&last, &next).await.unwrap();
        assert_eq!(everything(&next).await, before, "{next}");
        last = next;
    }
}

#[tokio::test]
async fn people_go_on_with_the_copy_where_they_were() {
    let source = Source::new().await;
    // The last task of all is gone already; its number is not given again.
    let last = "SELECT max(id) FROM job";
    let (last,): (i64,) = query(last).one(&source.app.app.db).await.unwrap();
    let mut tx = source.app.app.db.begin().await.unwrap();
    query("DELETE FROM job WHERE id = $1").bind(last).run(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    for url in Targets::new().all() {
        source.copy_to(&url).await.unwrap();
        let app = TestApp::configured(|config| config.database_url = url.clone()).await;
        let submission = [("title", "AC mati"), ("category", "ac"), ("submission", "third")];
        let location = app.location(&source.kost, "01").await.to_string();
        let fields = [&submission[..], &[("location", location.as_str())]].concat();
        let report = app.request("POST", &source.kost.path("/tickets")).cookie(&source.cookie);
        let answer = report.form(&fields).send().await;
        assert_eq!(answer.location(), source.kost.path("/tickets/3"), "{url}");
        let newer = "SELECT min(id) FROM job WHERE id >= $1";
        let (newer,): (i64,) = query(newer).bind(last).one(&app.app.db).await.unwrap();
        assert_eq!(newer, last + 1, "{url}");
        app.run_tasks().await;
    }
}

#[tokio::test]
async fn photos_come_along_where_that_is_asked_for() {
    let source = Source::new().await;
    let old = &source.app.app.config.data;
    let new = tempfile::tempdir().unwrap();
    let targets = Targets::new();
    let from = old.join("photos").display().to_string();
    let mut config = source.app.app.config.clone();
    config.photos = PhotoPlace::Folder(new.path().join("photos"));
    let names = |folder: &Path| {
        let files = std::fs::read_dir(folder.join("photos")).into_iter().flatten().flatten();
        files
            .map(|file| (file.file_name(), file.metadata().unwrap().len()))
            .collect::<BTreeMap<_, _>>()
    };
    for (target, photos_from) in
        [("one", None), ("two", Some(from.clone())), ("three", Some(from.clone()))]
    {
        let is_asked_for = photos_from.is_some();
        // It comes from the configured database.
        let journey = Journey { from: None, to: Some(targets.sqlite(target)), photos_from };
        copy(&config, source.app.clock.clone(), journey).await.unwrap();
        assert_eq!(names(new.path()) == names(old), is_asked_for);
        // One that stopped halfway is made whole by the next copy.
        if let Some(name) = names(new.path()).keys().next() {
            std::fs::write(new.path().join("photos").join(name), "half").unwrap();
        }
    }
    assert_eq!(names(old).len(), 2);
}

#[tokio::test]
async fn what_is_not_empty_or_the_same_is_refused() {
    let source = Source::new().await;
    for url in Targets::new().all() {
        source.copy_to(&url).await.unwrap();
        let again = source.copy_to(&url).await.unwrap_err().to_string();
        assert!(again.contains("the target is not empty"), "{again}");
        let spelt_otherwise = url.replace("pool=4", "pool=2").replace("/kost.db", "/./kost.db");
        let same = source.copy(&url, &spelt_otherwise);
        let same = same.await.unwrap_err().to_string();
        assert!(same.contains("the same database"), "{same}");
    }
}

#[tokio::test]
async fn a_source_of_an_older_version_is_refused_and_so_is_one_of_others() {
    let source = Source::new().await;
    let targets = Targets::new();
    let newest = migrations::all().pop().unwrap().name;
    let forget = format!("DELETE FROM migration WHERE name = '{newest}'");
    run(&source.app.app.db, &[&forget], &[]).await;
    let refused = source.copy_to(&targets.sqlite("new")).await.unwrap_err().to_string();
    assert!(refused.contains("kostticket migrate"), "{refused}");
    run(&source.app.app.db, &["DROP TABLE migration"], &[]).await;
    let refused = source.copy_to(&targets.sqlite("new")).await.unwrap_err().to_string();
    assert!(refused.contains("no database of KostTicket"), "{refused}");
}

#[tokio::test]
async fn a_source_on_which_the_program_runs_is_refused() {
    let source = Source::new().await;
    let targets = Targets::new();
    let working = workers::start(&source.app.app);
    while queue::workers(&source.app.app.db).await.unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let refused = source.copy_to(&targets.sqlite("new")).await.unwrap_err().to_string();
    assert!(refused.contains("KostTicket runs on the source"), "{refused}");
    working.stop(Duration::from_secs(5)).await;
    source.copy_to(&targets.sqlite("new")).await.unwrap();
}

#[tokio::test]
async fn a_source_that_is_being_written_is_refused() {
    let source = Source::new().await;
    let targets = Targets::new();
    for url in targets.all() {
        source.copy_to(&url).await.unwrap();
        let db = open(&url);
        let mut writing = db.begin().await.unwrap();
        query("UPDATE kost SET name = 'Kost Mawar'").run(&mut writing).await.unwrap();
        let there = targets.sqlite(&format!("from {}", url.len()));
        let tried = Notify::new();
        let trying = async {
            let refused = source.copy(&url, &there).await.unwrap_err().to_string();
            tried.notify_one();
            refused
        };
        let (refused, ()) = tokio::join!(trying, go_on(&mut writing, &tried));
        assert!(refused.contains("is in use"), "{refused}");
        writing.commit().await.unwrap();
        source.copy(&url, &there).await.unwrap();
    }
}

/// PostgreSQL ends the transaction of who says nothing.
async fn go_on(writing: &mut Tx, until: &Notify) {
    while tokio::time::timeout(Duration::from_secs(1), until.notified()).await.is_err() {
        query("UPDATE kost SET name = 'Kost Mawar'").run(writing).await.unwrap();
    }
}

#[tokio::test]
async fn what_fails_halfway_leaves_nothing_and_can_be_done_again() {
    let source = Source::new().await;
    for url in Targets::new().all() {
        let db = empty(&url).await;
        let fails = "RAISE EXCEPTION 'the disk is full'";
        at_insert(&db, "delivery", "SELECT RAISE(ABORT, 'the disk is full')", fails).await;
        let error = format!("{:#}", source.copy_to(&url).await.unwrap_err());
        assert!(error.contains("delivery") && error.contains("the disk is full"), "{error}");
        assert!(is_empty(&url).await);
        as_usual(&db).await;
        source.copy_to(&url).await.unwrap();
        assert_eq!(everything(&url).await, everything(source.url()).await);
    }
}

#[tokio::test]
async fn what_does_not_arrive_as_it_was_is_noticed() {
    let source = Source::new().await;
    for url in Targets::new().all() {
        let db = empty(&url).await;
        let change = "UPDATE ticket SET title = 'Keran becor' WHERE id = NEW.id AND id = 1";
        let other = "IF NEW.id = 1 THEN NEW.title := 'Keran becor'; END IF";
        at_insert(&db, "ticket", change, other).await;
        let error = source.copy_to(&url).await.unwrap_err().to_string();
        assert!(error.contains("ticket did not arrive as it is: 2 rows"), "{error}");
        assert!(is_empty(&url).await);
    }
}

fn kostticket(source: &Source, to: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kostticket"));
    command.args(["copy", "--from", source.url(), "--to", to]);
    command.env_remove("DATABASE_URL");
    command
}

#[tokio::test]
async fn a_copy_that_is_killed_leaves_nothing_and_the_next_one_succeeds() {
    let source = Source::new().await;
    for url in Targets::new().all() {
        let db = empty(&url).await;
        // Ages on SQLite; on PostgreSQL as short as the server takes to notice.
        let crowd = (0..9).map(|n| format!("location l{n}")).collect::<Vec<_>>().join(", ");
        let slow = format!("SELECT count(*) FROM {crowd}");
        at_insert(&db, "delivery", &slow, "PERFORM pg_sleep(1)").await;
        let mut child = kostticket(&source, &url).stdout(Stdio::piped()).spawn().unwrap();
        let mut says = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(says.any(|line| line.unwrap().contains("notification")));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(is_empty(&url).await);
        if db.dialect() == Dialect::Postgres {
            // Its transaction may not have ended yet, and holds the table.
            tokio::time::sleep(Duration::from_secs(4)).await;
        }
        as_usual(&db).await;
        db.close().await;
        let Output { status, stdout, .. } = kostticket(&source, &url).output().unwrap();
        let says = String::from_utf8(stdout).unwrap();
        assert!(status.success() && says.contains("Kept: "), "{says}");
        assert_eq!(everything(&url).await, everything(source.url()).await);
    }
}
