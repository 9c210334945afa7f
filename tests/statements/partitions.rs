//! The tables that grow can be partitioned by kost, and no statement has to be changed for
//! it: all of them are planned on partitions, made as `docs/scaling.md` says.

use std::collections::{BTreeMap, BTreeSet};

use db::{Dialect, Tx, query};
use kostticket::kosts::Role;
use serde_json::Value;

use super::{Ran, ran};
use crate::support::TestApp;

/// What a person runs.
const PARTITIONS: &str = include_str!("../../docs/partitions.sql");

/// Where statements look into all parts of a table, at how many places of each file, and why
/// they may. Whoever adds one either names the kost in it, or a reason here.
const OVER_ALL: &[(&str, usize, &str)] = &[
    ("crates/queue/src/inspect.rs", 4, "what all queues and workers have to do"),
    ("crates/queue/src/inspect/act.rs", 1, "a person acts on one job: found by its id, once"),
    ("crates/queue/src/inspect/count.rs", 2, "counts for the admin: no scope is asked for"),
    ("crates/queue/src/inspect/filter.rs", 2, "lists for the admin: no scope is asked for"),
    ("crates/queue/src/inspect/list.rs", 7, "lists for the admin; what a job caused elsewhere"),
    ("crates/queue/src/store.rs", 1, "places of a limit are shared by all kosts"),
    ("crates/queue/src/store/beat.rs", 5, "a worker's jobs are of all kosts"),
    ("crates/queue/src/store/claim.rs", 6, "workers work for all kosts"),
    ("crates/queue/src/store/upkeep.rs", 7, "clean-up, and what has become due"),
    ("src/accounts/session.rs", 1, "whether any kost invites a person"),
    ("src/admin/queue/audit.rs", 1, "deeds for the admin"),
    ("src/admin/queue/looked_for.rs", 1, "the admin looks for a number in all kosts"),
    ("src/admin/tasks.rs", 1, "tasks for the admin"),
    ("src/kosts/invitation.rs", 2, "a person's invitations, from all kosts"),
    ("src/kosts/store/members.rs", 2, "a person's memberships, in all kosts"),
    ("src/notifications/store.rs", 3, "a person's notifications, from all kosts"),
    ("src/tickets/list.rs", 1, "a person's reports, in all kosts"),
    ("src/tickets/photos.rs", 3, "files are the installation's: which are a report's"),
];

/// Tables that stay whole: of people, of the installation, and what is kept small.
const WHOLE: &[&str] = &[
    "account",
    "account_link",
    "draft",
    "job_count",
    "job_minute",
    "kost",
    "migration",
    "queue_pause",
    "queue_schedule",
    "queue_worker",
    "rate_use",
    "session",
    "setting",
];

