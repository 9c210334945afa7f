//! Who gets a new report: fair, whatever happens in whatever order.

use std::collections::HashMap;

use db::query;
use jiff::SignedDuration;
use kostticket::accounts::AccountId;
use kostticket::kosts::{self, Role};
use kostticket::tickets::TicketNumber;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::support::{Kost, Person, TestApp};

/// What can happen between two assignments.
#[derive(Debug, Clone)]
enum Step {
    /// So many reports at once.
    Reports(usize),
    /// Somebody takes reports on, or no more.
    Available(usize, bool),
    Pass,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (1..6_usize).prop_map(Step::Reports),
        1 => (0..3_usize, any::<bool>()).prop_map(|(who, takes)| Step::Available(who, takes)),
        1 => Just(Step::Pass),
    ];
    proptest::collection::vec(step, 1..8)
}

async fn report(app: &TestApp, kost: &Kost, by: &Person<'_>, number: usize) {
    let mut tx = app.app.db.begin().await.unwrap();
    let place = app.location(kost, "01").await;
    let place = kosts::store::location(&mut tx, kost.id, place).await.unwrap().unwrap();
    let kost = kosts::store::get(&mut tx, kost.id).await.unwrap();
    let by = kostticket::accounts::store::get(&mut tx, by.id).await.unwrap().unwrap();
    let new = kostticket::tickets::NewTicket {
        title: format!("Masalah {number}"),
        description: String::new(),
        category: kostticket::tickets::Category::Other,
        location: place,
        priority: kostticket::tickets::Priority::Medium,
        submission: number.to_string(),
    };
    kostticket::tickets::open(&mut tx, &kost, &by, &new).await.unwrap();
    tx.commit().await.unwrap();
}

/// Loads as counted from the tickets, and as kept for the assigner.
async fn loads(app: &TestApp) -> HashMap<AccountId, (i64, i64)> {
    let rows: Vec<(AccountId, i64, i64)> = query(
        "SELECT membership.account,
             (SELECT COUNT(*) FROM ticket WHERE ticket.assignee = membership.account AND ticket.status <> 'done'),
             membership.unfinished
         FROM membership
         WHERE membership.role <> 'resident'",
    )
    .all(&app.app.db)
    .await
    .unwrap();
    rows.into_iter().map(|(account, real, kept)| (account, (real, kept))).collect()
}

async fn play(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    let mut staff = Vec::new();
    for name in ["budi", "joko", "siti"] {
        staff.push(app.member(name, &kost, Role::Caretaker).await.id);
    }
    app.run_tasks().await;
    let mut available = [true; 3];
    let mut reported = 0;
    for step in steps {
        let before = loads(&app).await;
        match step {
            Step::Reports(count) => {
                for _ in 0..count {
                    report(&app, &kost, &rani, reported).await;
                    reported += 1;
                }
            }
            Step::Available(who, takes) => {
                available[who] = takes;
                let mut tx = app.app.db.begin().await.unwrap();
                kosts::set_takes_tickets(&mut tx, kost.id, staff[who], takes).await.unwrap();
                tx.commit().await.unwrap();
            }
            Step::Pass => {}
        }
        app.clock.advance(SignedDuration::from_mins(1));
        app.run_tasks().await;
        let after = loads(&app).await;
        for (real, kept) in after.values() {
            prop_assert_eq!(real, kept, "what is kept is what is there");
        }
        let taking: Vec<i64> =
            (0..3).filter(|who| available[*who]).map(|who| after[&staff[who]].0).collect();
        let (unassigned,): (i64,) = query("SELECT COUNT(*) FROM ticket WHERE assignee IS NULL")
            .one(&app.app.db)
            .await
            .unwrap();
        let assigned: i64 = after.values().map(|(real, _)| real).sum();
        prop_assert_eq!(assigned + unassigned, reported as i64, "nobody twice, none lost");
        prop_assert!(taking.is_empty() || unassigned == 0, "nothing waits while somebody is there");
        // Who got something now has no more than one above the least loaded.
        for who in (0..3).filter(|who| available[*who]) {
            let (mine, before) = (after[&staff[who]].0, before[&staff[who]].0);
            let least = taking.iter().min().copied().unwrap_or(mine);
            prop_assert!(mine == before || mine <= least + 1, "{mine} against {least}");
        }
    }
    Ok(())
}

#[test]
fn loads_stay_within_one_and_nobody_gets_a_report_twice() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let config = Config { cases: 12, failure_persistence: None, ..Config::default() };
    let played = TestRunner::new(config).run(&steps(), |steps| runtime.block_on(play(steps)));
    assert!(played.is_ok(), "{played:?}");
}

