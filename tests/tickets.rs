//! Reports through HTTP: one from report to answer, and who may do what.

use kostticket::kosts::Role;

use crate::support::TestApp;

#[tokio::test]
async fn one_report_from_the_first_tap_to_the_answer() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    let budi = app.member("budi", &kost, Role::Owner).await;
    let number = rani.report(&kost, "Keran bocor", "01").await;
    let path = kost.path(&format!("/tickets/{number}"));
    app.run_tasks().await;
    let page = rani.get(&path).await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(page.text.contains("Keran bocor"));
    assert!(page.text.contains("Budi akan menangani ini"), "{}", page.text);
    let page = budi.get(&path).await;
    assert_eq!(page.status, 200, "{}", page.text);
    let done = budi.post(&format!("{path}/status"), &[("status", "done"), ("version", "2")]).await;
    assert_eq!(done.location(), path);
    let home = rani.get("/tickets").await;
    assert!(home.text.contains("Menunggu jawaban Anda"), "{}", home.text);
    let page = rani.get(&path).await;
    assert!(page.text.contains("Sudah beres?"));
    assert!(
        rani.post(&format!("{path}/return"), &[("reason", "Masih menetes")]).await.location()
            == path
    );
    let page = budi.get(&path).await;
    assert!(page.text.contains("Masih menetes"), "{}", page.text);
    let done = budi.post(&format!("{path}/status"), &[("status", "done"), ("version", "4")]).await;
    assert_eq!(done.location(), path);
    assert_eq!(rani.post(&format!("{path}/confirmation"), &[]).await.location(), path);
    let page = rani.get(&path).await;
    assert!(page.text.contains("Terima kasih, laporan ini beres"));
    assert_eq!(rani.get(&kost.path("/tickets/new")).await.status, 200);
}
