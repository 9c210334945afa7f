//! A real SMTP server on loopback that does what a test tells it to.
//!
//! It speaks EHLO, STARTTLS, AUTH PLAIN and LOGIN, MAIL, RCPT, DATA, RSET, NOOP and QUIT, and can
//! refuse, stall or hang up at every step, also only the first few times.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! use mail::testing::{Behaviour, SmtpServer, Step};
//!
//! let server = SmtpServer::start(Behaviour::new()).await;
//! let settings = mail::SmtpSettings::from_url(&server.url()).unwrap();
//! let mailer = mail::Mailer::smtp(settings);
//! server.now(Behaviour::new().reply(Step::Recipient, "550 5.1.1 no such user"));
//! # let _ = (mailer, server.received());
//! # });
//! ```

mod behaviour;
mod session;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::AbortHandle;

pub use behaviour::{Behaviour, Step};
pub use rustls::ServerConfig;

/// A message that the server took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The envelope's sender.
    pub from: String,
    /// The envelope's recipients.
    pub to: Vec<String>,
    /// The content with CRLF line ends, dot-stuffing undone.
    pub content: String,
    /// Who had logged in.
    pub login: Option<String>,
    /// Whether it came through TLS.
    pub encrypted: bool,
}

/// The server. It stops, and closes every connection, when it is dropped.
#[derive(Debug)]
pub struct SmtpServer {
    address: SocketAddr,
    state: Arc<State>,
    listener: AbortHandle,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    behaviour: Mutex<Behaviour>,
    received: Mutex<Vec<Received>>,
    /// Everything that clients said in the clear.
    overheard: Mutex<String>,
    sessions: Mutex<Vec<AbortHandle>>,
    connections: AtomicUsize,
}

impl SmtpServer {
    /// Starts on a free port of 127.0.0.1. Without rules it takes every message.
    ///
    /// # Panics
    /// When the loopback interface cannot be listened on.
    pub async fn start(behaviour: Behaviour) -> Self {
        Self::start_at("127.0.0.1:0", behaviour).await
    }

    /// Starts at an address, for instance the one of a server that was dropped.
    ///
    /// # Panics
    /// When the address cannot be listened on.
    pub async fn start_at(address: &str, behaviour: Behaviour) -> Self {
        #[expect(clippy::expect_used, reason = "for tests only, where a panic is the report")]
        let listener = TcpListener::bind(address).await.expect("an address to listen on");
        #[expect(clippy::expect_used, reason = "a listener that is bound has an address")]
        let address = listener.local_addr().expect("a bound address");
        let state = Arc::new(State { behaviour: Mutex::new(behaviour), ..State::default() });
        let listener = tokio::spawn(accept(listener, Arc::clone(&state))).abort_handle();
        Self { address, state, listener }
    }

    /// From now on, connections that are open included, the server behaves like this.
    pub fn now(&self, behaviour: Behaviour) {
        *lock(&self.state.behaviour) = behaviour;
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `smtp://127.0.0.1:port`
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// `smtp://user:password@127.0.0.1:port`; both as they are written in a URL.
    pub fn url_as(&self, user: &str, password: &str) -> String {
        format!("smtp://{user}:{password}@{}", self.address)
    }

    /// The messages taken so far, oldest first.
    pub fn received(&self) -> Vec<Received> {
        lock(&self.state.received).clone()
    }

    /// The messages taken since this was last asked, oldest first; they are not kept.
    pub fn take_received(&self) -> Vec<Received> {
        std::mem::take(&mut lock(&self.state.received))
    }

    /// Waits until `count` messages have been taken, for at most ten seconds.
    ///
    /// # Panics
    /// When they do not come.
    pub async fn wait_for(&self, count: usize) -> Vec<Received> {
        for _ in 0..1000 {
            let received = self.received();
            if received.len() >= count {
                return received;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{} messages instead of {count}", self.received().len());
    }

    /// How many connections there have been.
    pub fn connections(&self) -> usize {
        self.state.connections.load(Ordering::Relaxed)
    }

    /// Every line that clients sent without encryption, message contents apart.
    pub fn overheard(&self) -> String {
        lock(&self.state.overheard).clone()
    }

    /// Hangs up on everybody who is connected, as a restart would.
    pub fn hang_up(&self) {
        for session in lock(&self.state.sessions).drain(..) {
            session.abort();
        }
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.listener.abort();
        self.hang_up();
    }
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    while let Ok((stream, _)) = listener.accept().await {
        state.connections.fetch_add(1, Ordering::Relaxed);
        let session = tokio::spawn(session::serve(stream, Arc::clone(&state)));
        lock(&state.sessions).push(session.abort_handle());
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
