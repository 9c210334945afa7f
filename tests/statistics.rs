//! Statistics through HTTP: spans, numbers, files for spreadsheets.

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use kostticket::kosts::Role;

use crate::support::{Kost, Person, TestApp};

/// A report with given times, as it lies in the database.
struct Past<'a> {
    number: i64,
    category: &'a str,
    room: &'a str,
    opened: &'a str,
    answered: Option<&'a str>,
    done: Option<&'a str>,
    answer: Option<&'a str>,
}

async fn insert(app: &TestApp, kost: &Kost, by: &Person<'_>, past: Past<'_>) {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let location = app.location(kost, past.room).await;
    let mut tx = app.app.db.begin().await.unwrap();
    db::query(
        "INSERT INTO ticket (kost, number, reporter, location, category, priority, status, title, description, search,
             submission, opened_at, changed_at, first_response_at, done_at, answer)
         VALUES ($1, $2, $3, $4, $5, 'low', $6, 'x', '', 'x', $7, $8, $8, $9, $10, $11)",
    )
    .bind(kost.id)
    .bind(past.number)
    .bind(by.id)
    .bind(location)
    .bind(past.category)
    .bind(if past.done.is_some() { "done" } else { "open" })
    .bind(past.number.to_string())
    .bind(at(past.opened))
    .bind(past.answered.map(at))
    .bind(past.done.map(at))
    .bind(past.answer.map(str::to_owned))
    .run(&mut tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

/// Three reports: one of last week, confirmed; one of this week, silent; one
/// from long before.
async fn three(app: &TestApp, kost: &Kost, by: &Person<'_>) {
    let past = Past {
        number: 101,
        category: "ac",
        room: "01",
        opened: "2026-11-16T02:00:00Z",
        answered: Some("2026-11-16T03:00:00Z"),
        done: Some("2026-11-17T02:00:00Z"),
        answer: Some("confirmed"),
    };
    insert(app, kost, by, past).await;
    let past = Past {
        number: 102,
        category: "water",
        room: "Dapur",
        opened: "2026-11-22T17:30:00Z", // Monday, 00.30 in Jakarta
        answered: Some("2026-11-22T20:30:00Z"),
        done: Some("2026-11-23T01:30:00Z"),
        answer: Some("silent"),
    };
    insert(app, kost, by, past).await;
    let past = Past {
        number: 103,
        category: "wifi",
        room: "02",
        opened: "2025-01-05T02:00:00Z",
        answered: None,
        done: None,
        answer: None,
    };
    insert(app, kost, by, past).await;
}

#[tokio::test]
async fn a_span_is_shown_with_its_numbers() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let budi = app.member("budi", &kost, Role::Owner).await;
    three(&app, &kost, &budi).await;
    let page = budi.get("/k/melati/statistics").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("Kost Melati, 7 Sep sampai 23 Nov 2026"), "{}", page.text);
    assert!(page.text.contains("kt-stat__v\">2<"), "two were opened");
    assert!(page.text.contains("1 dikonfirmasi beres"));
    assert!(page.text.contains(">2 jam<"), "the median of one hour and three");
    assert!(page.text.contains(">16 jam<"), "the median of 24 hours and eight");
    assert!(page.text.contains(
        "<th scope=\"row\">16 Nov</th><td class=\"kt-end\">1</td><td class=\"kt-end\">1</td>"
    ));
    assert!(page.text.contains(
        "<th scope=\"row\">23 Nov</th><td class=\"kt-end\">1</td><td class=\"kt-end\">1</td>"
    ));
    assert!(
        page.text.contains("Tutup otomatis")
            && page.text.contains("Dapur")
            && !page.text.contains("Wi-Fi")
    );
    let day = budi.get("/k/melati/statistics?from=2026-11-23&to=2026-11-23").await;
    assert!(day.text.contains("kt-stat__v\">1<"));
    assert!(day.text.contains("value=\"2026-11-23\""));
}

