//! The spine, through the domain's own verbs: one ticket from report to answer.

use db::query;
use jiff::SignedDuration;
use kostticket::accounts;
use kostticket::kosts::{self, Role};
use kostticket::tickets::{self, Category, NewTicket, Priority, Ticket, TicketId};

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
    let ticket = tickets::store::get(&app.app.db, ticket.id).await.unwrap().unwrap();
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
    let second = tickets::store::get(&app.app.db, second.id).await.unwrap().unwrap();
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

#[tokio::test]
async fn however_many_arrive_at_once_loads_differ_by_one_at_most() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    for name in ["budi", "joko", "siti"] {
        app.member(name, &kost, Role::Caretaker).await;
    }
    for number in 0..20 {
        open(&app, &kost, &rani, &number.to_string()).await;
    }
    app.run_tasks().await;
    let loads: Vec<(i64, i64)> = query("SELECT (SELECT COUNT(*) FROM ticket WHERE ticket.assignee = membership.account), unfinished FROM membership WHERE role = 'caretaker'")
        .all(&app.app.db)
        .await
        .unwrap();
    assert_eq!(loads.iter().map(|(real, _)| real).sum::<i64>(), 20);
    assert!(loads.iter().all(|(real, kept)| real == kept && (6..=7).contains(real)), "{loads:?}");
}

#[tokio::test]
async fn with_nobody_to_take_it_a_report_waits_until_somebody_becomes_available() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    let ticket = open(&app, &kost, &rani, "a").await;
    app.run_tasks().await;
    let assignee =
        async |id: TicketId| tickets::store::get(&app.app.db, id).await.unwrap().unwrap().assignee;
    assert_eq!(assignee(ticket.id).await, None);
    let joko = app.member("joko", &kost, Role::Caretaker).await;
    app.run_tasks().await;
    assert_eq!(assignee(ticket.id).await, Some(joko.id));
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
