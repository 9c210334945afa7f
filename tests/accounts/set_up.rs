use http::StatusCode;
use kostticket::accounts;

use super::{mailed_path, session_cookie, stored};
use crate::support::TestApp;

const FORM: &[(&str, &str)] = &[
    ("username", "budi"),
    ("name", "Budi Wirawan"),
    ("email", "budi@example.com"),
    ("password", "kursi biru hujan"),
    ("password_again", "kursi biru hujan"),
    ("kost_name", "Kost Melati"),
    ("timezone", "Asia/Makassar"),
    ("rooms", "12"),
];

async fn link(app: &TestApp) -> String {
    let url = accounts::setup_url(&app.app).await.unwrap().unwrap();
    url.strip_prefix("http://kost.test").unwrap().to_owned()
}

#[tokio::test]
async fn an_empty_installation_says_where_the_link_is() {
    let app = TestApp::new().await;
    let start = app.get("/").await;
    assert_eq!(start.status, StatusCode::OK);
    assert!(start.text.contains("Tautan penyiapan ada di layar server"));
    assert_eq!(app.get("/register").await.location(), "/");
}

#[tokio::test]
async fn the_link_makes_the_owner_and_the_first_kost_once() {
    let app = TestApp::new().await;
    let link = link(&app).await;
    // A scanner may look as often as it likes.
    for _ in 0..3 {
        let page = app.get(&link).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text.contains("Siapkan kost Anda"));
    }
    let done = app.post(&link, FORM).await;
    assert_eq!(done.location(), "/");
    let cookie = session_cookie(&done);
    assert_eq!(app.request("GET", "/").cookie(&cookie).send().await.location(), "/k/melati");
    let dashboard = app.request("GET", "/k/melati").cookie(&cookie).send().await;
    assert_eq!(dashboard.status, StatusCode::OK);
    // The address counts only once its link was opened.
    mailed_path(&app, "budi@example.com", "/verify/").await;
    for again in [app.get(&link).await, app.post(&link, FORM).await] {
        assert_eq!(again.status, StatusCode::NOT_FOUND);
        assert!(again.text.contains("Tautan penyiapan ini tidak berlaku"));
    }
    assert_eq!(stored(&app, "account", "username").await, ["budi"]);
    let places = stored(&app, "location", "name").await;
    assert_eq!(places.len(), 12 + 5, "rooms, and what nearly every kost has");
    assert!(places.contains(&"Kamar mandi bersama".to_owned()));
    assert!(stored(&app, "setting", "key").await.is_empty());
}

#[tokio::test]
async fn two_at_once_make_one_owner() {
    let app = TestApp::new().await;
    let link = link(&app).await;
    let mut second = FORM.to_vec();
    second[0] = ("username", "ani");
    let (one, other) = tokio::join!(app.post(&link, FORM), app.post(&link, &second));
    let mut statuses = [one.status, other.status];
    statuses.sort();
    assert_eq!(statuses, [StatusCode::SEE_OTHER, StatusCode::NOT_FOUND]);
    assert_eq!(stored(&app, "kost", "slug").await, ["melati"]);
}

#[tokio::test]
async fn a_wrong_link_and_an_older_one_open_nothing() {
    let app = TestApp::new().await;
    let older = link(&app).await;
    let newer = link(&app).await;
    assert_eq!(app.get(&older).await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.get("/setup?token=guess").await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.post("/setup", FORM).await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.get(&newer).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_link_of_each_node_works_until_one_is_used() {
    let app = TestApp::new().await;
    let Some(other) = app.other_node().await else { return };
    let (one, two) = (link(&app).await, link(&other).await);
    assert_eq!(other.get(&one).await.status, StatusCode::OK);
    let mut second = FORM.to_vec();
    second[0] = ("username", "ani");
    let (first, second) = tokio::join!(app.post(&one, FORM), other.post(&two, &second));
    let mut statuses = [first.status, second.status];
    statuses.sort();
    assert_eq!(statuses, [StatusCode::SEE_OTHER, StatusCode::NOT_FOUND]);
    assert_eq!(stored(&app, "kost", "slug").await, ["melati"]);
    assert!(stored(&app, "setting", "key").await.is_empty());
}

#[tokio::test]
async fn mistakes_keep_what_was_typed_and_make_nothing() {
    let app = TestApp::new().await;
    let link = link(&app).await;
    let form = [
        ("username", "081234567890"),
        ("name", ""),
        ("email", "budi@"),
        ("password", "kucing"),
        ("password_again", "lain"),
        ("kost_name", "Kost “Melati” <b>"),
        ("timezone", "Mars/Olympus"),
        ("rooms", "0"),
    ];
    let answer = app.post(&link, &form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text.contains("Ada 7 isian yang perlu diperbaiki"), "{}", answer.text);
    assert!(answer.text.contains("Isi angka dari 1 sampai 300."));
    assert!(answer.text.contains("Kost “Melati” &#60;b&#62;"));
    assert!(!answer.text.contains("kucing"), "a password never comes back");
    assert!(stored(&app, "account", "username").await.is_empty());
    // The link is not used up.
    assert_eq!(app.post(&link, FORM).await.status, StatusCode::SEE_OTHER);
}
