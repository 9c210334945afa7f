//! Asking people into a kost by name: who learns what, and what an answer does.

use http::StatusCode;
use kostticket::kosts::{self, Role};

use crate::support::TestApp;

#[tokio::test]
async fn somebody_with_an_account_is_invited_by_name_and_belongs_once_they_accept() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let sari = app.member("sari", &kost, Role::Manager).await;
    let dewi = app.person("dewi").await;
    let room = app.location(&kost, "03").await.to_string();
    let as_owner = sari.post("/k/melati/members", &[("username", "dewi"), ("role", "owner")]).await;
    assert_eq!(as_owner.status, StatusCode::UNPROCESSABLE_ENTITY, "only owners make owners");
    let fields = [("username", "Dewi"), ("role", "resident"), ("location", room.as_str())];
    assert_eq!(sari.post("/k/melati/members", &fields).await.location(), "/k/melati/members");
    assert_eq!(dewi.role_in(kost.id).await, None, "nobody belongs to a kost unasked");
    assert_eq!(dewi.get("/k/melati/info").await.status, StatusCode::NOT_FOUND);

    assert_eq!(dewi.get("/").await.location(), "/invitations");
    let page = dewi.get("/invitations").await;
    assert!(page.text.contains("Kost Melati mengundang Anda sebagai penghuni"), "{}", page.text);
    assert_eq!(dewi.get("/?later=1").await.status, StatusCode::OK);
    assert!(dewi.get("/account").await.text.contains("href=\"/invitations\""), "every page tells");
    assert_eq!(dewi.post("/invitations/1", &[("answer", "accept")]).await.location(), "/");
    assert!(!dewi.get("/account").await.text.contains("href=\"/invitations\""));
    assert_eq!(dewi.role_in(kost.id).await, Some(Role::Resident));
    assert!(dewi.get("/k/melati/info").await.text.contains("Kamar 03"));
    assert!(sari.get("/k/melati/members").await.text.contains("Dewi"));
    let again = dewi.post("/invitations/1", &[("answer", "accept")]).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
    let twice = sari.post("/k/melati/members", &fields).await;
    assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(twice.text.contains("sudah terdaftar"));
}

#[tokio::test]
async fn who_has_come_by_another_way_gets_the_role_that_was_offered() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let budi = app.member("budi", &kost, Role::Owner).await;
    let dewi = app.person("dewi").await;
    let invite = async |username: &str, role: &str| {
        let fields = [("username", username), ("role", role)];
        budi.post("/k/melati/members", &fields).await.location();
    };
    let code = kosts::store::get(&app.app.db, kost.id).await.unwrap().invite_code;
    invite("dewi", "caretaker").await;
    dewi.post(&format!("/join/{code}"), &[]).await.location();
    assert_eq!(dewi.role_in(kost.id).await, Some(Role::Resident));
    let room = app.location(&kost, "05").await;
    let mut tx = app.app.db.begin().await.unwrap();
    let person = kosts::store::person(&mut tx, kost.id, dewi.id).await.unwrap().unwrap();
    kosts::change(&mut tx, kost.id, &person, Role::Resident, Some(room)).await.unwrap();
    tx.commit().await.unwrap();
    dewi.post("/invitations/1", &[("answer", "accept")]).await.location();
    let dewi_now = kosts::store::person(&app.app.db, kost.id, dewi.id).await.unwrap().unwrap();
    assert_eq!((dewi_now.role, dewi_now.location), (Role::Caretaker, None), "staff have no room");
    // What would change nothing, or can never be answered, waits no longer.
    let tono = app.person("tono").await;
    invite("tono", "resident").await;
    invite("wati", "manager").await;
    tono.post(&format!("/join/{code}"), &[]).await.location();
    let wati = app.person("wati").await;
    wati.post(&format!("/join/{code}"), &[]).await.location();
    assert_eq!(wati.role_in(kost.id).await, Some(Role::Resident), "the name was nobody's");
    for page in [tono.get("/account").await, wati.get("/account").await] {
        assert!(!page.text.contains("href=\"/invitations\""));
    }
    assert!(!budi.get("/k/melati/members").await.text.contains("/withdraw"));
}

#[tokio::test]
async fn who_accepts_late_gets_no_room_that_is_out_of_use_by_then() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let budi = app.member("budi", &kost, Role::Owner).await;
    let dewi = app.person("dewi").await;
    let room = app.location(&kost, "03").await.to_string();
    let fields = [("username", "dewi"), ("role", "resident"), ("location", room.as_str())];
    budi.post("/k/melati/members", &fields).await.location();
    let place = format!("/k/melati/locations/{room}");
    budi.post(&place, &[("name", "03"), ("use", "out")]).await.location();
    dewi.post("/invitations/1", &[("answer", "accept")]).await.location();
    let person = kosts::store::person(&app.app.db, kost.id, dewi.id).await.unwrap().unwrap();
    assert_eq!(person.location, None);
}

#[tokio::test]
async fn an_invitation_tells_nobody_who_has_an_account_nor_their_name() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let sari = app.member("sari", &kost, Role::Manager).await;
    app.person("dewi").await;
    let mut pages = Vec::new();
    for name in ["dewi", "tiada"] {
        let fields = [("username", name), ("role", "caretaker")];
        assert_eq!(sari.post("/k/melati/members", &fields).await.location(), "/k/melati/members");
        let page = sari.get("/k/melati/members").await.text;
        assert!(page.contains("Menunggu jawaban") && !page.contains("Dewi"), "{page}");
        let id = page.split("/invitations/").nth(1).unwrap().split('/').next().unwrap();
        let withdraw = format!("/k/melati/invitations/{id}/withdraw");
        sari.post(&withdraw, &[]).await.location();
        assert!(!sari.get("/k/melati/members").await.text.contains("Menunggu jawaban"));
        pages.push(page.replace(name, "").replace(&withdraw, ""));
    }
    assert_eq!(pages[0], pages[1]);
}

#[tokio::test]
async fn only_who_is_asked_answers_and_who_takes_the_name_later_is_not_asked() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let sari = app.member("sari", &kost, Role::Manager).await;
    let dewi = app.person("dewi").await;
    for name in ["dewi", "tiada"] {
        sari.post("/k/melati/members", &[("username", name), ("role", "manager")]).await.location();
    }
    let tiada = app.person("tiada").await;
    assert_eq!(tiada.get("/invitations").await.location(), "/");
    for id in [1, 2] {
        let path = format!("/invitations/{id}");
        assert_eq!(tiada.post(&path, &[("answer", "accept")]).await.status, StatusCode::NOT_FOUND);
    }
    dewi.post("/invitations/1", &[("answer", "decline")]).await.location();
    assert_eq!(dewi.role_in(kost.id).await, None);
    assert!(!sari.get("/k/melati/members").await.text.contains("dewi"));
}

#[tokio::test]
async fn who_falls_or_leaves_does_not_come_back_by_an_invitation_from_before() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let budi = app.member("budi", &kost, Role::Owner).await;
    let sari = app.member("sari", &kost, Role::Manager).await;
    let waiting = async || kosts::invitation::of_account(&app.app.db, sari.id).await.unwrap().len();
    let member = kost.path(&format!("/members/{}", sari.id));
    for (path, fields) in
        [(member.clone(), &[("role", "caretaker")][..]), (format!("{member}/end"), &[])]
    {
        let mut tx = app.app.db.begin().await.unwrap();
        kosts::invitation::invite(&mut tx, kost.id, "sari", Role::Owner, None).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(waiting().await, 1);
        budi.post(&path, fields).await.location();
        assert_eq!(waiting().await, 0, "{path}");
    }
}
