//! What pages read on PostgreSQL, where one kost is much larger than the others: its
//! planner reckons with the average.

use db::{Db, query};
use kostticket::kosts::Role;

use super::{GROWING, House, REQUESTS, RESIDENTS};
use crate::support::{TestApp, postgres_url};

/// Kosts in which hardly anything happens.
const OTHERS: usize = 30;

/// Who asks for which page, and how many rows and entries of indexes it read when this was
/// last written down.
#[rustfmt::skip]
const READ: &[(&str, &str, i64)] = &[
    ("budi", "/k/melati", 105),
    ("budi", "/k/melati?status=open&category=water", 125),
    ("budi", "/k/melati?q=bocor", 125),
    ("budi", "/k/melati/tickets/20", 230),
    ("budi", "/k/melati/tickets/new", 18),
    ("budi", "/k/melati/statistics", 78),
    ("budi", "/k/melati/queue", 24),
    ("budi", "/k/melati/members", 73),
    ("budi", "/k/melati/locations", 18),
    ("budi", "/notifications", 211),
    ("budi", "/account", 4),
    ("wati", "/tickets", 26),
    ("wati", "/k/melati/tickets/20", 42),
    ("wati", "/notifications", 154),
    ("siti", "/admin/queue", 25),
    ("siti", "/admin/kosts", 33),
    ("budi", "/k/melati/queue/{task}", 6),
    ("budi", "/k/melati/queue/{task}/discard", 6),
    ("budi", "/k/melati/queue/deeds", 5),
    ("budi", "/k/melati/statistics.csv", 78),
    ("budi", "/k/melati/settings", 5),
    ("budi", "/k/melati/settings/invite", 5),
    ("budi", "/k/melati/members/{account}", 21),
    ("budi", "/k/melati/members/{account}/end", 8),
    ("budi", "/k/melati/locations/{location}", 6),
    ("budi", "/account/email", 4),
    ("budi", "/account/password", 4),
    ("budi", "/account/sessions", 5),
    ("budi", "/account/notifications", 4),
    ("", "/join/{code}", 15),
    ("", "/readyz", 7),
    ("wati", "/k/melati/info", 29),
    ("siti", "/admin/queue/{task}", 4),
    ("siti", "/admin/queue/{task}/discard", 4),
];

#[tokio::test]
#[ignore = "alone on its server, where nobody keeps what was removed: cargo xtask test"]
async fn no_page_reads_more_than_it_did_nor_where_one_kost_is_large() {
    let Some(url) = postgres_url() else { return };
    // All reads on one connection, which is the one that tells what it read. It finds rows
    // as where there are many: of a few, PostgreSQL reads the whole table.
    let one = "&pool=1&options=-c%20enable_seqscan%3Doff";
    let app = TestApp::configured(|config| config.database_url = url + one).await;
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
        let grows = many > few + few * 3 / 10 + 3 && !GROWING.contains(&path);
        // Upwards alone: which of two good indexes is taken, PostgreSQL decides by a sample.
        if few > bound + bound / 10 + 3 || grows {
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
    tx.commit().await.unwrap();
    // As the server does by itself, sooner or later.
    let vacuum = format!("VACUUM ANALYZE {}", tables.join(", "));
    query(vacuum).all::<(String,)>(db).await.unwrap();
    let mut pages = Vec::new();
    for &(who, path, ..) in REQUESTS.iter().filter(|(_, _, fields, _)| fields.is_empty()) {
        let filled = house.filled_in(path).await;
        // Whoever has done it before, as in the other measurement.
        house.ask(who, &filled).await;
        let before = read(db).await;
        let answer = house.ask(who, &filled).await;
        assert!(matches!(answer.status.as_u16(), 200 | 303), "{path}: {}", answer.text);
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
