//! What staff set on a report: status, assignee, priority, never over
//! somebody's unseen change.

use jiff::SignedDuration;
use kostticket::accounts::AccountId;
use kostticket::kosts::{self, Role};
use kostticket::tickets::{Priority, Status, store};

use super::House;
use crate::support::TestApp;

#[tokio::test]
async fn staff_set_priority_and_assignee() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    let version = house.ticket(&app).await.version.to_string();
    let saved = house
        .joko
        .post(&house.to("/priority"), &[("priority", "emergency"), ("version", &version)])
        .await;
    assert_eq!(saved.location(), house.path);
    let (version, joko) = (house.ticket(&app).await.version.to_string(), house.joko.id.to_string());
    let saved = house
        .joko
        .post(&house.to("/assignee"), &[("assignee", &joko), ("version", &version)])
        .await;
    assert_eq!(saved.location(), house.path);
    let ticket = house.ticket(&app).await;
    assert_eq!((ticket.priority, ticket.assignee), (Priority::Emergency, Some(house.joko.id)));
    let page = house.budi.get(&house.path).await;
    assert!(
        page.text.contains("<b>Joko</b> mengubah prioritas: Sedang menjadi <b>Darurat</b>"),
        "{}",
        page.text
    );
    assert!(page.text.contains("<b>Joko</b> mengambil laporan ini"));
    assert!(page.text.contains("Joko (1)") && page.text.contains("Saya tangani"));
    let version = ticket.version.to_string();
    house
        .budi
        .post(&house.to("/assignee"), &[("assignee", ""), ("version", &version)])
        .await
        .location();
    assert_eq!(house.ticket(&app).await.assignee, None, "nobody, visibly");
    let page = house.joko.get(&house.path).await;
    assert!(page.text.contains("<b>Budi</b> mengosongkan penanggung jawab"), "{}", page.text);
}

#[tokio::test]
async fn who_was_given_a_report_by_hand_comes_last_among_equals() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    let give = async |to: &str| {
        let version = house.ticket(&app).await.version.to_string();
        let fields = [("assignee", to), ("version", version.as_str())];
        app.clock.advance(SignedDuration::from_mins(1));
        house.budi.post(&house.to("/assignee"), &fields).await.location();
    };
    let next = async || {
        let mut tx = app.app.db.begin().await.unwrap();
        store::next_assignee(&mut tx, house.kost.id).await.unwrap()
    };
    let (budi, joko): (AccountId, AccountId) = (house.budi.id, house.joko.id);
    give(&joko.to_string()).await;
    give(&budi.to_string()).await;
    house.set_status(&app, "done").await;
    assert_eq!(next().await, Some(joko), "budi had it last");
    house.set_status(&app, "open").await;
    give(&joko.to_string()).await;
    house.set_status(&app, "done").await;
    assert_eq!(next().await, Some(budi), "joko had it last");
}

#[tokio::test]
async fn a_stale_version_shows_both_values_and_saves_nothing() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    let stale = house.ticket(&app).await.version.to_string();
    house
        .joko
        .post(&house.to("/status"), &[("status", "in_progress"), ("version", &stale)])
        .await
        .location();
    let refused =
        house.budi.post(&house.to("/status"), &[("status", "done"), ("version", &stale)]).await;
    assert_eq!(refused.status, 409);
    assert!(refused.text.contains("Joko baru saja mengubah laporan ini."), "{}", refused.text);
    assert!(
        refused.text.contains("Sekarang: Sedang Diproses. Pilihan Anda: Selesai."),
        "{}",
        refused.text
    );
    assert_eq!(house.ticket(&app).await.status, Status::InProgress);
    for (field, value, words) in [
        ("priority", "high", "Sekarang: Sedang. Pilihan Anda: Tinggi."),
        ("assignee", "", "Sekarang: Budi. Pilihan Anda: Belum ada."),
    ] {
        let refused = house
            .budi
            .post(&house.to(&format!("/{field}")), &[(field, value), ("version", &stale)])
            .await;
        assert_eq!(refused.status, 409);
        assert!(refused.text.contains(words), "{words}: {}", refused.text);
    }
    let version = house.ticket(&app).await.version.to_string();
    assert!(
        refused.text.contains(&format!("name=\"version\" value=\"{version}\"")),
        "insisting is one tap"
    );
    house
        .budi
        .post(&house.to("/status"), &[("status", "done"), ("version", &version)])
        .await
        .location();
    assert_eq!(house.ticket(&app).await.status, Status::Done);
}

#[tokio::test]
async fn who_wants_what_is_there_already_meets_no_conflict() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    let stale = house.ticket(&app).await.version.to_string();
    for person in [&house.joko, &house.budi] {
        let saved =
            person.post(&house.to("/status"), &[("status", "done"), ("version", &stale)]).await;
        assert_eq!(saved.location(), house.path, "two taps, or two people of one mind");
    }
    assert_eq!(house.rani.get(&house.path).await.text.matches("menandai selesai").count(), 1);
}

#[tokio::test]
async fn values_that_are_not_offered_are_refused() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    let before = house.ticket(&app).await;
    let (version, rani) = (before.version.to_string(), house.rani.id.to_string());
    for (field, value) in [
        ("status", "finished"),
        ("status", ""),
        ("priority", "asap"),
        ("assignee", "9999"),
        ("assignee", "joko"),
        ("assignee", &rani),
    ] {
        let refused = house
            .budi
            .post(&house.to(&format!("/{field}")), &[(field, value), ("version", &version)])
            .await;
        assert_eq!(refused.status, 422, "{field} = {value:?}");
        assert!(
            refused.text.contains(&format!("id=\"{field}-error\"")),
            "{field}: {}",
            refused.text
        );
    }
    assert_eq!(house.ticket(&app).await.version, before.version);
}

#[tokio::test]
async fn a_mail_that_was_kept_in_the_folder_is_not_called_sent() {
    let app = TestApp::with_mail_folder().await;
    let house = House::new(&app).await;
    house.set_status(&app, "in_progress").await;
    app.run_tasks().await;
    let page = house.budi.get(&house.path).await;
    assert!(page.text.contains("E-mail ke pelapor disimpan di folder 10.00"), "{}", page.text);
}

#[tokio::test]
async fn staff_see_what_was_sent_and_residents_do_not() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    house.set_status(&app, "in_progress").await;
    app.run_tasks().await;
    let page = house.budi.get(&house.path).await;
    assert!(page.text.contains("E-mail ke pelapor terkirim 10.00"), "{}", page.text);
    assert!(!house.rani.get(&house.path).await.text.contains("E-mail ke"));
}

#[tokio::test]
async fn the_page_says_who_does_what_next() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    let number = rani.report(&kost, "Keran bocor", "01").await;
    let path = kost.path(&format!("/tickets/{number}"));
    app.run_tasks().await;
    assert!(rani.get(&path).await.text.contains("Diterima. Penanggung jawab sedang dicari."));
    let joko = app.member("joko", &kost, Role::Caretaker).await;
    app.run_tasks().await;
    assert!(rani.get(&path).await.text.contains("Joko akan menangani ini"));
    assert!(joko.get(&path).await.text.contains("Anda yang menangani ini"));
    let mut tx = app.app.db.begin().await.unwrap();
    kosts::end(&mut tx, kost.id, joko.id).await.unwrap();
    tx.commit().await.unwrap();
    app.run_tasks().await;
    assert!(
        rani.get(&path).await.text.contains("Penanggung jawab sedang dicari"),
        "who left takes nothing on"
    );
    assert!(rani.get(&path).await.text.contains("Penanggung jawab dikosongkan"));
}
