//! Mail servers that refuse, or are not there: no page waits for them, staff
//! read on the report what became of each mail, and none is lost meanwhile.

use db::query;
use http::StatusCode;
use jiff::SignedDuration;
use kostticket::accounts;
use kostticket::kosts::Role;
use mail::testing::{Behaviour, SmtpServer, Step};
use queue::State;

use super::House;
use crate::support::TestApp;

/// What staff read of the mail to the reporter.
async fn told(house: &House<'_>) -> String {
    let page = house.budi.get(&house.to("")).await.text;
    let line = page.lines().find(|line| line.contains("E-mail ke pelapor")).unwrap_or_default();
    line.trim().to_owned()
}

/// Where “Kirim ulang” leads, if it is there.
fn again(told: &str) -> Option<String> {
    assert_eq!(told.contains("Kirim ulang"), told.contains("/queue/deliveries/"), "{told}");
    let at = told.split("action=\"").find(|rest| rest.contains("/queue/deliveries/"))?;
    Some(at.split('"').next()?.to_owned())
}

/// Rani's report, with mails for nobody but her.
async fn house(app: &TestApp) -> House<'_> {
    let house = House::new(app).await;
    for person in [&house.sari, &house.budi, &house.dewi, &house.joko, &house.siti] {
        person.post("/account/notifications", &[]).await.location();
    }
    house.rani.report(&house.kost, "Keran bocor", "01").await;
    app.run_tasks().await;
    house
}

async fn mail_job(app: &TestApp) -> queue::JobView {
    let filter = queue::Filter { name: Some("DeliverEmail".to_owned()), ..Default::default() };
    queue::list(&app.app.db, &filter, 10).await.unwrap().remove(0)
}

#[tokio::test]
async fn a_refused_password_is_told_to_staff_and_the_mail_arrives_once_it_is_right() {
    let server = SmtpServer::start(Behaviour::new().login("kost", "benar")).await;
    let app = TestApp::with_smtp(&server.url_as("kost", "salah")).await;
    let house = house(&app).await;
    house.comment(&house.joko, "Saya ke sana").await;
    assert!(told(&house).await.is_empty(), "the page is there before the mail is tried");
    app.run_tasks().await;
    assert!(
        told(&house).await.contains("gagal: kata sandi SMTP ditolak"),
        "{}",
        told(&house).await
    );
    assert!(!house.rani.get(&house.to("")).await.text.contains("SMTP"), "that is for staff");

    server.now(Behaviour::new().login("kost", "salah"));
    app.advance(SignedDuration::from_mins(1)).await;
    assert_eq!(server.received().len(), 1);
    assert!(told(&house).await.contains("E-mail ke pelapor terkirim"), "{}", told(&house).await);
}

#[tokio::test]
async fn a_server_that_is_away_for_a_day_uses_up_no_attempt() {
    let server = SmtpServer::start(Behaviour::new()).await;
    let address = server.address().to_string();
    let app = TestApp::with_smtp(&server.url()).await;
    let house = house(&app).await;
    drop(server);
    house.comment(&house.joko, "Saya ke sana").await;
    app.run_tasks().await;
    for _ in 0..96 {
        app.advance(SignedDuration::from_mins(17)).await;
    }
    let job = mail_job(&app).await;
    assert_eq!((job.state, job.attempt), (State::Retrying, 0));
    assert_eq!(job.error_code.as_deref(), Some("smtp_unreachable"));
    assert!(job.due_at.duration_since(app.clock.now()) <= SignedDuration::from_mins(17));
    let words = "gagal: server e-mail tidak terjangkau. Dicoba lagi nanti";
    assert!(told(&house).await.contains(words), "{}", told(&house).await);
    let queue = house.budi.get(&house.kost.path("/queue")).await.text;
    assert!(queue.contains("Server e-mail tidak terjangkau"), "{queue}");
    assert!(queue.contains("1 e-mail ditunda: server e-mail tidak terjangkau"), "{queue}");
    assert!(queue.contains("1 orang belum dikabari sejak kemarin, 10.00"), "{queue}");
    let task = house.budi.get(&house.kost.path(&format!("/queue/{}", job.id))).await.text;
    assert!(task.contains("0 dari"), "{task}");
    let attempts = task.split("id=\"attempts\"").nth(1).unwrap();
    assert!(attempts.contains(" kali: server e-mail tidak terjangkau"), "{attempts}");
    assert_eq!(attempts.matches("Ditunda ").count(), 1, "{attempts}");

    let server = SmtpServer::start_at(&address, Behaviour::new()).await;
    app.advance(SignedDuration::from_mins(17)).await;
    assert_eq!(server.received().len(), 1);
    assert!(told(&house).await.contains("terkirim"));
}

