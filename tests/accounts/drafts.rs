//! The session ends in the middle of a form: nothing typed is lost.

use http::StatusCode;
use jiff::SignedDuration;
use kostticket::accounts::MAX_TYPED;
use kostticket::accounts::jobs::CleanUp;
use kostticket::kosts::Role;
use queue::Job;

use super::{hidden, session_cookie, stored};
use crate::support::TestApp;

const PASSWORD: &str = "kursi biru hujan";

#[tokio::test]
async fn what_was_typed_without_a_session_is_there_after_log_in() {
    let app = TestApp::new().await;
    let rani = app.person("rani").await;
    let name = "Rani <b>\"P\"</b> & 'co' 🙂";
    let answer = app
        .request("POST", "/account")
        .multipart(&[("name", name), ("phone", "0812")], &[("photos", "a.jpg", b"jpeg")])
        .send()
        .await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(answer.text.contains("Anda perlu masuk lagi. Tulisan Anda masih ada."));
    assert!(answer.text.contains("Foto perlu dipilih sekali lagi."));
    let (next, typed) = (hidden(&answer, "next"), hidden(&answer, "typed"));
    assert_eq!(next, "/account");
    // A wrong password in between loses nothing.
    let mut form =
        [("login", "rani"), ("password", "salah-salah"), ("next", &next), ("typed", &typed)];
    let wrong = app.post("/login", &form).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!((hidden(&wrong, "next"), hidden(&wrong, "typed")), (next.clone(), typed.clone()));
    form[1].1 = PASSWORD;
    let done = app.post("/login", &form).await;
    assert_eq!(done.location(), "/account?draft=1");
    let page = app.request("GET", "/account?draft=1").cookie(&session_cookie(&done)).send().await;
    assert!(
        page.text
            .contains("value=\"Rani &#60;b&#62;&#34;P&#34;&#60;/b&#62; &#38; &#39;co&#39; 🙂\"")
    );
    assert!(page.text.contains("value=\"0812\""));
    // Nothing was saved yet, and the draft is of this page and this person only.
    assert!(!rani.get("/account").await.text.contains("value=\"0812\""));
    assert!(!rani.get("/account/email?draft=1").await.text.contains("0812"));
    let sari = app.person("sari").await;
    assert!(!sari.get("/account?draft=1").await.text.contains("0812"));
    assert_eq!(rani.get("/account?draft=x").await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_next_person_on_a_device_does_not_get_what_was_typed() {
    let app = TestApp::new().await;
    let rani = app.person("rani").await;
    app.person("sari").await;
    let log_in = async |who: &str, next: &str, typed: &str, cookie: &str| {
        let form = [("login", who), ("password", PASSWORD), ("next", next), ("typed", typed)];
        app.request("POST", "/login").form(&form).cookie(cookie).send().await
    };
    // The device still has the cookie of a session that was ended elsewhere.
    let cookie = session_cookie(&log_in("rani", "/account", "", "").await);
    rani.post("/account/sessions/end", &[]).await.location();
    let form = [("name", "Rahasia Rani")];
    let refused = app.request("POST", "/account").form(&form).cookie(&cookie).send().await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    let typed = hidden(&refused, "typed");
    assert_eq!(log_in("sari", "/account", &typed, &cookie).await.location(), "/account");
    assert_eq!(log_in("rani", "/account", &typed, &cookie).await.location(), "/account?draft=1");
}

#[tokio::test]
async fn a_report_whose_photos_were_lost_says_so() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    app.member_in("rani", &kost, Role::Resident, Some("01")).await;
    let answer = app
        .request("POST", "/k/melati/tickets")
        .multipart(&[("title", "Keran bocor")], &[("photos", "a.jpg", b"jpeg")])
        .send()
        .await;
    let (next, typed) = (hidden(&answer, "next"), hidden(&answer, "typed"));
    let form = [("login", "rani"), ("password", PASSWORD), ("next", &next), ("typed", &typed)];
    let done = app.post("/login", &form).await;
    let page = app.request("GET", done.location()).cookie(&session_cookie(&done)).send().await;
    assert!(page.text.contains("Keran bocor"), "{}", page.text);
    assert!(page.text.contains("Foto perlu dipilih sekali lagi."));
}

/// Sends a form without a session, logs in as `username`, and gives the page
/// that this leads to.
async fn page_after_log_in(
    app: &TestApp,
    username: &str,
    path: &str,
    fields: &[(&str, &str)],
) -> String {
    let refused = app.post(path, fields).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{path}");
    let (next, typed) = (hidden(&refused, "next"), hidden(&refused, "typed"));
    let form = [("login", username), ("password", PASSWORD), ("next", &next), ("typed", &typed)];
    let done = app.post("/login", &form).await;
    let page = app.request("GET", done.location()).cookie(&session_cookie(&done)).send().await;
    assert_eq!(page.status, StatusCode::OK, "{path}");
    page.text
}

#[tokio::test]
async fn every_page_with_a_form_shows_what_was_typed() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let budi = app.member("budi", &kost, Role::Owner).await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    app.admin("pusat").await;
    app.person("dewi").await;
    let (person, room) = (rani.id, app.location(&kost, "02").await);
    let typed = [
        ("budi", kost.path("/settings"), "about", "Gerbang tutup 23.00"),
        ("budi", kost.path("/members"), "username", "calon"),
        ("budi", kost.path("/locations"), "name", "Kamar atas"),
        ("budi", kost.path(&format!("/locations/{room}")), "name", "02 depan"),
        ("pusat", "/admin/kosts".to_owned(), "kost_name", "Kost Kenanga"),
        ("dewi", "/join".to_owned(), "invite", "ABCD2345"),
    ];
    for (username, path, field, value) in typed {
        let page = page_after_log_in(&app, username, &path, &[(field, value)]).await;
        assert!(page.contains(value), "{path}: {page}");
    }
    let path = kost.path(&format!("/members/{person}"));
    let page = page_after_log_in(&app, "budi", &path, &[("role", "caretaker")]).await;
    let chosen = page.split("value=\"caretaker\"").nth(1).unwrap().split('>').next().unwrap();
    assert!(chosen.contains("checked"), "{page}");
    let page = page_after_log_in(&app, "budi", "/account/notifications", &[("note", "on")]).await;
    assert_eq!(page.matches(" checked").count(), 1, "{page}");
    assert!(!budi.get("/account/notifications").await.text.contains("draft"));
}

