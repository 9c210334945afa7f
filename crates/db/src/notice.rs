//! Commit is what publishes: notices of committed transactions, to whoever listens.

use tokio::sync::broadcast;

/// How many notices a slow listener may be behind before it is told that it missed some.
const BACKLOG: usize = 4096;

/// The longest channel and payload together, in bytes; PostgreSQL's own limit is 8000.
pub(crate) const MAX_BYTES: usize = 7900;

/// Something a committed transaction said with [`Tx::notify`](crate::Tx::notify).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What it is about, such as `queue`.
    pub channel: String,
    /// The message itself.
    pub payload: String,
}

/// Notices were missed; the listener has to read again what it follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("notices were missed")]
pub struct Lagged;

/// A stream of the notices committed since it was made.
#[derive(Debug)]
pub struct Notices(broadcast::Receiver<Option<Notice>>);

impl Notices {
    /// Waits for the next notice, in the order of the commits.
    ///
    /// # Errors
    ///
    /// [`Lagged`] when some were missed: this listener was too slow, or (on
    /// PostgreSQL) the connection that listens was made anew. The stream goes
    /// on after it. Once the database is closed, this waits for ever.
    ///
    /// Dropping the future loses nothing.
    pub async fn recv(&mut self) -> Result<Notice, Lagged> {
        match self.0.recv().await {
            Ok(notice) => notice.ok_or(Lagged),
            Err(broadcast::error::RecvError::Lagged(_)) => Err(Lagged),
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}

/// Where committed notices go in.
#[derive(Debug, Clone)]
pub(crate) struct Publisher(broadcast::Sender<Option<Notice>>);

impl Publisher {
    pub(crate) fn new() -> Self {
        Self(broadcast::Sender::new(BACKLOG))
    }

    pub(crate) fn subscribe(&self) -> Notices {
        Notices(self.0.subscribe())
    }

    /// Tells every listener that it may have missed something.
    pub(crate) fn publish_lag(&self) {
        let _ = self.0.send(None);
    }

    pub(crate) fn publish(&self, notice: Notice) {
        // Fails only when nobody listens.
        let _ = self.0.send(Some(notice));
    }
}

impl Notice {
    pub(crate) fn bytes(&self) -> usize {
        self.channel.len() + self.payload.len()
    }
}
