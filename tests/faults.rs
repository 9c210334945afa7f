//! When a form is not taken through no fault of its sender, everything typed is
//! still there, and can be sent again by one tap.

use std::sync::Mutex;
use std::time::Duration;

use db::{Dialect, query};
use http::StatusCode;
use kostticket::kosts::Role;

use crate::support::{Answer, Person, TestApp};
use crate::tickets::pictures;

/// The fields of the form that a fault's page shows, as a browser would send them.
fn kept(answer: &Answer) -> Vec<(String, String)> {
    let form =
        answer.text.split("id=\"again\"").nth(1).unwrap_or_else(|| panic!("{}", answer.text));
    let form = form.split("</form>").next().unwrap();
    let value = |input: &str, name: &str| {
        let start = format!("{name}=\"");
        input
            .split(&start)
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap()
            .replace("&#60;", "<")
            .replace("&#62;", ">")
    };
    form.split("<input")
        .skip(1)
        .map(|input| (value(input, "name"), value(input, "value")))
        .collect()
}

/// Uses up what somebody may change at once.
async fn tire(app: &TestApp, person: &Person<'_>) {
    while app.app.limits.write.check(person.id).await.is_ok() {}
}

#[tokio::test]
async fn too_many_changes_at_once_keep_every_form() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let budi = app.member("budi", &kost, Role::Owner).await;
    budi.report(&kost, "Keran bocor", "01").await;
    let text = "Sudah <dicek>, besok diganti.";
    for (path, field) in [
        ("/k/melati/tickets/1/comments", "body"),
        ("/k/melati/tickets/1/return", "reason"),
        ("/k/melati/tickets/1/status", "status"),
        ("/k/melati/tickets", "title"),
        ("/k/melati/members", "login"),
        ("/k/melati/settings", "about"),
        ("/k/melati/locations", "name"),
        ("/account", "name"),
        ("/account/email", "email"),
    ] {
        for multipart in [false, true] {
            let call = budi.request("POST", path);
            let fields = [(field, text), ("submission", "a")];
            tire(&app, &budi).await;
            let waits = match multipart {
                true => call.multipart(&fields, &[("photos", "a.jpg", b"jpeg")]).send().await,
                false => call.form(&fields).send().await,
            };
            assert_eq!(waits.status, StatusCode::TOO_MANY_REQUESTS, "{path}");
            assert!(!waits.header("retry-after").is_empty(), "{path}");
            let fields =
                [(field.to_owned(), text.to_owned()), ("submission".to_owned(), "a".to_owned())];
            assert_eq!(kept(&waits), fields, "{path}");
            assert!(waits.text.contains(&format!("action=\"{path}\"")), "{}", waits.text);
            assert!(waits.text.contains("Tulisan Anda masih ada di halaman ini"), "{path}");
            assert_eq!(waits.text.contains("Foto perlu dipilih sekali lagi."), multipart, "{path}");
        }
    }
}

#[tokio::test]
async fn a_full_disk_keeps_what_was_typed_and_the_photos() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    let room = app.location(&kost, "01").await.to_string();
    let description = "Sejak pagi. ".repeat(400);
    let fields = [
        ("submission", "a"),
        ("category", "water"),
        ("title", "Keran bocor"),
        ("description", description.as_str()),
        ("location", room.as_str()),
    ];
    app.fill_disk().await;
    let refused = rani
        .request("POST", &kost.path("/tickets"))
        .multipart(&fields, &[("photos", "a.jpg", &pictures::jpeg())])
        .send()
        .await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE, "{}", refused.text);
    assert!(!refused.header("retry-after").is_empty());
    assert!(!refused.text.contains("Foto perlu dipilih"), "it is stored");
    assert!(refused.text.contains("enctype=\"multipart/form-data\""));
    app.clear_disk().await;
    let again = kept(&refused);
    let fields: Vec<_> =
        again.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let sent = rani.request("POST", &kost.path("/tickets")).multipart(&fields, &[]).send().await;
    let path = sent.location().to_owned();
    let page = rani.get(&path).await;
    assert!(page.text.contains("Keran bocor") && page.text.contains("-small.jpg"));
}

