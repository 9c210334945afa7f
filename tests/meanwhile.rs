//! What ended while a form was on its way: photos take minutes on a bad line, and
//! who was allowed to send them when they began may not be any more.

use db::{Tx, query};
use http::StatusCode;
use kostticket::App;
use kostticket::accounts::{AccountId, session};
use kostticket::kosts::{self, KostId, Role};
use kostticket::tickets::store;
use queue::Job;

use crate::support::TestApp;

/// The ways to write on a report, with a form that is fine.
const WRITES: [(&str, &[(&str, &str)]); 3] = [
    ("/comments", &[("body", "Masih menetes")]),
    ("/status", &[("status", "in_progress"), ("version", "1")]),
    ("/priority", &[("priority", "high"), ("version", "1")]),
];

async fn write<F: Future<Output = ()>>(app: App, work: impl FnOnce(Tx) -> F) {
    work(app.db.begin().await.unwrap()).await;
}

async fn end(app: App, kost: KostId, account: AccountId) {
    write(app, async |mut tx| {
        kosts::end(&mut tx, kost, account).await.unwrap();
        tx.commit().await.unwrap();
    })
    .await;
}

async fn give(app: App, kost: KostId, account: AccountId, role: Role) {
    write(app, async |mut tx| {
        let person = kosts::store::person(&mut tx, kost, account).await.unwrap().unwrap();
        kosts::change(&mut tx, kost, &person, role, None).await.unwrap();
        tx.commit().await.unwrap();
    })
    .await;
}

async fn activities(app: &TestApp) -> i64 {
    let (count,) = query("SELECT COUNT(*) FROM activity").one(&app.app.db).await.unwrap();
    count
}

#[tokio::test]
async fn a_membership_that_ended_meanwhile_writes_nothing() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    let path = kost.path(&format!("/tickets/{}", rani.report(&kost, "Keran bocor", "01").await));
    let before = activities(&app).await;
    for (number, (rest, fields)) in WRITES.into_iter().enumerate() {
        let joko = app.member(&format!("joko{number}"), &kost, Role::Caretaker).await;
        let leaves = end(app.app.clone(), kost.id, joko.id);
        let sent =
            joko.request("POST", &format!("{path}{rest}")).form_after(leaves, fields).send().await;
        assert_eq!(sent.status, StatusCode::NOT_FOUND, "{rest}");
    }
    let room = app.location(&kost, "01").await.to_string();
    let report = [("title", "AC mati"), ("category", "ac"), ("location", room.as_str())];
    let leaves = end(app.app.clone(), kost.id, rani.id);
    let sent =
        rani.request("POST", &kost.path("/tickets")).form_after(leaves, &report).send().await;
    assert_eq!(sent.status, StatusCode::NOT_FOUND);
    assert_eq!(activities(&app).await, before);
}

#[tokio::test]
async fn a_session_that_ended_meanwhile_writes_nothing() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    let path = kost.path(&format!("/tickets/{}", rani.report(&kost, "Keran bocor", "01").await));
    let before = activities(&app).await;
    let logged_out = {
        let (app, rani) = (app.app.clone(), rani.id);
        write(app, async move |mut tx| {
            session::end_others(&mut tx, rani, None).await.unwrap();
            tx.commit().await.unwrap();
        })
    };
    let comment = rani.request("POST", &format!("{path}/comments"));
    let sent = comment.form_after(logged_out, &[("body", "Masih menetes")]).send().await;
    assert_eq!(sent.status, StatusCode::UNAUTHORIZED);
    assert_eq!(activities(&app).await, before);
}

#[tokio::test]
async fn who_is_staff_or_follows_no_more_writes_nothing() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    let joko = app.member("joko", &kost, Role::Caretaker).await;
    let sari = app.member_in("sari", &kost, Role::Resident, Some("02")).await;
    let number = rani.report(&kost, "Keran bocor", "01").await;
    let ticket = store::with_number(&app.app.db, kost.id, number).await.unwrap().unwrap();
    let path = kost.path(&format!("/tickets/{number}"));
    let before = activities(&app).await;

    let demoted = give(app.app.clone(), kost.id, joko.id, Role::Resident);
    let status = joko.request("POST", &format!("{path}/status"));
    let sent = status.form_after(demoted, &[("status", "done"), ("version", "1")]).send().await;
    assert_eq!(sent.status, StatusCode::CONFLICT);

    write(app.app.clone(), async |mut tx| {
        store::follow(&mut tx, &ticket, sari.id).await.unwrap();
        tx.commit().await.unwrap();
    })
    .await;
    let unfollowed = {
        let (app, sari) = (app.app.clone(), sari.id);
        write(app, async move |mut tx| {
            store::unfollow(&mut tx, &ticket, sari).await.unwrap();
            tx.commit().await.unwrap();
        })
    };
    let comment = sari.request("POST", &format!("{path}/comments"));
    let sent = comment.form_after(unfollowed, &[("body", "Saya juga")]).send().await;
    assert_eq!(sent.status, StatusCode::NOT_FOUND);
    assert_eq!(activities(&app).await, before);
}

#[tokio::test]
async fn a_manager_does_nothing_to_somebody_who_became_owner_meanwhile() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let budi = app.member("budi", &kost, Role::Manager).await;
    let sari = app.member("sari", &kost, Role::Manager).await;
    app.member("tono", &kost, Role::Owner).await;
    let member = kost.path(&format!("/members/{}", sari.id));
    let promoted = give(app.app.clone(), kost.id, sari.id, Role::Owner);
    let sent = budi.request("POST", &member).form_after(promoted, &[("role", "caretaker")]).send();
    assert_eq!(sent.await.status, StatusCode::FORBIDDEN);
    assert_eq!(sari.role_in(kost.id).await, Some(Role::Owner));
    // And who was demoted meanwhile gives nobody anything.
    give(app.app.clone(), kost.id, sari.id, Role::Caretaker).await;
    let demoted = give(app.app.clone(), kost.id, budi.id, Role::Caretaker);
    let sent = budi.request("POST", &member).form_after(demoted, &[("role", "manager")]).send();
    assert_eq!(sent.await.status, StatusCode::CONFLICT);
    assert_eq!(sari.role_in(kost.id).await, Some(Role::Caretaker));
}

#[tokio::test]
async fn who_runs_the_kost_no_more_changes_no_task() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let budi = app.member("budi", &kost, Role::Manager).await;
    let mut tx = app.app.db.begin().await.unwrap();
    let task = kosts::AssignWaiting { kost: kost.id }.enqueue(&mut tx).await.unwrap().id();
    tx.commit().await.unwrap();
    let fields = [("do", "cancel"), ("task", &task.to_string())];
    let demoted = give(app.app.clone(), kost.id, budi.id, Role::Caretaker);
    let sent = budi.request("POST", &kost.path("/queue")).form_after(demoted, &fields).send().await;
    assert_eq!(sent.status, StatusCode::CONFLICT);
    let job = queue::get(&app.app.db, None, task).await.unwrap().unwrap();
    assert_eq!(job.state, queue::State::Waiting);
}