#[tokio::test]
async fn news_of_three_days_ago_is_given_up_and_says_so() {
    let server = SmtpServer::start(Behaviour::new()).await;
    let app = TestApp::with_smtp(&server.url()).await;
    let house = house(&app).await;
    drop(server);
    house.comment(&house.joko, "Saya ke sana").await;
    app.run_tasks().await;
    app.advance(SignedDuration::from_hours(73)).await;
    assert_eq!(mail_job(&app).await.state, State::Failed);
    let told = told(&house).await;
    assert!(told.contains("gagal: server e-mail tidak terjangkau"), "{told}");
    assert!(!told.contains("lagi"), "{told}");
}

#[tokio::test]
async fn an_address_that_does_not_exist_fails_at_once() {
    let refusal = Behaviour::new().reply(Step::Recipient, "550 5.1.1 no such user");
    let server = SmtpServer::start(refusal).await;
    let app = TestApp::with_smtp(&server.url()).await;
    let house = house(&app).await;
    house.comment(&house.joko, "Saya ke sana").await;
    app.run_tasks().await;
    assert_eq!(mail_job(&app).await.state, State::Failed);
    assert!(told(&house).await.contains("gagal: alamat e-mailnya tidak ada"));
}

#[tokio::test]
async fn a_mail_whose_task_is_given_up_does_not_wait_any_more() {
    let server = SmtpServer::start(Behaviour::new()).await;
    let app = TestApp::with_smtp(&server.url()).await;
    let house = house(&app).await;
    drop(server);
    for body in ["Saya ke sana", "Sebentar lagi"] {
        house.comment(&house.joko, body).await;
        app.run_tasks().await;
    }
    let filter = queue::Filter { name: Some("DeliverEmail".to_owned()), ..Default::default() };
    for (job, act) in
        queue::list(&app.app.db, &filter, 10).await.unwrap().iter().zip(["cancel", "cancel"])
    {
        let fields = [("do", act), ("task", &job.id.to_string())];
        house.budi.post(&house.kost.path("/queue"), &fields).await.location();
    }
    let page = house.budi.get(&house.to("")).await.text;
    assert_eq!(page.matches("E-mail ke pelapor batal dikirim").count(), 2, "{page}");
    assert!(!page.contains("menunggu dikirim"));
    let job = mail_job(&app).await.id.to_string();
    let path = house.kost.path("/queue");
    house.budi.post(&path, &[("do", "discard"), ("task", &job)]).await.location();
    let page = house.budi.get(&house.to("")).await.text;
    assert!(!page.contains("menunggu dikirim"), "{page}");
}

#[tokio::test]
async fn a_mail_that_failed_is_sent_again_from_the_report() {
    let refusal = Behaviour::new().reply(Step::Recipient, "550 5.1.1 no such user");
    let server = SmtpServer::start(refusal).await;
    let app = TestApp::with_smtp(&server.url()).await;
    let house = house(&app).await;
    house.comment(&house.joko, "Saya ke sana").await;
    app.run_tasks().await;
    let job = mail_job(&app).await;
    let path = house.kost.path("/queue");
    let page = told(&house).await;
    let again = again(&page).unwrap();
    assert!(page.contains(&format!("{path}/{}", job.id)), "its task is a link away: {page}");
    let page = house.joko.get(&house.to("")).await.text;
    assert!(!page.contains("Kirim ulang"), "a caretaker looks on");

    server.now(Behaviour::new());
    assert_eq!(house.joko.post(&again, &[]).await.status, StatusCode::FORBIDDEN);
    let kenanga = app.kost("Kost Kenanga").await;
    let wati = app.member("wati", &kenanga, Role::Owner).await;
    let foreign = again.replace(&house.kost.slug, &kenanga.slug);
    assert_eq!(wati.post(&foreign, &[]).await.status, StatusCode::NOT_FOUND);
    let answer = house.budi.post(&again, &[]).await;
    assert_eq!(answer.location(), format!("{}#sent", house.to("")));
    app.run_tasks().await;
    assert_eq!(server.received().len(), 1);
    let page = told(&house).await;
    assert!(page.contains("E-mail ke pelapor terkirim") && !page.contains("Kirim ulang"), "{page}");
}

