//! No statement walks over a table that grows: SQLite's plan for each of them is
//! looked at, whatever it is that the tests have in their tables.

use std::collections::{BTreeMap, BTreeSet};

use db::query;

use super::{Ran, ran};
use crate::support::TestApp;

/// Of these there are a few, however many people there are.
const SMALL: &[&str] = &["queue_pause", "queue_schedule", "queue_worker", "setting", "job_count"];

/// Which file's statements walk over what, at how many places, and why they may. Whoever
/// adds one either finds an index for it, or a reason.
#[rustfmt::skip]
const WALKS: &[(&str, &str, usize, &str)] = &[
    ("crates/queue/src/inspect.rs", "level", 1, "the priorities of one queue, each found by its index"),
    ("crates/queue/src/inspect/count.rs", "job", 2, "what is searched for, within a window"),
    ("crates/queue/src/inspect/list.rs", "job", 3, "backwards along the key, to the end of a page or a window"),
    ("crates/queue/src/store/claim.rs", "job", 1, "along the index of what waits, to as many as are taken"),
    ("crates/queue/src/store/upkeep.rs", "held", 2, "what waits for a place or its turn, by its partial index"),
    ("src/accounts/setup.rs", "account", 1, "the first row is enough"),
    ("src/accounts/store.rs", "account", 1, "the first row is enough"),
    ("src/accounts/store.rs", "draft", 1, "the nightly clean-up; a draft for each person at most"),
    ("src/admin/list.rs", "ticket", 1, "a subquery of that name: a page or a window"),
    ("src/admin/queue/audit.rs", "task_act", 1, "backwards along the key, to the end of a page"),
    ("src/admin/queue/looked_for.rs", "account", 1, "the admin looks for a name in all kosts"),
    ("src/admin/queue/looked_for.rs", "kost", 1, "the admin looks for a number in all kosts"),
    ("src/kosts/store/kosts.rs", "kost", 3, "kosts that anybody may join, by their partial index"),
    ("src/tickets/photos.rs", "photo", 1, "copying an installation"),
    ("src/web/rate.rs", "rate_use", 1, "what is forgotten of limits; only PostgreSQL keeps it there"),
];

#[tokio::test]
#[ignore = "looks back at what the tests ran on both databases: cargo xtask test"]
async fn no_statement_walks_over_what_grows() {
    let app = TestApp::on_sqlite().await;
    let mut walks = BTreeMap::<(String, String), BTreeSet<String>>::new();
    for Ran { place, sql, .. } in ran().into_iter().filter(|ran| ran.on == "Sqlite") {
        for table in scanned(&app, &sql).await {
            let file = place.split(':').next().unwrap().to_owned();
            walks.entry((file, table)).or_default().insert(place.clone());
        }
    }
    let found = walks.iter().map(|((file, table), places)| (file.as_str(), table.as_str(), places));
    let allowed = |file, table| {
        WALKS.iter().find(|walk| (walk.0, walk.1) == (file, table)).map_or(0, |walk| walk.2)
    };
    let wrong: Vec<_> = found
        .clone()
        .filter(|(file, table, places)| places.len() > allowed(file, table))
        .map(|(file, table, places)| format!("{file} {table}: {places:?}"))
        .collect();
    assert!(wrong.is_empty(), "statements that walk over a whole table:\n{}", wrong.join("\n"));
    let there: BTreeSet<_> = found.map(|(file, table, _)| (file, table)).collect();
    let gone: Vec<_> = WALKS.iter().filter(|walk| !there.contains(&(walk.0, walk.1))).collect();
    assert!(gone.is_empty(), "these walk no more: {gone:?}");
}

/// What SQLite reads from one end to the other for this statement.
async fn scanned(app: &TestApp, sql: &str) -> BTreeSet<String> {
    let values = (1..).take_while(|number| sql.contains(&format!("${number}")));
    let explain = query(format!("EXPLAIN QUERY PLAN {sql}"));
    let explain = values.fold(explain, |query, _| query.bind(None::<i64>));
    let plan: Vec<(i64, i64, i64, String)> =
        explain.all(&app.app.db).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    plan.iter()
        // An index that is made for one statement reads the whole table, too.
        .filter_map(|(.., step)| match step.contains("AUTOMATIC") {
            true => Some(step.as_str()),
            false => step.strip_prefix("SCAN ")?.split(' ').next(),
        })
        .filter(|table| {
            table.starts_with(|first: char| first.is_ascii_lowercase())
                || table.contains("AUTOMATIC")
        })
        .filter(|table| !SMALL.contains(table))
        .map(str::to_owned)
        .collect()
}
