//! The table of the product's rules, row by row. Nobody is told of their own doing.

use jiff::SignedDuration;
use kostticket::kosts;

use super::{House, unread};
use crate::support::TestApp;

const DAY: SignedDuration = SignedDuration::from_hours(24);

#[tokio::test]
async fn a_report_is_told_to_those_who_run_the_kost_and_to_whoever_gets_it() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    house.rani.report(&house.kost, "Keran bocor", "01").await;
    assert_eq!(house.heard().await, ["budi", "dewi", "joko"]);
    house.budi.report(&house.kost, "Lampu mati", "03").await;
    assert_eq!(house.heard().await, ["dewi", "joko"], "not of their own doing");
}

#[tokio::test]
async fn an_assignment_is_told_to_the_assignee() {
    let app = TestApp::new().await;
    let house = House::with_report(&app).await;
    house.set(&house.budi, "assignee", &house.siti.id.to_string()).await;
    assert_eq!(house.heard().await, ["siti"]);
    assert!(
        house.rani.get(&house.to("")).await.text.contains("<b>Siti</b> menjadi penanggung jawab")
    );
    house.set(&house.joko, "assignee", &house.joko.id.to_string()).await;
    assert_eq!(house.heard().await, [""; 0], "who takes it knows");
    house.set(&house.budi, "assignee", "").await;
    assert_eq!(house.heard().await, [""; 0], "nobody was put in charge");
}

#[tokio::test]
async fn an_assignment_is_told_to_whoever_it_was_given_to_then() {
    let app = TestApp::new().await;
    let house = House::with_report(&app).await;
    house.set(&house.budi, "assignee", &house.siti.id.to_string()).await;
    house.set(&house.budi, "assignee", &house.dewi.id.to_string()).await;
    assert_eq!(house.heard().await, ["dewi", "siti"]);
}

#[tokio::test]
async fn a_change_of_status_is_told_to_reporter_followers_and_assignee() {
    let app = TestApp::new().await;
    let house = House::with_report(&app).await;
    house.set(&house.budi, "status", "in_progress").await;
    assert_eq!(house.heard().await, ["rani", "sari", "joko"]);
    house.set(&house.joko, "status", "done").await;
    assert_eq!(house.heard().await, ["rani", "sari"]);
    house.rani.post(&house.to("/return"), &[("reason", "Masih menetes")]).await.location();
    assert_eq!(house.heard().await, ["sari", "joko"]);
}

#[tokio::test]
async fn a_report_that_is_returned_is_told_to_those_who_run_the_kost_while_nobody_has_it() {
    let app = TestApp::new().await;
    let house = House::with_report(&app).await;
    house.set(&house.budi, "assignee", "").await;
    house.set(&house.budi, "status", "done").await;
    house.heard().await;
    let mut tx = app.app.db.begin().await.unwrap();
    kosts::set_takes_tickets(&mut tx, house.kost.id, house.joko.id, false).await.unwrap();
    tx.commit().await.unwrap();
    house.rani.post(&house.to("/return"), &[("reason", "Masih menetes")]).await.location();
    assert_eq!(house.heard().await, ["sari", "budi", "dewi"]);
}

#[tokio::test]
async fn a_residents_comment_is_told_to_the_assignee_or_to_those_who_run_the_kost() {
    let app = TestApp::new().await;
    let house = House::with_report(&app).await;
    for resident in [&house.rani, &house.sari] {
        house.comment(resident, "Menetes terus").await;
        assert_eq!(house.heard().await, ["joko"]);
    }
    house.set(&house.budi, "assignee", "").await;
    house.heard().await;
    house.comment(&house.rani, "Masih menetes").await;
    assert_eq!(house.heard().await, ["budi", "dewi"]);
}

#[tokio::test]
async fn a_comment_by_staff_is_told_to_reporter_and_followers() {
    let app = TestApp::new().await;
    let house = House::with_report(&app).await;
    for staff in [&house.joko, &house.budi] {
        house.comment(staff, "Saya ke sana").await;
        assert_eq!(house.heard().await, ["rani", "sari"]);
    }
    house.follow(&house.budi).await;
    house.comment(&house.budi, "Sudah saya pesankan").await;
    assert_eq!(house.heard().await, ["rani", "sari", "joko"], "staff who follow are staff still");
}

#[tokio::test]
async fn an_internal_note_is_told_to_other_staff_on_the_report() {
    let app = TestApp::new().await;
    let house = House::with_report(&app).await;
    house.note(&house.joko, "Pipanya tua").await;
    assert_eq!(house.heard().await, ["budi", "dewi"], "nobody else is on it yet");
    house.note(&house.siti, "Saya punya pipanya").await;
    assert_eq!(house.heard().await, ["joko"]);
    house.note(&house.joko, "Saya ambil").await;
    assert_eq!(house.heard().await, ["siti"]);
    house.set(&house.budi, "assignee", "").await;
    house.heard().await;
    house.note(&house.joko, "Siapa yang ambil?").await;
    assert_eq!(house.heard().await, ["budi", "siti"], "who handed it on is on it");
    house.set(&house.budi, "assignee", &house.joko.id.to_string()).await;
    house.heard().await;
    house.follow(&house.budi).await;
    house.note(&house.joko, "Sudah dipasang").await;
    assert_eq!(house.heard().await, ["budi", "siti"], "who follows is on it, a neighbour is not");
}

#[tokio::test]
async fn a_confirmation_is_told_to_assignee_and_managers() {
    let app = TestApp::new().await;
    let house = House::with_report(&app).await;
    house.set(&house.joko, "status", "done").await;
    house.heard().await;
    house.rani.post(&house.to("/confirmation"), &[]).await.location();
    assert_eq!(house.heard().await, ["budi", "joko"]);
}

#[tokio::test]
async fn silence_reminds_the_reporter_and_then_is_told_to_all_who_follow() {
    let app = TestApp::new().await;
    let house = House::with_report(&app).await;
    house.set(&house.joko, "status", "done").await;
    house.heard().await;
    app.clock.advance(DAY * 3);
    assert_eq!(house.heard().await, ["rani"]);
    app.clock.advance(DAY * 4);
    assert_eq!(house.heard().await, ["rani", "sari", "joko"]);
}

#[tokio::test]
async fn a_change_of_priority_is_told_to_nobody() {
    let app = TestApp::new().await;
    let house = House::with_report(&app).await;
    house.set(&house.budi, "priority", "high").await;
    assert_eq!(app.run_tasks().await, 0, "not even a task");
    assert_eq!(unread(&app, &house.joko).await, 0);
}

#[tokio::test]
async fn who_has_left_hears_of_nothing_and_who_is_there_instead_does() {
    let app = TestApp::new().await;
    let house = House::with_report(&app).await;
    house.end(&house.sari).await;
    house.set(&house.joko, "status", "done").await;
    assert_eq!(house.heard().await, ["rani"]);
    house.end(&house.joko).await;
    app.run_tasks().await;
    house.note(&house.budi, "Joko pindah").await;
    assert_eq!(house.heard().await, ["dewi"], "the assignee of a done report is gone");
}
