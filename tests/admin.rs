//! The pages of the installation's admin: kept mail, and all kosts.

use http::StatusCode;
use kostticket::kosts::Role;
use mail::{Mailbox, Mailer, Message};

use crate::support::TestApp;

async fn keep(mailer: &Mailer, app: &TestApp, subject: &str) {
    let message = Message {
        from: Mailbox::new("KostTicket", "kostticket@kost.test"),
        to: Mailbox::new("Rani", "rani@example.com"),
        reply_to: None,
        subject: subject.to_owned(),
        text: "Buka http://kost.test/reset/rahasia lalu pilih kata sandi.".to_owned(),
        html: Some("<!doctype html><html><head><title>x</title></head><body><script>alert(1)</script><a href=\"http://kost.test/reset/rahasia\">Buka</a></body></html>".to_owned()),
        message_id: "eins@kost.test".to_owned(),
        in_reply_to: None,
        references: Vec::new(),
        list_unsubscribe: None,
        auto_submitted: true,
        date: app.clock.now(),
    };
    mailer.send(&message).await.unwrap();
}

#[tokio::test]
async fn kept_mail_is_listed_and_shown_in_a_sandbox() {
    let app = TestApp::with_mail_folder().await;
    let admin = app.admin("admin").await;
    keep(&app.app.mailer, &app, "Kata sandi baru").await;
    let list = admin.get("/admin/mail").await;
    assert!(
        list.text.contains("Kata sandi baru") && list.text.contains("rani@example.com"),
        "{}",
        list.text
    );
    let path = list.text.split("href=\"").find(|link| link.starts_with("/admin/mail/")).unwrap();
    let path = path.split('"').next().unwrap().to_owned();
    let mail = admin.get(&path).await;
    assert!(mail.text.contains("<a href=\"http://kost.test/reset/rahasia\">"), "{}", mail.text);
    assert!(mail.text.contains("sandbox=\"allow-popups allow-popups-to-escape-sandbox\""));
    assert!(!mail.text.contains("alert(1)"), "the mail's HTML is in its own document");
    assert!(mail.header("content-security-policy").ends_with("frame-src 'self'"));
    let html = admin.get(&format!("{path}/html")).await;
    let policy = html.header("content-security-policy");
    assert!(
        policy.starts_with("sandbox ")
            && policy.contains("default-src 'none'")
            && !policy.contains("allow-scripts"),
        "{policy}"
    );
    assert_eq!(html.header("x-frame-options"), "SAMEORIGIN");
    assert!(html.text.contains("<base target=\"_blank\">"));
    let source = admin.get(&format!("{path}/source")).await;
    assert_eq!(source.header("content-type"), "message/rfc822");
    for wrong in
        ["/admin/mail/nothing.eml", "/admin/mail/..%2f..%2fsecret.eml", "/admin/mail/x/html"]
    {
        assert_eq!(admin.get(wrong).await.status, StatusCode::NOT_FOUND, "{wrong}");
    }
    let kost = app.kost("Kost Melati").await;
    let budi = app.member("budi", &kost, Role::Owner).await;
    for page in
        ["/admin/mail", &path, &format!("{path}/html"), &format!("{path}/source"), "/admin/kosts"]
    {
        assert_eq!(
            budi.get(page).await.status,
            StatusCode::NOT_FOUND,
            "{page}: links in mails log people in"
        );
    }
}

#[tokio::test]
async fn without_a_folder_there_is_no_mail_to_read() {
    let app = TestApp::new().await;
    let admin = app.admin("admin").await;
    assert!(admin.get("/admin/mail").await.text.contains("lewat SMTP"));
    assert_eq!(
        admin.get("/admin/mail/20261123T101500Z-9f86d081884c7d65.eml").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn what_was_kept_before_there_was_a_server_can_still_be_read() {
    let app = TestApp::new().await;
    let admin = app.admin("admin").await;
    keep(&Mailer::folder(app.app.config.mail_folder()), &app, "Kata sandi baru").await;
    let list = admin.get("/admin/mail").await.text;
    assert!(list.contains("lewat SMTP") && list.contains("Kata sandi baru"), "{list}");
}

#[tokio::test]
async fn every_kost_is_listed_and_a_new_one_made() {
    let app = TestApp::new().await;
    let admin = app.admin("admin").await;
    app.kost("Kost Kenanga").await;
    let wrong = admin
        .post(
            "/admin/kosts",
            &[("kost_name", "Kost Mawar"), ("timezone", "Asia/Jakarta"), ("rooms", "many")],
        )
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("value=\"Kost Mawar\""), "{}", wrong.text);
    let fields = [("kost_name", "Kost Mawar"), ("timezone", "Asia/Jayapura"), ("rooms", "4")];
    assert_eq!(admin.post("/admin/kosts", &fields).await.location(), "/k/mawar/members");
    let list = admin.get("/admin/kosts").await;
    assert!(
        list.text.contains("Kost Kenanga")
            && list.text.contains("Kost Mawar")
            && list.text.contains("WIT")
    );
    let after = admin.get("/admin/kosts?after=kenanga").await;
    assert!(!after.text.contains("Kost Kenanga") && after.text.contains("Kost Mawar"));
    assert!(admin.get("/k/mawar/locations").await.text.contains("Kamar 04"));
}
