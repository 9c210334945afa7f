//! The accept loop. `axum::serve` waits for ever for whoever says little, and
//! takes as many connections as come; this one has a timer on every wait for the
//! other side and a limit on connections. HTTP/1.1 only: TLS, and HTTP/2 with it,
//! is the proxy's work.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1::{self, UpgradeableConnection};
use hyper::service::{HttpService, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tower::ServiceExt;

use crate::connection::{Connection, Doorkeeper, Impatient};

/// Requests that run when the program is asked to stop may take so long.
pub const GRACE: Duration = Duration::from_secs(10);

/// How a server treats those who connect.
#[derive(Clone, Debug)]
pub struct Manners {
    /// Whose connections stand for many people, as do those from this machine: only
    /// the limit on all connections holds for them.
    pub proxies: Vec<IpAddr>,
    /// Headers must have come by then, counted from the connection's beginning or
    /// the end of the request before.
    pub headers: Duration,
    /// How long a body that has not ended may keep silent, and how long nothing may
    /// be read of an answer.
    pub silence: Duration,
}

impl Manners {
    /// Those of a running installation.
    pub fn behind(proxies: Vec<IpAddr>) -> Manners {
        Manners { proxies, headers: Duration::from_secs(15), silence: Duration::from_secs(30) }
    }
}

/// What is held at most of one connection, in bytes: longer heads are refused.
const BUFFER: usize = 64 * 1024;

/// Serves until `stop` turns true, then finishes what runs, within [`GRACE`].
pub async fn serve(
    listener: TcpListener,
    router: Router,
    manners: Manners,
    mut stop: watch::Receiver<bool>,
) {
    let doorkeeper = Arc::new(Doorkeeper::new(manners.proxies.clone(), manners.silence));
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(manners.headers).max_buf_size(BUFFER);
    loop {
        let (stream, peer) = tokio::select! {
            accepted = accept(&listener) => accepted,
            () = stopped(&mut stop) => break,
        };
        let _ = stream.set_nodelay(true);
        if let Some(connection) = doorkeeper.admit(stream, peer.ip()) {
            let router = router.clone();
            let silence = manners.silence;
            let service = service_fn(move |mut request: hyper::Request<Incoming>| {
                request.extensions_mut().insert(ConnectInfo::<SocketAddr>(peer));
                let request: Request = request.map(|body| Body::new(Impatient::new(body, silence)));
                router.clone().oneshot(request)
            });
            let talk = builder.serve_connection(TokioIo::new(connection), service).with_upgrades();
            tokio::spawn(finish(talk, stop.clone()));
        }
    }
    drop(listener);
    if tokio::time::timeout(GRACE, doorkeeper.all_gone()).await.is_err() {
        tracing::warn!("some requests did not finish in time");
    }
}

/// The next connection.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            // It was given up before its turn.
            Err(error)
                if matches!(
                    error.kind(),
                    ConnectionAborted | ConnectionRefused | ConnectionReset
                ) => {}
            Err(error) => {
                // Out of file descriptors, most likely: wait for some to come free.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// Answers the requests of one connection, once asked to stop only the present one.
async fn finish<S>(
    talk: UpgradeableConnection<TokioIo<Connection<TcpStream>>, S>,
    mut stop: watch::Receiver<bool>,
) where
    S: HttpService<Incoming, ResBody = Body, Error = Infallible>,
{
    let mut talk = pin!(talk);
    let ended = tokio::select! {
        ended = &mut talk => ended,
        () = stopped(&mut stop) => {
            talk.as_mut().graceful_shutdown();
            talk.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "connection");
    }
}

/// Waits until somebody says so.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    // A sender that is gone says so as well.
    let _ = stop.wait_for(|stop| *stop).await;
}
