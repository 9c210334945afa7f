use db::query;
use http::StatusCode;
use kostticket::kosts::{self, Role};

use super::{mailed_path, session_cookie, stored};
use crate::support::{Kost, TestApp};

async fn code(app: &TestApp, kost: &Kost) -> String {
    kosts::store::get(&app.app.db, kost.id).await.unwrap().invite_code
}

async fn set_registration(app: &TestApp, kost: &Kost, registration: &str) {
    let mut tx = app.app.db.begin().await.unwrap();
    query("UPDATE kost SET registration = $2 WHERE id = $1")
        .bind(kost.id)
        .bind(registration)
        .run(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

fn form<'a>(username: &'a str, email: &'a str, invite: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("username", username),
        ("name", "Rani Puspita"),
        ("email", email),
        ("phone", "0812-3456-7890"),
        ("password", "kursi biru hujan"),
        ("password_again", "kursi biru hujan"),
        ("invite", invite),
    ]
}

#[tokio::test]
async fn an_invite_code_makes_a_resident() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    app.member("budi", &kost, Role::Owner).await;
    let code = code(&app, &kost).await;
    let invitation = app.get(&format!("/join/{code}")).await;
    assert!(invitation.text.contains("Anda diundang ke Kost Melati"));
    assert!(invitation.text.contains(&code));
    // People type codes in small letters, with blanks around them.
    let done = app
        .post(
            "/register",
            &form("Rani.P", "rani@example.com", &format!(" {} ", code.to_lowercase())),
        )
        .await;
    assert_eq!(done.location(), "/");
    let cookie = session_cookie(&done);
    assert_eq!(app.request("GET", "/").cookie(&cookie).send().await.location(), "/tickets");
    assert!(stored(&app, "account", "username").await.contains(&"rani.p".to_owned()));
    mailed_path(&app, "rani@example.com", "/verify/").await;
}

#[tokio::test]
async fn the_form_may_also_be_sent_to_the_invitation() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    app.member("budi", &kost, Role::Owner).await;
    let path = format!("/join/{}", code(&app, &kost).await);
    assert_eq!(app.post(&path, &form("rani", "", "")).await.location(), "/");
}

