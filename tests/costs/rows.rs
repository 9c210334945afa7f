//! What pages read on PostgreSQL, where one kost is much larger than the others: its
//! planner reckons with the average.

use db::{Db, query};
use kostticket::kosts::Role;

use super::{GROWING, House, REQUESTS, RESIDENTS};
use crate::support::{TestApp, postgres_url};

/// Kosts in which hardly anything happens.
const OTHERS: usize = 30;

/// Who asks for which page, and how many rows and entries of indexes it read when this was
/// last written down. (Where there is not much PostgreSQL reads whole tables, which is faster.)
#[rustfmt::skip]
const READ: &[(&str, &str, i64)] = &[
    ("budi", "/k/melati", 552),
    ("budi", "/k/melati?status=open&category=water", 541),
    ("budi", "/k/melati?q=bocor", 541),
    ("budi", "/k/melati/tickets/20", 602),
    ("budi", "/k/melati/tickets/new", 179),
    ("budi", "/k/melati/statistics", 239),
    ("budi", "/k/melati/queue", 312),
    ("budi", "/k/melati/members", 295),
    ("budi", "/k/melati/locations", 179),
    ("budi", "/notifications", 1923),
    ("budi", "/account", 135),
    ("wati", "/tickets", 215),
    ("wati", "/k/melati/tickets/20", 384),
    ("wati", "/notifications", 334),
    ("siti", "/admin/queue", 253),
    ("siti", "/admin/kosts", 135),
];

#[tokio::test]
async fn no_page_reads_more_than_it_did_nor_where_one_kost_is_large() {
    let Some(url) = postgres_url() else { return };
    // All reads on one connection, which is the one that tells what it read.
    let app = TestApp::configured(|config| config.database_url = url + "&pool=1").await;
    for number in 0..OTHERS {
        let kost = app.kost(&format!("Kost Kecil {number}")).await;
        let rani = app.member(&format!("rani{number}"), &kost, Role::Resident).await;
        rani.report(&kost, "Lampu mati", "01").await;
    }
    let house = House::new(&app).await;
    house.fill(60, RESIDENTS.len()).await;
    // So that most have been told something.
    for number in 1..=RESIDENTS.len() {
        let path = format!("/k/melati/tickets/{number}/comments");
        house.person("budi").post(&path, &[("body", "Besok ya")]).await;
    }
    let few = rows(&house, 60, RESIDENTS.len()).await;
    // The last of them, who looks at pages, has reported enough.
    let many = rows(&house, 300, RESIDENTS.len() - 1).await;
    let mut wrong = Vec::new();
    for (&(who, path, few), &(.., many)) in few.iter().zip(&many) {
        let bound =
            READ.iter().find(|page| (page.0, page.1) == (who, path)).map_or(0, |page| page.2);
        let grows = many * 10 > few * 13 && !GROWING.contains(&path);
        if few * 10 > bound * 11 || few * 11 < bound * 10 || grows {
            wrong.push(format!("(\"{who}\", \"{path}\", {few}), // {bound} written down, {many} with five times the reports"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

async fn rows(
    house: &House<'_>,
    reports: usize,
    residents: usize,
) -> Vec<(&'static str, &'static str, i64)> {
    house.fill(reports, residents).await;
    let db = &house.app.app.db;
    let mut tx = db.begin().await.unwrap();
    let tables: Vec<_> = tx.tables().await.unwrap().into_iter().map(|table| table.name).collect();
    query(format!("ANALYZE {}", tables.join(", "))).run(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    let mut pages = Vec::new();
    for &(who, path, ..) in REQUESTS.iter().filter(|(_, _, fields, _)| fields.is_empty()) {
        let person = house.person(who);
        // Whoever has done it before, as in the other measurement.
        person.get(path).await;
        let before = read(db).await;
        let answer = person.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        pages.push((who, path, read(db).await - before));
    }
    pages
}

/// What was read of this installation's tables and indexes.
async fn read(db: &Db) -> i64 {
    // Each connection counts by itself, and tells when it likes.
    let tell = "SELECT CAST(pg_stat_force_next_flush() AS TEXT)";
    query(tell).all::<(String,)>(db).await.unwrap();
    let mut tx = db.begin().await.unwrap();
    query(tell).all::<(String,)>(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    let (read,) = query(
        "SELECT CAST(SUM(seq_tup_read)
                     + (SELECT SUM(idx_tup_read)
                        FROM pg_stat_user_indexes
                        WHERE CAST(schemaname AS TEXT) = CAST(current_schema() AS TEXT)) AS BIGINT)
         FROM pg_stat_user_tables
         WHERE CAST(schemaname AS TEXT) = CAST(current_schema() AS TEXT)",
    )
    .one(db)
    .await
    .unwrap();
    read
}