#[tokio::test]
async fn a_kost_goes_on_when_its_tables_are_partitioned() {
    let app = TestApp::new().await;
    if app.app.db.dialect() == Dialect::Sqlite {
        return;
    }
    let kost = app.kost("Kost Melati").await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    let budi = app.member("budi", &kost, Role::Owner).await;
    rani.report(&kost, "Keran bocor", "01").await;
    app.run_tasks().await;

    let mut tx = app.app.db.begin().await.unwrap();
    query(PARTITIONS).run(&mut tx).await.unwrap();
    let whole: Vec<(String,)> = query(
        "SELECT CAST(relname AS TEXT)
         FROM pg_class
         WHERE relnamespace = CAST(CAST(current_schema() AS TEXT) AS regnamespace)
           AND relkind = 'r'
         ORDER BY relname",
    )
    .all(&mut tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(whole.iter().map(|(name,)| name.as_str()).collect::<Vec<_>>(), WHOLE);

    app.mail.take();
    rani.post(&kost.path("/tickets/1/comments"), &[("body", "Masih menetes")]).await;
    assert_eq!(rani.report(&kost, "Lampu mati", "01").await.get(), 2);
    app.run_tasks().await;
    assert_eq!(app.mail.take().len(), 3, "the comment; the report, opened and assigned");
    let page = budi.get(&kost.path("/tickets/1")).await.text;
    assert!(page.contains("Keran bocor") && page.contains("Masih menetes"), "{page}");
    let twice = budi.post(&kost.path("/locations"), &[("kind", "room"), ("name", "01")]).await;
    assert_eq!(twice.status, 422, "a constraint is known by its name: {}", twice.text);
}

#[tokio::test]
#[ignore = "looks back at what the tests ran: cargo xtask test"]
async fn every_statement_runs_on_partitions_and_most_on_one() {
    let app = TestApp::new().await;
    let mut tx = app.app.db.begin().await.unwrap();
    query(PARTITIONS).run(&mut tx).await.unwrap();
    query(PLAN).run(&mut tx).await.unwrap();
    let mut places = BTreeMap::<String, BTreeSet<String>>::new();
    for Ran { sql, place, .. } in ran() {
        places.entry(sql).or_default().insert(place);
    }
    let mut over_all = BTreeMap::<&str, BTreeSet<&str>>::new();
    for (sql, places) in &places {
        if plan(&mut tx, sql).await.iter().any(is_over_all) {
            for (file, line) in places.iter().filter_map(|place| place.rsplit_once(':')) {
                over_all.entry(file).or_default().insert(line);
            }
        }
    }
    let found: Vec<_> = over_all.iter().map(|(file, lines)| (*file, lines.len())).collect();
    let known: Vec<_> = OVER_ALL.iter().map(|(file, places, _)| (*file, *places)).collect();
    assert_eq!(found, known, "looked for in all parts of a table: {over_all:?}");
}

/// Plans a statement as PostgreSQL does when it runs often, on tables so large that nobody
/// would read or hash them whole: once for all values. What these leave out is left out as it
/// begins, and does not stand in the plan.
const PLAN: &str = "
    CREATE FUNCTION plan (sql TEXT) RETURNS JSONB LANGUAGE plpgsql AS $plan$
    DECLARE
        ones TEXT;
        found JSON;
    BEGIN
        SET LOCAL enable_seqscan = off;
        SET LOCAL work_mem = '64kB';
        SET LOCAL hash_mem_multiplier = 1;
        EXECUTE 'PREPARE planned AS ' || sql;
        SELECT '(' || string_agg('''1''', ', ') || ')'
        INTO ones
        FROM pg_prepared_statements
        CROSS JOIN unnest(parameter_types)
        WHERE name = 'planned';
        EXECUTE 'EXPLAIN (FORMAT JSON, VERBOSE) EXECUTE planned ' || coalesce(ones, '') INTO found;
        DEALLOCATE planned;
        RETURN found;
    END
    $plan$";

/// All nodes of a statement's plan.
async fn plan(tx: &mut Tx, sql: &str) -> Vec<Value> {
    let plan = query("SELECT plan($1)").bind(sql).one::<(Value,)>(tx).await;
    let (plan,) = plan.unwrap_or_else(|error| panic!("{error}: {sql}"));
    let mut nodes = vec![plan[0]["Plan"].clone()];
    let mut next = 0;
    while let Some(node) = nodes.get(next) {
        let parts = node["Plans"].as_array().cloned().unwrap_or_default();
        nodes.extend(parts);
        next += 1;
    }
    nodes
}

/// Whether it puts together what several parts of one table say, and does not choose among
/// them as it runs.
fn is_over_all(node: &Value) -> bool {
    let mut seen = BTreeMap::<&str, BTreeSet<&str>>::new();
    for scan in node["Plans"].as_array().into_iter().flatten().filter_map(scan) {
        if !asks_for_a_kost(scan) {
            let text = |key: &str| scan[key].as_str().unwrap_or_default();
            seen.entry(text("Relation Name")).or_default().insert(text("Schema"));
        }
    }
    let is_put_together = ["Append", "Merge Append"].contains(&node["Node Type"].as_str().unwrap());
    is_put_together && seen.values().any(|parts| parts.len() > 1)
}

/// Below nodes that have one below them, such as a sort.
fn scan(node: &Value) -> Option<&Value> {
    match node["Plans"].as_array().map(Vec::as_slice) {
        _ if node["Schema"].is_string() => Some(node),
        Some([only]) => scan(only),
        _ => None,
    }
}

/// Whether the row that is joined says which part it is: PostgreSQL looks into that one only.
fn asks_for_a_kost(scan: &Value) -> bool {
    let alias = scan["Alias"].as_str().unwrap_or_default();
    ["Index Cond", "Recheck Cond", "Filter"].iter().filter_map(|key| scan[key].as_str()).any(
        |condition| {
            ["kost", "scope"].iter().any(|key| {
                condition.contains(&format!("({alias}.{key} = "))
                    || condition.contains(&format!(" = {alias}.{key})"))
            })
        },
    )
}
