//! Who listens to what.
//!
//! Topics are spread over shards by their hash, so that publishers and people who come and go
//! rarely wait for one another. A shard's lock is held for as long as it takes to hand a message
//! to each subscriber of one topic, which keeps a topic's messages in order.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Instant;

use axum::extract::ws::Utf8Bytes;

use crate::inbox::Inbox;
use crate::{Closed, Cut};

const SHARDS: usize = 16;
/// So many topics a shard remembers the last message of; beyond that it begins anew.
const REMEMBERED: usize = 4096;

/// The place where publishers and subscribers meet. Cheap to clone; all clones are one hub.
#[derive(Clone, Default)]
pub struct Hub {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    shards: [Mutex<Shard>; SHARDS],
    hasher: RandomState,
    subscriptions: AtomicUsize,
    /// Held for reading while somebody joins, so that nobody slips in behind a stop.
    stopped: RwLock<Option<Cut>>,
}

#[derive(Default)]
struct Shard {
    holders: HashMap<Arc<str>, Vec<Arc<Inbox>>>,
    /// When each topic had its last message.
    last: HashMap<Box<str>, u64>,
    /// Of topics that are not in `last`, nothing is known up to then.
    forgotten: u64,
}

/// What one reader gets: the messages of its topics, until it is dropped or closed.
pub struct Subscription {
    hub: Hub,
    inbox: Arc<Inbox>,
    topics: Vec<Arc<str>>,
}

impl Hub {
    /// A hub without subscribers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Listens to topics from now on.
    ///
    /// A topic that was cut a moment earlier is not cut for this subscription. So subscribe
    /// first, then check that the person may still listen, then read what the first message
    /// says: nothing can then fall between.
    pub fn subscribe<T: AsRef<str>>(&self, topics: impl IntoIterator<Item = T>) -> Subscription {
        self.inner.subscriptions.fetch_add(1, Ordering::Relaxed);
        let inbox = Arc::new(Inbox::default());
        let mut new = Subscription { hub: self.clone(), inbox, topics: Vec::new() };
        new.set_topics(topics);
        new
    }

    /// Gives the message to everybody who holds the topic. Never waits; returns how many hold it.
    pub fn publish(&self, topic: &str, message: impl Into<Utf8Bytes>) -> usize {
        let mut shard = self.shard(topic);
        shard.remember(topic);
        let Some(inboxes) = shard.holders.get(topic) else { return 0 };
        let message = message.into();
        for inbox in inboxes {
            inbox.push(message.clone());
        }
        inboxes.len()
    }

    /// Ends every subscription that holds the topic, at once and with all its topics; messages
    /// that wait are dropped. Returns how many held it.
    pub fn cut(&self, topic: &str, why: Cut) -> usize {
        let shard = self.shard(topic);
        let inboxes = shard.holders.get(topic).map(Vec::as_slice).unwrap_or_default();
        for inbox in inboxes {
            inbox.close(Closed::Cut(why));
        }
        inboxes.len()
    }

    /// Ends every subscription, now and to come: the server is about to stop.
    pub fn stop(&self, why: Cut) {
        *self.inner.stopped.write().unwrap_or_else(PoisonError::into_inner) = Some(why);
        for shard in &self.inner.shards {
            for inbox in lock(shard).holders.values().flatten() {
                inbox.close(Closed::Cut(why));
            }
        }
    }

    /// How far this hub has come, for [`Subscription::is_behind`]. Who takes it before they
    /// read what messages are about knows of everything that was published until then. It is a
    /// moment and no count of messages, which would tell of topics that the reader does not hold.
    pub fn position(&self) -> String {
        format!("{}.{}", self.name(), now())
    }

    /// How many subscriptions there are.
    pub fn subscriptions(&self) -> usize {
        self.inner.subscriptions.load(Ordering::Relaxed)
    }

    /// How many topics somebody holds.
    pub fn topics(&self) -> usize {
        self.inner.shards.iter().map(|shard| lock(shard).holders.len()).sum()
    }

    /// Other processes, and this one after a restart, have hubs of other names.
    fn name(&self) -> u64 {
        self.inner.hasher.hash_one("name")
    }