#[tokio::test]
async fn a_mail_goes_to_the_address_that_its_reader_has_by_then() {
    let server = SmtpServer::start(Behaviour::new()).await;
    let address = server.address().to_string();
    let app = TestApp::with_smtp(&server.url()).await;
    let house = house(&app).await;
    drop(server);
    house.comment(&house.joko, "Saya ke sana").await;
    app.run_tasks().await;
    let mut tx = app.app.db.begin().await.unwrap();
    accounts::store::verify_email(&mut tx, house.rani.id, "rani.baru@example.com").await.unwrap();
    tx.commit().await.unwrap();

    let server = SmtpServer::start_at(&address, Behaviour::new()).await;
    app.advance(SignedDuration::from_mins(17)).await;
    assert!(told(&house).await.contains("E-mail ke pelapor terkirim"), "{}", told(&house).await);
    let received = server.received();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].to, ["rani.baru@example.com"]);
    let (noted,): (String,) = query("SELECT address FROM delivery").one(&app.app.db).await.unwrap();
    assert_eq!(noted, "rani.baru@example.com");
}

#[tokio::test]
async fn a_mail_for_which_there_is_no_address_any_more_says_so_and_can_be_sent_later() {
    let app = TestApp::new().await;
    let house = house(&app).await;
    house.comment(&house.joko, "Saya ke sana").await;
    let mut tx = app.app.db.begin().await.unwrap();
    queue::pause(&mut tx, "mail").await.unwrap();
    tx.commit().await.unwrap();
    app.run_tasks().await;
    let mut tx = app.app.db.begin().await.unwrap();
    accounts::store::remove_email(&mut tx, house.rani.id).await.unwrap();
    queue::resume(&mut tx, "mail").await.unwrap();
    tx.commit().await.unwrap();
    app.run_tasks().await;
    let page = told(&house).await;
    assert!(
        page.contains(
            "E-mail ke pelapor batal dikirim: tidak ada alamat e-mail terverifikasi lagi"
        ),
        "{page}"
    );
    let job = mail_job(&app).await;
    assert_eq!(job.state, State::Cancelled);
    let task = house.budi.get(&house.kost.path(&format!("/queue/{}", job.id))).await.text;
    assert!(task.contains("Tidak ada alamat e-mail terverifikasi lagi"), "{task}");

    let mut tx = app.app.db.begin().await.unwrap();
    accounts::store::verify_email(&mut tx, house.rani.id, "rani.baru@example.com").await.unwrap();
    tx.commit().await.unwrap();
    house.budi.post(&again(&page).unwrap(), &[]).await.location();
    assert!(told(&house).await.contains("menunggu dikirim"), "{}", told(&house).await);
    app.run_tasks().await;
    assert_eq!(app.mail.take()[0].to.address, "rani.baru@example.com");
    assert!(told(&house).await.contains("terkirim"));
}

#[tokio::test]
async fn a_mail_whose_task_is_gone_is_sent_again_all_the_same() {
    let refusal = Behaviour::new().reply(Step::Recipient, "550 5.1.1 no such user");
    let server = SmtpServer::start(refusal).await;
    let app = TestApp::with_smtp(&server.url()).await;
    let house = house(&app).await;
    house.comment(&house.joko, "Saya ke sana").await;
    app.run_tasks().await;
    let job = mail_job(&app).await.id;
    let fields = [("do", "discard"), ("task", &job.to_string())];
    house.budi.post(&house.kost.path("/queue"), &fields).await.location();
    let page = told(&house).await;
    assert!(page.contains("gagal: alamat e-mailnya tidak ada"), "{page}");
    let again = again(&page).unwrap();

    server.now(Behaviour::new());
    let answer = house.budi.post(&again, &[]).await;
    assert_eq!(answer.location(), format!("{}#sent", house.to("")));
    // A second tap finds it on its way.
    house.budi.post(&again, &[]).await.location();
    app.run_tasks().await;
    assert_eq!(server.received().len(), 1);
    assert!(told(&house).await.contains("E-mail ke pelapor terkirim"), "{}", told(&house).await);
    let deeds = house.budi.get(&house.kost.path("/queue")).await.text;
    assert!(deeds.contains("Budi: Kirim ulang"), "{deeds}");
    assert_eq!(house.budi.post(&again, &[]).await.status, StatusCode::NOT_FOUND, "it was sent");
}