#[tokio::test]
async fn who_gets_no_connection_is_told_so_and_pages_are_read_meanwhile() {
    let app = TestApp::configured(|config| {
        config.database_url = config.database_url.replace("pool=4", "pool=1");
    })
    .await;
    let kost = app.kost("Kost Melati").await;
    let budi = app.member("budi", &kost, Role::Owner).await;
    budi.report(&kost, "Keran bocor", "01").await;
    let path = kost.path("/tickets/1/comments");
    let fields = [("body", "Sudah dicek."), ("submission", "a")];

    let held = app.app.db.begin().await.unwrap();
    let page = budi.get(&kost.path("/tickets/1")).await;
    assert_eq!(page.status, StatusCode::OK);
    let begun = std::time::Instant::now();
    let refused = budi.post(&path, &fields).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE, "{}", refused.text);
    assert!(begun.elapsed() < Duration::from_secs(13), "{:?}", begun.elapsed());
    assert!(!refused.header("retry-after").is_empty());
    assert!(kept(&refused).contains(&("body".to_owned(), "Sudah dicek.".to_owned())));
    drop(held);
    budi.post(&path, &fields).await.location();
}

#[tokio::test]
async fn passwords_are_not_shown_again() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let invite = kostticket::kosts::store::get(&app.app.db, kost.id).await.unwrap().invite_code;
    app.forbid_writes().await;
    let fields = [
        ("name", "Rani"),
        ("username", "rani"),
        ("password", "kursi biru hujan"),
        ("password_again", "kursi biru hujan"),
        ("invite", invite.as_str()),
    ];
    let refused = app.post("/register", &fields).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE, "{}", refused.text);
    assert!(!refused.text.contains("kursi biru"));
    assert!(refused.text.contains("Kata sandi perlu diketik sekali lagi."));
    // Sent again, it is the form itself that asks for the password.
    let again = kept(&refused);
    let fields: Vec<_> =
        again.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let form = app.post("/register", &fields).await;
    assert_eq!(form.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(form.text.contains("value=\"Rani\"") && form.text.contains("id=\"password-error\""));
}

