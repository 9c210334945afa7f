//! The memory that forms take while they come in and are answered.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::web::Network;

/// Who sends a form: in the request's extensions while it is an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sender {
    Account(i64),
    Network(Network),
}

/// The memory that photos and long texts may take, for all requests together.
///
/// No sender ever holds more than is left for all the others, however many forms
/// they begin and never end: alone half of it, and less the fuller it is.
pub struct UploadRoom(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    /// Bytes that nobody holds.
    left: usize,
    /// Bytes that each sender holds.
    held: HashMap<Sender, usize>,
}

/// What one form or file takes of it, until it is dropped.
#[derive(Debug)]
pub(super) struct Held {
    state: Arc<Mutex<State>>,
    sender: Sender,
    bytes: usize,
}

impl UploadRoom {
    /// So many bytes.
    pub fn new(bytes: usize) -> UploadRoom {
        UploadRoom(Arc::new(Mutex::new(State { left: bytes, held: HashMap::new() })))
    }

    /// Nothing yet.
    pub(super) fn enter(&self, sender: Sender) -> Held {
        Held { state: self.0.clone(), sender, bytes: 0 }
    }

    /// In bytes.
    #[cfg(test)]
    pub(super) fn left(&self) -> usize {
        lock(&self.0).left
    }
}

impl Held {
    /// Nothing yet, for another form or file of the same sender.
    pub(super) fn beside(&self) -> Held {
        Held { state: self.state.clone(), sender: self.sender, bytes: 0 }
    }

    /// Makes it worth at least so many bytes; `false` when there is no room for them.
    pub(super) fn grow(&mut self, bytes: usize) -> bool {
        let more = bytes.saturating_sub(self.bytes);
        if more == 0 {
            return true;
        }
        let mut state = lock(&self.state);
        let all = state.held.get(&self.sender).copied().unwrap_or(0) + more;
        if state.left < all + more {
            return false;
        }
        state.left -= more;
        state.held.insert(self.sender, all);
        self.bytes += more;
        true
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut state = lock(&self.state);
        state.left += self.bytes;
        if let Some(all) = state.held.get_mut(&self.sender) {
            *all -= self.bytes;
            if *all == 0 {
                state.held.remove(&self.sender);
            }
        }
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_sender_leaves_as_much_as_they_hold() {
        let room = UploadRoom::new(100);
        let mut rani = room.enter(Sender::Account(1));
        let mut more = rani.beside();
        assert!(rani.grow(30) && more.grow(20));
        assert!(!more.grow(21), "half of it");
        let mut budi = room.enter(Sender::Account(2));
        assert!(budi.grow(25) && !budi.grow(26), "half of the rest");
        drop(rani);
        assert!(budi.grow(40) && room.left() == 40);
        drop((more, budi));
        assert!(room.left() == 100 && lock(&room.0).held.is_empty(), "nothing is left of who left");
    }

    proptest! {
        #[test]
        fn whoever_comes_finds_room(steps in prop::collection::vec((0..4_i64, 1..60_usize), 1..60)) {
            let room = UploadRoom::new(1 << 10);
            let held: Vec<_> = steps
                .into_iter()
                .map(|(account, bytes)| {
                    let mut held = room.enter(Sender::Account(account));
                    held.grow(bytes);
                    held
                })
                .collect();
            prop_assert!(room.enter(Sender::Account(9)).grow((1 << 10) >> 5), "halved for each");
            prop_assert_eq!(room.left(), (1 << 10) - held.iter().map(|held| held.bytes).sum::<usize>());
        }
    }
}
