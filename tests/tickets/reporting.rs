//! The report form: what it takes, what it refuses, and that nothing typed is lost.

use db::query;
use kostticket::kosts::Role;
use kostticket::tickets::{Priority, store};

use super::{photos_of, pictures};
use crate::support::{Kost, Person, TestApp};

async fn count(app: &TestApp) -> i64 {
    let (count,) = query("SELECT COUNT(*) FROM ticket").one(&app.app.db).await.unwrap();
    count
}

/// The value of a hidden field.
fn hidden(page: &str, name: &str) -> String {
    let at = page
        .find(&format!("name=\"{name}\" value=\""))
        .unwrap_or_else(|| panic!("no {name}: {page}"));
    page[at..].split('"').nth(3).unwrap().to_owned()
}

async fn resident<'a>(app: &'a TestApp, kost: &Kost) -> Person<'a> {
    app.member("rani", kost, Role::Resident).await
}

#[tokio::test]
async fn the_form_begins_with_what_is_known() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = resident(&app, &kost).await;
    let page = rani.get(&kost.path("/tickets/new")).await;
    assert_eq!(page.status, 200);
    let room = app.location(&kost, "01").await;
    assert!(
        page.text.contains(&format!("name=\"location\" value=\"{room}\" checked")),
        "{}",
        page.text
    );
    assert!(page.text.contains("name=\"priority\" value=\"medium\" checked"));
    assert!(
        page.text.contains("Dapur") && !page.text.contains("Kamar 02"),
        "only the own room, and what is shared"
    );
    assert!(
        page.text.contains("<details class=\"kt-fold\" id=\"more\">"),
        "what follows the title is folded"
    );
    let again = rani.get(&kost.path("/tickets/new")).await;
    assert_ne!(
        hidden(&page.text, "submission"),
        hidden(&again.text, "submission"),
        "one token per form shown"
    );
}

#[tokio::test]
async fn staff_report_from_any_place() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let budi = app.member("budi", &kost, Role::Manager).await;
    let page = budi.get(&kost.path("/tickets/new")).await;
    assert!(
        page.text.contains("Kamar 02")
            && page.text.contains("Kamar 12")
            && page.text.contains("Dapur")
    );
    let number = budi.report(&kost, "Lampu lorong mati", "02").await;
    assert!(budi.get(&kost.path(&format!("/tickets/{number}"))).await.text.contains("Kamar 02"));
    assert!(budi.get("/tickets").await.text.contains("Lampu lorong mati"));
}

#[tokio::test]
async fn a_report_with_photos_is_sent_with_one_tap() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = resident(&app, &kost).await;
    let page = rani.get(&kost.path("/tickets/new")).await;
    let (room, token) =
        (app.location(&kost, "01").await.to_string(), hidden(&page.text, "submission"));
    let fields = [
        ("submission", token.as_str()),
        ("category", "water"),
        ("title", "  Keran\u{202e} bocor "),
        ("description", "Sejak pagi."),
        ("location", &room),
        ("priority", "emergency"),
    ];
    let (jpeg, png) = (pictures::jpeg_with_place(), pictures::png());
    let files: [(&str, &str, &[u8]); 3] =
        [("photos", "a.jpg", &jpeg), ("photos", "b.png", &png), ("photos", "", b"")];
    let sent = rani.request("POST", &kost.path("/tickets")).multipart(&fields, &files).send().await;
    assert_eq!(sent.location(), "/k/melati/tickets/1");
    let ticket =
        store::with_submission(&app.app.db, kost.id, rani.id, &token).await.unwrap().unwrap();
    assert_eq!((ticket.title.as_str(), ticket.priority), ("Keran bocor", Priority::Emergency));
    let stored = photos_of(&app, ticket.id).await;
    assert_eq!(stored.len(), 2, "an input left empty is no photo");
    for photo in &stored {
        let whole = rani.get(&photo.url("/k/melati/tickets/1")).await;
        assert_eq!(whole.status, 200);
        assert!(whole.bytes.starts_with(&[0xFF, 0xD8]), "always JPEG");
        let has_place = |bytes: &[u8]| bytes.windows(10).any(|window| window == b"GPS-SECRET");
        assert!(has_place(&jpeg) && !has_place(&whole.bytes), "where it was taken is gone");
    }
    let page = rani.request("GET", sent.location()).send().await;
    assert!(page.text.contains("-small.jpg\" alt=\"Foto 1: Keran bocor\""), "{}", page.text);
}

