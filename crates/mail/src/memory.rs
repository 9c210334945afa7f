//! Messages kept in memory, for tests.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{Message, Receipt, SendError};

/// What a memory mailer was given, and what it shall say to the next messages.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    sent: Vec<Message>,
    failures: VecDeque<SendError>,
}

impl Memory {
    /// All messages accepted so far, oldest first.
    pub fn sent(&self) -> Vec<Message> {
        self.lock().sent.clone()
    }

    /// The same, and forgets them.
    pub fn take(&self) -> Vec<Message> {
        std::mem::take(&mut self.lock().sent)
    }

    /// The next message is refused with `error`; said twice, the next two are.
    pub fn fail_next(&self, error: SendError) {
        self.lock().failures.push_back(error);
    }

    pub(crate) fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        let mut state = self.lock();
        if let Some(error) = state.failures.pop_front() {
            return Err(error);
        }
        state.sent.push(message.clone());
        Ok(Receipt { server_response: "kept in memory".to_owned() })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A test that panicked elsewhere must not hide behind a second panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
