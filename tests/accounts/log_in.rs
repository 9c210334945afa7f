use std::time::Duration;

use db::query;
use http::StatusCode;
use jiff::SignedDuration;
use kostticket::accounts::store;
use kostticket::kosts::Role;

use super::{session_cookie, stored};
use crate::support::TestApp;

const PASSWORD: &str = "kursi biru hujan";

#[tokio::test]
async fn username_verified_address_and_phone_all_log_in() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    assert_eq!(
        rani.post("/account", &[("name", "Rani"), ("phone", "0812 3456 7890")]).await.location(),
        "/account"
    );
    for login in ["rani", " RANI ", "Rani@Example.com", "081234567890", "+62 812-3456-7890"] {
        let answer = app
            .post("/login", &[("login", login), ("password", PASSWORD), ("remember", "true")])
            .await;
        assert_eq!(answer.location(), "/", "{login}");
        let page = app.request("GET", "/account").cookie(&session_cookie(&answer)).send().await;
        assert_eq!(page.status, StatusCode::OK, "{login}");
    }
}

#[tokio::test]
async fn wrong_and_unknown_answer_alike_and_passwords_never_echo() {
    let app = TestApp::new().await;
    app.person("rani").await;
    let mut pages = Vec::new();
    for login in ["rani", "nobody", "nobody@example.com", "081299999999"] {
        let answer =
            app.post("/login", &[("login", login), ("password", "salah-sama-sekali")]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            answer.text.contains("Nama pengguna, e-mail, nomor HP, atau kata sandi tidak cocok.")
        );
        assert!(!answer.text.contains("salah-sama-sekali"));
        assert!(answer.headers.get("set-cookie").is_none());
        pages.push(answer.text.replace(login, "…"));
    }
    assert!(pages.windows(2).all(|two| two[0] == two[1]));
}