#[tokio::test]
async fn who_cannot_be_identified_still_gets_a_page() {
    let app = TestApp::new().await;
    let rani = app.person("rani").await;
    let mut tx = app.app.db.begin().await.unwrap();
    query("DROP TABLE session").run(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    let page = rani.get("/account").await;
    assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(page.text.contains("Kode rujukan"), "{}", page.text);
    let form = rani.post("/account", &[("name", "Rani Putri")]).await;
    assert_eq!(form.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(kept(&form), [("name".to_owned(), "Rani Putri".to_owned())]);
    // What watches over the program asks nobody who they are.
    for path in ["/healthz", "/readyz"] {
        assert_eq!(rani.get(path).await.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn the_reference_on_the_page_finds_the_line_in_the_log() {
    let log = tempfile::NamedTempFile::new().unwrap();
    let lines = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(Mutex::new(log.reopen().unwrap()))
        .finish();
    let _kept = tracing::subscriber::set_default(lines);
    let app = TestApp::new().await;
    let rani = app.person("rani").await;
    let mut tx = app.app.db.begin().await.unwrap();
    query("ALTER TABLE notification RENAME TO gone").run(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    let page = rani.get("/notifications").await;
    assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR);
    let reference = page.text.split("<code>").nth(1).unwrap().split('<').next().unwrap();
    let log = std::fs::read_to_string(log.path()).unwrap();
    let found: Vec<_> = log.lines().filter(|line| line.contains(reference)).collect();
    assert!(
        found.len() == 1 && found[0].contains("ERROR") && found[0].contains("notification"),
        "{reference} in {log}"
    );
}

#[tokio::test]
async fn another_sites_form_is_refused_and_never_offered_again() {
    let app = TestApp::new().await;
    let rani = app.person("rani").await;
    let from = |origin: &str| {
        rani.request("POST", "/account").header("origin", origin).header("host", "inner:8000")
    };
    let refused = from("https://evil.example").form(&[("name", "Budi")]).send().await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.text.contains("http://kost.test"), "it says where to go: {}", refused.text);
    assert!(!refused.text.contains("peran"), "nobody's role is at fault");
    assert!(!refused.text.contains("Budi"));
    tire(&app, &rani).await;
    let limited = from("https://evil.example").form(&[("name", "Budi")]).send().await;
    assert_eq!(limited.status, StatusCode::FORBIDDEN, "whatever else is wrong");
}

#[tokio::test]
async fn a_proxy_may_speak_under_another_name() {
    let app = TestApp::new().await;
    let rani = app.person("rani").await;
    let call = rani
        .request("POST", "/account")
        .header("origin", "http://kost.test")
        .header("host", "inner:8000");
    assert_eq!(call.form(&[("name", "Rani Putri")]).send().await.location(), "/account");
}

#[tokio::test]
async fn browsers_insist_on_tls_where_there_is_some() {
    let app = TestApp::new().await;
    let claimed = app.request("GET", "/login").header("x-forwarded-proto", "https").send().await;
    assert_eq!(claimed.header("strict-transport-security"), "");
    let app = TestApp::configured(|config| config.base_url = "https://kost.test".to_owned()).await;
    assert!(app.get("/login").await.header("strict-transport-security").starts_with("max-age="));
}

#[tokio::test]
async fn a_part_that_looks_anew_leaves_the_flash_to_the_page() {
    let app = TestApp::new().await;
    let rani = app.person("rani").await;
    let saved = rani.post("/account", &[("name", "Rani Putri")]).await;
    let cookie = format!("{}; {}", rani.cookie, saved.cookies());
    let get = || app.request("GET", "/account").cookie(&cookie);
    let part = get().header("hx-request", "true").send().await;
    assert!(!part.cookies().contains("kt_flash"));
    let page = get().send().await;
    assert!(
        page.cookies().contains("kt_flash=") && page.text.contains("Tersimpan"),
        "{}",
        page.text
    );
}

#[tokio::test]
async fn the_answer_to_a_form_offers_no_switch_that_would_lose_it() {
    let app = TestApp::new().await;
    app.kost("Kost Melati").await;
    app.person("rani").await;
    assert!(app.get("/register").await.text.contains("action=\"/language\""));
    let wrong = app.post("/register", &[("name", "Sari")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("value=\"Sari\"") && !wrong.text.contains("action=\"/language\""));
}

#[tokio::test]
async fn who_may_not_send_it_any_more_can_copy_their_words() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    let path = kost.path(&format!("/tickets/{}/comments", rani.report(&kost, "Keran", "01").await));
    let mut tx = app.app.db.begin().await.unwrap();
    kostticket::kosts::end(&mut tx, kost.id, rani.id).await.unwrap();
    tx.commit().await.unwrap();
    let gone = rani.post(&path, &[("body", "Masih <menetes>, tolong")]).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    assert!(gone.text.contains("<blockquote>Masih &#60;menetes&#62;, tolong</blockquote>"));
    assert!(!gone.text.contains("id=\"again\""), "there is nowhere to send it");
    let never =
        rani.post("/k/tidak-ada/tickets/1/comments", &[("body", "Masih <menetes>, tolong")]).await;
    assert_eq!(gone.text, never.text, "as if there had never been such a report");
}

#[tokio::test]
async fn what_a_deadlock_undid_is_done_again_before_anybody_notices() {
    let app = TestApp::new().await;
    if app.app.db.dialect() == Dialect::Sqlite {
        // It has one writer.
        return;
    }
    let kost = app.kost("Kost Melati").await;
    let budi = app.member("budi", &kost, Role::Owner).await;
    budi.report(&kost, "Keran bocor", "01").await;
    let photo = pictures::jpeg();
    let comment = |body: &'static str| {
        let request = budi.request("POST", "/k/melati/tickets/1/comments");
        request.multipart(&[("body", body)], &[("photos", "a.jpg", &photo)]).send()
    };
    // A sequence goes on though its transaction does not.
    app.refuse_activities("40P01", 2).await;
    comment("Sudah dicek").await.location();
    let page = budi.get("/k/melati/tickets/1").await.text;
    assert_eq!(page.matches("Sudah dicek").count(), 1, "{page}");
    assert_eq!(page.matches("-small.jpg").count(), 1, "{page}");
    // Not for ever.
    app.refuse_activities("40001", 9).await;
    let refused = comment("Besok diganti").await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.header("retry-after"), "10");
    assert!(kept(&refused).contains(&("body".to_owned(), "Besok diganti".to_owned())));
    // And only what was undone.
    app.refuse_activities("53100", 1).await;
    assert_eq!(comment("Lusa").await.status, StatusCode::SERVICE_UNAVAILABLE);
}
