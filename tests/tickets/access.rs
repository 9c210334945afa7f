//! Who may read and write what. Whoever may not know of a report gets the very
//! answer that one which never was gets.

use db::query;
use kostticket::kosts::{self, Role};
use kostticket::tickets::store;

use super::{House, photos_of, pictures};
use crate::support::{Person, TestApp};

/// Every address below a report, and how it is asked for.
const ROUTES: [(&str, &str); 10] = [
    ("GET", ""),
    ("POST", "/comments"),
    ("POST", "/status"),
    ("POST", "/assignee"),
    ("POST", "/priority"),
    ("POST", "/followers"),
    ("POST", "/followers/1/end"),
    ("POST", "/confirmation"),
    ("POST", "/return"),
    ("GET", "/photos/0123456789abcdef0123456789abcdef.jpg"),
];

async fn ask(person: &Person<'_>, method: &str, path: &str) -> (u16, String) {
    let answer = person.request(method, path).send().await;
    (answer.status.as_u16(), answer.text)
}

#[tokio::test]
async fn a_foreign_report_answers_as_one_that_never_was() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    let other = app.kost("Kost Mawar").await;
    let strangers = [
        app.member("sari", &other, Role::Resident).await,
        app.member("agus", &other, Role::Caretaker).await,
        app.member("tono", &other, Role::Manager).await,
        app.member("dewi", &other, Role::Owner).await,
        app.person("nobody").await,
    ];
    for stranger in &strangers {
        for (method, rest) in ROUTES {
            let foreign = ask(stranger, method, &house.to(rest)).await;
            let unknown = ask(stranger, method, &format!("/k/tidak-ada/tickets/7{rest}")).await;
            assert_eq!(foreign.0, 404, "{method} {rest}");
            assert_eq!(foreign, unknown, "{method} {rest}");
        }
        for (method, rest) in [("GET", "/tickets/new"), ("POST", "/tickets")] {
            assert_eq!(
                ask(stranger, method, &house.kost.path(rest)).await,
                ask(stranger, method, &format!("/k/tidak-ada{rest}")).await
            );
        }
    }
}

#[tokio::test]
async fn a_neighbour_does_not_learn_that_a_report_exists() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    let sari = app.member_in("sari", &house.kost, Role::Resident, Some("02")).await;
    for (method, rest) in ROUTES {
        let theirs = ask(&sari, method, &house.to(rest)).await;
        let unknown = ask(&sari, method, &house.kost.path(&format!("/tickets/999{rest}"))).await;
        assert_eq!(theirs.0, 404, "{method} {rest}");
        assert_eq!(theirs, unknown, "{method} {rest}");
    }
    for odd in ["/tickets/abc", "/tickets/-1", "/tickets/99999999999999999999", "/tickets/1%00"] {
        assert_eq!(sari.get(&house.kost.path(odd)).await.status, 404, "{odd}");
    }
    assert!(!sari.get("/tickets").await.text.contains("Keran bocor"));
}

#[tokio::test]
async fn a_follower_reads_and_comments_and_learns_no_name_and_no_room() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    let sari = app.member_in("sari", &house.kost, Role::Resident, Some("02")).await;
    let ticket = house.ticket(&app).await;
    let mut tx = app.app.db.begin().await.unwrap();
    store::follow(&mut tx, &ticket, sari.id).await.unwrap();
    tx.commit().await.unwrap();
    house.rani.post(&house.to("/comments"), &[("body", "Menetes terus")]).await;
    let page = sari.get(&house.path).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("Menetes terus"));
    assert!(!page.text.contains("Rani") && !page.text.contains("Kamar 01"), "{}", page.text);
    assert!(house.rani.get(&house.path).await.text.contains("Kamar 01"));
    assert!(
        sari.post(&house.to("/comments"), &[("body", "Di kamar saya juga")])
            .await
            .location()
            .starts_with(&house.path)
    );
    let home = sari.get("/tickets").await;
    assert!(
        home.text.contains("Laporan yang Anda ikuti") && home.text.contains("Keran bocor"),
        "{}",
        home.text
    );
    assert!(!home.text.contains("Rani"));
    house.set_status(&app, "done").await;
    assert_eq!(
        sari.post(&house.to("/confirmation"), &[]).await.status,
        403,
        "the answer is the reporter's"
    );
    assert!(!sari.get(&house.path).await.text.contains("Anda yang memastikan"));
}

