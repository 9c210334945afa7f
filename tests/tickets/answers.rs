//! Status, and the reporter's answer to "selesai".

use jiff::SignedDuration;
use kostticket::tickets::{Answer, Status};

use super::House;
use crate::support::TestApp;

const DAY: SignedDuration = SignedDuration::from_hours(24);

#[tokio::test]
async fn staff_set_any_state_and_every_change_stands_in_the_timeline() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    for (status, sentence) in [
        ("in_progress", "<b>Budi</b> mulai mengerjakan"),
        ("done", "<b>Budi</b> menandai selesai"),
        ("open", "<b>Budi</b> mengembalikan status ke Terbuka"),
    ] {
        house.set_status(&app, status).await;
        assert_eq!(house.ticket(&app).await.status.as_str(), status);
        let page = house.rani.get(&house.path).await;
        assert!(page.text.contains(sentence), "{sentence}: {}", page.text);
    }
    assert!(
        !house.ticket(&app).await.returned,
        "staff reopened it, the reporter did not return it"
    );
}

#[tokio::test]
async fn a_resident_sets_no_state() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    for (rest, field, value) in [
        ("/status", "status", "done"),
        ("/priority", "priority", "low"),
        ("/assignee", "assignee", ""),
    ] {
        let answer = house.rani.post(&house.to(rest), &[(field, value), ("version", "2")]).await;
        assert_eq!(answer.status, 403, "{rest}");
    }
    assert_eq!(house.ticket(&app).await.status, Status::Open);
}

#[tokio::test]
async fn the_reporter_confirms_and_thanks_are_shown() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    house.set_status(&app, "done").await;
    let page = house.rani.get(&house.path).await;
    assert!(
        page.text.contains("Budi menandai laporan ini selesai. Anda yang memastikan."),
        "{}",
        page.text
    );
    assert!(page.text.contains("Tanpa jawaban sampai Sen, 30 Nov"), "{}", page.text);
    assert_eq!(house.rani.post(&house.to("/confirmation"), &[]).await.location(), house.path);
    assert_eq!(house.ticket(&app).await.answer, Some(Answer::Confirmed));
    let page = house.rani.get(&house.path).await;
    assert!(page.text.contains("Terima kasih, laporan ini beres"));
    assert!(page.text.contains("<b>Anda</b> memastikan sudah beres"));
    let again = house.rani.post(&house.to("/confirmation"), &[]).await;
    assert_eq!(again.location(), house.path, "a double tap is no mistake");
    assert_eq!(
        house.budi.get(&house.path).await.text.matches("memastikan sudah beres").count(),
        2,
        "once in the timeline, once as what comes next"
    );
}

#[tokio::test]
async fn a_returned_report_is_open_again_and_says_so() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    house.set_status(&app, "done").await;
    let returned = house.rani.post(&house.to("/return"), &[("reason", "Masih menetes")]).await;
    assert_eq!(returned.location(), house.path);
    let ticket = house.ticket(&app).await;
    assert_eq!((ticket.status, ticket.returned), (Status::Open, true));
    let page = house.budi.get(&house.path).await;
    assert!(page.text.contains("Dibuka lagi"), "{}", page.text);
    assert!(page.text.contains("<b>Rani</b> membuka lagi, belum beres"));
    assert!(page.text.contains("Masih menetes"));
    let again = house.rani.post(&house.to("/return"), &[("reason", "Masih menetes")]).await;
    assert_eq!(again.location(), house.path, "a double tap is no mistake");
    house.set_status(&app, "in_progress").await;
    assert_eq!(house.rani.post(&house.to("/return"), &[]).await.status, 409);
}

#[tokio::test]
async fn only_the_reporter_answers_and_only_what_is_done() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    assert_eq!(house.rani.post(&house.to("/confirmation"), &[]).await.status, 409);
    assert_eq!(house.rani.post(&house.to("/return"), &[]).await.status, 409);
    house.set_status(&app, "done").await;
    assert_eq!(house.budi.post(&house.to("/confirmation"), &[]).await.status, 403);
    assert_eq!(house.joko.post(&house.to("/return"), &[]).await.status, 403);
    assert_eq!(house.ticket(&app).await.answer, None);
}

