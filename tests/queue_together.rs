//! Many tasks at once: what a count says, a list shows and an act does is the same,
//! however many there are.

use http::StatusCode;
use kostticket::kosts::Role;
use queue::State;

use crate::queue_page::{copies, state, task, two_kosts};
use crate::support::TestApp;

/// What a tile says.
fn tile(page: &str, word: &str) -> String {
    let rest = page.split("kt-state__k").find(|part| part.contains(&format!("</svg>{word}<")));
    let rest = rest.unwrap_or_else(|| panic!("no tile {word}"));
    let number = rest.split("kt-state__n\">").nth(1).unwrap();
    number
        .split("</span></a>")
        .next()
        .unwrap()
        .replace("</span>", "")
        .replace("<span class=\"visually-hidden\">", "")
}

#[tokio::test]
async fn what_is_put_off_has_a_cause_and_is_tried_again_together() {
    let app = TestApp::new().await;
    let (melati, _) = two_kosts(&app).await;
    let budi = app.member("budi", &melati, Role::Owner).await;
    app.run_tasks().await;
    let put_off = task(&app, melati.id, State::Retrying, Some("database")).await;
    task(&app, melati.id, State::Retrying, Some("database")).await;
    let held = task(&app, melati.id, State::Parked, Some("unknown_type")).await;
    // Whatever the list is narrowed down to.
    let page = budi.get("/k/melati/queue?q=tidakada").await.text;
    for sentence in [
        "2 tugas menunggu dicoba lagi: basis data sedang tidak bisa dipakai",
        "izin folder data perlu diperiksa",
        "1 tugas ditahan: versi ini tidak mengenal jenis tugasnya",
    ] {
        assert!(page.contains(sentence), "{sentence}: {page}");
    }
    assert!(!page.contains("Paling sedikit"), "{page}");
    let listed = budi.get("/k/melati/queue?state=retrying&cause=timeout").await.text;
    assert!(!listed.contains("id=\"task-"), "{listed}");
    let fields = [("do", "run_now"), ("cause", "database"), ("state", "retrying"), ("back", "q=x")];
    let answer = budi.post("/k/melati/queue", &fields).await;
    assert_eq!(answer.location(), "/k/melati/queue?q=x");
    let job = queue::get(&app.app.db, None, put_off).await.unwrap().unwrap();
    assert_eq!((job.state, job.due_at), (State::Retrying, app.clock.now()));
    let fields = [("do", "retry"), ("cause", "unknown_type"), ("state", "parked")];
    budi.post("/k/melati/queue", &fields).await.location();
    assert_eq!(state(&app, held).await, Some(State::Waiting));
}

#[tokio::test]
async fn all_that_failed_for_one_cause_is_tried_again_however_many_there_are() {
    let app = TestApp::new().await;
    let (melati, _) = two_kosts(&app).await;
    let budi = app.member("budi", &melati, Role::Owner).await;
    app.run_tasks().await;
    let first = task(&app, melati.id, State::Failed, Some("database")).await;
    copies(&app, first, 450).await;
    let other = task(&app, melati.id, State::Failed, Some("timeout")).await;
    copies(&app, other, 150).await;
    let page = budi.get("/k/melati/queue").await.text;
    assert!(page.contains("451 tugas gagal: basis data"), "behind the newest 151: {page}");
    budi.post("/k/melati/queue", &[("do", "retry"), ("cause", "database")]).await.location();
    let page = budi.get("/k/melati/queue").await.text;
    assert_eq!((tile(&page, "Menunggu"), tile(&page, "Gagal")), ("451".into(), "151".into()));
    assert!(page.contains("451 tugas: Gagal, basis data"), "{page}");
    assert_eq!(state(&app, first).await, Some(State::Waiting));
}

#[tokio::test]
async fn what_is_older_than_ten_thousand_others_is_counted_as_it_is_listed() {
    let app = TestApp::new().await;
    let (melati, _) = two_kosts(&app).await;
    let budi = app.member("budi", &melati, Role::Owner).await;
    app.run_tasks().await;
    let failed = task(&app, melati.id, State::Failed, Some("timeout")).await;
    copies(&app, failed, 2).await;
    let cancelled = task(&app, melati.id, State::Cancelled, None).await;
    copies(&app, cancelled, 10_050).await;
    let page = budi.get("/k/melati/queue?state=failed&q=timeout").await.text;
    assert_eq!((tile(&page, "Gagal").as_str(), page.matches("id=\"task-").count()), ("3", 3));
    assert!(page.contains("/k/melati/queue/all?do=retry"), "{page}");
    let asked = budi.get("/k/melati/queue/all?do=retry&state=failed&q=timeout").await.text;
    assert!(asked.contains("Coba lagi 3 tugas?"), "{asked}");

    // Behind ten thousand of its own state nobody looks, but an act gets there.
    let other = task(&app, melati.id, State::Failed, Some("database")).await;
    copies(&app, other, 10_000).await;
    let page = budi.get("/k/melati/queue?state=failed&q=timeout").await.text;
    assert_eq!(tile(&page, "Gagal"), "paling sedikit 0+");
    assert!(page.contains("di antara 10.000 tugas terbaru"), "{page}");
    let asked = budi.get("/k/melati/queue/all?do=retry&state=failed&q=timeout").await.text;
    assert!(asked.contains("Coba lagi paling sedikit 0 tugas?"), "{asked}");
    let fields = [("do", "retry"), ("all", "1"), ("back", "state=failed&q=timeout")];
    budi.post("/k/melati/queue", &fields).await.location();
    assert_eq!(state(&app, failed).await, Some(State::Waiting));
    assert_eq!(state(&app, other).await, Some(State::Failed));
    let page = budi.get("/k/melati/queue").await.text;
    assert!(page.contains("Paling sedikit 10.000 tugas gagal: basis data"), "{page}");
    assert!(page.contains("3 tugas: Gagal, “timeout”"), "{page}");
}

