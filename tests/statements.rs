//! Every statement of the program ran on both databases while the tests ran,
//! and whatever text one of them was given, the other takes as well.

mod partitions;
mod plans;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use db::{Db, Dialect, query};
use serde::Deserialize;

use crate::architecture::{collect, without_comments};
use crate::support::TestApp;

/// Where the program's statements are.
const SOURCES: [&str; 2] = ["src", "crates/queue/src"];

/// What only PostgreSQL runs, and why. SQLite takes it all the same.
const ONLY_POSTGRES: &[&str] = &[
    // Nodes count together in the database; on SQLite there is one, which counts in its memory.
    "src/web/rate.rs",
];

/// One line of what `db` recorded.
#[derive(Deserialize)]
struct Ran {
    on: String,
    place: String,
    sql: String,
}

#[tokio::test]
#[ignore = "looks back at what the tests ran on both databases: cargo xtask test"]
async fn every_statement_runs_on_both_databases() {
    let ran = ran();
    let places = places();
    let mut wrong = Vec::new();
    for on in ["Sqlite", "Postgres"] {
        let there: BTreeSet<_> = ran.iter().filter(|ran| ran.on == on).map(place).collect();
        let missing =
            places.difference(&there).filter(|place| on == "Postgres" || !is_only_postgres(place));
        wrong.extend(missing.map(|place| format!("{place} never ran on {on}")));
        // Else `places` overlooks what it should find.
        assert_eq!(there.difference(&places).collect::<Vec<_>>(), [""; 0], "no statement there");
    }
    wrong.extend(refused(&ran).await);
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), places.len(), wrong.join("\n"));
}

/// What ran of the program's own.
fn ran() -> Vec<Ran> {
    let record = fs::read_to_string(std::env::var("TEST_STATEMENTS").unwrap()).unwrap();
    let lines = record.lines().map(|line| serde_json::from_str::<Ran>(line).unwrap());
    lines.filter(|ran| is_ours(&ran.place)).collect()
}

fn place(ran: &Ran) -> String {
    ran.place.clone()
}

fn is_ours(place: &str) -> bool {
    SOURCES.iter().any(|folder| Path::new(place).starts_with(folder))
}

fn is_only_postgres(place: &str) -> bool {
    ONLY_POSTGRES.iter().any(|file| place.rsplit_once(':').is_some_and(|(of, _)| of == *file))
}

/// `src/accounts/store.rs:22` for every call of `query`, tests apart.
fn places() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in SOURCES {
        collect(&root.join(folder), &mut files);
    }
    let mut places = BTreeSet::new();
    for file in files {
        let code = without_comments(&fs::read_to_string(&file).unwrap());
        let code = code.split("#[cfg(test)]\nmod ").next().unwrap();
        let lines = code.lines().zip(1..).filter(|(line, _)| calls_query(line));
        let file = file.strip_prefix(root).unwrap().display();
        places.extend(lines.map(|(_, number)| format!("{file}:{number}")));
    }
    places
}

fn calls_query(line: &str) -> bool {
    line.match_indices("query(").any(|(at, _)| {
        let before = line[..at].trim_end_matches("db::");
        !before.ends_with(|letter: char| letter.is_alphanumeric() || "_.:".contains(letter))
            && !before.ends_with("fn ")
    })
}

/// Texts that only one database was given, and the other does not take.
async fn refused(ran: &[Ran]) -> Vec<String> {
    let mut given = BTreeMap::<&str, (&str, BTreeSet<&str>)>::new();
    for ran in ran {
        given.entry(&ran.sql).or_insert((&ran.place, BTreeSet::new())).1.insert(&ran.on);
    }
    let postgres = TestApp::new().await;
    let sqlite = TestApp::on_sqlite().await;
    let mut refused = Vec::new();
    for (sql, (place, on)) in given {
        for db in [&sqlite.app.db, &postgres.app.db] {
            if !on.contains(format!("{:?}", db.dialect()).as_str())
                && let Err(error) = prepare(db, sql).await
            {
                refused.push(format!("{place}: {error}"));
            }
        }
    }
    refused
}

async fn prepare(db: &Db, sql: &str) -> db::Result<()> {
    let mut tx = db.begin().await?;
    match db.dialect() {
        Dialect::Sqlite => {
            let values = (1..).take_while(|number| sql.contains(&format!("${number}")));
            values
                .fold(query(format!("EXPLAIN {sql}")), |query, _| query.bind(None::<i64>))
                .run(&mut tx)
                .await?
        }
        Dialect::Postgres => {
            query(format!("PREPARE statement AS {sql}")).run(&mut tx).await?;
            query("DEALLOCATE statement").run(&mut tx).await?
        }
    };
    Ok(())
}

#[test]
fn calls_are_told_from_what_only_looks_like_one() {
    for call in ["query(\"SELECT 1\")", "    let (id,) = query(", "wanted.narrow(db::query(\"…\"))"]
    {
        assert!(calls_query(call), "{call}");
    }
    for other in ["Form::from_query(text)", "pub fn query(&self)", "asked.query()", "Asked::query("]
    {
        assert!(!calls_query(other), "{other}");
    }
}
