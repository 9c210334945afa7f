//! Name, number, look, devices, tasks, e-mails by kind.

use http::StatusCode;
use kostticket::accounts::{MailKind, store};
use kostticket::kosts::{self, Role};

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
