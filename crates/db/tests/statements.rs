//! How statements bind, are put together and are read.

use db::{Dialect, Error, query};

use crate::support::{Place, insert};

on_both! {
    parameters_go_by_their_number
    a_wrong_number_of_values_is_refused
    statements_can_be_put_together
    rows_are_read_by_name_whatever_the_order
    a_missing_column_is_named
    one_takes_the_first_of_many
    an_insert_tells_the_id
    returning_changes_every_row
    run_counts_the_rows
    words_that_sqlite_does_not_know_are_no_mistake
    mistakes_are_errors
    a_statement_outlives_a_change_of_its_table
}

db::row! {
    /// A word.
    #[derive(Debug, PartialEq)]
    struct Word {
        id: i64,
        word: String,
        length: Option<i32>,
    }
}

async fn parameters_go_by_their_number(place: Place) {
    let db = &place.words().await;
    let (text,): (String,) = query(
        "SELECT CAST($2 AS TEXT) || CAST($1 AS TEXT) || CAST($2 AS TEXT) || CAST($10 AS TEXT)
            || CAST($3 AS TEXT) || CAST($4 AS TEXT) || CAST($5 AS TEXT) || CAST($6 AS TEXT)
            || CAST($7 AS TEXT) || CAST($8 AS TEXT) || CAST($9 AS TEXT)",
    )
    .bind("1")
    .bind("2")
    .bind("3")
    .bind("4")
    .bind("5")
    .bind("6")
    .bind("7")
    .bind("8")
    .bind("9")
    .bind("x")
    .one(db)
    .await
    .unwrap();
    assert_eq!(text, "212x3456789");
}

async fn a_wrong_number_of_values_is_refused(place: Place) {
    let db = &place.words().await;
    let word = || query("SELECT word FROM word WHERE id = $1");
    assert!(word().all::<(String,)>(db).await.is_err());
    assert!(word().bind(1).bind(2).all::<(String,)>(db).await.is_err());
    assert!(word().bind(1).all::<(String,)>(db).await.is_ok());
}

async fn statements_can_be_put_together(place: Place) {
    let db = &place.words().await;
    let mut tx = db.begin().await.unwrap();
    for word in ["tap", "light", "door", "Wi-Fi"] {
        insert(&mut tx, word).await.unwrap();
    }
    let found = query("SELECT word FROM word WHERE id > $1")
        .bind(0)
        .push(" AND word IN ")
        .push_list(["tap", "door", "roof"])
        .push(" AND word <> ")
        .push_bind("door")
        .push(" ORDER BY word LIMIT ")
        .push_bind(10);
    assert_eq!(found.all::<(String,)>(&mut tx).await.unwrap(), [("tap".to_owned(),)]);
    let none = query("SELECT word FROM word WHERE word IN ").push_list(Vec::<String>::new());
    assert!(none.all::<(String,)>(&mut tx).await.unwrap().is_empty());
}

async fn rows_are_read_by_name_whatever_the_order(place: Place) {
    let db = &place.words().await;
    let mut tx = db.begin().await.unwrap();
    insert(&mut tx, "tap").await.unwrap();
    insert(&mut tx, "light").await.unwrap();
    tx.commit().await.unwrap();
    let expected = [
        Word { id: 1, word: "tap".to_owned(), length: Some(3) },
        Word { id: 2, word: "light".to_owned(), length: None },
    ];
    let length = "CASE WHEN word = 'tap' THEN length(word) END AS length";
    for columns in [format!("id, word, {length}"), format!("{length}, 'x' AS more, word, id")] {
        let words = query(format!("SELECT {columns} FROM word ORDER BY id")).all::<Word>(db).await;
        assert_eq!(words.unwrap(), expected);
    }
}

async fn a_missing_column_is_named(place: Place) {
    let db = &place.words().await;
    let error = query("SELECT id, word FROM word").all::<Word>(db).await.unwrap_err();
    assert_eq!(error.to_string(), "the answer has no column length");
}