#[tokio::test]
async fn each_kost_decides_who_may_register() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let budi = app.member("budi", &kost, Role::Owner).await;
    let code = code(&app, &kost).await;
    // By invitation: the code is needed, and has to be right.
    let without = app.post("/register", &form("rani", "", "")).await;
    assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY);
    let wrong = app.post("/register", &form("rani", "", "ZZZZZZZZ")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("Kode ini tidak dikenal."));
    assert!(wrong.text.contains("Rani Puspita"), "what was typed is still there");
    // Open: no code is needed.
    set_registration(&app, &kost, "open").await;
    assert!(app.get("/login").await.text.contains("Buat akun"));
    assert!(app.get("/register").await.text.contains("Kost Melati"));
    assert_eq!(app.post("/register", &form("rani", "", "")).await.location(), "/");
    // Closed: the code stops working, and so does its link.
    set_registration(&app, &kost, "closed").await;
    assert!(app.get("/register").await.text.contains("Pendaftaran sedang ditutup"));
    assert!(!app.get("/login").await.text.contains("href=\"/register\""), "nothing leads astray");
    let another = app.kost("Kost Kenanga").await;
    assert!(app.get("/login").await.text.contains("href=\"/register\""), "it invites");
    set_registration(&app, &another, "closed").await;
    assert!(app.get("/register").await.text.contains("Pendaftaran sedang ditutup"));
    assert!(!app.get("/login").await.text.contains("href=\"/register\""));
    for page in ["/k/melati/settings", "/k/melati/members"] {
        let page = budi.get(page).await.text;
        assert!(page.contains("tautan undangan tidak berlaku") && !page.contains(&code), "{page}");
    }
    assert_eq!(
        app.post("/register", &form("sari", "", &code)).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(app.get(&format!("/join/{code}")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn with_several_open_kosts_one_is_chosen() {
    let app = TestApp::new().await;
    for name in ["Kost Melati", "Kost Mawar"] {
        let kost = app.kost(name).await;
        set_registration(&app, &kost, "open").await;
    }
    app.person("budi").await;
    let mut fields = form("rani", "", "");
    assert_eq!(app.post("/register", &fields).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    fields.push(("kost", "elsewhere"));
    assert_eq!(app.post("/register", &fields).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    fields.last_mut().unwrap().1 = "mawar";
    let cookie = session_cookie(&app.post("/register", &fields).await);
    let account = app.request("GET", "/account").cookie(&cookie).send().await;
    assert!(account.text.contains("Kost Mawar") && !account.text.contains("Kost Melati"));
}

#[tokio::test]
async fn a_known_address_answers_as_a_new_one_and_its_owner_is_told() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    app.member("budi", &kost, Role::Owner).await; // owns budi@example.com
    let code = code(&app, &kost).await;
    let known = app.post("/register", &form("dewi", "Budi@Example.com", &code)).await;
    let new = app.post("/register", &form("sari", "sari@example.com", &code)).await;
    assert_eq!((known.status, known.location()), (new.status, new.location()));
    assert_eq!(known.text, new.text);
    // Nor do the account pages of the two differ.
    let pages = [
        app.request("GET", "/account").cookie(&session_cookie(&known)).send().await.text,
        app.request("GET", "/account").cookie(&session_cookie(&new)).send().await.text,
    ];
    for page in &pages {
        assert!(page.contains("Belum dipastikan") && !page.contains("Sudah dipastikan"));
    }
    app.run_tasks().await;
    let mails = app.mail.sent();
    let to =
        |address: &str| mails.iter().filter(|mail| mail.to.address == address).collect::<Vec<_>>();
    let told = to("budi@example.com");
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].subject, "Anda sudah punya akun KostTicket");
    assert!(!told[0].text.contains("/verify/"), "the stranger cannot make the address count");
    assert_eq!(to("sari@example.com").len(), 1);
}

#[tokio::test]
async fn a_taken_username_may_be_shown() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    app.member("budi", &kost, Role::Owner).await;
    let code = code(&app, &kost).await;
    let answer = app.post("/register", &form("Budi", "", &code)).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text.contains("Nama pengguna ini sudah dipakai."));
    let english = app
        .request("POST", "/register")
        .header("accept-language", "en")
        .form(&form("Budi", "", &code))
        .send()
        .await;
    assert!(english.text.contains("This username is taken. Choose another."));
}

#[tokio::test]
async fn wrong_fields_are_named_one_by_one() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    app.member("budi", &kost, Role::Owner).await;
    let long = "r".repeat(61);
    let answer = app
        .post(
            "/register",
            &[
                ("username", "a b"),
                ("name", &long),
                ("email", "rani@example"),
                ("phone", "12"),
                ("password", "password"),
                ("password_again", ""),
                ("invite", &code(&app, &kost).await),
            ],
        )
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for sentence in [
        "Ada 6 isian yang perlu diperbaiki",
        "Pakai huruf, angka, titik, atau garis",
        "Terlalu panjang, lebih 1 huruf dari batas.",
        "Alamat e-mail belum lengkap.",
        "Nomor HP belum lengkap.",
        "Kata sandi ini terlalu mudah ditebak.",
        "Kedua kata sandi belum sama.",
    ] {
        assert!(answer.text.contains(sentence), "{sentence}");
    }
    assert!(answer.text.contains(&long));
}

