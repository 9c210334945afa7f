//! The notification list and the badge.

use http::StatusCode;
use kostticket::kosts::{self, Role};

use super::unread;
use crate::support::TestApp;

#[tokio::test]
async fn the_list_shows_what_happened_until_it_is_read() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    let budi = app.member("budi", &kost, Role::Owner).await;
    rani.report(&kost, "Keran <bocor>", "01").await;
    app.run_tasks().await;

    let page = budi.get("/notifications").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("Laporan baru dari Kamar 01"), "{}", page.text);
    assert!(page.text.contains("Keran &#60;bocor&#62;, #1"));
    assert!(page.text.contains("kt-note--unread"));
    assert_eq!(
        budi.get("/notifications?show=unread").await.text.matches("kt-note--unread").count(),
        2
    );

    let done = budi.post("/notifications/read", &[]).await;
    assert_eq!(done.location(), "/notifications");
    assert_eq!(unread(&app, &budi).await, 0);
    let page = budi.get("/notifications?show=unread").await;
    assert!(!page.text.contains("kt-note--unread"));
    assert!(page.text.contains("Semua sudah dibaca."));
}

#[tokio::test]
async fn what_came_after_the_page_was_shown_stays_unread() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    let budi = app.member("budi", &kost, Role::Owner).await;
    rani.report(&kost, "Keran bocor", "01").await;
    app.run_tasks().await;
    let page = budi.get("/notifications").await.text;
    let newest = page.split("name=\"newest\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    rani.report(&kost, "Lampu mati", "01").await;
    app.run_tasks().await;
    budi.post("/notifications/read", &[("newest", newest)]).await.location();
    assert_eq!(unread(&app, &budi).await, 2, "a new report, and that it is theirs");
    let page = budi.get("/notifications?show=unread").await;
    assert!(page.text.contains("Lampu mati") && !page.text.contains("Keran bocor"));
}

#[tokio::test]
async fn opening_the_report_reads_what_was_told_about_it() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    let budi = app.member("budi", &kost, Role::Owner).await;
    rani.report(&kost, "Keran bocor", "01").await;
    app.run_tasks().await;
    assert_eq!(unread(&app, &budi).await, 2);
    budi.get(&kost.path("/tickets/1")).await;
    assert_eq!(unread(&app, &budi).await, 0);
}

#[tokio::test]
async fn who_has_left_is_told_nothing_more_and_sees_nothing_of_it() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    let budi = app.member("budi", &kost, Role::Owner).await;
    let joko = app.member("joko", &kost, Role::Manager).await;
    rani.report(&kost, "Keran bocor", "01").await;
    app.run_tasks().await;
    assert!(unread(&app, &joko).await > 0);

    let mut tx = app.app.db.begin().await.unwrap();
    kosts::end(&mut tx, kost.id, joko.id).await.unwrap();
    tx.commit().await.unwrap();
    rani.report(&kost, "Lampu mati", "01").await;
    app.run_tasks().await;

    assert_eq!(unread(&app, &joko).await, 0);
    assert!(!joko.get("/notifications").await.text.contains("Keran bocor"));
    assert!(unread(&app, &budi).await > 0);
}

#[tokio::test]
async fn who_is_staff_no_more_hears_of_own_reports_only_and_never_of_notes() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    let budi = app.member("budi", &kost, Role::Owner).await;
    let joko = app.member("joko", &kost, Role::Manager).await;
    let own = joko.report(&kost, "Lampu kamar Joko", "02").await;
    rani.report(&kost, "Keran bocor", "01").await;
    app.run_tasks().await;
    // The mails that are due when the role changes wait for the mail server.
    let down = || mail::SendError::temporary("smtp_unreachable", "down");
    (0..9).for_each(|_| app.mail.fail_next(down()));
    for number in ["1", "2"] {
        let comments = kost.path(&format!("/tickets/{number}/comments"));
        budi.post(&comments, &[("body", "Jangan bilang Rani"), ("internal", "true")]).await;
        budi.post(&comments, &[("body", "Besok pagi kami datang")]).await;
    }
    app.run_tasks().await;
    app.mail.take();
    let url = kost.path(&format!("/members/{}", joko.id));
    budi.post(&url, &[("role", "resident")]).await.location();

    let list = joko.get("/notifications").await.text;
    assert!(!list.contains("Keran bocor") && !list.contains("Jangan bilang"), "{list}");
    assert!(list.contains("Lampu kamar Joko") && list.contains("Besok pagi"), "{list}");
    let told = list.matches("kt-note--unread").count() as i64;
    assert_eq!(unread(&app, &joko).await, told, "the badge counts what the list shows");
    assert!(told > 0);

    for _ in 0..9 {
        app.advance(jiff::SignedDuration::from_hours(2)).await;
    }
    let mails: Vec<_> =
        app.mail.take().into_iter().filter(|mail| mail.to.address == "joko@example.com").collect();
    assert!(!mails.is_empty());
    for mail in mails {
        assert!(
            mail.text.contains(&format!("#{own}")) && !mail.text.contains("Jangan"),
            "{}",
            mail.text
        );
    }
    // Nor of what was addressed to them as staff and is announced only now.
    let comments = kost.path("/tickets/2/comments");
    rani.post(&comments, &[("body", "Masih menetes")]).await;
    app.run_tasks().await;
    assert!(!joko.get("/notifications").await.text.contains("Masih menetes"));
}

#[tokio::test]
async fn strangers_have_no_list() {
    let app = TestApp::new().await;
    let answer = app.get("/notifications").await;
    assert!(matches!(answer.status, StatusCode::UNAUTHORIZED | StatusCode::SEE_OTHER));
}
