//! The spine, through the domain's own verbs: one ticket from report to answer.

use std::time::Duration;

use db::query;
use jiff::SignedDuration;
use kostticket::kosts::{self, Role};
use kostticket::tickets::{self, Category, NewTicket, Priority, Ticket, TicketId};
use kostticket::{accounts, workers};
use tokio::task::JoinSet;

use crate::support::{Kost, Person, TestApp};

async fn open(app: &TestApp, kost: &Kost, by: &Person<'_>, submission: &str) -> Ticket {
    let location = app.location(kost, "01").await;
    let location = kosts::store::location(&app.app.db, kost.id, location).await.unwrap().unwrap();
    let new = NewTicket {
        title: "Keran bocor".to_owned(),
        description: "Menetes sejak pagi.".to_owned(),
        category: Category::Water,
        location,
        priority: Priority::Medium,
        submission: submission.to_owned(),
    };
    let mut tx = app.app.db.begin().await.unwrap();
    let kost = kosts::store::get(&mut tx, kost.id).await.unwrap();
    let reporter = accounts::store::get(&mut tx, by.id).await.unwrap().unwrap();
    let (ticket, _) = tickets::open(&mut tx, &kost, &reporter, &new).await.unwrap();
    tx.commit().await.unwrap();
    ticket
}

async fn unread(app: &TestApp, person: &Person<'_>) -> i64 {
    accounts::store::get(&app.app.db, person.id).await.unwrap().unwrap().unread
}

#[tokio::test]
async fn a_new_report_is_assigned_and_its_people_are_told() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    let budi = app.member("budi", &kost, Role::Owner).await;
    let joko = app.member("joko", &kost, Role::Caretaker).await;
    let ticket = open(&app, &kost, &rani, "a").await;
    app.run_tasks().await;
    let ticket = tickets::store::get(&app.app.db, kost.id, ticket.id).await.unwrap().unwrap();
    assert_eq!(
        ticket.assignee,
        Some(budi.id),
        "ties go to whoever was assigned longest ago, then the first"
    );
    assert_eq!(unread(&app, &rani).await, 0, "nobody is told of their own doing");
    assert_eq!(unread(&app, &budi).await, 2, "opened, and assigned");
    assert_eq!(unread(&app, &joko).await, 0, "a caretaker does not watch the kost");
    let second = open(&app, &kost, &rani, "b").await;
    app.run_tasks().await;
    let second = tickets::store::get(&app.app.db, kost.id, second.id).await.unwrap().unwrap();
    assert_eq!(second.assignee, Some(joko.id));
    let subjects: Vec<String> = app
        .mail
        .sent()
        .into_iter()
        .map(|mail| format!("{}: {}", mail.to.address, mail.subject))
        .collect();
    assert!(
        subjects.contains(
            &"budi@example.com: [Kost Melati] Laporan baru #1, Kamar 01: Keran bocor".to_owned()
        ),
        "{subjects:?}"
    );
    assert!(
        subjects.contains(
            &"joko@example.com: [Kost Melati] Untuk Anda: #2, Kamar 01, Keran bocor".to_owned()
        ),
        "{subjects:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn however_many_arrive_at_once_loads_differ_by_one_at_most() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    for name in ["budi", "joko", "siti"] {
        app.member(name, &kost, Role::Caretaker).await;
    }
    let workers = workers::start(&app.app);
    let room = app.location(&kost, "01").await.to_string();
    let mut sent = JoinSet::new();
    for name in ["rani", "sari"] {
        let reporter = app.member(name, &kost, Role::Resident).await;
        for number in 0..10 {
            let submission = number.to_string();
            let fields = [
                ("title", "Keran bocor"),
                ("category", "water"),
                ("location", room.as_str()),
                ("submission", submission.as_str()),
            ];
            sent.spawn(reporter.request("POST", &kost.path("/tickets")).form(&fields).send());
        }
    }
    for answer in sent.join_all().await {
        answer.location();
    }
    let count =
        async |sql: &'static str| -> (i64, i64) { query(sql).one(&app.app.db).await.unwrap() };
    let all_have_somebody = async {
        while count("SELECT COUNT(*), COUNT(assignee) FROM ticket").await != (20, 20) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), all_have_somebody).await.unwrap();
    workers.stop(Duration::from_secs(10)).await;
    let assignments =
        "SELECT COUNT(*), COUNT(DISTINCT ticket) FROM activity WHERE kind = 'assigned'";
    assert_eq!(count(assignments).await, (20, 20), "each once");
    let loads: Vec<(i64, i64)> = query("SELECT (SELECT COUNT(*) FROM ticket WHERE ticket.assignee = membership.account), unfinished FROM membership WHERE role = 'caretaker'")
        .all(&app.app.db)
        .await
        .unwrap();
    assert_eq!(loads.iter().map(|(real, _)| real).sum::<i64>(), 20);
    assert!(loads.iter().all(|(real, kept)| real == kept && (6..=7).contains(real)), "{loads:?}");
}

#[tokio::test]
async fn with_nobody_to_take_it_a_report_waits_visibly_until_somebody_becomes_available() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    let budi = app.member("budi", &kost, Role::Owner).await;
    let mut tx = app.app.db.begin().await.unwrap();
    kosts::set_takes_tickets(&mut tx, kost.id, budi.id, false).await.unwrap();
    tx.commit().await.unwrap();
    let ticket = open(&app, &kost, &rani, "a").await;
    app.run_tasks().await;
    let assignee = async |id: TicketId| {
        tickets::store::get(&app.app.db, kost.id, id).await.unwrap().unwrap().assignee
    };
    // In the report's line, in the list of those that wait, and on its reporter's page.
    let is_seen_waiting = async || {
        let dashboard = budi.get(&kost.path("")).await.text;
        let unassigned = budi.get(&kost.path("?unassigned=1")).await.text;
        let page = rani.get(&ticket.path(&kost.slug)).await.text;
        [
            dashboard.contains("<span>Belum ada</span>"),
            unassigned.contains("id=\"report-1\""),
            page.contains("Penanggung jawab sedang dicari."),
        ]
    };
    assert_eq!(assignee(ticket.id).await, None);
    assert_eq!(is_seen_waiting().await, [true; 3]);
    let joko = app.member("joko", &kost, Role::Caretaker).await;
    app.run_tasks().await;
    assert_eq!(assignee(ticket.id).await, Some(joko.id));
    assert_eq!(is_seen_waiting().await, [false; 3]);
}

#[tokio::test]
async fn a_report_leaves_no_task_for_later() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    open(&app, &kost, &rani, "a").await;
    assert_eq!(app.run_tasks().await, 2, "assigned, and announced");
    assert_eq!(app.advance(SignedDuration::from_mins(1)).await, 0, "all was done at once");
}
