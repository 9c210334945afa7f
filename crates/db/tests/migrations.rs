//! The schema moves forward, once, or not at all.

use db::{Error, Migration, query};

use crate::support::{Place, WORDS, insert, words};

on_both! {
    migrations_are_applied_once_and_new_ones_later
    a_database_from_a_newer_version_is_refused
    a_migration_that_fails_leaves_nothing
    nodes_that_start_together_migrate_once
}

const COLOURS: Migration = Migration {
    name: "0002_colours",
    sqlite: "CREATE TABLE colour (id INTEGER PRIMARY KEY) STRICT; INSERT INTO colour VALUES (1);",
    postgres: "CREATE TABLE colour (id BIGINT PRIMARY KEY); INSERT INTO colour VALUES (1);",
};

const BROKEN: Migration = Migration {
    name: "0003_broken",
    sqlite: "CREATE TABLE half (id INTEGER PRIMARY KEY) STRICT; CREATE TABLE;",
    postgres: "CREATE TABLE half (id BIGINT PRIMARY KEY); CREATE TABLE;",
};

async fn migrations_are_applied_once_and_new_ones_later(place: Place) {
    let db = place.migrated(WORDS).await;
    let mut tx = db.begin().await.unwrap();
    insert(&mut tx, "tap").await.unwrap();
    tx.commit().await.unwrap();
    db.migrate(WORDS).await.unwrap();
    db.migrate(&[WORDS[0], COLOURS]).await.unwrap();
    db.migrate(&[WORDS[0], COLOURS]).await.unwrap();
    assert_eq!(words(&db).await, ["tap"]);
    assert_eq!(query("SELECT count(*) FROM colour").one::<(i64,)>(&db).await.unwrap(), (1,));
}

async fn a_database_from_a_newer_version_is_refused(place: Place) {
    let db = place.migrated(&[WORDS[0], COLOURS]).await;
    let error = db.migrate(WORDS).await.unwrap_err();
    assert!(matches!(error, Error::Newer(_)));
    assert!(error.to_string().contains("newer version"), "{error}");
    assert!(error.to_string().contains("0002_colours"), "{error}");
}

async fn a_migration_that_fails_leaves_nothing(place: Place) {
    let db = place.migrated(WORDS).await;
    let error = db.migrate(&[WORDS[0], COLOURS, BROKEN]).await.unwrap_err();
    assert!(error.to_string().starts_with("migration 0003_broken: "), "{error}");
    for table in ["colour", "half"] {
        let rows = query(format!("SELECT count(*) FROM {table}")).one::<(i64,)>(&db).await;
        assert!(rows.is_err(), "{table} was made");
    }
    db.migrate(&[WORDS[0], COLOURS]).await.unwrap();
}

async fn nodes_that_start_together_migrate_once(place: Place) {
    let nodes: Vec<_> = (0..4)
        .map(|_| {
            let db = place.open();
            tokio::spawn(async move { db.migrate(&[WORDS[0], COLOURS]).await })
        })
        .collect();
    for node in nodes {
        node.await.unwrap().unwrap();
    }
}

/// SQLite changes a table by making it anew, while others refer to it.
#[tokio::test]
async fn a_table_can_be_made_anew_on_sqlite() {
    let referred = Migration {
        name: "0002_referred",
        sqlite: "
            CREATE TABLE use (word INTEGER NOT NULL REFERENCES word (id) ON DELETE CASCADE) STRICT;
            INSERT INTO word (id, word) VALUES (5, 'tap');
            INSERT INTO use VALUES (5);",
        postgres: "",
    };
    let anew = Migration {
        name: "0003_anew",
        sqlite: "
            CREATE TABLE word_anew (id INTEGER PRIMARY KEY, word TEXT NOT NULL) STRICT;
            INSERT INTO word_anew SELECT * FROM word;
            DROP TABLE word;
            ALTER TABLE word_anew RENAME TO word;",
        postgres: "",
    };
    let loses = Migration { name: "0004_loses", sqlite: "DELETE FROM word;", postgres: "" };
    let place = Place::sqlite();
    let db = place.migrated(&[WORDS[0], referred]).await;
    db.migrate(&[WORDS[0], referred, anew]).await.unwrap();
    assert_eq!(query("SELECT count(*) FROM use").one::<(i64,)>(&db).await.unwrap(), (1,));

    let error = db.migrate(&[WORDS[0], referred, anew, loses]).await.unwrap_err();
    assert!(error.to_string().contains("use has foreign keys"), "{error}");
    assert_eq!(words(&db).await, ["tap"]);
    // Where there is nothing to do, all that there is is not read.
    let file = rusqlite::Connection::open(place.folder().join("test.db")).unwrap();
    file.execute_batch("PRAGMA foreign_keys = OFF; INSERT INTO use VALUES (99)").unwrap();
    db.migrate(&[WORDS[0], referred, anew]).await.unwrap();
}
