//! Open pages: over a real socket, from a committed change to the browser.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::StreamExt;
use jiff::SignedDuration;
use kostticket::accounts::session;
use kostticket::kosts::{self, Role};
use kostticket::notifications;
use kostticket::server::{self, Manners};
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::support::{Person, TestApp};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Serves the application until the test ends.
pub async fn serve(app: &TestApp) -> (SocketAddr, watch::Sender<bool>) {
    tokio::spawn(notifications::live::bridge(app.app.clone()));
    listen(app).await
}

/// The same, but nobody carries notices to the sockets.
async fn listen(app: &TestApp) -> (SocketAddr, watch::Sender<bool>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(server::serve(listener, app.router(), Manners::behind(Vec::new()), stopped));
    (address, stop)
}

async fn connect(address: SocketAddr, cookie: &str, origin: &str) -> Result<Socket, Error> {
    connect_to(&format!("ws://{address}/live"), cookie, origin).await
}

async fn connect_to(url: &str, cookie: &str, origin: &str) -> Result<Socket, Error> {
    let mut request = url.into_client_request()?;
    request.headers_mut().insert("cookie", cookie.parse().unwrap());
    request.headers_mut().insert("origin", origin.parse().unwrap());
    Ok(connect_async(request).await?.0)
}

pub async fn open(address: SocketAddr, person: &Person<'_>) -> Socket {
    let mut socket = connect(address, &person.cookie, "http://kost.test").await.unwrap();
    assert_eq!(next(&mut socket).await["type"], "hello");
    socket
}

/// The next message, as JSON.
async fn next(socket: &mut Socket) -> Value {
    loop {
        let message = tokio::time::timeout(Duration::from_secs(5), socket.next()).await.unwrap();
        match message.unwrap().unwrap() {
            Message::Text(text) => return serde_json::from_str(&text).unwrap(),
            Message::Close(frame) => {
                return serde_json::json!({ "closed": frame.map(|frame| u16::from(frame.code)) });
            }
            _ => {}
        }
    }
}

/// Messages up to the first of this type.
pub async fn until(socket: &mut Socket, kind: &str) -> Value {
    loop {
        let message = next(socket).await;
        if message["type"] == kind || message.get("closed").is_some() {
            return message;
        }
    }
}

/// Waits until this topic has changed. The queue's own changes come along as well.
async fn changed(socket: &mut Socket, topic: &str) {
    let topic = Value::from(topic);
    while !until(socket, "changed").await["topics"].as_array().unwrap().contains(&topic) {}
}

#[tokio::test]
async fn what_one_node_commits_is_seen_at_another() {
    let app = TestApp::new().await;
    let Some(other) = app.other_node().await else { return };
    let kost = app.kost("Kost Melati").await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    let budi = app.member("budi", &kost, Role::Owner).await;
    let (address, _stop) = serve(&other).await;
    // The session was begun at the first node.
    let mut page = open(address, &budi).await;

    rani.report(&kost, "Keran bocor", "01").await;
    changed(&mut page, &format!("kost:{}", kost.id)).await;
    app.run_tasks().await;
    assert_eq!(until(&mut page, "unread").await["unread"], 1);
    // And so does the end of a session.
    budi.post("/logout", &[]).await.location();
    assert!(until(&mut page, "nothing else").await["closed"].is_u64());
}

#[tokio::test]
async fn a_manager_sees_a_new_report_at_once() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    let budi = app.member("budi", &kost, Role::Owner).await;
    let (address, _stop) = serve(&app).await;
    let mut page = open(address, &budi).await;

    rani.report(&kost, "Keran bocor", "01").await;
    changed(&mut page, &format!("kost:{}", kost.id)).await;
    app.run_tasks().await;
    assert_eq!(until(&mut page, "unread").await["unread"], 1);
    let toast = until(&mut page, "toast").await;
    assert_eq!(toast["title"], "Laporan baru dari Kamar 01");
    assert_eq!(toast["body"], "Keran bocor");
    assert_eq!(toast["url"], "/k/melati/tickets/1");
    assert_eq!(toast["plate"], "01");
}

#[tokio::test]
async fn staff_who_look_at_a_report_see_what_became_of_its_mails() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    let budi = app.member("budi", &kost, Role::Owner).await;
    let path = rani.report(&kost, "Keran bocor", "01").await.path("melati");
    app.run_tasks().await;
    let (address, _stop) = serve(&app).await;
    let mut page = open(address, &budi).await;
    budi.post(&format!("{path}/comments"), &[("body", "Saya ke sana")]).await.location();
    changed(&mut page, "ticket:1").await;
    assert!(!budi.get(&path).await.text.contains("E-mail ke pelapor terkirim"));
    app.run_tasks().await;
    changed(&mut page, "ticket:1").await;
    assert!(budi.get(&path).await.text.contains("E-mail ke pelapor terkirim"));
}

