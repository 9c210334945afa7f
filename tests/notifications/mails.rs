//! News by e-mail: to whom it is sent, to whom not, and what it says.

use db::query;

use super::House;
use crate::support::{Person, TestApp};

/// To whom mails went, since the last time this was asked.
async fn mailed(app: &TestApp) -> Vec<String> {
    app.run_tasks().await;
    let mut names: Vec<_> = app.mail.take().into_iter().map(|mail| mail.to.name).collect();
    names.sort_unstable();
    names
}

async fn set(app: &TestApp, person: &Person<'_>, column: &str, value: Option<&str>) {
    let mut tx = app.app.db.begin().await.unwrap();
    query("UPDATE account SET ")
        .push(column)
        .push(" = ")
        .push_bind(value.map(str::to_owned))
        .push(" WHERE id = ")
        .push_bind(person.id)
        .run(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_mail_goes_to_the_verified_address_in_the_readers_language() {
    let app = TestApp::new().await;
    let house = House::with_report(&app).await;
    set(&app, &house.sari, "language", Some("en")).await;
    house.comment(&house.joko, "Saya ke sana <jam 3>").await;
    app.run_tasks().await;
    let mails = app.mail.take();
    let of = |name: &str| mails.iter().find(|mail| mail.to.name == name).unwrap();
    assert_eq!(mails.len(), 2);
    let (rani, sari) = (of("Rani"), of("Sari"));
    assert_eq!(rani.to.address, "rani@example.com");
    assert_eq!(rani.subject, "[Kost Melati] Joko membalas #1: Keran bocor");
    assert_eq!(sari.subject, "[Kost Melati] Joko replied to #1: Keran bocor");
    assert!(rani.text.contains("Saya ke sana <jam 3>"), "{}", rani.text);
    assert!(rani.text.contains("http://kost.test/k/melati/tickets/1"), "{}", rani.text);
    assert!(sari.text.contains("you follow report #1"), "{}", sari.text);
    let html = rani.html.as_ref().unwrap();
    assert!(html.contains("Saya ke sana &#60;jam 3&#62;"), "{html}");
    let stop = rani.list_unsubscribe.as_ref().unwrap();
    assert!(stop.starts_with("http://kost.test/unsubscribe/") && stop.ends_with("/comment"));
    assert_ne!(rani.message_id, sari.message_id);
}

#[tokio::test]
async fn no_mail_goes_where_it_is_switched_off_or_the_address_is_not_verified() {
    let app = TestApp::new().await;
    let house = House::with_report(&app).await;
    house.rani.post("/account/notifications", &[("status", "true")]).await.location();
    set(&app, &house.sari, "email", None).await;
    set(&app, &house.sari, "pending_email", Some("sari@example.com")).await;
    house.comment(&house.joko, "Saya ke sana").await;
    assert_eq!(mailed(&app).await, [""; 0]);
    assert!(
        house.rani.get("/notifications").await.text.contains("<b>Joko</b> membalas"),
        "it is listed"
    );
    house.set(&house.joko, "status", "done").await;
    assert_eq!(mailed(&app).await, ["Rani"], "that kind is on");
}

#[tokio::test]
async fn what_is_queued_is_not_sent_to_who_leaves_or_switches_it_off_meanwhile() {
    let app = TestApp::new().await;
    let house = House::with_report(&app).await;
    let unreachable = mail::SendError::temporary("smtp_unreachable", "down");
    app.mail.fail_next(unreachable.clone());
    app.mail.fail_next(unreachable);
    house.comment(&house.joko, "Saya ke sana").await;
    assert_eq!(mailed(&app).await, [""; 0]);
    assert!(house.budi.get(&house.to("")).await.text.contains("E-mail ke Sari gagal"));
    house.end(&house.sari).await;
    house.rani.post("/account/notifications", &[("status", "true")]).await.location();
    app.clock.advance(jiff::SignedDuration::from_mins(20));
    assert_eq!(mailed(&app).await, [""; 0]);
    let page = house.budi.get(&house.to("")).await.text;
    for word in ["gagal", "menunggu dikirim", "Kirim ulang"] {
        assert!(!page.contains(word), "{word}, though nothing waits any more: {page}");
    }
    for why in [
        "E-mail ke Sari batal dikirim: orangnya tidak lagi boleh membaca laporan ini",
        "E-mail ke pelapor batal dikirim: e-mail seperti ini dimatikan oleh orangnya",
    ] {
        assert!(page.contains(why), "{why}: {page}");
    }
}

#[tokio::test]
async fn every_attempt_sends_the_same_message() {
    let app = TestApp::new().await;
    let house = House::with_report(&app).await;
    house.sari.post("/account/notifications", &[("status", "true")]).await.location();
    house.comment(&house.joko, "Saya ke sana").await;
    let at = app.clock.now();
    app.mail.fail_next(mail::SendError::temporary("smtp_dropped", "gone"));
    assert_eq!(mailed(&app).await, [""; 0]);
    app.clock.advance(jiff::SignedDuration::from_mins(1));
    app.run_tasks().await;
    let mails = app.mail.take();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].date, at, "the date of the news");
}
