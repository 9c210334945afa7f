//! Neighbours learn neither names nor rooms of each other: not from a page, a
//! list, a toast or a mail. Staff and the person themselves do.

use kostticket::kosts::Role;

use super::House;
use crate::live::{open, serve, until};
use crate::support::TestApp;

/// What Sari, in room 02, may not read of Rani in room 01 and Tono in 03.
const SECRETS: [&str; 4] = ["Rani", "Kamar 01", "Tono", "Kamar 03"];

#[track_caller]
fn assert_discreet(text: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[tokio::test]
async fn a_follower_reads_no_neighbours_name_and_no_room_anywhere() {
    let app = TestApp::new().await;
    let house = House::with_report(&app).await;
    let tono = app.member_in("tono", &house.kost, Role::Resident, Some("03")).await;
    house.follow(&tono).await;
    house.comment(&house.rani, "Menetes terus").await;
    house.comment(&tono, "Di kamar saya juga").await;
    house.comment(&house.joko, "Saya ke sana").await;
    house.set(&house.joko, "status", "done").await;
    app.run_tasks().await;
    house.rani.post(&house.to("/return"), &[("reason", "Masih menetes")]).await.location();
    app.run_tasks().await;

    let page = house.sari.get(&house.to("")).await.text;
    assert_discreet(&page);
    assert!(page.contains("Pelapor") && page.contains("Penghuni lain"), "{page}");
    assert!(page.contains("Joko"), "staff have names");
    assert_discreet(&house.sari.get("/tickets").await.text);
    let list = house.sari.get("/notifications").await.text;
    assert_discreet(&list);
    assert!(
        list.contains("<b>Joko</b> membalas") && list.contains("<b>Pelapor</b> membuka lagi"),
        "{list}"
    );
    let mails: Vec<_> = app.mail.take().into_iter().filter(|mail| mail.to.name == "Sari").collect();
    assert_eq!(mails.len(), 3);
    for mail in mails {
        assert_discreet(&format!("{} {} {}", mail.subject, mail.text, mail.html.unwrap()));
    }

    let page = house.rani.get(&house.to("")).await.text;
    assert!(page.contains("Penghuni lain") && !page.contains("Tono"), "nor does the reporter");
    assert!(page.contains("Kamar 01"), "it is her own");
    let page = house.joko.get(&house.to("")).await.text;
    assert!(page.contains("Rani") && page.contains("Tono") && page.contains("Kamar 01"));
}

#[tokio::test]
async fn a_followers_toast_shows_no_name_and_no_plate() {
    let app = TestApp::new().await;
    let house = House::with_report(&app).await;
    house.set(&house.joko, "status", "done").await;
    app.run_tasks().await;
    let (address, _stop) = serve(&app).await;
    let mut page = open(address, &house.sari).await;
    let mut staff = open(address, &house.joko).await;
    house.rani.post(&house.to("/return"), &[]).await.location();
    app.run_tasks().await;
    let toast = until(&mut page, "toast").await;
    assert_eq!(toast["title"], "Pelapor membuka lagi, belum beres");
    assert!(toast["plate"].is_null(), "{toast}");
    let toast = until(&mut staff, "toast").await;
    assert_eq!(toast["title"], "Rani membuka lagi, belum beres");
    assert_eq!(toast["plate"], "01");
}

#[tokio::test]
async fn staff_who_report_are_known_to_their_followers() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    house.budi.report(&house.kost, "Lampu dapur mati", "Dapur").await;
    house.follow(&house.sari).await;
    house.heard().await;
    house.comment(&house.budi, "Mohon bersabar").await;
    app.run_tasks().await;
    for path in [house.to(""), "/notifications".to_owned()] {
        assert!(house.sari.get(&path).await.text.contains("Budi"), "{path}");
    }
}

#[tokio::test]
async fn staff_here_are_neighbours_there() {
    let app = TestApp::new().await;
    let house = House::with_report(&app).await;
    let other = app.kost("Kost Mawar").await;
    let mut tx = app.app.db.begin().await.unwrap();
    kostticket::kosts::join(&mut tx, house.sari.id, other.id, Role::Manager, None).await.unwrap();
    tx.commit().await.unwrap();
    house.set(&house.joko, "status", "done").await;
    app.run_tasks().await;
    house.rani.post(&house.to("/return"), &[]).await.location();
    app.run_tasks().await;
    let dashboard = house.sari.get(&other.path("")).await.text;
    assert!(dashboard.contains("Pelapor membuka lagi"), "{dashboard}");
    assert_discreet(&dashboard);
}
