//! `/tickets`: the resident's home.

use kostticket::kosts::Role;

use super::House;
use crate::support::TestApp;

#[tokio::test]
async fn a_new_resident_finds_where_to_report_and_nothing_else() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    let home = rani.get("/tickets").await;
    assert!(home.text.contains("Selamat pagi, Rani"), "{}", home.text);
    assert!(home.text.contains("href=\"/k/melati/tickets/new\""));
    assert!(home.text.contains("Belum ada laporan"));
}

#[tokio::test]
async fn every_report_stands_in_its_place_with_both_answers_where_one_is_waited_for() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    let running = house.rani.get("/tickets").await.text;
    assert!(
        running.contains("Sedang berjalan") && running.contains("Budi akan menangani ini"),
        "{running}"
    );
    house.set_status(&app, "done").await;
    let waiting = house.rani.get("/tickets").await.text;
    assert!(waiting.contains("Menunggu jawaban Anda"));
    assert!(waiting.contains("Budi menandai selesai hari ini, 10.00. Sudah beres?"), "{waiting}");
    for answer in ["/confirmation", "/return"] {
        assert!(waiting.contains(&format!("action=\"{}{answer}\"", house.path)));
    }
    house.rani.post(&house.to("/confirmation"), &[]).await;
    let past = house.rani.get("/tickets").await.text;
    assert!(past.contains("Sudah selesai") && !past.contains("Menunggu jawaban Anda"));
    assert!(past.contains("Hari ini, selesai dalam kurang dari 1 menit"), "{past}");
}

#[tokio::test]
async fn the_past_has_pages() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    let budi = app.member("budi", &kost, Role::Owner).await;
    for number in 1..=13 {
        rani.report(&kost, &format!("Masalah nomor {number}."), "01").await;
        let path = kost.path(&format!("/tickets/{number}"));
        budi.post(&format!("{path}/status"), &[("status", "done"), ("version", "1")])
            .await
            .location();
        rani.post(&format!("{path}/confirmation"), &[]).await.location();
    }
    let first = rani.get("/tickets").await.text;
    assert!(
        first.contains("Masalah nomor 13.")
            && first.contains("Masalah nomor 4.")
            && !first.contains("Masalah nomor 3.")
    );
    let at = first.find("/tickets?before=").unwrap();
    let older = first[at..].split('"').next().unwrap();
    let second = rani.get(older).await.text;
    assert!(
        second.contains("Masalah nomor 3.")
            && second.contains("Masalah nomor 1.")
            && !second.contains("Masalah nomor 4.")
    );
    assert!(!second.contains("before="), "no page after the last");
    for odd in ["x", "1.x", "99999999999999999999.1", ""] {
        assert_eq!(rani.get(&format!("/tickets?before={odd}")).await.status, 200, "{odd}");
    }
}