async fn one_takes_the_first_of_many(place: Place) {
    let db = &place.words().await;
    let values = "SELECT 1 AS n UNION ALL SELECT 2 UNION ALL SELECT 3 ORDER BY n DESC";
    assert_eq!(query(values).one::<(i64,)>(db).await.unwrap(), (3,));
    assert_eq!(query(values).optional::<(i64,)>(db).await.unwrap(), Some((3,)));
}

async fn returning_changes_every_row(place: Place) {
    let db = &place.words().await;
    let mut tx = db.begin().await.unwrap();
    let inserted = query("INSERT INTO word (word) VALUES ('a'), ('b'), ('c') RETURNING word");
    assert!(inserted.optional::<(String,)>(&mut tx).await.unwrap().is_some());
    tx.commit().await.unwrap();
    assert_eq!(crate::support::words(db).await, ["a", "b", "c"]);
}

async fn an_insert_tells_the_id(place: Place) {
    let db = &place.words().await;
    let mut tx = db.begin().await.unwrap();
    let insert = |word: &str| query("INSERT INTO word (word) VALUES ($1)").bind(word);
    let first: i64 = insert("Tap").insert(&mut tx).await.unwrap();
    let second: i64 = insert("AC").insert(&mut tx).await.unwrap();
    let words = query("SELECT id, word FROM word ORDER BY id");
    let expected = [(first, "Tap".to_owned()), (second, "AC".to_owned())];
    assert_eq!(words.all::<(i64, String)>(&mut tx).await.unwrap(), expected);
    let again = || insert("Tap").push(" ON CONFLICT DO NOTHING");
    assert_eq!(again().insert_new::<i64>(&mut tx).await.unwrap(), None);
    assert!(matches!(again().insert::<i64>(&mut tx).await, Err(Error::NoRow)));
}

async fn run_counts_the_rows(place: Place) {
    let db = &place.words().await;
    let mut tx = db.begin().await.unwrap();
    let insert = query("INSERT INTO word (word) VALUES ('a'), ('b') RETURNING id");
    assert_eq!(insert.run(&mut tx).await.unwrap(), 2);
    let nothing = query("UPDATE word SET word = 'c' WHERE id > $1").bind(99);
    assert_eq!(nothing.run(&mut tx).await.unwrap(), 0);
    let again = query("INSERT INTO word (word) VALUES ('a') ON CONFLICT DO NOTHING");
    assert_eq!(again.run(&mut tx).await.unwrap(), 0);
    assert_eq!(query("DELETE FROM word").run(&mut tx).await.unwrap(), 2);
}

async fn words_that_sqlite_does_not_know_are_no_mistake(place: Place) {
    let db = &place.words().await;
    let mut tx = db.begin().await.unwrap();
    assert_eq!(tx.dialect(), db.dialect());
    insert(&mut tx, "Tap").await.unwrap();
    for lock in ["FOR UPDATE", "FOR UPDATE SKIP LOCKED"] {
        let sql = format!("SELECT word FROM word WHERE id IN (SELECT id FROM word {lock})");
        query(sql).one::<(String,)>(&mut tx).await.unwrap();
    }
    tx.lock("tap").await.unwrap();
    let (connection,): (i32,) = query("SELECT pg_backend_pid()").one(&mut tx).await.unwrap();
    assert_eq!(connection == 0, db.dialect() == Dialect::Sqlite);
}

async fn mistakes_are_errors(place: Place) {
    let db = &place.words().await;
    for wrong in ["SELEC", "SELECT nothing FROM nowhere", "SELECT 1; SELECT 2"] {
        let error = query(wrong).all::<(i64,)>(db).await.unwrap_err();
        assert!(matches!(error, db::Error::Other(_)), "{wrong:?}: {error:?}");
    }
    // Reading goes on.
    db.ping().await.unwrap();
}

async fn a_statement_outlives_a_change_of_its_table(place: Place) {
    let db = &place.words().await;
    let other = &place.open();
    let all = "SELECT * FROM counter";
    assert_eq!(query(all).one::<(i64, i64)>(db).await.unwrap(), (1, 0));
    let mut tx = other.begin().await.unwrap();
    query("ALTER TABLE counter ADD COLUMN name TEXT").run(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    let (.., name): (i64, i64, Option<String>) = query(all).one(db).await.unwrap();
    assert_eq!(name, None);
}