    fn last_of(&self, topic: &str) -> u64 {
        let shard = self.shard(topic);
        shard.last.get(topic).copied().unwrap_or(shard.forgotten)
    }

    fn shard(&self, topic: &str) -> MutexGuard<'_, Shard> {
        // The lower bits choose within the shard's table.
        let hash = self.inner.hasher.hash_one(topic) >> 32;
        lock(&self.inner.shards[hash as usize % SHARDS])
    }

    fn join(&self, topic: &str, inbox: &Arc<Inbox>) -> Arc<str> {
        let mut shard = self.shard(topic);
        // One copy of the name serves the table and every subscription.
        let name = shard.holders.get_key_value(topic).map(|(name, _)| Arc::clone(name));
        let name = name.unwrap_or_else(|| Arc::from(topic));
        shard.holders.entry(Arc::clone(&name)).or_default().push(Arc::clone(inbox));
        name
    }

    fn leave(&self, topic: &str, inbox: &Arc<Inbox>) {
        let mut shard = self.shard(topic);
        let Some(inboxes) = shard.holders.get_mut(topic) else { return };
        inboxes.retain(|other| !Arc::ptr_eq(other, inbox));
        if inboxes.is_empty() {
            shard.holders.remove(topic);
        } else if inboxes.capacity() > 4 * inboxes.len() {
            inboxes.shrink_to(2 * inboxes.len());
        }
    }
}

impl Shard {
    fn remember(&mut self, topic: &str) {
        if let Some(last) = self.last.get_mut(topic) {
            *last = now();
            return;
        }
        if self.last.len() == REMEMBERED {
            self.last.clear();
            self.forgotten = now();
        }
        self.last.insert(topic.into(), now());
    }
}

impl Subscription {
    /// Whether one of its topics has had a message since this [`Hub::position`]; also when that
    /// cannot be told, as it is another hub's position, or too long ago.
    pub fn is_behind(&self, position: &str) -> bool {
        let moment = position.split_once('.').and_then(|(name, moment)| {
            (name == self.hub.name().to_string()).then(|| moment.parse::<u64>().ok()).flatten()
        });
        let is_news = |last: u64| moment.is_none_or(|moment| last >= moment);
        self.topics.iter().any(|topic| is_news(self.hub.last_of(topic)))
    }

    /// The next message. May be cancelled without losing one.
    ///
    /// # Errors
    /// [`Closed`] when nothing more will come.
    pub async fn recv(&mut self) -> Result<Utf8Bytes, Closed> {
        self.inbox.next().await
    }

    /// Waits until the subscription is closed, and lets messages wait meanwhile.
    pub async fn closed(&self) -> Closed {
        self.inbox.ended().await
    }

    /// Puts a message for this reader alone behind those that wait.
    pub fn tell(&self, message: impl Into<Utf8Bytes>) {
        self.inbox.push(message.into());
    }

    /// Listens to exactly these topics from now on. What waits from others is still delivered.
    pub fn set_topics<T: AsRef<str>>(&mut self, topics: impl IntoIterator<Item = T>) {
        let hub = self.hub.clone();
        let stopped = hub.inner.stopped.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(why) = *stopped {
            self.inbox.close(Closed::Cut(why));
            return;
        }
        let mut before = std::mem::take(&mut self.topics);
        for topic in topics {
            let topic = topic.as_ref();
            if self.topics.iter().any(|held| **held == *topic) {
                continue;
            }
            match before.iter().position(|held| **held == *topic) {
                Some(place) => self.topics.push(before.swap_remove(place)),
                None => self.topics.push(hub.join(topic, &self.inbox)),
            }
        }
        self.topics.shrink_to_fit();
        for topic in before {
            hub.leave(&topic, &self.inbox);
        }
    }

    /// The topics that it holds.
    pub fn topics(&self) -> impl Iterator<Item = &str> {
        self.topics.iter().map(|topic| &**topic)
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        for topic in &self.topics {
            self.hub.leave(topic, &self.inbox);
        }
        self.hub.inner.subscriptions.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Nanoseconds, on a clock that never goes back.
fn now() -> u64 {
    static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
    BEGAN.elapsed().as_nanos() as u64
}

fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    // Only memory exhaustion, which aborts, could stop a change half-way.
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}
