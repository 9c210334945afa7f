//! Forgotten and changed passwords.

use http::StatusCode;
use jiff::SignedDuration;
use kostticket::accounts::link::{self, LinkKind};
use kostticket::accounts::{self, Login};
use kostticket::kosts;
use mail::testing::{Behaviour, SmtpServer};

use super::{mailed_path, session_cookie, stored};
use crate::support::TestApp;

const PASSWORD: &str = "kursi biru hujan";
const NEW: &[(&str, &str)] =
    &[("password", "meja hijau senja"), ("password_again", "meja hijau senja")];

async fn reset_path(app: &TestApp, login: &str) -> String {
    assert_eq!(app.post("/forgot", &[("login", login)]).await.status, StatusCode::OK);
    mailed_path(app, "rani@example.com", "/reset/").await
}

#[tokio::test]
async fn a_link_chooses_a_new_password_once() {
    let app = TestApp::new().await;
    let rani = app.person("rani").await;
    let path = reset_path(&app, "rani@example.com").await;
    let token = path.rsplit('/').next().unwrap();
    assert!(!stored(&app, "account_link", "token_hash").await.contains(&token.to_owned()));
    assert!(
        stored(&app, "job", "args").await.iter().all(|args| !args.contains(token)),
        "no token lies in the queue"
    );
    // Mail scanners open links, and open them again.
    for _ in 0..3 {
        let page = app.get(&path).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text.contains("Untuk akun rani."));
    }
    assert_eq!(rani.get("/account").await.status, StatusCode::OK);
    let done = app.post(&path, NEW).await;
    assert_eq!(done.location(), "/");
    let cookie = session_cookie(&done);
    assert_eq!(app.request("GET", "/account").cookie(&cookie).send().await.status, StatusCode::OK);
    assert_eq!(rani.get("/account").await.status, StatusCode::SEE_OTHER, "other devices are out");
    for again in [app.get(&path).await, app.post(&path, NEW).await] {
        assert_eq!(again.status, StatusCode::NOT_FOUND);
        assert!(again.text.contains("Tautan ini sudah tidak berlaku"));
    }
    let log_in = async |password: &str| {
        app.post("/login", &[("login", "rani"), ("password", password)]).await.status
    };
    assert_eq!(log_in(PASSWORD).await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(log_in("meja hijau senja").await, StatusCode::SEE_OTHER);
    app.run_tasks().await;
    assert_eq!(app.mail.sent().last().unwrap().subject, "Kata sandi KostTicket Anda diganti");
}

#[tokio::test]
async fn known_and_unknown_are_answered_alike() {
    let app = TestApp::new().await;
    app.person("rani").await;
    let mut pages = Vec::new();
    for login in ["rani@example.com", "nobody@example.com", "rani", "nobody", "081234567890"] {
        let answer = app.post("/forgot", &[("login", login)]).await;
        assert_eq!(answer.status, StatusCode::OK);
        pages.push(answer.text.replace(login, "…"));
    }
    assert!(pages.windows(2).all(|two| two[0] == two[1]));
    // One task each: the request does the same work for a name that nobody has.
    assert_eq!(stored(&app, "job", "name").await, ["SendResetLinks"; 5]);
    app.run_tasks().await;
    let to = app.mail.sent().into_iter().map(|mail| mail.to.address).collect::<Vec<_>>();
    assert_eq!(to, ["rani@example.com", "rani@example.com"]);
}