#[tokio::test]
async fn ties_go_to_whoever_was_assigned_longest_ago() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    let budi = app.member("budi", &kost, Role::Caretaker).await;
    for name in ["joko", "siti"] {
        app.member(name, &kost, Role::Caretaker).await;
    }
    let arrive = async |number| {
        app.clock.advance(SignedDuration::from_mins(1));
        report(&app, &kost, &rani, number).await;
        app.run_tasks().await;
    };
    for number in 0..3 {
        arrive(number).await;
    }
    // Budi, who joined first, finishes his, so that the next is his again: now all
    // have one, and he was assigned last.
    let version = super::ticket(&app, &kost, TicketNumber(1)).await.version.to_string();
    let fields = [("status", "done"), ("version", version.as_str())];
    budi.post(&kost.path("/tickets/1/status"), &fields).await.location();
    for number in 3..7 {
        arrive(number).await;
    }
    let order: Vec<(String,)> = query("SELECT account.username FROM ticket JOIN account ON account.id = ticket.assignee ORDER BY ticket.id")
        .all(&app.app.db)
        .await
        .unwrap();
    let order: Vec<&str> = order.iter().map(|(name,)| name.as_str()).collect();
    assert_eq!(order, ["budi", "joko", "siti", "budi", "joko", "siti", "budi"]);
}

#[tokio::test]
async fn what_open_pages_wait_for_comes_before_assignments() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    rani.report(&kost, "Keran bocor", "01").await;
    let due: Vec<(String,)> =
        query("SELECT name FROM job WHERE scope = $1 ORDER BY priority, due_at, id")
            .bind(kost.id)
            .all(&app.app.db)
            .await
            .unwrap();
    let due: Vec<&str> = due.iter().map(|(name,)| name.as_str()).collect();
    assert_eq!(due, ["Announce", "AssignTicket"]);
}

#[tokio::test]
async fn a_done_report_counts_no_more_and_a_returned_one_counts_again() {
    let app = TestApp::new().await;
    let house = super::House::new(&app).await;
    let of = async |account| loads(&app).await[&account];
    let assignee = house.ticket(&app).await.assignee.unwrap();
    assert_eq!(of(assignee).await, (1, 1));
    house.set_status(&app, "done").await;
    assert_eq!(of(assignee).await, (0, 0));
    house.rani.post(&house.to("/return"), &[]).await;
    assert_eq!(of(assignee).await, (1, 1));
}

#[tokio::test]
async fn a_returned_report_goes_to_somebody_who_is_there() {
    let app = TestApp::new().await;
    let house = super::House::new(&app).await;
    let assignee = house.ticket(&app).await.assignee.unwrap();
    let (gone, there) = if assignee == house.joko.id {
        (&house.joko, &house.budi)
    } else {
        (&house.budi, &house.joko)
    };
    let owner = app.member("dewi", &house.kost, Role::Owner).await;
    house.set_status(&app, "done").await;
    app.run_tasks().await;
    let ended = owner.post(&house.kost.path(&format!("/members/{}/end", gone.id)), &[]).await;
    ended.location();
    app.run_tasks().await;
    assert_eq!(house.ticket(&app).await.assignee, Some(gone.id), "a done report stays as it was");
    house.rani.post(&house.to("/return"), &[]).await.location();
    app.run_tasks().await;
    let now = house.ticket(&app).await.assignee.unwrap();
    assert!(now == there.id || now == owner.id);
    assert_eq!(loads(&app).await[&now], (1, 1));
}

#[tokio::test]
async fn a_done_report_that_nobody_had_is_assigned_when_it_is_returned() {
    let app = TestApp::new().await;
    let house = super::House::new(&app).await;
    let version = house.ticket(&app).await.version.to_string();
    let fields = [("assignee", ""), ("version", version.as_str())];
    house.budi.post(&house.to("/assignee"), &fields).await.location();
    house.set_status(&app, "done").await;
    house.rani.post(&house.to("/return"), &[]).await.location();
    app.run_tasks().await;
    assert!(house.ticket(&app).await.assignee.is_some());
}

#[tokio::test]
async fn who_leaves_hands_unfinished_reports_to_the_others_in_one_step() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    let joko = app.member("joko", &kost, Role::Caretaker).await;
    for number in 0..5 {
        report(&app, &kost, &rani, number).await;
    }
    app.run_tasks().await;
    assert_eq!(loads(&app).await[&joko.id], (5, 5));
    let siti = app.member("siti", &kost, Role::Caretaker).await;
    let budi = app.member("budi", &kost, Role::Owner).await;
    budi.post(&kost.path(&format!("/members/{}/end", joko.id)), &[]).await.location();
    app.run_tasks().await;
    let loads = loads(&app).await;
    let mut shared = [loads[&siti.id], loads[&budi.id]];
    shared.sort_unstable();
    assert_eq!(shared, [(2, 2), (3, 3)]);
    let page = budi.get(&kost.path("/tickets/1")).await.text;
    assert!(!page.contains("Penanggung jawab dikosongkan"), "{page}");
}
