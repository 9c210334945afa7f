//! What strangers and residents may send, and what it costs us.

use std::time::{Duration, Instant};

use http::StatusCode;
use kostticket::kosts::Role;
use tokio::task::JoinHandle;

use crate::support::{Answer, Call, Person, TestApp};

const MULTIPART: &str = "multipart/form-data; boundary=x";

/// One part of a multipart form.
fn part(head: &str, body: &str) -> String {
    format!("--x\r\nContent-Disposition: form-data; {head}\r\n\r\n{body}\r\n")
}

/// A multipart form of pieces that come one after the other.
async fn send(app: &TestApp, path: &str, pieces: Vec<String>) -> StatusCode {
    let pieces = pieces.into_iter().map(Ok::<_, std::io::Error>);
    let body = axum::body::Body::from_stream(futures_util::stream::iter(pieces));
    app.request("POST", path).body(MULTIPART, body).send().await.status
}

#[tokio::test]
async fn strangers_cannot_keep_us_busy() {
    let app = TestApp::new().await;
    app.person("rani").await;
    let began = Instant::now();
    let endless = |start: &str| {
        let mut pieces = vec![start.to_owned()];
        pieces.extend(std::iter::repeat_n("a".repeat(1024), 40_000));
        pieces
    };
    let name = "--x\r\nContent-Disposition: form-data; name=\"";
    assert_eq!(send(&app, "/login", endless(name)).await, StatusCode::BAD_REQUEST);
    let file = part("name=\"a\"; filename=\"a\"", "").trim_end().to_owned() + "\r\n\r\n";
    assert_eq!(send(&app, "/login", endless(&file)).await, StatusCode::PAYLOAD_TOO_LARGE);
    let many: Vec<_> = (0..100_000).map(|_| part("name=\"a\"", "")).collect();
    assert_eq!(send(&app, "/login", many).await, StatusCode::PAYLOAD_TOO_LARGE);
    let long: Vec<_> =
        (0..40).map(|_| part(&format!("name=\"{}\"", "a".repeat(10_000)), "")).collect();
    assert_eq!(send(&app, "/login", long).await, StatusCode::PAYLOAD_TOO_LARGE);
    let many = "a&".repeat(100_000);
    let answer = app.request("POST", "/login").body("application/x-www-form-urlencoded", many);
    assert_eq!(answer.send().await.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[tokio::test]
async fn kinds_of_forms_are_known_by_any_case() {
    let app = TestApp::new().await;
    let rani = app.person("rani").await;
    for (kind, body) in [
        ("Application/X-WWW-Form-URLencoded; charset=UTF-8", "name=Rani+Putri".to_owned()),
        ("Multipart/Form-Data; boundary=x", part("name=\"name\"", "Rani Putri") + "--x--"),
    ] {
        let saved = rani.request("POST", "/account").body(kind, body).send().await;
        assert_eq!(saved.location(), "/account", "{kind}");
    }
}

#[tokio::test]
async fn as_many_parts_as_may_come_are_taken() {
    let app = TestApp::new().await;
    let rani = app.person("rani").await;
    for (more, status) in [(63, StatusCode::SEE_OTHER), (64, StatusCode::PAYLOAD_TOO_LARGE)] {
        let parts = part("name=\"name\"", "Rani Putri") + &part("name=\"a\"", "").repeat(more);
        let call = rani.request("POST", "/account").body(MULTIPART, parts + "--x--");
        assert_eq!(call.send().await.status, status, "{more} more");
    }
}

#[tokio::test]
async fn what_people_type_is_taken_even_if_it_is_odd() {
    let app = TestApp::new().await;
    let rani = app.person("rani").await;
    assert_eq!(rani.post("/account", &[("name", "Rani \u{fffd}")]).await.location(), "/account");
    assert!(rani.get("/account").await.text.contains("Rani \u{fffd}"));
    let kost = app.kost("Kost Melati").await;
    let budi = app.member("budi", &kost, Role::Owner).await;
    let nothing =
        budi.post("/k/melati/locations", &[("kind", "shared"), ("name", "\u{200b}\u{2060}")]).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY, "nobody could see it");
    budi.post("/k/melati/locations", &[("kind", "shared"), ("name", "Ruang\ncuci\u{200b}")]).await;
    assert!(budi.get("/k/melati/locations").await.text.contains("Ruang cuci<"));
    budi.report(&kost, "Keran bocor", "01").await;
    for path in ["/tickets?before=1&before=2", "/k/melati/tickets/1?before=1&before=2"] {
        assert_eq!(budi.get(path).await.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn asking_for_the_head_of_a_page_reads_nothing() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    let budi = app.member("budi", &kost, Role::Owner).await;
    rani.report(&kost, "Keran bocor", "01").await;
    app.run_tasks().await;
    let unread = async |budi: &Person<'_>| {
        budi.get("/notifications?show=unread").await.text.contains("Keran bocor")
    };
    assert!(unread(&budi).await);
    budi.request("HEAD", "/k/melati/tickets/1").send().await;
    assert!(unread(&budi).await);
    budi.get("/k/melati/tickets/1").await;
    assert!(!unread(&budi).await);
}

#[tokio::test]
async fn a_film_that_is_far_too_long_is_named_and_the_text_stays() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    let mut pieces =
        vec![part("name=\"photos\"; filename=\"film.mp4\"", "").trim_end().to_owned() + "\r\n\r\n"];
    pieces.extend(std::iter::repeat_n("a".repeat(1024 * 1024), 100));
    pieces.push("\r\n".to_owned() + &part("name=\"title\"", "Keran bocor sekali") + "--x--");
    let pieces = pieces.into_iter().map(Ok::<_, std::io::Error>);
    let body = axum::body::Body::from_stream(futures_util::stream::iter(pieces));
    let refused = rani.request("POST", &kost.path("/tickets")).body(MULTIPART, body).send().await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.text.contains("id=\"photos-error\"") && refused.text.contains("Keran bocor sekali")
    );
}