#[tokio::test]
async fn a_flood_of_registrations_is_slowed_down() {
    let app = TestApp::new().await;
    app.person("budi").await;
    let mut last = app.post("/register", &[("username", "x")]).await;
    for _ in 0..60 {
        last = app.post("/register", &[("username", "x"), ("name", "Rani")]).await;
        if last.status == StatusCode::TOO_MANY_REQUESTS {
            break;
        }
    }
    assert_eq!(last.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(last.header("retry-after").parse::<u64>().unwrap() > 0);
    assert!(last.text.contains("Terlalu banyak percobaan."));
    assert!(last.text.contains("Rani"), "what was typed is still there");
}

#[tokio::test]
async fn ten_megabytes_and_files_are_refused_with_a_page() {
    let app = TestApp::new().await;
    app.person("budi").await;
    let much = "x".repeat(10 * 1024 * 1024);
    let answer = app.post("/register", &[("name", &much)]).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(answer.text.contains("Kiriman ini terlalu besar"));
    let file = vec![0; 300 * 1024];
    let answer = app
        .request("POST", "/login")
        .multipart(&[("login", "budi")], &[("photo", "a.jpg", &file)])
        .send()
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "files are read past");
    let broken = app
        .request("POST", "/login")
        .body("multipart/form-data; boundary=x", "--x\r\nnothing")
        .send()
        .await;
    assert_eq!(broken.status, StatusCode::BAD_REQUEST);
    let not_text = app
        .request("POST", "/login")
        .body("application/x-www-form-urlencoded", "login=%ff%fe")
        .send()
        .await;
    assert_eq!(not_text.status, StatusCode::BAD_REQUEST);
    assert!(not_text.text.contains("Kiriman ini tidak terbaca"));
}

#[tokio::test]
async fn a_resident_may_say_which_room_is_theirs() {
    let app = TestApp::new().await;
    let (kost, other) = (app.kost("Kost Melati").await, app.kost("Kost Kenanga").await);
    let budi = app.member("budi", &kost, Role::Owner).await;
    let code = code(&app, &kost).await;
    let (room, foreign) =
        (app.location(&kost, "03").await.to_string(), app.location(&other, "03").await.to_string());
    let invitation = app.get(&format!("/join/{code}")).await;
    assert!(invitation.text.contains("Kamar Anda") && invitation.text.contains("Kamar 03"));
    let register = async |username: &str, room: &str| {
        let mut fields = form(username, "", &code);
        fields.retain(|(name, _)| *name != "phone");
        fields.push(("location", room));
        app.post("/register", &fields).await
    };
    register("rani", &room).await.location();
    register("sari", "").await.location();
    assert_eq!(register("dewi", &foreign).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let people = kosts::store::people(&app.app.db, kost.id).await.unwrap();
    let room_of = |username: &str| {
        let person = people.iter().find(|person| person.username == username).unwrap();
        person.location_name.clone()
    };
    assert_eq!(room_of("rani").as_deref(), Some("03"));
    assert_eq!(room_of("sari"), None);
    // Whoever has none stands first, and is asked for.
    let members = budi.get(&kost.path("/members")).await.text;
    let at = |text: &str| members.find(text).unwrap();
    assert!(at("Belum ada kamar: pilih kamar") < at("<span>rani</span>"));
}

#[tokio::test]
async fn nobody_fills_a_kost_from_many_addresses() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let code = code(&app, &kost).await;
    app.person("budi").await;
    while app.app.limits.register_kost.check(kost.id).await.is_ok() {}
    let fields = form("rani", "", &code);
    let refused = app.request("POST", "/register").from("192.0.2.7").form(&fields).send().await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.text.contains("Terlalu banyak percobaan."));
    assert!(refused.text.contains("Rani Puspita"), "what was typed is still there");
    assert!(!stored(&app, "account", "username").await.contains(&"rani".to_owned()));
}

#[tokio::test]
async fn an_address_that_nobody_verified_gets_no_words_of_whoever_typed_it() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    app.person("budi").await;
    let code = code(&app, &kost).await;
    let mut fields = form("rani", "victim@example.com", &code);
    fields[1].1 = "Menang undian: evil.example";
    app.post("/register", &fields).await.location();
    mailed_path(&app, "victim@example.com", "/verify/").await;
    let mail = app.mail.sent().pop().unwrap();
    assert_eq!(mail.to.name, "");
    let html = mail.html.unwrap();
    assert!(!mail.text.contains("undian") && !html.contains("undian"), "{}", mail.text);
}
