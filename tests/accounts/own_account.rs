//! Name, number, look, devices, tasks, e-mails by kind.

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use kostticket::accounts::jobs::CleanUp;
use kostticket::accounts::{AccountId, MailKind, session, store};
use kostticket::kosts::{self, Role};

use queue::Job;

use super::session_cookie;
use crate::support::TestApp;

#[tokio::test]
async fn name_and_number_can_be_changed() {
    let app = TestApp::new().await;
    let rani = app.person("rani").await;
    let wrong = rani.post("/account", &[("name", " "), ("phone", "12")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("Ada 2 isian") && wrong.text.contains("value=\"12\""));
    let done =
        rani.post("/account", &[("name", "Rani Puspita"), ("phone", "0812 3456 7890")]).await;
    assert_eq!(done.location(), "/account");
    let account = store::get(&app.app.db, rani.id).await.unwrap().unwrap();
    assert_eq!(
        (account.name.as_str(), account.phone.as_deref()),
        ("Rani Puspita", Some("+6281234567890"))
    );
    let page = rani
        .request("GET", "/account")
        .header("cookie", &format!("{}; {}", rani.cookie, done.cookies()))
        .send()
        .await;
    assert!(page.text.contains("Rani Puspita"));
    rani.post("/account", &[("name", "Rani"), ("phone", "")]).await;
    assert_eq!(store::get(&app.app.db, rani.id).await.unwrap().unwrap().phone, None);
}

#[tokio::test]
async fn light_dark_or_as_the_device_is() {
    let app = TestApp::new().await;
    let rani = app.person("rani").await;
    assert!(!rani.get("/account").await.text.contains("data-bs-theme"));
    for theme in ["dark", "light"] {
        assert_eq!(
            rani.post("/account/theme", &[("theme", theme)]).await.location(),
            "/account#look"
        );
        assert!(rani.get("/account").await.text.contains(&format!("data-bs-theme=\"{theme}\"")));
    }
    rani.post("/account/theme", &[("theme", "auto")]).await;
    assert!(!rani.get("/account").await.text.contains("data-bs-theme"));
    assert_eq!(
        rani.post("/account/theme", &[("theme", "pink")]).await.status,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn staff_say_whether_they_take_tasks() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let joko = app.member("joko", &kost, Role::Caretaker).await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    assert!(joko.get("/account").await.text.contains("Menerima laporan"));
    assert!(!rani.get("/account").await.text.contains("Menerima laporan"));
    let takes = async || {
        kosts::store::person(&app.app.db, kost.id, joko.id).await.unwrap().unwrap().takes_tickets
    };
    assert_eq!(joko.post("/k/melati/availability", &[]).await.location(), "/account");
    assert!(!takes().await);
    joko.post("/k/melati/availability", &[("takes_tickets", "true")]).await;
    assert!(takes().await);
    assert_eq!(rani.post("/k/melati/availability", &[]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(joko.post("/k/nowhere/availability", &[]).await.status, StatusCode::NOT_FOUND);
    let admin = app.admin("root").await;
    assert_eq!(admin.post("/k/melati/availability", &[]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn devices_are_named_and_can_be_logged_out() {
    let app = TestApp::new().await;
    let rani = app.person("rani").await;
    let log_in = async |agent: &str| {
        let call = app.request("POST", "/login").header("user-agent", agent);
        session_cookie(
            &call.form(&[("login", "rani"), ("password", "kursi biru hujan")]).send().await,
        )
    };
    let phone = log_in(
        "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 Chrome/129.0 Mobile Safari/537.36",
    )
    .await;
    let laptop =
        log_in("Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0").await;
    let page = rani.get("/account/sessions").await;
    assert!(page.text.contains("Chrome di Android") && page.text.contains("Firefox di Linux"));
    assert_eq!(page.text.matches("Perangkat ini").count(), 1);
    let status =
        async |cookie: &str| app.request("GET", "/account").cookie(cookie).send().await.status;
    // The button of the phone.
    let end = page
        .text
        .split("action=\"")
        .find(|rest| rest.contains("Keluarkan: Chrome di Android"))
        .unwrap();
    let end = end.split('"').next().unwrap().to_owned();
    let sari = app.person("sari").await;
    sari.post(&end, &[]).await;
    assert_eq!(status(&phone).await, StatusCode::OK, "nobody ends another's session");
    assert_eq!(rani.post(&end, &[]).await.location(), "/account/sessions");
    assert_eq!(status(&phone).await, StatusCode::SEE_OTHER);
    assert_eq!(status(&laptop).await, StatusCode::OK);
    assert_eq!(rani.post("/account/sessions/end", &[]).await.location(), "/account/sessions");
    assert_eq!(status(&laptop).await, StatusCode::SEE_OTHER);
    assert_eq!(rani.get("/account").await.status, StatusCode::OK);
    assert!(rani.get("/account/sessions").await.text.contains("Hanya perangkat ini yang masuk."));
}

#[tokio::test]
async fn e_mails_are_switched_by_kind() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    let budi = app.member("budi", &kost, Role::Owner).await;
    let page = rani.get("/account/notifications").await;
    assert!(page.text.contains("Perubahan status") && !page.text.contains("Catatan internal"));
    assert!(budi.get("/account/notifications").await.text.contains("Catatan internal"));
    rani.post("/account/notifications", &[("status", "true")]).await;
    let account = store::get(&app.app.db, rani.id).await.unwrap().unwrap();
    assert!(account.wants_mail(MailKind::Status) && !account.wants_mail(MailKind::Comment));
    assert!(account.wants_mail(MailKind::Opened), "what the page does not show stays");
    budi.post("/account/notifications", &[]).await;
    let account = store::get(&app.app.db, budi.id).await.unwrap().unwrap();
    assert!(MailKind::ALL.iter().all(|kind| !account.wants_mail(*kind)));
}

#[tokio::test]
async fn strangers_see_none_of_it() {
    let app = TestApp::new().await;
    for path in [
        "/account",
        "/account/sessions",
        "/account/password",
        "/account/notifications",
        "/account/email",
    ] {
        assert_eq!(app.get(path).await.status, StatusCode::SEE_OTHER, "{path}");
    }
    for path in
        ["/account", "/account/theme", "/account/sessions/1/end", "/account/email/link", "/join"]
    {
        assert_eq!(app.post(path, &[]).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
}

#[tokio::test]
async fn another_site_cannot_send_our_forms() {
    let app = TestApp::new().await;
    let rani = app.person("rani").await;
    let call = rani
        .request("POST", "/account")
        .header("sec-fetch-site", "cross-site")
        .header("origin", "https://evil.example");
    let answer = call.form(&[("name", "Evil")]).send().await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(store::get(&app.app.db, rani.id).await.unwrap().unwrap().name, "Rani");
}

/// Sessions of somebody that were made in heaps, all last used at this time.
async fn heap_of_sessions(app: &TestApp, account: AccountId, many: usize, at: Timestamp) {
    let mut tx = app.app.db.begin().await.unwrap();
    for number in 0..many {
        db::query(
            "INSERT INTO session (account, token_hash, agent, address, created_at, seen_at, expires_at)
             VALUES ($1, $2, '', '', $3, $3, $4)",
        )
        .bind(account)
        .bind(format!("{account}-{number}"))
        .bind(at)
        .bind(at + SignedDuration::from_hours(24))
        .run(&mut tx)
        .await
        .unwrap();
    }
    tx.commit().await.unwrap();
}

async fn session_count(app: &TestApp) -> i64 {
    let (count,) = db::query("SELECT COUNT(*) FROM session").one(&app.app.db).await.unwrap();
    count
}

#[tokio::test]
async fn one_device_too_many_ends_the_one_that_was_not_used_for_longest() {
    let app = TestApp::new().await;
    let rani = app.person("rani").await;
    let sari = app.person("sari").await;
    let status =
        async |cookie: &str| app.request("GET", "/account").cookie(cookie).send().await.status;
    app.clock.advance(SignedDuration::from_secs(1));
    let second = app.session(rani.id).await;
    app.clock.advance(SignedDuration::from_mins(11));
    assert_eq!(status(&rani.cookie).await, StatusCode::OK, "used last");
    for _ in 2..session::MOST {
        app.session(rani.id).await;
    }
    assert_eq!(session_count(&app).await, session::MOST as i64 + 1);
    let newest = app.session(rani.id).await;
    assert_eq!(session_count(&app).await, session::MOST as i64 + 1);
    assert_eq!(status(&second).await, StatusCode::SEE_OTHER);
    for cookie in [&rani.cookie, &newest, &sari.cookie] {
        assert_eq!(status(cookie).await, StatusCode::OK);
    }
}

#[tokio::test]
async fn heaps_of_sessions_are_shown_and_forgotten_in_parts() {
    let app = TestApp::new().await;
    let rani = app.person("rani").await;
    let many = 2 * session::AT_A_TIME + 1;
    heap_of_sessions(&app, rani.id, many, app.clock.now()).await;
    let shown = session::of_account(&app.app.db, rani.id, app.clock.now()).await.unwrap();
    assert_eq!(shown.len(), 100);
    app.clock.advance(SignedDuration::from_hours(25));
    let mut tx = app.app.db.begin().await.unwrap();
    CleanUp {}.enqueue(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    app.run_tasks().await;
    assert_eq!(session_count(&app).await, 1, "hers is remembered");
}
