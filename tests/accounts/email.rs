//! One's e-mail address: given, verified, changed, removed; and e-mails stopped.

use http::StatusCode;
use jiff::SignedDuration;
use kostticket::accounts::store;

use super::mailed_path;
use crate::support::{Person, TestApp};

const PASSWORD: &str = "kursi biru hujan";

async fn give(rani: &Person<'_>, email: &str) {
    let answer = rani.post("/account/email", &[("email", email), ("password", PASSWORD)]).await;
    assert_eq!(answer.location(), "/account");
}

async fn addresses(app: &TestApp, person: &Person<'_>) -> (Option<String>, Option<String>) {
    let account = store::get(&app.app.db, person.id).await.unwrap().unwrap();
    (account.email, account.pending_email)
}

#[tokio::test]
async fn an_address_counts_once_its_link_was_used() {
    let app = TestApp::new().await;
    let rani = app.person("rani").await;
    give(&rani, "Baru@Example.com").await;
    let (old, new) = (Some("rani@example.com".to_owned()), Some("baru@example.com".to_owned()));
    assert_eq!(addresses(&app, &rani).await, (old.clone(), new.clone()));
    let account = rani.get("/account").await;
    assert!(account.text.contains("Menunggu Anda membuka tautan di baru@example.com."));
    let path = mailed_path(&app, "baru@example.com", "/verify/").await;
    // A mail scanner opens the link.
    for _ in 0..2 {
        assert!(app.get(&path).await.text.contains("Ya, ini alamat saya"));
    }
    assert_eq!(addresses(&app, &rani).await, (old, new.clone()));
    assert_eq!(rani.post(&path, &[]).await.location(), "/account");
    assert_eq!(addresses(&app, &rani).await, (new, None));
    // The address of before hears that it counts no more.
    app.mail.take();
    app.run_tasks().await;
    let mails = app.mail.take();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to.address, "rani@example.com");
    assert_eq!(mails[0].subject, "Alamat e-mail akun KostTicket Anda diganti");
    assert_eq!(rani.post(&path, &[]).await.status, StatusCode::NOT_FOUND);
    assert!(app.get(&path).await.text.contains("Tautan ini sudah tidak berlaku"));
}

#[tokio::test]
async fn it_takes_the_password() {
    let app = TestApp::new().await;
    let rani = app.person("rani").await;
    for fields in [
        vec![("email", "baru@example.com"), ("password", "salah-salah")],
        vec![("email", "baru@example.com")],
        vec![("email", "baru@"), ("password", PASSWORD)],
        vec![("email", ""), ("password", PASSWORD)],
        vec![("remove", "true"), ("password", "salah-salah")],
    ] {
        let answer = rani.post("/account/email", &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}");
        assert!(!answer.text.contains("salah-salah"));
    }
    assert_eq!(addresses(&app, &rani).await, (Some("rani@example.com".to_owned()), None));
}

#[tokio::test]
async fn a_link_ends_when_the_address_is_given_up_and_after_a_week() {
    let app = TestApp::new().await;
    let rani = app.person("rani").await;
    give(&rani, "baru@example.com").await;
    let path = mailed_path(&app, "baru@example.com", "/verify/").await;
    give(&rani, "lain@example.com").await;
    assert_eq!(rani.post(&path, &[]).await.status, StatusCode::NOT_FOUND);
    let path = mailed_path(&app, "lain@example.com", "/verify/").await;
    app.clock.advance(SignedDuration::from_hours(24 * 7 + 1));
    assert_eq!(app.get(&path).await.status, StatusCode::NOT_FOUND);
    // What was given up before its mail went out is not mailed at all.
    let before = app.mail.sent().len();
    give(&rani, "salah@example.com").await;
    give(&rani, "rani@example.com").await; // one's own address: the change is off
    app.run_tasks().await;
    assert_eq!(app.mail.sent().len(), before);
    assert_eq!(addresses(&app, &rani).await, (Some("rani@example.com".to_owned()), None));
}