#[tokio::test]
async fn an_address_that_nobody_verified_does_not_log_in() {
    let app = TestApp::new().await;
    let rani = app.person("rani").await;
    rani.post("/account/email", &[("email", "lain@example.com"), ("password", PASSWORD)]).await;
    let answer = app.post("/login", &[("login", "lain@example.com"), ("password", PASSWORD)]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn only_hashes_are_stored() {
    let app = TestApp::new().await;
    app.person("rani").await;
    let answer = app.post("/login", &[("login", "rani"), ("password", PASSWORD)]).await;
    let cookie = session_cookie(&answer);
    let token = cookie.split_once('=').unwrap().1;
    let hashes = stored(&app, "session", "token_hash").await;
    assert!(hashes.iter().all(|hash| hash.len() == 64 && hash != token));
    assert!(hashes.contains(&kostticket::secret::hash(token)));
    for hash in stored(&app, "account", "password_hash").await {
        assert!(hash.starts_with("$argon2id$") && !hash.contains(PASSWORD));
    }
    // What is stored opens no door.
    let stolen = format!("kt_session={}", hashes[0]);
    assert_eq!(
        app.request("GET", "/account").cookie(&stolen).send().await.location(),
        "/login?next=%2Faccount"
    );
}

#[tokio::test]
async fn sessions_end_by_themselves() {
    let app = TestApp::new().await;
    app.person("rani").await;
    let passing = app.post("/login", &[("login", "rani"), ("password", PASSWORD)]).await;
    let remembered = app
        .post("/login", &[("login", "rani"), ("password", PASSWORD), ("remember", "true")])
        .await;
    assert!(!passing.header("set-cookie").contains("Max-Age"));
    assert!(
        remembered.header("set-cookie").contains("Max-Age=34560000"),
        "the cookie outlives every renewal: when the session ends the row decides"
    );
    let (passing, remembered) = (session_cookie(&passing), session_cookie(&remembered));
    let status =
        async |cookie: &str| app.request("GET", "/account").cookie(cookie).send().await.status;
    app.clock.advance(SignedDuration::from_hours(23));
    assert_eq!(status(&passing).await, StatusCode::OK);
    app.clock.advance(SignedDuration::from_hours(2));
    assert_eq!(status(&passing).await, StatusCode::SEE_OTHER, "24 hours from its start");
    assert_eq!(status(&remembered).await, StatusCode::OK);
    for _ in 0..3 {
        app.clock.advance(SignedDuration::from_hours(24 * 80));
        assert_eq!(status(&remembered).await, StatusCode::OK, "each use renews it");
    }
    app.clock.advance(SignedDuration::from_hours(24 * 91));
    assert_eq!(status(&remembered).await, StatusCode::SEE_OTHER);
    app.run_tasks().await;
}

#[tokio::test]
async fn next_leads_only_to_our_own_pages() {
    let app = TestApp::new().await;
    app.person("rani").await;
    for (next, lands) in [
        ("/account", "/account"),
        ("/k/melati?status=open", "/k/melati?status=open"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\r\nSet-Cookie: x=y", "/"),
    ] {
        let answer =
            app.post("/login", &[("login", "rani"), ("password", PASSWORD), ("next", next)]).await;
        assert_eq!(answer.location(), lands, "{next}");
    }
}

#[tokio::test]
async fn guessing_is_slowed_down_per_name_and_keeps_what_was_typed() {
    let app = TestApp::new().await;
    app.person("rani").await;
    let mut last = None;
    for _ in 0..9 {
        last = Some(
            app.post(
                "/login",
                &[("login", "RANI"), ("password", "salah-salah"), ("next", "/account")],
            )
            .await,
        );
    }
    let last = last.unwrap();
    assert_eq!(last.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(last.text.contains("Terlalu banyak percobaan. Coba lagi dalam 1 menit."));
    assert!(last.text.contains("value=\"RANI\"") && last.text.contains("value=\"/account\""));
    assert!(last.header("retry-after").parse::<u64>().unwrap() > 0);
    // The right password does not help now, however the name is written.
    let right = app.post("/login", &[("login", " rani"), ("password", PASSWORD)]).await;
    assert_eq!(right.status, StatusCode::TOO_MANY_REQUESTS);
    // Somebody else in the same house can.
    app.person("sari").await;
    assert_eq!(
        app.post("/login", &[("login", "sari"), ("password", PASSWORD)]).await.location(),
        "/"
    );
}

#[tokio::test]
async fn one_address_cannot_try_many_names() {
    let app = TestApp::new().await;
    app.person("rani").await;
    let mut last = StatusCode::OK;
    for number in 0..80 {
        let answer =
            app.post("/login", &[("login", &format!("name{number}")), ("password", "x")]).await;
        last = answer.status;
        if last == StatusCode::TOO_MANY_REQUESTS {
            break;
        }
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn people_who_share_a_number_each_get_in_with_their_own_password() {
    let app = TestApp::new().await;
    for name in ["rani", "sari"] {
        app.person(name).await.post("/account", &[("name", name), ("phone", "081234567890")]).await;
    }
    let hash = app.app.passwords.hash("kata lain sekali".to_owned()).await.unwrap();
    let mut tx = app.app.db.begin().await.unwrap();
    query("UPDATE account SET password_hash = $1 WHERE username = 'sari'")
        .bind(hash)
        .run(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    for (password, username) in [(PASSWORD, "rani"), ("kata lain sekali", "sari")] {
        let answer = app.post("/login", &[("login", "081234567890"), ("password", password)]).await;
        let page = app.request("GET", "/account").cookie(&session_cookie(&answer)).send().await;
        assert!(page.text.contains(&format!(">{username}</p>")), "{username}");
    }
}

#[tokio::test]
async fn who_has_a_number_first_keeps_it_as_a_log_in() {
    let app = TestApp::new().await;
    // Older accounts than hers that take her number later push her aside no more
    // than newer ones do.
    let early = [app.person("eka").await, app.person("dwi").await, app.person("tri").await];
    let rani = app.person("rani").await;
    for person in [&rani].into_iter().chain(&early) {
        app.clock.advance(SignedDuration::from_mins(1));
        person.post("/account", &[("name", "X"), ("phone", "081234567890")]).await.location();
    }
    // Saving her profile once more leaves her place as it is.
    rani.post("/account", &[("name", "Rani P"), ("phone", "081234567890")]).await.location();
    let answer = app.post("/login", &[("login", "081234567890"), ("password", PASSWORD)]).await;
    let page = app.request("GET", "/account").cookie(&session_cookie(&answer)).send().await;
    assert!(page.text.contains(">rani</p>"));
}

#[tokio::test]
async fn pages_are_read_where_nothing_can_be_written() {
    let app = TestApp::new().await;
    let rani = app.person("rani").await;
    app.clock.advance(SignedDuration::from_hours(1));
    app.forbid_writes().await;
    assert_eq!(rani.get("/account").await.status, StatusCode::OK);
}

#[tokio::test]
async fn logging_out_ends_the_session_for_good() {
    let app = TestApp::new().await;
    let rani = app.person("rani").await;
    let answer = rani.post("/logout", &[]).await;
    assert_eq!(answer.location(), "/login");
    assert!(answer.cookies().contains("kt_session="));
    assert_eq!(rani.get("/account").await.location(), "/login?next=%2Faccount");
    assert!(stored(&app, "session", "agent").await.is_empty());
    // Once more does no harm, and a link cannot do it.
    assert_eq!(rani.post("/logout", &[]).await.location(), "/login");
    assert_eq!(rani.get("/logout").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_page_speaks_both_languages_and_remembers_the_choice() {
    let app = TestApp::new().await;
    app.person("rani").await;
    assert!(app.get("/login").await.text.contains("Selamat datang"));
    let english = app.request("GET", "/login").header("accept-language", "en-GB").send().await;
    assert!(english.text.contains("Username, e-mail or phone number"));
    let switch = app
        .request("POST", "/language")
        .header("referer", "http://kost.test/login?next=%2Faccount")
        .form(&[("language", "en")])
        .send()
        .await;
    assert_eq!(switch.location(), "/login?next=%2Faccount");
    let later = app.request("GET", "/login").cookie(&switch.cookies()).send().await;
    assert!(later.text.contains("Welcome"));
    let elsewhere = app
        .request("POST", "/language")
        .header("referer", "https://evil.example/x")
        .form(&[("language", "en")])
        .send()
        .await;
    assert_eq!(elsewhere.location(), "/");
    let rani = app.post("/login", &[("login", "rani"), ("password", PASSWORD)]).await;
    let cookie = session_cookie(&rani);
    app.request("POST", "/language").cookie(&cookie).form(&[("language", "en")]).send().await;
    let account = app.request("GET", "/account").cookie(&cookie).send().await;
    assert!(account.text.contains("Your details"), "the account remembers it");
}

#[tokio::test]
async fn a_log_in_that_is_under_way_does_not_survive_a_change_of_the_password() {
    let app = TestApp::new().await;
    let rani = app.person("rani").await;
    let hash = app.app.passwords.hash("meja hijau senja".to_owned()).await.unwrap();
    let mut tx = app.app.db.begin().await.unwrap();
    store::set_password(&mut tx, rani.id, &hash).await.unwrap();
    let fields = [("login", "rani"), ("password", PASSWORD), ("next", "/account")];
    let log_in = app.post("/login", &fields);
    let change = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        tx.commit().await.unwrap();
    };
    let (answer, ()) = tokio::join!(log_in, change);
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text.contains("kata sandi tidak cocok") && answer.cookies().is_empty());
    assert!(answer.text.contains("value=\"/account\""), "the form is kept");
}

#[tokio::test]
async fn a_name_with_a_nul_is_the_name_without_it() {
    let app = TestApp::new().await;
    app.person("rani").await;
    let answer = app.post("/login", &[("login", "ra\0ni"), ("password", PASSWORD)]).await;
    assert_eq!(answer.location(), "/");
    assert_eq!(app.post("/forgot", &[("login", "rani\0")]).await.status, StatusCode::OK);
    app.run_tasks().await;
    assert_eq!(app.mail.sent().len(), 1);
}
