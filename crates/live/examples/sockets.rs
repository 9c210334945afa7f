//! What idle sockets cost, and how long a broadcast takes.
//!
//! `cargo run --release -p live --example sockets [idle sockets] [viewers]`
//!
//! The idle ones live in a second process, so that the memory counted is the server's alone.
//! Needs as many open files per process as there are sockets (`ulimit -n`).

use std::error::Error;
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Path;
use axum::extract::ws::WebSocketUpgrade;
use axum::routing::any;
use futures_util::StreamExt;
use live::{Hub, Limits, serve_socket, upgrade};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio::sync::mpsc;

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [word, address, count] = arguments.as_slice()
        && word == "idle"
    {
        return sit_idle(address.parse()?, count.parse()?).await;
    }
    let number = |place: usize, default: usize| {
        arguments.get(place).and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    let (idle, viewers) = (number(0, 10_000), number(1, 1000));
    let hub = Hub::new();
    let address = serve(hub.clone()).await?;
    let before = resident_kib()?;
    let mut child = Command::new(std::env::current_exe()?)
        .args(["idle", &address.to_string(), &idle.to_string()])
        .stdin(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    while hub.subscriptions() < idle {
        if let Some(status) = child.try_wait()? {
            return Err(format!("the other process ended early: {status}").into());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    let each = (resident_kib()? - before) / idle as f64;
    println!("{idle} idle sockets: {each:.2} KiB each");
    broadcast(&hub, address, viewers).await
}

async fn serve(hub: Hub) -> Outcome<SocketAddr> {
    let limits = Limits::default();
    let live = move |Path(topic): Path<String>, ws: WebSocketUpgrade| async move {
        upgrade(ws, &limits).on_upgrade(move |socket| async move {
            let number = hub.subscriptions();
            // As many topics as a member of staff has.
            let own = ["account", "session", "member"].map(|kind| format!("{kind}:{number}"));
            let subscription = hub.subscribe(own.iter().chain([&topic]));
            serve_socket(socket, subscription, limits).await;
        })
    };
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let router = Router::new().route("/{topic}", any(live));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

async fn sit_idle(address: SocketAddr, count: usize) -> Outcome {
    let request = format!(
        "GET /idle HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    let mut sockets = Vec::with_capacity(count);
    for _ in 0..count {
        let mut socket = TcpStream::connect(address).await?;
        socket.write_all(request.as_bytes()).await?;
        let _ = socket.read(&mut [0; 512]).await?;
        sockets.push(socket);
    }
    // Until the first process ends.
    let _ = tokio::io::stdin().read(&mut [0]).await?;
    Ok(())
}

/// Publishes one message a hundred times and prints how late the viewers got it.
async fn broadcast(hub: &Hub, address: SocketAddr, viewers: usize) -> Outcome {
    let (arrived, mut arrivals) = mpsc::unbounded_channel();
    for _ in 0..viewers {
        let (mut viewer, _) =
            tokio_tungstenite::connect_async(format!("ws://{address}/viewers")).await?;
        let arrived = arrived.clone();
        tokio::spawn(async move {
            while let Some(Ok(message)) = viewer.next().await {
                if message.is_text() && arrived.send(Instant::now()).is_err() {
                    return;
                }
            }
        });
    }
    while hub.publish("viewers", "") < viewers {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    while arrivals.try_recv().is_ok() {}
    let mut late = Vec::new();
    for _ in 0..100 {
        let started = Instant::now();
        hub.publish("viewers", r#"{"type":"changed","topics":["ticket:12","kost:3"]}"#);
        for _ in 0..viewers {
            late.extend(arrivals.recv().await.map(|at| at - started));
        }
    }
    late.sort_unstable();
    let at = |part: usize| late[(late.len() - 1) * part / 1000].as_secs_f64() * 1000.0;
    println!("broadcast to {viewers} viewers beside the idle ones:");
    println!("p50 {:.1} ms, p99 {:.1} ms, worst {:.1} ms", at(500), at(990), at(1000));
    Ok(())
}

fn resident_kib() -> Outcome<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next()).ok_or("no VmRSS")?;
    Ok(number.parse()?)
}