#[tokio::test]
async fn the_same_form_sent_twice_makes_one_report() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = resident(&app, &kost).await;
    let room = app.location(&kost, "01").await.to_string();
    let form = |token| {
        [
            ("submission", token),
            ("category", "water"),
            ("title", "Keran bocor"),
            ("location", room.as_str()),
        ]
    };
    let path = kost.path("/tickets");
    for _ in 0..2 {
        assert_eq!(rani.post(&path, &form("a")).await.location(), "/k/melati/tickets/1");
    }
    let form = form("b");
    let answers =
        tokio::join!(rani.post(&path, &form), rani.post(&path, &form), rani.post(&path, &form));
    for answer in [answers.0, answers.1, answers.2] {
        assert_eq!(answer.location(), "/k/melati/tickets/2", "at once as well");
    }
    assert_eq!(count(&app).await, 2);
}

#[tokio::test]
async fn what_is_wrong_is_named_and_everything_typed_stays() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = resident(&app, &kost).await;
    let path = kost.path("/tickets");
    let empty = rani.post(&path, &[("submission", "a")]).await;
    assert_eq!(empty.status, 422);
    for field in ["category", "title", "location"] {
        assert!(empty.text.contains(&format!("id=\"{field}-error\"")), "{field}: {}", empty.text);
    }
    let (title, description) = ("j".repeat(103), "Ceritanya begini.");
    let foreign = app.kost("Kost Mawar").await;
    let place = app.location(&foreign, "01").await.to_string();
    let fields = [
        ("submission", "a"),
        ("category", "plumbing"),
        ("title", &title),
        ("description", description),
        ("location", &place),
        ("priority", "whenever"),
    ];
    let wrong = rani.post(&path, &fields).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text.contains("Terlalu panjang, lebih 3 huruf"), "{}", wrong.text);
    assert!(wrong.text.contains("Ada 4 isian"), "{}", wrong.text);
    assert!(wrong.text.contains(&title) && wrong.text.contains(description));
    assert!(wrong.text.contains("id=\"more\" open"), "what is folded opens");
    assert_eq!(hidden(&wrong.text, "submission"), "a", "the form stays the same form");
    let neighbour = app.location(&kost, "02").await.to_string();
    let fields = [("category", "water"), ("title", "x"), ("location", neighbour.as_str())];
    assert_eq!(
        rani.post(&path, &fields).await.status,
        422,
        "no resident reports from a neighbour's room"
    );
    assert_eq!(count(&app).await, 0, "nothing is half-saved");
}

#[tokio::test]
async fn photos_survive_a_mistake_in_another_field() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = resident(&app, &kost).await;
    let (room, photo) = (app.location(&kost, "01").await.to_string(), pictures::jpeg());
    let fields = [("submission", "a"), ("category", "water"), ("location", room.as_str())];
    let refused = rani
        .request("POST", &kost.path("/tickets"))
        .multipart(&fields, &[("photos", "a.jpg", &photo)])
        .send()
        .await;
    assert_eq!(refused.status, 422);
    let kept = hidden(&refused.text, "kept");
    let fields = [
        ("submission", "a"),
        ("category", "water"),
        ("location", room.as_str()),
        ("title", "Keran bocor"),
        ("kept", &kept),
    ];
    let path = rani.post(&kost.path("/tickets"), &fields).await.location().to_owned();
    assert!(rani.get(&path).await.text.contains("-small.jpg"));
    let again =
        [("category", "water"), ("location", room.as_str()), ("title", "Lain"), ("kept", &kept)];
    let other = rani.post(&kost.path("/tickets"), &again).await.location().to_owned();
    assert!(!rani.get(&other).await.text.contains("-small.jpg"), "a photo belongs to one report");
    for odd in ["../../test.db.1.1", "x", "0123456789abcdef0123456789abcdef.1.1"] {
        let fields =
            [("category", "water"), ("location", room.as_str()), ("title", "Lain"), ("kept", odd)];
        assert_eq!(rani.post(&kost.path("/tickets"), &fields).await.status, 303, "{odd}");
    }
}

