//! The bounded queue between publishers and one reader.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::extract::ws::Utf8Bytes;
use tokio::sync::Notify;

/// Messages that may wait for one reader before it counts as too slow.
pub(crate) const CAPACITY: usize = 64;

/// Why a subscription was cut, as a WebSocket close code (RFC 6455, 7.4) and a short reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// For the page's script; 4000–4999 are free for the application.
    pub code: u16,
    /// For people who read network logs; at most 123 bytes.
    pub reason: &'static str,
}

/// Why nothing more comes from a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Closed {
    /// A topic that it held was cut, or the hub was stopped.
    #[error("cut with {} ({})", .0.code, .0.reason)]
    Cut(Cut),
    /// It did not read fast enough.
    #[error("too slow")]
    TooSlow,
}

#[derive(Debug, Default)]
pub(crate) struct Inbox {
    state: Mutex<State>,
    wake: Notify,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Utf8Bytes>,
    closed: Option<Closed>,
}

impl Inbox {
    pub(crate) fn push(&self, message: Utf8Bytes) {
        let mut state = self.lock();
        if state.closed.is_some() {
            return;
        }
        if state.waiting.len() >= CAPACITY {
            state.waiting = VecDeque::new();
            state.closed = Some(Closed::TooSlow);
        } else {
            state.waiting.push_back(message);
        }
        drop(state);
        self.wake.notify_one();
    }

    /// The first reason stays; what was waiting is not delivered any more.
    pub(crate) fn close(&self, why: Closed) {
        let mut state = self.lock();
        state.waiting = VecDeque::new();
        state.closed.get_or_insert(why);
        drop(state);
        self.wake.notify_one();
    }

    pub(crate) async fn next(&self) -> Result<Utf8Bytes, Closed> {
        loop {
            if let Some(outcome) = self.take() {
                return outcome;
            }
            self.wake.notified().await;
        }
    }

    /// Waits for the end and leaves messages where they are.
    pub(crate) async fn ended(&self) -> Closed {
        loop {
            if let Some(why) = self.lock().closed {
                return why;
            }
            self.wake.notified().await;
        }
    }

    fn take(&self) -> Option<Result<Utf8Bytes, Closed>> {
        let mut state = self.lock();
        if let Some(why) = state.closed {
            return Some(Err(why));
        }
        let message = state.waiting.pop_front()?;
        if state.waiting.is_empty() {
            // An idle reader holds no buffer.
            state.waiting = VecDeque::new();
        }
        Some(Ok(message))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing in here can panic half-way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
