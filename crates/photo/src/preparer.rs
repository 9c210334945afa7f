//! Photos in an async program: off the runtime's threads, and few at a time.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::{Error, Limits, Prepared, broken, prepare};

/// Prepares at most so many photos at once; others wait their turn. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Preparer {
    turns: Arc<Semaphore>,
    limits: Limits,
}

impl Preparer {
    /// At most `at_once` photos (at least one) are decoded at the same time, so that decoding
    /// takes at most `at_once` × [`Limits::max_memory`].
    pub fn new(at_once: usize, limits: Limits) -> Self {
        Self { turns: Arc::new(Semaphore::new(at_once.max(1))), limits }
    }

    /// [`prepare`] on a thread for blocking work.
    ///
    /// When it is cancelled while a photo is being decoded, that photo keeps its turn until it is
    /// done: the bound on memory holds.
    ///
    /// # Errors
    /// As [`prepare`]. A decoder that panics makes [`Error::Broken`].
    pub async fn prepare_blocking<B>(&self, bytes: B) -> Result<Prepared, Error>
    where
        B: AsRef<[u8]> + Send + 'static,
    {
        if bytes.as_ref().len() > self.limits.max_bytes {
            return Err(Error::TooBig { bytes: bytes.as_ref().len() });
        }
        // The semaphore is never closed, so this is always a permit.
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        let limits = self.limits;
        let work = tokio::task::spawn_blocking(move || {
            let prepared = prepare(bytes.as_ref(), &limits);
            drop(turn);
            prepared
        });
        work.await.unwrap_or_else(|panic| Err(broken(panic)))
    }
}