#[tokio::test]
async fn drafts_are_forgotten_after_a_day() {
    let app = TestApp::new().await;
    app.person("rani").await;
    let typed = r#"[["name","Rani"]]"#;
    app.post(
        "/login",
        &[("login", "rani"), ("password", PASSWORD), ("next", "/account"), ("typed", typed)],
    )
    .await;
    assert_eq!(stored(&app, "draft", "path").await, ["/account"]);
    app.clock.advance(SignedDuration::from_hours(49));
    let mut tx = app.app.db.begin().await.unwrap();
    CleanUp {}.enqueue(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    app.run_tasks().await;
    assert!(stored(&app, "draft", "path").await.is_empty());
}

#[tokio::test]
async fn passwords_are_not_carried() {
    let app = TestApp::new().await;
    app.person("rani").await;
    let answer = app
        .post(
            "/account/password",
            &[("current_password", "rahasia sekali"), ("password", "lebih rahasia"), ("note", "x")],
        )
        .await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(!answer.text.contains("rahasia"));
}

#[tokio::test]
async fn too_much_is_said_not_to_be_carried() {
    let app = TestApp::new().await;
    app.person("rani").await;
    let much = "x".repeat(MAX_TYPED);
    let answer = app.post("/account", &[("name", &much)]).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(answer.text.contains("Tulisan tadi terlalu panjang untuk dibawa"));
    assert!(!answer.text.contains("name=\"typed\""));
    // Nor is what somebody makes up kept: it is no form of ours.
    for typed in ["{}", "[[1,2]]", "x", &format!("[[\"a\",\"{much}\"]]")] {
        let done = app
            .post(
                "/login",
                &[
                    ("login", "rani"),
                    ("password", PASSWORD),
                    ("next", "/account"),
                    ("typed", typed),
                ],
            )
            .await;
        assert_eq!(done.location(), "/account");
    }
    assert!(stored(&app, "draft", "fields").await.is_empty());
}

#[tokio::test]
async fn a_page_is_opened_after_log_in() {
    let app = TestApp::new().await;
    app.person("rani").await;
    assert_eq!(app.get("/account/sessions").await.location(), "/login?next=%2Faccount%2Fsessions");
    let page = app.get("/login?next=%2Faccount%2Fsessions").await;
    assert_eq!(hidden(&page, "next"), "/account/sessions");
    assert!(page.text.contains("Masuk dulu untuk membuka halaman itu."));
    let done = app
        .post("/login", &[("login", "rani"), ("password", PASSWORD), ("next", "/account/sessions")])
        .await;
    assert_eq!(done.location(), "/account/sessions");
    // Parts of a page, photos and sockets get no page to show.
    let part = app
        .request("GET", "/account")
        .header("hx-request", "true")
        .header("referer", "http://kost.test/account")
        .send()
        .await;
    assert_eq!(part.status, StatusCode::UNAUTHORIZED);
    assert_eq!(part.header("hx-redirect"), "/login?next=%2Faccount");
    let image = app.request("GET", "/account").header("sec-fetch-mode", "no-cors").send().await;
    assert_eq!(image.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn strangers_learn_nothing_of_kosts() {
    let app = TestApp::new().await;
    app.kost("Kost Melati").await;
    for path in ["/k/melati", "/k/nowhere"] {
        let answer = app.get(path).await;
        assert_eq!(answer.location(), format!("/login?next={}", path.replace('/', "%2F")));
    }
}
