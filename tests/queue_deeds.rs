//! What people did to tasks: read later, by those whom it concerns, in words.

use jiff::SignedDuration;
use kostticket::kosts::Role;
use queue::State;

use crate::queue_page::{task, two_kosts};
use crate::support::TestApp;

#[tokio::test]
async fn a_kost_reads_what_the_installations_admin_did_to_its_tasks() {
    let app = TestApp::new().await;
    let (melati, kenanga) = two_kosts(&app).await;
    let budi = app.member("budi", &melati, Role::Owner).await;
    let wati = app.member("wati", &kenanga, Role::Owner).await;
    let admin = app.admin("admin").await;
    app.run_tasks().await;
    for kost in [melati.id, melati.id, kenanga.id] {
        task(&app, kost, State::Failed, Some("timeout")).await;
    }
    let fields = [("do", "retry"), ("all", "1"), ("back", "state=failed&q=timeout")];
    admin.post("/admin/queue", &fields).await.location();
    let one = task(&app, melati.id, State::Scheduled, None).await.to_string();
    admin.post("/admin/queue", &[("do", "cancel"), ("task", &one)]).await.location();

    let of_melati = budi.get("/k/melati/queue").await.text;
    assert!(of_melati.contains("2 tugas: Gagal, “timeout”"), "{of_melati}");
    assert_eq!(of_melati.matches("Admin: ").count(), 2, "{of_melati}");
    let of_kenanga = wati.get(&kenanga.path("/queue")).await.text;
    assert!(of_kenanga.contains("1 tugas: Gagal, “timeout”"), "{of_kenanga}");
    let of_all = admin.get("/admin/queue").await.text;
    assert!(of_all.contains("3 tugas: Gagal, “timeout”"), "{of_all}");
    assert_eq!(of_all.matches("Admin: ").count(), 2, "each once: {of_all}");
}

#[tokio::test]
async fn a_deed_says_on_which_task_and_report_and_from_when_to_when() {
    let app = TestApp::new().await;
    let (melati, _) = two_kosts(&app).await;
    let budi = app.member("budi", &melati, Role::Owner).await;
    let rani = app.member("rani", &melati, Role::Resident).await;
    rani.report(&melati, "Keran bocor", "01").await;
    let filter = queue::Filter { name: Some("AssignTicket".to_owned()), ..Default::default() };
    let job = queue::list(&app.app.db, &filter, 9).await.unwrap()[0].id;
    let number = job.to_string();
    let act = async |fields: &[(&str, &str)]| {
        let fields: Vec<_> = fields.iter().copied().chain([("task", number.as_str())]).collect();
        budi.post("/k/melati/queue", &fields).await.location().to_owned()
    };
    act(&[("do", "reschedule"), ("due", "2026-11-24T08:30")]).await;
    let page = budi.get(&format!("/k/melati/queue/{job}")).await.text;
    assert!(page.contains("dari hari ini, 10.00 ke besok, 08.30"), "{page}");
    assert!(page.contains("href=\"/k/melati/tickets/1\""), "the report is a link away: {page}");
    act(&[("do", "cancel")]).await;
    act(&[("do", "discard")]).await;
    let page = budi.get("/k/melati/queue").await.text;
    assert_eq!(page.matches(&format!("<span>tugas {job}</span>")).count(), 3, "{page}");
    assert_eq!(page.matches("href=\"/k/melati/tickets/1\">laporan #1</a>").count(), 3, "{page}");
}

#[tokio::test]
async fn older_deeds_are_pages_away() {
    let app = TestApp::new().await;
    let (melati, _) = two_kosts(&app).await;
    let budi = app.member("budi", &melati, Role::Owner).await;
    let admin = app.admin("admin").await;
    app.run_tasks().await;
    for _ in 0..26 {
        let id = task(&app, melati.id, State::Waiting, None).await.to_string();
        for act in ["cancel", "retry"] {
            budi.post("/k/melati/queue", &[("do", act), ("task", &id)]).await.location();
        }
    }
    let page = budi.get("/k/melati/queue").await.text;
    assert!(page.contains("href=\"/k/melati/queue/deeds\""), "{page}");
    for (person, path) in [(&budi, "/k/melati/queue/deeds"), (&admin, "/admin/queue/deeds")] {
        let page = person.get(path).await.text;
        assert_eq!(page.matches("Budi: ").count(), 50, "{page}");
        let older = page.split("href=\"").find(|rest| rest.starts_with(&format!("{path}?before=")));
        let older = person.get(older.unwrap().split('"').next().unwrap()).await.text;
        assert_eq!(older.matches("Budi: ").count(), 2, "{older}");
    }
}

#[tokio::test]
async fn workers_and_queues_tell_what_they_are() {
    let app = TestApp::new().await;
    let (melati, _) = two_kosts(&app).await;
    let admin = app.admin("admin").await;
    app.run_tasks().await;
    task(&app, melati.id, State::Waiting, None).await;
    task(&app, melati.id, State::Retrying, Some("timeout")).await;
    let mut tx = app.app.db.begin().await.unwrap();
    for queues in ["default mail", "maintenance"] {
        db::query(
            "INSERT INTO queue_worker (node, queues, started_at, beat_at) VALUES ('vm', $1, $2, $2)",
        )
        .bind(queues)
        .bind(app.clock.now())
        .run(&mut tx)
        .await
        .unwrap();
    }
    tx.commit().await.unwrap();
    app.clock.advance(SignedDuration::from_secs(90));
    let page = admin.get("/admin/queue").await.text;
    for words in [
        "vm, pekerja 1",
        "vm, pekerja 2",
        "antrean Umum, E-mail",
        "sejak hari ini, 10.00",
        "Tidak terdengar",
        "1 menunggu, 1 mengulang, tertua 1 mnt",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let started = admin.post("/admin/queue/schedules/clean_up", &[("do", "tick")]).await;
    let cookies = format!("{}; {}", admin.cookie, started.cookies());
    let page = app.request("GET", started.location()).cookie(&cookies).send().await.text;
    assert!(page.contains("Bersihkan data lama: dijalankan sekarang."), "{page}");
}