#[tokio::test]
async fn an_act_on_all_does_no_more_than_the_list_shows() {
    let app = TestApp::new().await;
    let (melati, _) = two_kosts(&app).await;
    let budi = app.member("budi", &melati, Role::Owner).await;
    app.run_tasks().await;
    let failed = task(&app, melati.id, State::Failed, Some("timeout")).await;
    let cancelled = task(&app, melati.id, State::Cancelled, None).await;
    let asked = budi.get("/k/melati/queue/all?do=retry&queue=default").await.text;
    assert!(asked.contains("Coba lagi 1 tugas?"), "{asked}");
    let fields = [("do", "retry"), ("all", "1"), ("back", "queue=default")];
    budi.post("/k/melati/queue", &fields).await.location();
    assert_eq!(state(&app, failed).await, Some(State::Waiting));
    assert_eq!(state(&app, cancelled).await, Some(State::Cancelled), "it is not listed");
    let nothing = budi.get("/k/melati/queue/all?do=retry&state=waiting").await;
    assert_eq!(nothing.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_is_never_early_is_neither_offered_nor_counted() {
    let app = TestApp::new().await;
    let (melati, _) = two_kosts(&app).await;
    let budi = app.member("budi", &melati, Role::Owner).await;
    let rani = app.member("rani", &melati, Role::Resident).await;
    let number = rani.report(&melati, "Keran bocor", "01").await;
    app.run_tasks().await;
    let path = melati.path(&format!("/tickets/{number}/status"));
    let page = budi.get(&melati.path(&format!("/tickets/{number}"))).await.text;
    let version =
        page.split("name=\"version\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    budi.post(&path, &[("status", "done"), ("version", version)]).await.location();
    app.run_tasks().await;
    let page = budi.get("/k/melati/queue?state=scheduled").await.text;
    assert!(page.contains("Ingatkan pelapor"), "{page}");
    assert!(!page.contains("do=run_now"), "{page}");
    assert!(page.contains("do=cancel"), "{page}");
    let asked = budi.get("/k/melati/queue/all?do=run_now&state=scheduled").await.text;
    assert!(asked.contains("Tidak ada tugas yang cocok lagi."), "{asked}");
    task(&app, melati.id, State::Scheduled, None).await;
    let asked = budi.get("/k/melati/queue/all?do=run_now&state=scheduled").await.text;
    assert!(asked.contains("Jalankan 1 tugas?"), "{asked}");
}

#[tokio::test]
async fn the_filter_goes_along_wherever_one_goes() {
    let app = TestApp::new().await;
    let (melati, _) = two_kosts(&app).await;
    let admin = app.admin("admin").await;
    app.run_tasks().await;
    let id = task(&app, melati.id, State::Failed, Some("timeout")).await;
    let page = admin.get("/admin/queue?state=failed&queue=default").await.text;
    let query = "?state=failed&#38;queue=default";
    for link in [
        format!("href=\"/admin/queue/{id}{query}\""),
        format!("href=\"/admin/queue/{id}/discard{query}\""),
        format!("href=\"/admin/queue/queues/default{query}\""),
    ] {
        assert!(page.contains(&link), "{link}: {page}");
    }
    let back = "name=\"back\" value=\"state=failed&#38;queue=default\"";
    assert!(page.matches(back).count() >= 5, "in the alert, the row and the schedules: {page}");
    for path in [format!("{id}"), format!("{id}/discard"), "queues/mail".to_owned()] {
        let page = admin.get(&format!("/admin/queue/{path}?state=failed&queue=default")).await.text;
        assert!(page.contains("href=\"/admin/queue?state=failed&#38;queue=default\""), "{page}");
        assert!(page.contains(back), "{path}: {page}");
    }
    let here = ("back", "state=failed&queue=default");
    let leads = async |path: &str, fields: &[(&str, &str)]| {
        admin.post(path, fields).await.location().to_owned()
    };
    let list = "/admin/queue?state=failed&queue=default";
    assert_eq!(leads("/admin/queue/queues/mail", &[("do", "pause"), here]).await, list);
    assert_eq!(leads("/admin/queue/schedules/clean_up", &[("do", "switch_off"), here]).await, list);
    let number = id.to_string();
    let one = [("do", "retry"), ("task", &number), ("from", "task"), here];
    let task = format!("/admin/queue/{id}?state=failed&queue=default");
    assert_eq!(leads("/admin/queue", &one).await, task);
    let one = [("do", "cancel"), ("task", &number), here];
    assert_eq!(leads("/admin/queue", &one).await, list);
    let one = [("do", "discard"), ("task", &number), here];
    assert_eq!(leads("/admin/queue", &one).await, list);
}
