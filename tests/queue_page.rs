//! The queue page: whose tasks one sees, what one can do to them, and that the
//! tasks of another kost do not exist.

use db::query;
use http::StatusCode;
use kostticket::kosts::{AssignWaiting, KostId, Role};
use queue::{Job, JobId, State};

use crate::support::{Kost, TestApp};

/// A task of this kost, in this state.
pub async fn task(app: &TestApp, kost: KostId, state: State, code: Option<&str>) -> JobId {
    let mut tx = app.app.db.begin().await.unwrap();
    let id = AssignWaiting { kost }.enqueue(&mut tx).await.unwrap().id();
    tx.commit().await.unwrap();
    let later = app.clock.now() + jiff::SignedDuration::from_hours(1);
    let mut tx = app.app.db.begin().await.unwrap();
    match state {
        State::Waiting => {}
        State::Scheduled => assert!(queue::reschedule(&mut tx, id, later).await.unwrap()),
        State::Cancelled => assert!(queue::cancel(&mut tx, id).await.unwrap()),
        // As the worker leaves it after an attempt; the counts follow.
        state => {
            let is_over = state == State::Failed;
            let waits = (state == State::Retrying).then_some("time");
            query(
                "UPDATE job SET state = $2, awaits = $3, due_at = $4, ended_at = $5, attempt = 12, error_code = $6
                 WHERE id = $1",
            )
            .bind(id)
            .bind(state)
            .bind(waits)
            .bind(later)
            .bind(is_over.then(|| app.clock.now()))
            .bind(code.map(str::to_owned))
            .run(&mut tx)
            .await
            .unwrap();
            count(&mut tx, kost, State::Waiting, -1).await;
            count(&mut tx, kost, state, 1).await;
        }
    }
    tx.commit().await.unwrap();
    id
}

/// So many more tasks like this one, newer than all.
pub async fn copies(app: &TestApp, of: JobId, n: i64) {
    let job = queue::get(&app.app.db, None, of).await.unwrap().unwrap();
    let mut tx = app.app.db.begin().await.unwrap();
    query(
        "WITH RECURSIVE more (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM more WHERE i < $2)
         INSERT INTO job (name, version, queue, priority, state, awaits, args, scope, max_attempts,
             created_at, due_at, ended_at, error_code)
         SELECT name, version, queue, priority, state, awaits, args, scope, max_attempts,
             created_at, due_at, ended_at, error_code
         FROM job CROSS JOIN more WHERE id = $1",
    )
    .bind(of)
    .bind(i32::try_from(n).unwrap())
    .run(&mut tx)
    .await
    .unwrap();
    count(&mut tx, KostId(job.scope.unwrap()), job.state, n).await;
    tx.commit().await.unwrap();
}

async fn count(tx: &mut db::Tx, kost: KostId, state: State, change: i64) {
    for scope in [0, kost.get()] {
        query(
            "INSERT INTO job_count (scope, queue, state, slot, n) VALUES ($1, 'default', $2, 99, $3)
             ON CONFLICT (scope, queue, state, slot) DO UPDATE SET n = job_count.n + excluded.n",
        )
        .bind(scope)
        .bind(state)
        .bind(change)
        .run(&mut *tx)
        .await
        .unwrap();
    }
}

pub async fn state(app: &TestApp, id: JobId) -> Option<State> {
    queue::get(&app.app.db, None, id).await.unwrap().map(|job| job.state)
}

pub async fn two_kosts(app: &TestApp) -> (Kost, Kost) {
    (app.kost("Kost Melati").await, app.kost("Kost Kenanga").await)
}

