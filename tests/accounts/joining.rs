use http::StatusCode;
use kostticket::kosts::{self, Role};

use crate::support::TestApp;

#[tokio::test]
async fn who_has_an_account_joins_with_one_tap() {
    let app = TestApp::new().await;
    let (melati, mawar) = (app.kost("Kost Melati").await, app.kost("Kost Mawar").await);
    let rani = app.member("rani", &melati, Role::Resident).await;
    let code = kosts::store::get(&app.app.db, mawar.id).await.unwrap().invite_code;
    let path = format!("/join/{code}");
    let page = rani.get(&path).await;
    assert!(page.text.contains("Gabung ke Kost Mawar"));
    assert!(!rani.get("/account").await.text.contains("Kost Mawar"), "looking joins nothing");
    assert_eq!(rani.post(&path, &[]).await.location(), "/");
    assert!(rani.get("/account").await.text.contains("Kost Mawar"));
    // The second tap finds the work done.
    assert_eq!(rani.post(&path, &[]).await.location(), "/");
    assert_eq!(rani.get(&path).await.location(), "/");
    assert_eq!(kosts::store::people(&app.app.db, mawar.id).await.unwrap().len(), 1);
}

#[tokio::test]
async fn who_joins_may_say_which_room_is_theirs() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Mawar").await;
    let rani = app.person("rani").await;
    let code = kosts::store::get(&app.app.db, kost.id).await.unwrap().invite_code;
    let path = format!("/join/{code}");
    assert!(rani.get(&path).await.text.contains("Kamar 05"));
    let shared = app.location(&kost, "Dapur").await.to_string();
    let wrong = rani.post(&path, &[("location", &shared)]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let room = app.location(&kost, "05").await;
    rani.post(&path, &[("location", &room.to_string())]).await.location();
    let people = kosts::store::people(&app.app.db, kost.id).await.unwrap();
    assert_eq!(people[0].location, Some(room));
}

#[tokio::test]
async fn a_code_can_be_typed() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = app.person("rani").await;
    let code = kosts::store::get(&app.app.db, kost.id).await.unwrap().invite_code;
    let wrong = rani.post("/join", &[("invite", "ZZZZZZZZ")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("Kode ini tidak dikenal.") && wrong.text.contains("ZZZZZZZZ"));
    assert_eq!(
        rani.post("/join", &[("invite", "")]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(rani.post("/join", &[("invite", &code.to_lowercase())]).await.location(), "/");
    assert_eq!(rani.get("/").await.location(), "/tickets");
}

#[tokio::test]
async fn codes_cannot_be_tried_out() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    app.person("rani").await;
    let code = kosts::store::get(&app.app.db, kost.id).await.unwrap().invite_code;
    let mut statuses = Vec::new();
    for number in 0..60 {
        statuses.push(app.get(&format!("/join/ZZZZZZ{number:02}")).await.status);
    }
    assert_eq!(statuses[0], StatusCode::NOT_FOUND);
    assert_eq!(statuses.last(), Some(&StatusCode::TOO_MANY_REQUESTS));
    // Nor does the right one say that it is right, wherever it is tried.
    let form = [("invite", code.as_str()), ("name", "Sari")];
    let answers = [
        app.get(&format!("/join/{code}")).await,
        app.get(&format!("/register?invite={code}")).await,
        app.post("/register", &form).await,
        app.post(&format!("/join/{code}"), &form).await,
    ];
    for (place, answer) in answers.iter().enumerate() {
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{place}");
        assert!(!answer.text.contains("Kost Melati"), "{place}: {}", answer.text);
    }
    assert!(answers[2].text.contains("value=\"Sari\""), "what was typed stays");
}

#[tokio::test]
async fn who_has_an_account_cannot_try_codes_out_either() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = app.person("rani").await;
    let code = kosts::store::get(&app.app.db, kost.id).await.unwrap().invite_code;
    for number in 0..45 {
        rani.post("/join", &[("invite", &format!("ZZZZZZ{number:02}"))]).await;
    }
    let right = rani.post("/join", &[("invite", &code)]).await;
    assert_eq!(right.status, StatusCode::TOO_MANY_REQUESTS);
}
