//! Connections that say little do not stay.

use std::net::SocketAddr;
use std::time::Duration;

use kostticket::server::{self, Manners};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::support::TestApp;

/// More than any network keeps for somebody who does not read.
const LONG: usize = 64 * 1024 * 1024;

/// Those of a server, a hundred times faster.
fn hurried() -> Manners {
    let slow = Manners::behind(Vec::new());
    Manners { headers: slow.headers / 100, silence: slow.silence / 100, ..slow }
}

async fn serve(app: &TestApp) -> (SocketAddr, watch::Sender<bool>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(server::serve(listener, app.router(), hurried(), stopped));
    (address, stop)
}

/// Says this and nothing more, and gives what comes back until the connection is
/// closed, which must be soon.
async fn say(address: SocketAddr, text: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut heard = Vec::new();
    let closed = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut heard)).await;
    assert!(closed.is_ok(), "still open: {text:?}");
    String::from_utf8_lossy(&heard).into_owned()
}

#[tokio::test]
async fn connections_that_say_little_are_closed() {
    let app = TestApp::new().await;
    let (address, _stop) = serve(&app).await;
    for little in ["", "P", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n"] {
        say(address, little).await;
    }
    let idle = say(address, "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(idle.starts_with("HTTP/1.1 200"), "{idle}");
}

#[tokio::test]
async fn half_a_form_is_not_waited_for() {
    let app = TestApp::new().await;
    app.person("rani").await;
    let (address, _stop) = serve(&app).await;
    let half = |path: &str, kind: &str, body: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: {kind}\r\nContent-Length: 900\r\n\r\n{body}"
        )
    };
    for (kind, body) in [
        ("application/x-www-form-urlencoded", "login=rani"),
        (
            "multipart/form-data; boundary=x",
            "--x\r\nContent-Disposition: form-data; name=\"login\"\r\n\r\nra",
        ),
    ] {
        let answer = say(address, &half("/login", kind, body)).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
        assert!(answer.contains("Kiriman ini tidak terbaca"), "{answer}");
    }
    // A button has no fields to wait for.
    assert!(say(address, &half("/logout", "", "")).await.starts_with("HTTP/1.1 303"));
}

#[tokio::test]
async fn who_does_not_read_the_answer_is_not_waited_for() {
    let router = axum::Router::new().route("/", axum::routing::get(async || vec![0; LONG]));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = watch::channel(false);
    let serving = tokio::spawn(server::serve(listener, router, hurried(), stopped));
    let mut reads_nothing = TcpStream::connect(address).await.unwrap();
    reads_nothing.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    // Its answer has begun when another request has got all of its own.
    let mut reads = TcpStream::connect(address).await.unwrap();
    reads.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    reads.read_to_end(&mut answer).await.unwrap();
    assert!(answer.len() > LONG);
    stop.send_replace(true);
    let began = std::time::Instant::now();
    serving.await.unwrap();
    assert!(began.elapsed() < server::GRACE / 2, "{:?}", began.elapsed());
}

#[tokio::test]
async fn stopping_waits_for_no_idle_connection() {
    let app = TestApp::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = watch::channel(false);
    let serving = tokio::spawn(server::serve(listener, app.router(), hurried(), stopped));
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    stop.send_replace(true);
    let began = std::time::Instant::now();
    serving.await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(5));
}