#[tokio::test]
async fn done_and_confirmed_are_different_facts() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    let budi = app.member("budi", &kost, Role::Owner).await;
    for title in ["Keran bocor", "Lampu mati", "AC panas"] {
        let number = rani.report(&kost, title, "01").await;
        app.clock.advance(SignedDuration::from_mins(10));
        let path = kost.path(&format!("/tickets/{number}/status"));
        budi.post(&path, &[("status", "done"), ("version", "1")]).await.location();
    }
    let shown = async || budi.get("/k/melati/statistics").await.text;
    assert!(shown().await.contains("0 dikonfirmasi beres"), "{}", shown().await);
    rani.post("/k/melati/tickets/1/confirmation", &[]).await.location();
    rani.post("/k/melati/tickets/2/return", &[]).await.location();
    let page = shown().await;
    assert!(page.contains("1 dikonfirmasi beres"), "{page}");
    let file = budi.get("/k/melati/statistics.csv").await.text;
    for line in [
        "\"Laporan masuk\",\"\",\"3\"",
        "\"Selesai\",\"\",\"2\"",
        "\"Kata penghuni\",\"Dikonfirmasi beres\",\"1\"",
    ] {
        assert!(file.contains(line), "{line} in {file}");
    }
    // Silence closes the third one, and is no confirmation.
    app.advance(SignedDuration::from_hours(24 * 7)).await;
    let page = shown().await;
    assert!(page.contains("1 dikonfirmasi beres") && page.contains("Tutup otomatis"), "{page}");
}

#[tokio::test]
async fn wrong_dates_get_a_sentence_and_stay_as_typed() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let budi = app.member("budi", &kost, Role::Owner).await;
    for (query, sentence) in [
        ("from=kemarin&to=2026-11-23", "Tanggal belum lengkap"),
        ("from=2026-11-23&to=2026-11-01", "sebelum tanggal awal"),
        ("from=2001-01-01&to=2026-11-01", "Paling panjang dua tahun"),
    ] {
        for page in ["statistics", "statistics.csv"] {
            let answer = budi.get(&format!("/k/melati/{page}?{query}")).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
            assert!(answer.text.contains(sentence), "{query}: {}", answer.text);
        }
    }
    let kept = budi.get("/k/melati/statistics?from=kemarin").await;
    assert!(kept.text.contains("value=\"kemarin\""));
}

#[tokio::test]
async fn the_file_is_for_spreadsheets_and_holds_no_formulas() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let budi = app.member("budi", &kost, Role::Owner).await;
    three(&app, &kost, &budi).await;
    let kitchen = app.location(&kost, "Dapur").await;
    let fields = [("name", "=SUM(A1), \"dapur\"")];
    budi.post(&format!("/k/melati/locations/{kitchen}"), &fields).await.location();
    let file = budi.get("/k/melati/statistics.csv").await;
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(
        file.header("content-disposition"),
        "attachment; filename=\"statistik-melati-2026-09-07-2026-11-23.csv\""
    );
    assert!(
        file.text.starts_with("\u{feff}\"Kelompok\",\"Keterangan\",\"Nilai\"\r\n"),
        "{}",
        file.text
    );
    assert!(
        file.text.contains("\"Menurut tempat\",\"'=SUM(A1), \"\"dapur\"\"\",\"1\"\r\n"),
        "{}",
        file.text
    );
    assert!(file.text.contains("\"Tanggapan pertama (jam)\",\"Median\",\"2.00\"\r\n"));
    assert!(file.text.contains("\"Masuk, minggu mulai\",\"2026-11-23\",\"1\"\r\n"));
}

#[tokio::test]
async fn only_staff_of_the_kost_see_them() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let other = app.kost("Kost Kenanga").await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    let wati = app.member("wati", &other, Role::Owner).await;
    for page in ["/k/melati/statistics", "/k/melati/statistics.csv"] {
        assert_eq!(rani.get(page).await.status, StatusCode::FORBIDDEN);
        assert_eq!(wati.get(page).await.status, StatusCode::NOT_FOUND);
    }
}