#[tokio::test]
async fn of_two_who_claim_an_address_the_one_with_the_mailbox_wins() {
    let app = TestApp::new().await;
    let (rani, sari) = (app.person("rani").await, app.person("sari").await);
    give(&rani, "dua@example.com").await;
    let of_rani = mailed_path(&app, "dua@example.com", "/verify/").await;
    give(&sari, "dua@example.com").await;
    let of_sari = mailed_path(&app, "dua@example.com", "/verify/").await;
    assert_eq!(sari.post(&of_sari, &[]).await.status, StatusCode::SEE_OTHER);
    let late = rani.post(&of_rani, &[]).await;
    assert_eq!(late.status, StatusCode::NOT_FOUND);
    assert_eq!(addresses(&app, &sari).await.0.as_deref(), Some("dua@example.com"));
    assert_eq!(addresses(&app, &rani).await.0.as_deref(), Some("rani@example.com"));
    // From now on asking again only tells its owner.
    app.run_tasks().await;
    app.mail.take();
    assert_eq!(rani.post("/account/email/link", &[]).await.location(), "/account");
    app.run_tasks().await;
    let mails = app.mail.take();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].subject, "Anda sudah punya akun KostTicket");
}

#[tokio::test]
async fn the_link_can_be_sent_again_but_not_for_ever() {
    let app = TestApp::new().await;
    let rani = app.person("rani").await;
    give(&rani, "baru@example.com").await;
    assert_eq!(rani.post("/account/email/link", &[]).await.location(), "/account");
    assert_eq!(rani.post("/account/email/link", &[]).await.location(), "/account");
    let limited = rani.post("/account/email/link", &[]).await;
    assert_eq!(limited.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(limited.text.contains("Terlalu banyak percobaan."));
}

#[tokio::test]
async fn it_can_be_removed() {
    let app = TestApp::new().await;
    let rani = app.person("rani").await;
    let answer = rani.post("/account/email", &[("remove", "true"), ("password", PASSWORD)]).await;
    assert_eq!(answer.location(), "/account");
    assert_eq!(addresses(&app, &rani).await, (None, None));
    assert!(rani.get("/account").await.text.contains("Belum ada e-mail"));
    app.run_tasks().await;
    let mails = app.mail.take();
    assert_eq!(mails.len(), 1, "the address that was removed is told");
    assert_eq!(mails[0].to.address, "rani@example.com");
}

#[tokio::test]
async fn one_click_stops_e_mails_of_one_kind() {
    let app = TestApp::new().await;
    let rani = app.person("rani").await;
    let token = store::get(&app.app.db, rani.id).await.unwrap().unwrap().unsubscribe_token;
    let path = format!("/unsubscribe/{token}/comment");
    let wants = async || {
        let account = store::get(&app.app.db, rani.id).await.unwrap().unwrap();
        ["comment", "status"].map(|kind| account.wants_mail(kind.parse().unwrap()))
    };
    // Opening the link changes nothing.
    assert!(app.get(&path).await.text.contains("Hentikan e-mail ini?"));
    assert_eq!(wants().await, [true, true]);
    // What mail programs send: no cookie, no Origin, no redirect followed.
    let one_click =
        app.request("POST", &path).form(&[("List-Unsubscribe", "One-Click")]).send().await;
    assert_eq!(one_click.status, StatusCode::OK);
    assert!(one_click.text.contains("E-mail ini sudah dihentikan"));
    assert_eq!(wants().await, [false, true]);
    let again = app
        .request("POST", &path)
        .multipart(&[("List-Unsubscribe", "One-Click")], &[])
        .send()
        .await;
    assert_eq!(again.status, StatusCode::OK);
    assert!(app.get(&path).await.text.contains("E-mail ini sudah dihentikan"), "nothing to ask");
    for unknown in
        [format!("/unsubscribe/{token}/nothing"), "/unsubscribe/guess/comment".to_owned()]
    {
        assert_eq!(app.get(&unknown).await.status, StatusCode::NOT_FOUND);
        assert_eq!(app.post(&unknown, &[]).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn whoever_asks_for_other_links_keeps_nobody_from_verifying_an_address() {
    let app = TestApp::new().await;
    let rani = app.person("rani").await;
    for _ in 0..4 {
        app.post("/forgot", &[("login", "baru@example.com")]).await;
    }
    give(&rani, "baru@example.com").await;
}