#[tokio::test]
async fn access_ends_with_the_membership() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    assert_eq!(house.rani.get(&house.path).await.status, 200);
    let mut tx = app.app.db.begin().await.unwrap();
    kosts::end(&mut tx, house.kost.id, house.rani.id).await.unwrap();
    kosts::end(&mut tx, house.kost.id, house.joko.id).await.unwrap();
    tx.commit().await.unwrap();
    for person in [&house.rani, &house.joko] {
        assert_eq!(person.get(&house.path).await.status, 404);
        assert!(!person.get("/tickets").await.text.contains("Keran bocor"));
    }
}

#[tokio::test]
async fn the_installations_admin_handles_every_report_but_takes_none() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    let admin = app.admin("pusat").await;
    let page = admin.get(&house.path).await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(!page.text.contains("Saya tangani"));
    let version = house.ticket(&app).await.version.to_string();
    let me = admin.id.to_string();
    let taken =
        admin.post(&house.to("/assignee"), &[("assignee", &me), ("version", &version)]).await;
    assert_eq!(taken.status, 422, "who is no staff of the kost takes nothing on");
}

#[tokio::test]
async fn looking_at_a_report_reads_its_news_but_fetching_ahead_does_not() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    house.joko.post(&house.to("/comments"), &[("body", "Saya ke sana")]).await;
    app.run_tasks().await;
    let unread = async || {
        let (unread,): (i64,) = query("SELECT unread FROM account WHERE id = $1")
            .bind(house.rani.id)
            .one(&app.app.db)
            .await
            .unwrap();
        unread
    };
    assert_eq!(unread().await, 1);
    assert!(house.rani.get("/tickets").await.text.contains("1 baru"));
    house.rani.request("GET", &house.path).header("sec-purpose", "prefetch").send().await;
    assert_eq!(unread().await, 1);
    assert_eq!(house.rani.get(&house.path).await.status, 200);
    assert_eq!(unread().await, 0);
}

#[tokio::test]
async fn photos_are_for_those_who_may_read_the_report() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    let sari = app.member_in("sari", &house.kost, Role::Resident, Some("02")).await;
    let photo = pictures::jpeg();
    house
        .rani
        .request("POST", &house.to("/comments"))
        .multipart(&[], &[("photos", "a.jpg", &photo)])
        .send()
        .await;
    let ticket = house.ticket(&app).await;
    let stored = photos_of(&app, ticket.id).await;
    for url in [stored[0].url(&house.path), stored[0].thumbnail_url(&house.path)] {
        for person in [&house.rani, &house.joko] {
            let answer = person.get(&url).await;
            assert_eq!(answer.status, 200, "{url}");
            assert_eq!(answer.header("content-type"), "image/jpeg");
            assert_eq!(answer.header("cache-control"), "private, max-age=31536000, immutable");
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
        }
        assert_eq!(sari.get(&url).await.status, 404);
        let elsewhere = url.replace("/tickets/1/", "/tickets/2/");
        house
            .rani
            .report(&house.kost, &format!("Lain {url}").chars().take(60).collect::<String>(), "01")
            .await;
        assert_eq!(house.rani.get(&elsewhere).await.status, 404, "only under its own report");
    }
    for odd in ["/photos/..%2f..%2ftest.db", "/photos/x.jpg", "/photos/", "/photos/%ff.jpg"] {
        assert_eq!(house.rani.get(&house.to(odd)).await.status, 404, "{odd}");
    }
}