#[tokio::test]
async fn the_installations_admin_follows_a_kost_that_is_being_visited() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    let admin = app.admin("pusat").await;
    let (address, _stop) = serve(&app).await;
    let mut page = open(address, &admin).await;
    rani.report(&kost, "Keran bocor", "01").await;
    let mut awaited = vec![format!("kost:{}", kost.id), format!("queue:{}", kost.id)];
    while !awaited.is_empty() {
        let changed = until(&mut page, "changed").await;
        let topics = changed["topics"].as_array().unwrap();
        awaited.retain(|topic| !topics.contains(&Value::from(topic.as_str())));
    }
}

#[tokio::test]
async fn a_neighbour_hears_nothing() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    let dewi = app.member_in("dewi", &kost, Role::Resident, Some("02")).await;
    let (address, _stop) = serve(&app).await;
    let mut page = open(address, &dewi).await;
    rani.report(&kost, "Keran bocor", "01").await;
    app.run_tasks().await;
    let silence = tokio::time::timeout(Duration::from_millis(300), page.next()).await;
    assert!(silence.is_err(), "{silence:?}");
}

#[tokio::test]
async fn the_socket_is_cut_when_the_session_or_the_membership_ends() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    let (address, _stop) = serve(&app).await;

    let mut page = open(address, &rani).await;
    let budi = app.member("budi", &kost, Role::Owner).await;
    let ended = budi.post(&kost.path(&format!("/members/{}/end", rani.id)), &[]).await;
    assert_eq!(ended.location(), kost.path("/members"));
    assert_eq!(until(&mut page, "-").await["closed"], 4403);

    let mut page = open(address, &rani).await;
    let mut tx = app.app.db.begin().await.unwrap();
    session::end_others(&mut tx, rani.id, None).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(until(&mut page, "-").await["closed"], 4401);
    // A page that slept through this learns it when it connects again.
    let mut page = connect(address, &rani.cookie, "http://kost.test").await.unwrap();
    assert_eq!(next(&mut page).await["closed"], 4401);
}

#[tokio::test]
async fn the_socket_is_cut_when_the_session_expires_and_not_while_it_is_used() {
    let app = TestApp::new().await;
    let rani = app.person("rani").await;
    let set_end = async |seconds: i64| {
        let mut tx = app.app.db.begin().await.unwrap();
        db::query("UPDATE session SET expires_at = $1")
            .bind(app.clock.now() + SignedDuration::from_secs(seconds))
            .run(&mut tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    };
    set_end(1).await;
    let (address, _stop) = serve(&app).await;
    let mut page = open(address, &rani).await;
    set_end(2).await; // it was used meanwhile
    app.clock.advance(SignedDuration::from_secs(1));
    let silence = tokio::time::timeout(Duration::from_millis(1300), page.next()).await;
    assert!(silence.is_err(), "{silence:?}");
    app.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(until(&mut page, "-").await["closed"], 4401);
}

#[tokio::test]
async fn strangers_are_told_to_log_in_and_other_sites_get_no_socket() {
    let app = TestApp::new().await;
    let rani = app.person("rani").await;
    let (address, _stop) = serve(&app).await;
    let mut told = connect(address, "kt_session=nothing", "http://kost.test").await.unwrap();
    assert_eq!(next(&mut told).await["closed"], 4401);
    assert_eq!(app.app.hub.subscriptions(), 0);
    for cookie in ["kt_session=nothing", &rani.cookie] {
        assert!(connect(address, cookie, "http://evil.example").await.is_err());
    }
    assert!(connect(address, &rani.cookie, &format!("http://{address}")).await.is_ok());
}

#[tokio::test]
async fn nobody_takes_all_sockets() {
    let app = TestApp::new().await;
    let rani = app.person("rani").await;
    let budi = app.person("budi").await;
    let (address, _stop) = serve(&app).await;
    let mut sockets = Vec::new();
    for _ in 0..50 {
        sockets.push(open(address, &rani).await);
    }
    let origin = format!("http://{address}");
    assert!(connect(address, &rani.cookie, &origin).await.is_err(), "that is enough for one");
    open(address, &budi).await;
    sockets.pop();
    // The server learns of it a moment later.
    let again = async { while connect(address, &rani.cookie, &origin).await.is_err() {} };
    tokio::time::timeout(Duration::from_secs(10), again).await.unwrap();
}

#[tokio::test]
async fn a_page_learns_what_happened_before_its_socket_stood() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    app.member("budi", &kost, Role::Owner).await;
    let (address, _stop) = serve(&app).await;
    rani.report(&kost, "Keran bocor", "01").await;

    let hello = async |seen: &str| {
        let path = format!("ws://{address}/live?seen={seen}");
        let mut socket = connect_to(&path, &rani.cookie, "http://kost.test").await.unwrap();
        next(&mut socket).await
    };
    let seen = async || {
        let page = rani.get(&kost.path("/tickets/1")).await;
        let page = String::from_utf8(page.bytes).unwrap();
        let (_, rest) = page.split_once("data-seen=\"").unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    };
    let before = seen().await;
    // The report is assigned while the page loads its scripts.
    app.run_tasks().await;
    let mut behind = hello(&before).await["behind"].clone();
    for _ in 0..50 {
        if behind == true {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        behind = hello(&before).await["behind"].clone();
    }
    assert_eq!(behind, true);
    assert_eq!(hello(&seen().await).await["behind"], false);
}

#[tokio::test]
async fn another_role_cuts_the_socket_and_the_next_one_hears_what_it_may() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    let budi = app.member("budi", &kost, Role::Owner).await;
    let joko = app.member("joko", &kost, Role::Caretaker).await;
    let (address, _stop) = serve(&app).await;
    let mut page = open(address, &joko).await;
    let room = app.location(&kost, "04").await.to_string();
    let path = kost.path(&format!("/members/{}", joko.id));
    budi.post(&path, &[("role", "resident"), ("location", &room)]).await.location();
    assert_eq!(until(&mut page, "-").await["closed"], 4403);
    let mut page = open(address, &joko).await;
    rani.report(&kost, "Keran bocor", "01").await;
    let silence = tokio::time::timeout(Duration::from_millis(300), page.next()).await;
    assert!(silence.is_err(), "{silence:?}");
}

