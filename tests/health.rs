//! Is the program well, and what of addresses that nothing has?

use http::StatusCode;

use crate::support::TestApp;

#[tokio::test]
async fn it_says_that_it_is_alive_and_ready() {
    let app = TestApp::new().await;
    assert_eq!(app.get("/healthz").await.status, StatusCode::OK);
    assert_eq!(app.get("/readyz").await.status, StatusCode::OK);
}

#[tokio::test]
async fn it_is_not_ready_before_every_migration_has_been_applied() {
    let app = TestApp::new().await;
    let mut tx = app.app.db.begin().await.unwrap();
    let last = kostticket::migrations::all().last().unwrap().name;
    db::query("DELETE FROM migration WHERE name = $1").bind(last).run(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(app.get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(app.get("/healthz").await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_unknown_address_gets_a_page_in_the_readers_language() {
    let app = TestApp::new().await;
    let answer = app.get("/no/such/page").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(answer.text.contains("Kamar ini tidak ada"));
    let english =
        app.request("GET", "/no/such/page").header("accept-language", "en-GB").send().await;
    assert!(english.text.contains("There is no such room"));
}

/// What no route answers; those that one does, photos and files among them, are asked
/// in `access`.
#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let app = TestApp::new().await;
    app.person("rani").await;
    let page = app.get("/login").await;
    let asset = page.text.split('"').find(|word| word.ends_with(".css")).unwrap();
    assert_eq!(app.get(asset).await.status, StatusCode::OK);
    for path in [asset, "/assets/none.css", "/no/such/page"] {
        app.get(path).await.assert_guarded(path);
    }
    let forged = app.request("POST", "/logout").header("sec-fetch-site", "cross-site");
    forged.send().await.assert_guarded("another site's form");
}

#[tokio::test]
async fn a_form_from_another_site_is_refused() {
    let app = TestApp::new().await;
    let answer = app.request("POST", "/logout").header("sec-fetch-site", "cross-site").send().await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn our_own_fault_promises_nothing_about_what_was_sent() {
    let app = TestApp::new().await;
    let rani = app.person("rani").await;
    let mut tx = app.app.db.begin().await.unwrap();
    for sql in
        ["ALTER TABLE notification RENAME TO gone", "ALTER TABLE account_link RENAME TO gone_too"]
    {
        db::query(sql).run(&mut tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    let page = rani.get("/notifications").await;
    assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(page.text.contains("Tidak ada yang hilang."), "{}", page.text);
    let fields = [("remove", "true"), ("password", "kursi biru hujan")];
    let page = rani.post("/account/email", &fields).await;
    assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(page.text.contains("kami tidak tahu apakah kiriman Anda tersimpan"), "{}", page.text);
}

#[tokio::test]
async fn who_only_reads_is_not_told_that_nothing_was_saved() {
    let app = TestApp::new().await;
    let rani = app.person("rani").await;
    app.app.db.close().await;
    let page = rani.get("/notifications").await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.text.contains("Cannot be opened yet") || page.text.contains("Belum bisa dibuka"));
}

#[tokio::test]
async fn it_is_not_ready_while_its_database_is_somewhere_else() {
    let app = TestApp::on_sqlite().await;
    let path = app.app.config.data.join("test.db");
    std::fs::rename(&path, path.with_extension("away")).unwrap();
    assert_eq!(app.get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
}