#[tokio::test]
async fn a_link_expires_and_a_newer_one_replaces_it() {
    let app = TestApp::new().await;
    app.person("rani").await;
    let older = reset_path(&app, "rani").await;
    app.clock.advance(SignedDuration::from_secs(1));
    let newer = reset_path(&app, "rani@example.com").await;
    assert_eq!(app.get(&older).await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.get(&newer).await.status, StatusCode::OK);
    app.clock.advance(SignedDuration::from_mins(61));
    assert_eq!(app.get(&newer).await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.post(&newer, NEW).await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.get("/reset/guess").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_mail_that_was_tried_again_may_have_arrived_twice_and_each_link_works() {
    let dropped = Behaviour::new().take_and_hang_up().times(1);
    let server = SmtpServer::start(dropped).await;
    let app = TestApp::with_smtp(&server.url()).await;
    app.person("rani").await;
    app.post("/forgot", &[("login", "rani")]).await;
    app.run_tasks().await;
    app.advance(SignedDuration::from_mins(1)).await;
    let received = server.received();
    let after = |content: &str, words: &str, length: usize| {
        let content = content.replace("=\r\n", "");
        let begin = content.find(words).unwrap() + words.len();
        content[begin..begin + length].to_owned()
    };
    let [first, second] = received.as_slice() else { panic!("{received:?}") };
    let id = |content: &str| after(content, "Message-ID: <", 40);
    assert_ne!(id(&first.content), id(&second.content), "or the second is thrown away");
    let path = |content: &str| format!("/reset/{}", after(content, "http://kost.test/reset/", 43));
    let (first, second) = (path(&first.content), path(&second.content));
    assert_ne!(first, second);
    for path in [&first, &second] {
        assert_eq!(app.get(path).await.status, StatusCode::OK);
    }
    assert_eq!(app.post(&first, NEW).await.status, StatusCode::SEE_OTHER);
    assert_eq!(app.get(&second).await.status, StatusCode::NOT_FOUND, "one use for all of them");
}

#[tokio::test]
async fn a_link_that_would_have_expired_is_not_sent_any_more() {
    let server = SmtpServer::start(Behaviour::new()).await;
    let app = TestApp::with_smtp(&server.url()).await;
    app.person("rani").await;
    drop(server);
    app.post("/forgot", &[("login", "rani")]).await;
    app.run_tasks().await;
    let job = async || {
        let name = Some("SendAccountMail".to_owned());
        let filter = queue::Filter { name, ..queue::Filter::default() };
        queue::list(&app.app.db, &filter, 1).await.unwrap().remove(0)
    };
    app.advance(SignedDuration::from_mins(30)).await;
    assert_eq!((job().await.state, job().await.attempt), (queue::State::Retrying, 0));
    app.advance(SignedDuration::from_mins(31)).await;
    assert_eq!(job().await.state, queue::State::Failed);
}

#[tokio::test]
async fn mistakes_do_not_use_the_link_up() {
    let app = TestApp::new().await;
    app.person("rani").await;
    let path = reset_path(&app, "rani").await;
    let weak = app.post(&path, &[("password", "12345678"), ("password_again", "lain")]).await;
    assert_eq!(weak.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        weak.text.contains("Kata sandi ini terlalu mudah ditebak.")
            && weak.text.contains("Kedua kata sandi belum sama.")
    );
    assert!(!weak.text.contains("12345678"));
    assert_eq!(app.post(&path, NEW).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_link_ends_with_the_address_and_with_the_password() {
    let app = TestApp::new().await;
    let rani = app.person("rani").await;
    let path = reset_path(&app, "rani").await;
    let mut form = vec![("current_password", PASSWORD)];
    form.extend(NEW);
    assert_eq!(rani.post("/account/password", &form).await.location(), "/account");
    assert_eq!(app.get(&path).await.status, StatusCode::NOT_FOUND);
    let path = reset_path(&app, "rani@example.com").await;
    let removal =
        rani.post("/account/email", &[("remove", "true"), ("password", "meja hijau senja")]).await;
    assert_eq!(removal.location(), "/account");
    assert_eq!(app.get(&path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn nobody_is_flooded_with_links() {
    let app = TestApp::new().await;
    app.person("rani").await;
    for _ in 0..3 {
        assert_eq!(
            app.post("/forgot", &[("login", "rani@example.com")]).await.status,
            StatusCode::OK
        );
    }
    let limited = app.post("/forgot", &[("login", "Rani@example.com")]).await;
    assert_eq!(limited.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(
        limited.text.contains("Terlalu banyak percobaan.")
            && limited.text.contains("Rani@example.com")
    );
    for _ in 0..3 {
        app.post("/forgot", &[("login", "nobody@example.com")]).await;
    }
    let unknown = app.post("/forgot", &[("login", "nobody@example.com")]).await;
    assert_eq!(unknown.status, StatusCode::TOO_MANY_REQUESTS, "the limit tells nothing either");
    assert_eq!(
        app.post("/forgot", &[("login", "")]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

#[tokio::test]
async fn a_change_needs_the_old_password_and_logs_the_others_out() {
    let app = TestApp::new().await;
    let rani = app.person("rani").await;
    let other =
        session_cookie(&app.post("/login", &[("login", "rani"), ("password", PASSWORD)]).await);
    let mut form = vec![("current_password", "bukan ini juga")];
    form.extend(NEW);
    let wrong = rani.post("/account/password", &form).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("Kata sandi sekarang tidak cocok."));
    assert!(!wrong.text.contains("meja hijau") && !wrong.text.contains("bukan ini"));
    form[0].1 = PASSWORD;
    assert_eq!(rani.post("/account/password", &form).await.location(), "/account");
    assert_eq!(rani.get("/account").await.status, StatusCode::OK, "this device stays");
    assert_eq!(
        app.request("GET", "/account").cookie(&other).send().await.status,
        StatusCode::SEE_OTHER
    );
    app.run_tasks().await;
    let mail = app.mail.sent().pop().unwrap();
    assert_eq!(
        (mail.to.address.as_str(), mail.subject.as_str()),
        ("rani@example.com", "Kata sandi KostTicket Anda diganti")
    );
}

#[tokio::test]
async fn a_link_from_the_console_is_for_who_has_no_address() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let fields = [
        ("name", "Joko"),
        ("username", "joko"),
        ("password", PASSWORD),
        ("password_again", PASSWORD),
        ("invite", &kosts::store::get(&app.app.db, kost.id).await.unwrap().invite_code),
    ];
    app.post("/register", &fields).await.location();
    let name = Login::Username("joko".to_owned());
    let joko = accounts::store::log_in_candidates(&app.app.db, &name).await.unwrap()[0].0;
    let link = async |email: &str| {
        let mut tx = app.app.db.begin().await.unwrap();
        let now = app.clock.now();
        let token = link::create(&mut tx, LinkKind::ResetPassword, joko, email, now).await.unwrap();
        tx.commit().await.unwrap();
        format!("/reset/{token}")
    };
    let path = link("another@example.com").await;
    assert_eq!(app.get(&path).await.status, StatusCode::NOT_FOUND);
    let path = link("").await;
    assert!(app.get(&path).await.text.contains("Untuk akun joko."));
    assert_eq!(app.post(&path, NEW).await.location(), "/");
    assert_eq!(app.post(&path, NEW).await.status, StatusCode::NOT_FOUND);
    app.run_tasks().await;
    assert!(app.mail.sent().is_empty(), "there is nowhere to write to");
}

#[tokio::test]
async fn an_address_that_somebody_else_gave_ends_with_the_old_password() {
    let app = TestApp::new().await;
    let rani = app.person("rani").await;
    let old = ("current_password", "meja hijau senja");
    let change = [old, ("password", PASSWORD), ("password_again", PASSWORD)];
    for (password, by_link) in [(PASSWORD, true), ("meja hijau senja", false)] {
        // Whoever knows the password has the account's mail sent elsewhere.
        let cookie = app.session(rani.id).await;
        let send = async |path: &str, fields: &[(&str, &str)]| {
            app.request("POST", path).cookie(&cookie).form(fields).send().await
        };
        let fields = [("email", "evil@evil.example"), ("password", password)];
        assert_eq!(send("/account/email", &fields).await.location(), "/account");
        let verify = mailed_path(&app, "evil@evil.example", "/verify/").await;
        let chosen = if by_link {
            app.post(&reset_path(&app, "rani").await, NEW).await
        } else {
            send("/account/password", &change).await
        };
        assert_eq!(chosen.status, StatusCode::SEE_OTHER, "{}", chosen.text);
        assert_eq!(app.post(&verify, &[]).await.status, StatusCode::NOT_FOUND, "{by_link}");
    }
    assert_eq!(stored(&app, "account", "email").await, ["rani@example.com"]);
}

#[tokio::test]
async fn mails_go_out_where_people_open_the_program_by_an_ipv6_address() {
    let app = TestApp::configured(|config| config.base_url = "http://[::1]:8000".to_owned()).await;
    app.person("rani").await;
    app.post("/forgot", &[("login", "rani")]).await;
    app.run_tasks().await;
    let mails = app.mail.sent();
    assert!(
        mails[0].message_id.ends_with("@--1") && mails[0].text.contains("http://[::1]:8000/reset/")
    );
}