/// An upload that never ends: it has sent most of a photo.
fn unfinished(call: Call) -> JoinHandle<Answer> {
    let head = part("name=\"photos\"; filename=\"a.jpg\"", "").trim_end().to_owned() + "\r\n\r\n";
    let pieces = [head, "a".repeat(14 * 1024 * 1024)];
    let sent = futures_util::stream::iter(pieces.map(Ok::<_, std::io::Error>));
    let body = futures_util::StreamExt::chain(sent, futures_util::stream::pending());
    tokio::spawn(call.body(MULTIPART, axum::body::Body::from_stream(body)).send())
}

#[tokio::test]
async fn unfinished_uploads_of_one_person_leave_room_for_others() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    let budi = app.member("budi", &kost, Role::Resident).await;
    let path = kost.path("/tickets");
    let uploads: Vec<_> = (0..9).map(|_| unfinished(rani.request("POST", &path))).collect();
    // They never answer, and looking meanwhile would take room from them.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let photo = vec![b'a'; 8 * 1024 * 1024];
    let send = async |person: &Person, photos: usize| {
        let files = vec![("photos", "a.jpg", photo.as_slice()); photos];
        let fields = [("title", "Keran bocor sekali")];
        person.request("POST", &path).multipart(&fields, &files).send().await
    };
    let busy = send(&rani, 1).await;
    assert_eq!(busy.status, StatusCode::SERVICE_UNAVAILABLE, "{}", busy.text);
    assert_eq!(busy.header("retry-after"), "30");
    assert!(busy.text.contains("Sedang ramai") && busy.text.contains("Keran bocor sekali"));
    assert!(busy.text.contains("Foto perlu dipilih sekali lagi."));
    assert_eq!(send(&budi, 3).await.status, StatusCode::UNPROCESSABLE_ENTITY, "read whole");
    uploads.iter().for_each(JoinHandle::abort);
    for upload in uploads {
        assert!(upload.await.is_err());
    }
    assert_eq!(send(&rani, 6).await.status, StatusCode::UNPROCESSABLE_ENTITY, "room again");
}
