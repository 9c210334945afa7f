//! Who follows a report, and what that opens and closes.

use kostticket::kosts::{self, Role};

use super::House;
use crate::support::TestApp;

#[tokio::test]
async fn staff_add_a_neighbour_who_reads_comments_and_hears_and_learns_no_name() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    let sari = app.member_in("sari", &house.kost, Role::Resident, Some("02")).await;
    let page = house.budi.get(&house.path).await.text;
    assert!(page.contains("Sari, Kamar 02") && page.contains("Tambah pengikut"), "{page}");
    assert!(!page.contains("Rani, Kamar 01"), "the reporter is told anyway");
    assert_eq!(sari.get(&house.path).await.status, 404);

    let account = sari.id.to_string();
    let added = house.budi.post(&house.to("/followers"), &[("account", &account)]).await;
    assert_eq!(added.location(), house.path);
    // Twice is as good as once.
    house.budi.post(&house.to("/followers"), &[("account", &account)]).await.location();

    let page = sari.get(&house.path).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("Berhenti mengikuti"), "{}", page.text);
    assert!(!page.text.contains("Rani") && !page.text.contains("Kamar 01"), "{}", page.text);
    let home = sari.get("/tickets").await.text;
    assert!(home.contains("Laporan yang Anda ikuti") && home.contains("Keran bocor"));
    house.set_status(&app, "done").await;
    let home = sari.get("/tickets").await.text;
    assert!(home.contains("Menunggu jawaban pelapor"), "not hers to answer: {home}");
    let late = sari.post(&house.to("/comments"), &[("body", "Masih bocor juga")]).await;
    assert!(late.text.contains("Komentar ditutup karena laporan sudah selesai. Tulisan Anda"));
    assert!(!late.text.contains("Buka lagi dulu"), "nor hers to reopen: {}", late.text);
    house.set_status(&app, "open").await;
    assert!(house.rani.get(&house.path).await.text.contains("pemilik, dan 1 pengikut"));
    house.joko.post(&house.to("/comments"), &[("body", "Saya ke sana")]).await;
    app.run_tasks().await;
    let news = sari.get("/notifications").await.text;
    assert!(news.contains("Keran bocor") && !news.contains("Rani"), "{news}");
    let mails = app.mail.sent();
    let mail = mails.iter().find(|mail| mail.to.address.starts_with("sari")).unwrap();
    assert!(!format!("{mail:?}").contains("Rani"));
}

#[tokio::test]
async fn a_follower_who_stops_reads_nothing_any_more() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    let sari = app.member_in("sari", &house.kost, Role::Resident, Some("02")).await;
    let account = sari.id.to_string();
    house.budi.post(&house.to("/followers"), &[("account", &account)]).await.location();
    house.joko.post(&house.to("/comments"), &[("body", "Saya ke sana")]).await;
    app.run_tasks().await;
    let end = house.to(&format!("/followers/{account}/end"));
    assert_eq!(house.rani.post(&end, &[]).await.status, 403, "not the reporter's to say");
    assert_eq!(sari.post(&end, &[]).await.location(), "/tickets");
    assert_eq!(sari.get(&house.path).await.status, 404);
    let home = sari.get("/tickets").await.text;
    assert!(!home.contains("Keran bocor") && !home.contains("1 belum dibaca"), "{home}");
    let unread = kostticket::accounts::store::get(&app.app.db, sari.id).await.unwrap().unwrap();
    assert_eq!(unread.unread, 0, "the badge does not speak of it either");
}

#[tokio::test]
async fn staff_follow_with_one_tap_and_take_others_off() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    let sari = app.member_in("sari", &house.kost, Role::Resident, Some("02")).await;
    assert!(house.joko.get(&house.path).await.text.contains("Ikuti</button>"));
    for account in [house.joko.id, sari.id] {
        let account = account.to_string();
        house.joko.post(&house.to("/followers"), &[("account", &account)]).await.location();
    }
    let page = house.joko.get(&house.path).await.text;
    assert!(page.contains("Berhenti mengikuti") && !page.contains("Ikuti</button>"), "{page}");
    for account in [house.joko.id, sari.id] {
        let end = house.to(&format!("/followers/{account}/end"));
        assert_eq!(house.joko.post(&end, &[]).await.location(), house.path);
    }
    assert!(house.joko.get(&house.path).await.text.contains("Ikuti</button>"));
    assert_eq!(sari.get(&house.path).await.status, 404);
}

#[tokio::test]
async fn nobody_follows_who_is_not_there_or_reported_it() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    let other = app.kost("Kost Mawar").await;
    let dewi = app.member("dewi", &other, Role::Resident).await;
    let admin = app.admin("pusat").await;
    assert!(!admin.get(&house.path).await.text.contains("Ikuti</button>"));
    for account in [dewi.id, admin.id, house.rani.id] {
        let account = account.to_string();
        let refused = house.budi.post(&house.to("/followers"), &[("account", &account)]).await;
        assert_eq!(refused.status, 422);
        assert!(refused.text.contains("id=\"account-error\""), "{}", refused.text);
    }
    for odd in ["", "abc", "-1", "99999999999999999999"] {
        let refused = house.budi.post(&house.to("/followers"), &[("account", odd)]).await;
        assert_eq!(refused.status, 422, "{odd}");
    }
    assert_eq!(house.budi.post(&house.to("/followers/abc/end"), &[]).await.status, 404);
}

#[tokio::test]
async fn following_ends_with_the_membership() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    let sari = app.member_in("sari", &house.kost, Role::Resident, Some("02")).await;
    let account = sari.id.to_string();
    house.budi.post(&house.to("/followers"), &[("account", &account)]).await.location();
    let mut tx = app.app.db.begin().await.unwrap();
    kosts::end(&mut tx, house.kost.id, sari.id).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(sari.get(&house.path).await.status, 404);
    assert!(!house.budi.get(&house.path).await.text.contains("Sari"));
}

#[tokio::test]
async fn an_assignee_who_has_left_is_named_in_the_form() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    let (version, joko) = (house.ticket(&app).await.version.to_string(), house.joko.id.to_string());
    let fields = [("assignee", joko.as_str()), ("version", &version)];
    house.budi.post(&house.to("/assignee"), &fields).await.location();
    house.set_status(&app, "done").await;
    let mut tx = app.app.db.begin().await.unwrap();
    kosts::end(&mut tx, house.kost.id, house.joko.id).await.unwrap();
    tx.commit().await.unwrap();
    app.run_tasks().await;
    let page = house.budi.get(&house.path).await.text;
    assert!(page.contains("selected>Joko, sudah keluar"), "{page}");
}

#[tokio::test]
async fn who_follows_no_more_keeps_the_news_that_they_may_still_read() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    house.rani.post(&house.to("/comments"), &[("body", "Masih menetes")]).await.location();
    app.run_tasks().await;
    let unread = async |person| {
        kostticket::accounts::store::get(&app.app.db, person).await.unwrap().unwrap().unread
    };
    let before = unread(house.budi.id).await;
    assert!(before > 0, "he hears of it");
    let end = |account: &str| house.to(&format!("/followers/{account}/end"));
    let budi = house.budi.id.to_string();
    for nobody in [budi.as_str(), "999999", "x"] {
        assert_eq!(house.budi.post(&end(nobody), &[]).await.status, 404, "{nobody}");
    }
    house.budi.post(&house.to("/followers"), &[("account", &budi)]).await.location();
    house.budi.post(&end(&budi), &[]).await.location();
    assert_eq!(unread(house.budi.id).await, before);
}
