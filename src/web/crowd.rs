//! How many there are at once, for each key: connections of an address, open
//! pages of an account.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

type Counts<K> = Arc<Mutex<HashMap<K, usize>>>;

/// Lets in so many for each key.
pub struct Crowd<K> {
    most: usize,
    counts: Counts<K>,
}

/// One that was let in, until it is dropped.
pub struct Guest<K: Hash + Eq> {
    key: K,
    counts: Counts<K>,
}

impl<K: Hash + Eq + Copy> Crowd<K> {
    /// At most so many at once for each key.
    pub fn new(most: usize) -> Crowd<K> {
        Crowd { most, counts: Arc::default() }
    }

    /// Lets one more in; `None` when there are too many.
    pub fn admit(&self, key: K) -> Option<Guest<K>> {
        let mut counts = lock(&self.counts);
        let count = counts.entry(key).or_default();
        (*count < self.most).then(|| {
            *count += 1;
            Guest { key, counts: self.counts.clone() }
        })
    }
}

impl<K: Hash + Eq> Drop for Guest<K> {
    fn drop(&mut self) {
        let mut counts = lock(&self.counts);
        if let Some(count) = counts.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.key);
            }
        }
    }
}

fn lock<K>(counts: &Counts<K>) -> MutexGuard<'_, HashMap<K, usize>> {
    counts.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_has_a_crowd_of_its_own_and_who_leaves_makes_room() {
        let crowd = Crowd::new(2);
        let (first, second) = (crowd.admit("rani").unwrap(), crowd.admit("rani").unwrap());
        assert!(crowd.admit("rani").is_none());
        let other = crowd.admit("budi").unwrap();
        drop(first);
        let third = crowd.admit("rani").unwrap();
        drop((second, third, other));
        assert!(lock(&crowd.counts).is_empty(), "nothing is left of who has gone");
    }
}
