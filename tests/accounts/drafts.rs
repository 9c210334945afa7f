//! The session ends in the middle of a form: nothing typed is lost.

use http::StatusCode;
use jiff::SignedDuration;
use kostticket::accounts::MAX_TYPED;
use kostticket::accounts::jobs::CleanUp;
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