#[tokio::test]
async fn a_reason_that_is_too_long_is_kept_and_named() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    house.set_status(&app, "done").await;
    let reason = "a".repeat(5003);
    let answer = house.rani.post(&house.to("/return"), &[("reason", &reason)]).await;
    assert_eq!(answer.status, 422);
    assert!(answer.text.contains("Terlalu panjang, lebih 3 huruf"), "{}", answer.text);
    assert!(answer.text.contains(&reason), "everything typed is still there");
    assert_eq!(house.ticket(&app).await.status, Status::Done);
}

#[tokio::test]
async fn silence_is_reminded_of_after_three_days_and_closes_after_seven() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    house.set_status(&app, "done").await;
    app.run_tasks().await;
    app.advance(DAY * 3 - SignedDuration::from_secs(1)).await;
    assert!(!house.rani.get(&house.path).await.text.contains("Kami menunggu jawaban Anda"));
    app.advance(SignedDuration::from_secs(1)).await;
    assert!(house.rani.get(&house.path).await.text.contains("Kami menunggu jawaban Anda"));
    app.advance(DAY * 4 - SignedDuration::from_secs(1)).await;
    assert_eq!(house.ticket(&app).await.answer, None);
    app.advance(SignedDuration::from_secs(1)).await;
    let ticket = house.ticket(&app).await;
    assert_eq!(
        (ticket.status, ticket.answer),
        (Status::Done, Some(Answer::Silent)),
        "never as confirmed"
    );
    let page = house.rani.get(&house.path).await;
    assert!(page.text.contains("Ditutup otomatis: 7 hari tanpa jawaban"), "{}", page.text);
    let returned = house.rani.post(&house.to("/return"), &[]).await;
    assert_eq!(returned.location(), house.path, "the problem is what counts, even after silence");
}

#[tokio::test]
async fn an_answer_ends_the_clock_and_a_return_starts_it_anew() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    house.set_status(&app, "done").await;
    app.advance(DAY * 5).await;
    house.rani.post(&house.to("/return"), &[]).await;
    house.set_status(&app, "done").await;
    app.advance(DAY * 2).await;
    assert_eq!(house.ticket(&app).await.answer, None, "the first round's seven days are void");
    house.rani.post(&house.to("/confirmation"), &[]).await;
    app.advance(DAY * 8).await;
    assert_eq!(house.ticket(&app).await.answer, Some(Answer::Confirmed));
    assert!(!house.rani.get(&house.path).await.text.contains("Ditutup otomatis"));
}

/// Until when the report's planned tasks wait.
async fn planned(app: &TestApp) -> Vec<queue::JobView> {
    let filter =
        queue::Filter { states: vec![queue::State::Scheduled], ..queue::Filter::default() };
    queue::list(&app.app.db, &filter, 10).await.unwrap()
}

#[tokio::test]
async fn nobody_brings_forward_the_days_for_an_answer() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    house.set_status(&app, "done").await;
    app.run_tasks().await;
    let before = planned(&app).await;
    assert_eq!(before.len(), 2, "a reminder and the close");
    let page = house.budi.get("/k/melati/queue?state=scheduled").await;
    assert!(page.text.contains("Tutup otomatis") && !page.text.contains("value=\"run_now\""));
    for job in &before {
        let id = job.id.to_string();
        house.budi.post("/k/melati/queue", &[("do", "run_now"), ("task", &id)]).await;
        // Whoever does it all the same wakes a task that goes on waiting.
        let mut tx = app.app.db.begin().await.unwrap();
        assert!(queue::run_now(&mut tx, job.id).await.unwrap());
        tx.commit().await.unwrap();
    }
    app.run_tasks().await;
    assert_eq!(house.ticket(&app).await.answer, None);
    assert!(!house.rani.get(&house.path).await.text.contains("Kami menunggu jawaban Anda"));
    let times = |jobs: Vec<queue::JobView>| jobs.iter().map(|job| job.due_at).collect::<Vec<_>>();
    assert_eq!(times(planned(&app).await), times(before));
}

#[tokio::test]
async fn an_answer_leaves_no_task_that_waits_for_one() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    for answer in ["/return", "/confirmation"] {
        house.set_status(&app, "done").await;
        assert_eq!(planned(&app).await.len(), 2);
        house.rani.post(&house.to(answer), &[]).await;
        assert!(planned(&app).await.is_empty(), "{answer}");
    }
    house.set_status(&app, "open").await;
    house.set_status(&app, "done").await;
    house.set_status(&app, "in_progress").await;
    assert!(planned(&app).await.is_empty(), "staff took it back");
}