#[tokio::test]
async fn files_that_are_no_photos_are_named() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = resident(&app, &kost).await;
    let (room, bomb, whole) =
        (app.location(&kost, "01").await.to_string(), pictures::bomb(), pictures::jpeg());
    let fields = [
        ("submission", "a"),
        ("category", "water"),
        ("title", "Keran bocor"),
        ("location", room.as_str()),
    ];
    let cases: [(&[u8], &str); 4] = [
        (b"GIF89a\x01\0\x01\0\x80\0\0", "Berkas ini bukan foto JPEG"),
        (b"<html>", "Berkas ini bukan foto JPEG"),
        (&whole[..200], "foto"),
        (&bomb, "Foto ini lebih dari 40 megapiksel."),
    ];
    for (bytes, sentence) in cases {
        let answer = rani
            .request("POST", &kost.path("/tickets"))
            .multipart(&fields, &[("photos", "a.jpg", bytes)])
            .send()
            .await;
        assert_eq!(answer.status, 422, "{}", answer.text);
        assert!(
            answer.text.contains("id=\"photos-error\"") && answer.text.contains(sentence),
            "{sentence}: {}",
            answer.text
        );
        assert!(answer.text.contains("Keran bocor"));
    }
    let seven = vec![("photos", "a.jpg", whole.as_slice()); 7];
    let answer =
        rani.request("POST", &kost.path("/tickets")).multipart(&fields, &seven).send().await;
    assert_eq!(answer.status, 422);
    assert!(answer.text.contains("Paling banyak 6 foto."));
    assert_eq!(count(&app).await, 0);
}

#[tokio::test]
async fn forms_that_no_browser_sends_are_refused_with_a_page() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = resident(&app, &kost).await;
    let path = kost.path("/tickets");
    let post =
        |kind: &'static str, body: Vec<u8>| rani.request("POST", &path).body(kind, body).send();
    let multipart = "multipart/form-data; boundary=x";
    for (kind, body, status) in [
        (
            multipart,
            b"--x\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nKer".to_vec(),
            400,
        ),
        (multipart, b"--y--".to_vec(), 400),
        (
            multipart,
            b"--x\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\n\xff\xfe\r\n--x--\r\n"
                .to_vec(),
            400,
        ),
        ("multipart/form-data", b"--x--".to_vec(), 400),
        ("application/x-www-form-urlencoded", b"title=%ff%fe".to_vec(), 400),
        ("application/json", b"{}".to_vec(), 400),
        (
            "application/x-www-form-urlencoded",
            [b"title=".to_vec(), vec![b'a'; 10_000_000]].concat(),
            413,
        ),
    ] {
        let start = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
        let answer = post(kind, body).await;
        assert_eq!(answer.status, status, "{kind} {start}");
        assert!(
            answer.text.contains("<html lang=\"id\""),
            "{kind}: a page in the reader's language"
        );
    }
    assert_eq!(count(&app).await, 0);
}

#[tokio::test]
async fn too_many_reports_at_once_wait_with_everything_typed() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = resident(&app, &kost).await;
    for number in 0..20 {
        rani.report(&kost, &format!("Laporan {number}"), "01").await;
    }
    let room = app.location(&kost, "01").await.to_string();
    let fields = [
        ("submission", "z"),
        ("category", "water"),
        ("title", "Satu lagi"),
        ("location", room.as_str()),
    ];
    let waits = rani.post(&kost.path("/tickets"), &fields).await;
    assert_eq!(waits.status, 429);
    assert!(!waits.header("retry-after").is_empty());
    assert!(
        waits.text.contains("Terlalu cepat.") && waits.text.contains("Satu lagi"),
        "{}",
        waits.text
    );
    let known = [
        ("submission", "Laporan 3-01"),
        ("category", "water"),
        ("title", "Laporan 3"),
        ("location", room.as_str()),
    ];
    assert_eq!(
        rani.post(&kost.path("/tickets"), &known).await.location(),
        "/k/melati/tickets/4",
        "what was sent already is no new report"
    );
}

#[tokio::test]
async fn strangers_are_asked_to_log_in_and_the_text_waits_for_them() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = resident(&app, &kost).await;
    let asked = app
        .request("POST", &kost.path("/tickets"))
        .form(&[("title", "Keran bocor sekali")])
        .send()
        .await;
    assert!(asked.text.contains("Keran bocor sekali"), "{}: {}", asked.status, asked.text);
    assert_ne!(asked.status, 200);
    assert_eq!(count(&app).await, 0);
    drop(rani);
}