#[tokio::test]
async fn a_former_member_hears_nothing_of_the_reports_they_made_or_followed() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    let budi = app.member("budi", &kost, Role::Owner).await;
    rani.report(&kost, "Keran bocor", "01").await;
    budi.post(&kost.path(&format!("/members/{}/end", rani.id)), &[]).await.location();
    app.run_tasks().await;
    let (address, _stop) = serve(&app).await;
    let mut page = open(address, &rani).await;
    budi.post(&kost.path("/tickets/1/comments"), &[("body", "Kamar kosong")]).await.location();
    app.run_tasks().await;
    let silence = tokio::time::timeout(Duration::from_millis(300), page.next()).await;
    assert!(silence.is_err(), "{silence:?}");
}

#[tokio::test]
async fn when_notices_were_missed_every_page_connects_again() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    let (address, _stop) = listen(&app).await;
    let mut page = open(address, &rani).await;
    // It listens from its first step on, and is not let on for a while.
    let mut bridge = Box::pin(notifications::live::bridge(app.app.clone()));
    assert!(futures_util::poll!(&mut bridge).is_pending());
    let mut heard = app.app.db.notices();
    // More than a listener may be behind, and among the first of them a cut.
    let mut tx = app.app.db.begin().await.unwrap();
    kosts::end(&mut tx, kost.id, rani.id).await.unwrap();
    for number in 0..5000 {
        tx.notify("nobody", number.to_string());
    }
    tx.commit().await.unwrap();
    // All of it is said once its last word is heard.
    while heard.recv().await.map_or(true, |notice| notice.payload != "4999") {}
    tokio::spawn(bridge);
    assert_eq!(until(&mut page, "-").await["closed"], 1012);
}

#[tokio::test]
async fn a_membership_that_ends_while_a_page_connects_is_not_listened_to() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    let request = http::Request::builder().header("cookie", &rani.cookie).body(()).unwrap();
    let (parts, ()) = request.into_parts();
    // As a request reads: at one moment.
    db::at_one_moment(async {
        let seen = kosts::Visitor::load(&app.app, &parts).await.unwrap().unwrap();
        assert!(notifications::live::subscribe(&app.app, &seen, &parts).await.is_ok());
        let db = app.app.db.clone();
        let end = async move {
            let mut tx = db.begin().await.unwrap();
            kosts::end(&mut tx, kost.id, rani.id).await.unwrap();
            tx.commit().await.unwrap();
        };
        tokio::spawn(end).await.unwrap();
        assert!(notifications::live::subscribe(&app.app, &seen, &parts).await.is_err());
    })
    .await;
    assert_eq!(app.app.hub.subscriptions(), 0);
}
