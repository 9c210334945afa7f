use http::StatusCode;
use kostticket::kosts::{self, Role};

use crate::support::TestApp;

#[tokio::test]
async fn everybody_lands_on_the_page_of_their_role() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    assert_eq!(
        app.member("rani", &kost, Role::Resident).await.get("/").await.location(),
        "/tickets"
    );
    for (name, role) in [("joko", Role::Caretaker), ("made", Role::Manager), ("budi", Role::Owner)]
    {
        assert_eq!(app.member(name, &kost, role).await.get("/").await.location(), "/k/melati");
    }
    assert_eq!(app.admin("root").await.get("/").await.location(), "/admin/kosts");
    assert_eq!(app.get("/").await.location(), "/login");
}

#[tokio::test]
async fn with_several_places_one_is_chosen() {
    let app = TestApp::new().await;
    let (melati, mawar) = (app.kost("Kost Melati").await, app.kost("Kost Mawar").await);
    let budi = app.member("budi", &melati, Role::Owner).await;
    let mut tx = app.app.db.begin().await.unwrap();
    kosts::join(&mut tx, budi.id, mawar.id, Role::Manager, None).await.unwrap();
    tx.commit().await.unwrap();
    let page = budi.get("/").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("Buka yang mana?"));
    assert!(page.text.contains("href=\"/k/melati\"") && page.text.contains("href=\"/k/mawar\""));
    // Somebody who lives in two kosts has all reports on one page.
    let rani = app.member("rani", &melati, Role::Resident).await;
    let mut tx = app.app.db.begin().await.unwrap();
    kosts::join(&mut tx, rani.id, mawar.id, Role::Resident, None).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(rani.get("/").await.location(), "/tickets");
}

#[tokio::test]
async fn whose_membership_ended_is_told_so() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    let mut tx = app.app.db.begin().await.unwrap();
    kosts::end(&mut tx, kost.id, rani.id).await.unwrap();
    tx.commit().await.unwrap();
    let page = rani.get("/").await;
    assert!(page.text.contains("Keanggotaan Anda sudah berakhir"));
    assert!(page.text.contains("Akses Anda ke Kost Melati berhenti hari ini."));
    assert!(page.text.contains("name=\"invite\""));
    assert_eq!(rani.get("/tickets").await.location(), "/", "a page left open leads there");
    let never = app.person("sari").await.get("/").await;
    assert!(never.text.contains("Anda belum terdaftar di kost"));
}
