//! What a browser sees, and what the server makes of it.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::routing::any;
use futures_util::{SinkExt, StreamExt};
use live::{Cut, Ending, Hub, Limits, serve_socket, upgrade};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

type Browser = WebSocketStream<MaybeTlsStream<TcpStream>>;

const ENDED: Cut = Cut { code: 4401, reason: "session ended" };

struct Server {
    hub: Hub,
    address: SocketAddr,
    endings: mpsc::UnboundedReceiver<Ending>,
}

impl Server {
    /// Everybody who connects listens to `all`.
    async fn start(limits: Limits) -> Self {
        let hub = Hub::new();
        let (tell, endings) = mpsc::unbounded_channel();
        let subscribers = hub.clone();
        let live = move |ws: WebSocketUpgrade| async move {
            upgrade(ws, &limits).on_upgrade(move |socket| async move {
                let subscription = subscribers.subscribe(["all"]);
                subscription.tell("hello");
                let _ = tell.send(serve_socket(socket, subscription, limits).await);
            })
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/live", any(live));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { hub, address, endings }
    }

    /// A browser that has heard its hello.
    async fn browser(&self) -> Browser {
        let (mut browser, _) = connect_async(format!("ws://{}/live", self.address)).await.unwrap();
        assert_eq!(text(&mut browser).await, "hello");
        browser
    }

    async fn ending(&mut self) -> Ending {
        timeout(Duration::from_secs(5), self.endings.recv()).await.expect("no end").unwrap()
    }
}

async fn frame(browser: &mut Browser) -> Option<Result<Message, Error>> {
    timeout(Duration::from_secs(5), browser.next()).await.expect("nothing came")
}

async fn text(browser: &mut Browser) -> String {
    frame(browser).await.unwrap().unwrap().into_text().unwrap().to_string()
}

async fn close(browser: &mut Browser) -> CloseFrame {
    loop {
        if let Message::Close(close) = frame(browser).await.unwrap().unwrap() {
            return close.expect("a code");
        }
    }
}

#[tokio::test]
async fn what_is_published_arrives() {
    let server = Server::start(Limits::default()).await;
    let (mut one, mut two) = (server.browser().await, server.browser().await);
    server.hub.publish("all", r#"{"type":"unread","unread":4}"#);
    for browser in [&mut one, &mut two] {
        assert_eq!(text(browser).await, r#"{"type":"unread","unread":4}"#);
    }
}

#[tokio::test]
async fn a_cut_closes_with_its_code() {
    let mut server = Server::start(Limits::default()).await;
    let mut browser = server.browser().await;
    server.hub.cut("all", ENDED);
    let close = close(&mut browser).await;
    assert_eq!((u16::from(close.code), close.reason.as_str()), (4401, "session ended"));
    assert_eq!(server.ending().await, Ending::Cut(ENDED));
    assert_eq!(server.hub.subscriptions(), 0);
}

#[tokio::test]
async fn who_closes_gets_an_answer() {
    let mut server = Server::start(Limits::default()).await;
    let mut browser = server.browser().await;
    browser.close(None).await.unwrap();
    assert!(matches!(frame(&mut browser).await, Some(Ok(Message::Close(_)))));
    assert_eq!(server.ending().await, Ending::Left);
}

#[tokio::test]
async fn who_vanishes_is_noticed() {
    let mut server = Server::start(Limits::default()).await;
    drop(server.browser().await);
    assert_eq!(server.ending().await, Ending::Lost);
    assert_eq!(server.hub.subscriptions(), 0);
}

#[tokio::test]
async fn a_message_of_four_kibibytes_is_heard_and_a_larger_one_refused() {
    let mut server = Server::start(Limits::default()).await;
    let mut browser = server.browser().await;
    browser.send(Message::text("x".repeat(4096))).await.unwrap();
    server.hub.publish("all", "still here");
    assert_eq!(text(&mut browser).await, "still here");

    for size in [4097, 16_000] {
        let mut browser = server.browser().await;
        browser.send(Message::text("x".repeat(size))).await.unwrap();
        assert_eq!(u16::from(close(&mut browser).await.code), 1009, "{size} bytes");
        assert_eq!(server.ending().await, Ending::TooLarge);
    }
}

#[tokio::test]
async fn a_huge_message_is_not_even_read() {
    let mut server = Server::start(Limits::default()).await;
    let mut browser = server.browser().await;
    // The connection is closed while this is being sent, so sending may fail.
    let _ = browser.send(Message::binary(vec![0; 10 << 20])).await;
    assert_eq!(server.ending().await, Ending::TooLarge);
}

#[tokio::test]
async fn a_ping_is_answered() {
    let server = Server::start(Limits::default()).await;
    let mut browser = server.browser().await;
    browser.send(Message::Ping("are you there".into())).await.unwrap();
    let pong = frame(&mut browser).await.unwrap().unwrap();
    assert_eq!(pong, Message::Pong("are you there".into()));
}

#[tokio::test]
async fn too_many_messages_are_refused() {
    let mut server = Server::start(Limits::default()).await;
    let mut browser = server.browser().await;
    for _ in 0..61 {
        browser.send(Message::text(r#"{"type":"ping"}"#)).await.unwrap();
    }
    assert_eq!(u16::from(close(&mut browser).await.code), 1008);
    assert_eq!(server.ending().await, Ending::TooMany);
}

#[tokio::test]
async fn who_answers_pings_stays_and_who_does_not_is_gone() {
    let limits = Limits {
        ping_every: Duration::from_millis(40),
        idle_after: Duration::from_millis(200),
        ..Limits::default()
    };
    let mut server = Server::start(limits).await;
    let mut present = server.browser().await;
    // Pongs are only sent by whoever reads.
    let absent = server.browser().await;
    let reading = tokio::spawn(async move {
        let mut signs_of_life = 0;
        while let Some(Ok(message)) = present.next().await {
            match message.into_text() {
                Ok(text) if text.is_empty() => signs_of_life += 1,
                Ok(text) => return (text.to_string(), signs_of_life),
                Err(_) => {}
            }
        }
        ("closed".to_owned(), signs_of_life)
    });
    assert_eq!(server.ending().await, Ending::Idle);
    tokio::time::sleep(Duration::from_millis(300)).await;
    server.hub.publish("all", "still here");
    let (heard, signs_of_life) = reading.await.unwrap();
    assert_eq!(heard, "still here");
    assert!(signs_of_life > 2, "{signs_of_life}");
    drop(absent);
}

#[tokio::test]
async fn who_does_not_read_is_dropped() {
    let limits = Limits { write_within: Duration::from_millis(200), ..Limits::default() };
    let mut server = Server::start(limits).await;
    let unread = server.browser().await;
    // More than the network's buffers hold, slowly enough for the queue.
    let large = "x".repeat(200_000);
    let started = Instant::now();
    while server.hub.publish("all", large.clone()) > 0 {
        assert!(started.elapsed() < Duration::from_secs(20));
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert_eq!(server.ending().await, Ending::TooSlow);
    drop(unread);
}

#[tokio::test]
async fn a_cut_reaches_even_who_does_not_read() {
    let limits = Limits { write_within: Duration::from_secs(60), ..Limits::default() };
    let mut server = Server::start(limits).await;
    let unread = server.browser().await;
    let large = "x".repeat(200_000);
    for _ in 0..50 {
        server.hub.publish("all", large.clone());
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    server.hub.cut("all", ENDED);
    // It cannot be told, but it gets nothing more, and two seconds later it is off.
    assert_eq!(server.ending().await, Ending::Cut(ENDED));
    drop(unread);
}