#[tokio::test]
async fn a_kost_sees_its_own_tasks_and_only_these() {
    let app = TestApp::new().await;
    let (melati, kenanga) = two_kosts(&app).await;
    let budi = app.member("budi", &melati, Role::Owner).await;
    let joko = app.member("joko", &melati, Role::Caretaker).await;
    let rani = app.member("rani", &melati, Role::Resident).await;
    let wati = app.member("wati", &kenanga, Role::Owner).await;
    app.run_tasks().await;
    let own = task(&app, melati.id, State::Waiting, None).await;
    let foreign = task(&app, kenanga.id, State::Waiting, None).await;
    let page = budi.get("/k/melati/queue").await;
    assert!(page.text.contains(&format!("id=\"task-{own}\"")), "{}", page.text);
    assert!(!page.text.contains(&format!("id=\"task-{foreign}\"")));
    assert!(page.text.contains("Tugaskan laporan yang menunggu"));
    let read_only = joko.get("/k/melati/queue").await;
    assert_eq!(read_only.status, StatusCode::OK);
    assert!(!read_only.text.contains("name=\"do\""), "a caretaker looks on");
    assert_eq!(rani.get("/k/melati/queue").await.status, StatusCode::FORBIDDEN);
    assert_eq!(wati.get("/k/melati/queue").await.status, StatusCode::NOT_FOUND);
    let admin = app.admin("admin").await;
    let all = admin.get("/admin/queue").await;
    assert!(all.text.contains("Kost Melati") && all.text.contains("Kost Kenanga"), "{}", all.text);
    for person in [&budi, &joko, &rani] {
        assert_eq!(person.get("/admin/queue").await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn those_who_run_the_kost_act_on_its_tasks() {
    let app = TestApp::new().await;
    let (melati, kenanga) = two_kosts(&app).await;
    let budi = app.member("budi", &melati, Role::Manager).await;
    let joko = app.member("joko", &melati, Role::Caretaker).await;
    app.run_tasks().await;
    let id = task(&app, melati.id, State::Scheduled, None).await;
    let number = id.to_string();
    let post = async |act: &str| {
        budi.post("/k/melati/queue", &[("do", act), ("task", &number), ("back", "state=scheduled")])
            .await
    };
    assert_eq!(
        post("run_now").await.location(),
        "/k/melati/queue?state=scheduled",
        "the filter stays"
    );
    assert_eq!(state(&app, id).await, Some(State::Waiting));
    post("cancel").await.location();
    assert_eq!(state(&app, id).await, Some(State::Cancelled));
    post("retry").await.location();
    assert_eq!(state(&app, id).await, Some(State::Waiting));
    assert_eq!(post("explode").await.status, StatusCode::BAD_REQUEST);
    let refused = joko.post("/k/melati/queue", &[("do", "cancel"), ("task", &number)]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    post("cancel").await.location();
    let asked = budi.get(&format!("/k/melati/queue/{id}/discard")).await;
    assert!(asked.text.contains("tidak bisa dikembalikan"));
    post("discard").await.location();
    assert_eq!(state(&app, id).await, None);

    let foreign = task(&app, kenanga.id, State::Waiting, None).await;
    let answer =
        budi.post("/k/melati/queue", &[("do", "cancel"), ("task", &foreign.to_string())]).await;
    let missing = budi.post("/k/melati/queue", &[("do", "cancel"), ("task", "999999")]).await;
    assert_eq!(
        (answer.status, &answer.text),
        (StatusCode::NOT_FOUND, &missing.text),
        "as if it were not there"
    );
    assert_eq!(
        budi.get(&format!("/k/melati/queue/{foreign}/discard")).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(state(&app, foreign).await, Some(State::Waiting));
}

#[tokio::test]
async fn failures_are_grouped_by_a_plain_cause_and_tried_again_together() {
    let app = TestApp::new().await;
    let (melati, kenanga) = two_kosts(&app).await;
    let budi = app.member("budi", &melati, Role::Owner).await;
    app.run_tasks().await;
    let first = task(&app, melati.id, State::Failed, Some("database")).await;
    let second = task(&app, melati.id, State::Failed, Some("database")).await;
    let other = task(&app, melati.id, State::Failed, Some("timeout")).await;
    let foreign = task(&app, kenanga.id, State::Failed, Some("database")).await;
    let page = budi.get("/k/melati/queue?state=failed").await;
    assert!(
        page.text.contains("2 tugas gagal: basis data sedang tidak bisa dipakai"),
        "{}",
        page.text
    );
    assert!(
        page.text.contains("Tugas ini terlalu lama, lalu dihentikan"),
        "each task says why, as a sentence"
    );
    assert!(page.text.contains("izin folder data perlu diperiksa"), "what to do: {}", page.text);
    let answer = budi
        .post(
            "/k/melati/queue",
            &[("do", "retry"), ("cause", "database"), ("back", "state=failed")],
        )
        .await;
    assert_eq!(answer.location(), "/k/melati/queue?state=failed");
    for id in [first, second] {
        assert_eq!(state(&app, id).await, Some(State::Waiting));
    }
    for id in [other, foreign] {
        assert_eq!(state(&app, id).await, Some(State::Failed));
    }
}

#[tokio::test]
async fn the_installation_admin_acts_on_all_and_a_page_ends_after_thirty() {
    let app = TestApp::new().await;
    let (melati, _) = two_kosts(&app).await;
    let admin = app.admin("admin").await;
    let mut last = None;
    for _ in 0..31 {
        last = Some(task(&app, melati.id, State::Waiting, None).await);
    }
    let page = admin.get("/admin/queue?state=waiting").await;
    assert_eq!(page.text.matches("id=\"task-").count(), 30);
    assert!(page.text.contains("state=waiting&#38;after="), "{}", page.text);
    let id = last.unwrap();
    let answer = admin.post("/admin/queue", &[("do", "cancel"), ("task", &id.to_string())]).await;
    assert_eq!(answer.location(), "/admin/queue");
    assert_eq!(state(&app, id).await, Some(State::Cancelled));
    assert_eq!(
        admin.get("/admin/queue?state=nonsense&queue=x&after=y").await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_task_has_a_page_with_all_that_is_known_of_it() {
    let app = TestApp::new().await;
    let (melati, kenanga) = two_kosts(&app).await;
    let budi = app.member("budi", &melati, Role::Manager).await;
    let joko = app.member("joko", &melati, Role::Caretaker).await;
    let rani = app.member("rani", &melati, Role::Resident).await;
    rani.report(&melati, "Keran bocor", "01").await;
    app.run_tasks().await;
    let every = queue::Filter { scope: Some(melati.id.get()), ..queue::Filter::default() };
    let jobs = queue::list(&app.app.db, &every, 50).await.unwrap();
    let mail = jobs.iter().find(|job| job.name == "DeliverEmail").unwrap();
    let announce = mail.caused_by.unwrap();
    let page = budi.get(&format!("/k/melati/queue/{}", mail.id)).await.text;
    assert!(page.contains("laporan #1") && page.contains("Selesai"), "{page}");
    assert!(page.contains(&format!("href=\"/k/melati/queue/{announce}\"")), "what caused it");
    assert!(page.contains("&#34;account&#34;"), "what it was given");
    let page = budi.get(&format!("/k/melati/queue/{announce}")).await.text;
    assert!(page.contains(&format!("href=\"/k/melati/queue/{}\"", mail.id)), "what it caused");
    let page = joko.get(&format!("/k/melati/queue/{}", mail.id)).await.text;
    assert!(!page.contains("&#34;account&#34;"), "who may only look on is shown no arguments");
    let foreign = task(&app, kenanga.id, State::Waiting, None).await;
    for strange in [foreign.to_string(), "999999".to_owned(), "x".to_owned()] {
        let answer = budi.get(&format!("/k/melati/queue/{strange}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{strange}");
    }
}

#[tokio::test]
async fn a_task_gets_another_time_in_the_zone_of_the_kost() {
    let app = TestApp::new().await;
    let (melati, _) = two_kosts(&app).await;
    let budi = app.member("budi", &melati, Role::Manager).await;
    app.run_tasks().await;
    let id = task(&app, melati.id, State::Scheduled, None).await;
    let number = id.to_string();
    let path = format!("/k/melati/queue/{id}");
    let set = async |due: &str| {
        let fields =
            [("do", "reschedule"), ("task", number.as_str()), ("due", due), ("from", "task")];
        budi.post("/k/melati/queue", &fields).await
    };
    let zone = kostticket::kosts::Timezone::Wib.tz();
    let tomorrow = app.clock.now() + jiff::SignedDuration::from_hours(24);
    let typed = zone.to_datetime(tomorrow).strftime("%Y-%m-%dT%H:%M").to_string();
    assert_eq!(set(&typed).await.location(), path);
    let due = queue::get(&app.app.db, None, id).await.unwrap().unwrap().due_at;
    assert!(tomorrow.duration_since(due) < jiff::SignedDuration::from_mins(1) && due <= tomorrow);
    assert!(budi.get(&path).await.text.contains(&format!("value=\"{typed}\"")));
    for (wrong, sentence) in [
        ("", "belum diisi"),
        ("besok", "Tanggal belum lengkap"),
        ("2999-01-01T00:00", "Paling lama setahun"),
    ] {
        let refused = set(wrong).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        assert!(refused.text.contains("id=\"due-error\""), "{}", refused.text);
        assert!(refused.text.contains(sentence), "{}", refused.text);
    }
    assert_eq!(queue::get(&app.app.db, None, id).await.unwrap().unwrap().due_at, due);
    set("2001-01-01T00:00").await.location();
    let due = queue::get(&app.app.db, None, id).await.unwrap().unwrap().due_at;
    assert_eq!(due, app.clock.now(), "what is over is now");
}

#[tokio::test]
async fn who_did_what_to_a_task_is_written_down() {
    let app = TestApp::new().await;
    let (melati, kenanga) = two_kosts(&app).await;
    let budi = app.member("budi", &melati, Role::Manager).await;
    let joko = app.member("joko", &melati, Role::Caretaker).await;
    let wati = app.member("wati", &kenanga, Role::Owner).await;
    app.run_tasks().await;
    let id = task(&app, melati.id, State::Scheduled, None).await.to_string();
    for _ in 0..2 {
        // The second time there is nothing to change, and nothing to tell.
        budi.post("/k/melati/queue", &[("do", "cancel"), ("task", &id)]).await.location();
    }
    for path in [format!("/k/melati/queue/{id}"), "/k/melati/queue".to_owned()] {
        let page = budi.get(&path).await.text;
        assert_eq!(page.matches("Budi: Batalkan").count(), 1, "{page}");
    }
    budi.post("/k/melati/queue", &[("do", "discard"), ("task", &id)]).await.location();
    assert!(budi.get("/k/melati/queue").await.text.contains("Budi: Buang"), "it outlives the task");
    assert!(!joko.get("/k/melati/queue").await.text.contains("Budi: Buang"));
    assert!(!wati.get(&kenanga.path("/queue")).await.text.contains("Budi:"));
}

#[tokio::test]
async fn the_installation_admin_pauses_queues_and_turns_schedules() {
    let app = TestApp::new().await;
    let (melati, _) = two_kosts(&app).await;
    let admin = app.admin("admin").await;
    app.run_tasks().await;
    let asked = admin.get("/admin/queue/queues/default").await;
    assert!(asked.text.contains("Kabar ke penghuni ikut tertunda"), "{}", asked.text);
    let turn = async |path: &str, act: &str| admin.post(path, &[("do", act)]).await;
    let id = task(&app, melati.id, State::Waiting, None).await;
    assert_eq!(turn("/admin/queue/queues/default", "pause").await.location(), "/admin/queue");
    app.run_tasks().await;
    assert_eq!(state(&app, id).await, Some(State::Waiting), "nothing begins");
    let page = admin.get("/admin/queue").await.text;
    assert!(page.contains("Dijeda") && page.contains("Admin: Jeda"), "{page}");
    turn("/admin/queue/queues/default", "resume").await.location();
    app.run_tasks().await;
    assert_eq!(state(&app, id).await, Some(State::Done));
    assert_eq!(turn("/admin/queue/queues/nosuch", "pause").await.status, StatusCode::NOT_FOUND);

    let schedule = "/admin/queue/schedules/clean_up";
    assert_eq!(turn(schedule, "tick").await.location(), "/admin/queue");
    let told = admin.get("/admin/queue").await.text;
    assert!(
        told.contains("Admin: Jalankan<span class=\"kt-meta\"><span>Bersihkan data lama"),
        "{told}"
    );
    app.run_tasks().await;
    let of_job = queue::Filter { name: Some("CleanUp".to_owned()), ..queue::Filter::default() };
    assert_eq!(queue::list(&app.app.db, &of_job, 9).await.unwrap().len(), 1, "it ran at once");
    turn(schedule, "switch_off").await.location();
    assert!(admin.get("/admin/queue").await.text.contains("value=\"switch_on\""));
    assert_eq!(turn(schedule, "tick").await.status, StatusCode::NOT_FOUND, "it is off");
    turn(schedule, "switch_on").await.location();
    assert_eq!(turn(schedule, "pause").await.status, StatusCode::BAD_REQUEST);
    let budi = app.member("budi", &melati, Role::Owner).await;
    let refused = budi.post("/admin/queue/queues/mail", &[("do", "pause")]).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND, "it would stop every kost");
}

#[tokio::test]
async fn everything_that_a_filter_matches_is_asked_about_and_done_at_once() {
    let app = TestApp::new().await;
    let (melati, kenanga) = two_kosts(&app).await;
    let budi = app.member("budi", &melati, Role::Manager).await;
    app.run_tasks().await;
    let mut failed = Vec::new();
    for code in ["database", "timeout", "timeout"] {
        failed.push(task(&app, melati.id, State::Failed, Some(code)).await);
    }
    let foreign = task(&app, kenanga.id, State::Failed, Some("timeout")).await;
    let page = budi.get("/k/melati/queue?state=failed&q=timeout").await.text;
    assert!(!page.contains(&format!("id=\"task-{}\"", failed[0])), "{page}");
    assert!(page.contains("/k/melati/queue/all?do=retry&#38;state=failed&#38;q=timeout"), "{page}");
    let asked = budi.get("/k/melati/queue/all?do=retry&state=failed&q=timeout").await.text;
    assert!(asked.contains("Coba lagi 2 tugas?"), "{asked}");
    let fields = [("do", "retry"), ("all", "1"), ("back", "state=failed&q=timeout")];
    let done = budi.post("/k/melati/queue", &fields).await;
    assert_eq!(done.location(), "/k/melati/queue?state=failed&q=timeout", "the filter stays");
    let after = [State::Failed, State::Waiting, State::Waiting];
    for (id, expected) in failed.iter().zip(after) {
        assert_eq!(state(&app, *id).await, Some(expected));
    }
    assert_eq!(state(&app, foreign).await, Some(State::Failed));
    for wrong in ["do=retry&state=done", "do=reschedule&state=scheduled", "state=failed"] {
        let answer = budi.get(&format!("/k/melati/queue/all?{wrong}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
    let page = budi.get("/k/melati/queue").await.text;
    assert!(page.contains("Budi: Coba lagi"), "{page}");
    assert!(page.contains("2 tugas: Gagal, “timeout”"), "{page}");
    // By their cause tasks are tried again, and nothing else.
    let other = budi.post("/k/melati/queue", &[("do", "cancel"), ("cause", "database")]).await;
    assert_eq!(other.status, StatusCode::BAD_REQUEST);
    assert_eq!(state(&app, failed[0]).await, Some(State::Failed));
}
