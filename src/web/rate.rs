//! How often somebody may do something: so many times at once, then once more
//! every so often. One node counts in its memory; several count together, in
//! the database that they share.

use std::collections::HashMap;
use std::fmt::Display;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use db::{Db, Dialect, query};
use governor::clock::{Clock, DefaultClock, QuantaInstant, Reference};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use tokio::time::timeout;

use crate::error::{Error, Result};

/// From so many keys on, the table is looked through for those that are worth nothing.
const MANY_KEYS: usize = 50_000;
const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// How long the database may take to count.
const PATIENCE: Duration = Duration::from_secs(1);

/// A limit on each of many keys.
pub struct Rate {
    name: &'static str,
    burst: u32,
    refill: Duration,
    own: Own,
    /// Where all nodes count.
    shared: Option<Db>,
    refused: Refused,
}

impl Rate {
    /// `burst` at once for each key, then one more every `refill`. On SQLite there is
    /// one node that takes forms.
    pub fn new(db: &Db, name: &'static str, burst: u32, refill: Duration) -> Rate {
        let shared = (db.dialect() == Dialect::Postgres).then(|| db.clone());
        let own = Own::new(burst, refill);
        Rate { name, burst, refill, own, shared, refused: Refused::default() }
    }

    /// Counts one use. Of the key only a hash is kept, however long it is. While the
    /// database takes nothing, each node counts by itself.
    ///
    /// # Errors
    /// [`Error::TooMany`] with the seconds until the next one is allowed; those of
    /// the database where nodes share it.
    pub async fn check(&self, key: impl Display) -> Result<()> {
        let key = URL_SAFE_NO_PAD.encode(Sha256::digest(key.to_string()));
        let wait = match &self.shared {
            None => self.own.use_one(key),
            Some(db) => match self.refused.wait(&key, db.now()) {
                None => self.use_shared(db, key).await?,
                known => known,
            },
        };
        match wait {
            None => Ok(()),
            Some(wait) => Err(Error::TooMany { seconds: wait.as_millis().div_ceil(1000) as u64 }),
        }
    }

    async fn use_shared(&self, db: &Db, key: String) -> db::Result<Option<Duration>> {
        match timeout(PATIENCE, self.use_one_of_all(db, &key)).await {
            Ok(Ok(None)) => Ok(None),
            Ok(Ok(Some(until))) => Ok(self.refused.note(key, until, db.now())),
            Ok(Err(error)) if !error.is_unavailable() => Err(error),
            Ok(Err(_)) | Err(_) => Ok(self.own.use_one(key)),
        }
    }

    /// Until when to wait, if no use is left. Each use puts the moment off at which all are
    /// there again (the generic cell rate algorithm), for as long as it is near enough.
    async fn use_one_of_all(&self, db: &Db, key: &str) -> db::Result<Option<Timestamp>> {
        let mut tx = db.begin().await?;
        let now = tx.now();
        let refill = SignedDuration::try_from(self.refill).unwrap_or(SignedDuration::MAX);
        let used: Option<(i64,)> = query(
            "INSERT INTO rate_use (rate, key, full_at)
             VALUES ($1, $2, $3)
             ON CONFLICT (rate, key) DO UPDATE
             SET full_at = CASE
                 WHEN rate_use.full_at > $4 THEN rate_use.full_at + $5
                 ELSE excluded.full_at
             END
             WHERE rate_use.full_at <= $6
             RETURNING full_at",
        )
        .bind(self.name)
        .bind(key)
        .bind(now + refill)
        .bind(now)
        .bind(refill.as_millis() as i64)
        .bind(now + refill * (self.burst as i32 - 1))
        .optional(&mut tx)
        .await?;
        if used.is_some() {
            tx.commit().await?;
            return Ok(None);
        }
        let (full_at,): (Timestamp,) =
            query("SELECT full_at FROM rate_use WHERE rate = $1 AND key = $2")
                .bind(self.name)
                .bind(key)
                .one(&mut tx)
                .await?;
        Ok(Some(full_at - refill * (self.burst as i32 - 1)))
    }
}

/// Forgets what is worth nothing any more.
///
/// # Errors
/// Those of the database.
pub async fn forget_unused(tx: &mut db::Tx) -> db::Result<()> {
    query("DELETE FROM rate_use WHERE full_at < $1").bind(tx.now()).run(tx).await?;
    Ok(())
}

/// Whom the database refused, and until when. It lets nobody in before: every use of
/// theirs puts that off. So whoever tries without end costs it nothing.
#[derive(Default)]
struct Refused(Mutex<HashMap<String, Timestamp>>);

impl Refused {
    fn wait(&self, key: &str, now: Timestamp) -> Option<Duration> {
        let until = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).copied()?;
        (until > now).then(|| until.duration_since(now).unsigned_abs())
    }

    /// How long that is; a refusal is no shorter than a moment.
    fn note(&self, key: String, until: Timestamp, now: Timestamp) -> Option<Duration> {
        let mut refused = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if refused.len() >= MANY_KEYS {
            refused.retain(|_, until| *until > now);
        }
        if refused.len() < MANY_KEYS {
            refused.insert(key, until);
        }
        Some(until.duration_since(now).max(SignedDuration::from_millis(1)).unsigned_abs())
    }
}

/// What one node counts by itself.
struct Own {
    limiter: DefaultKeyedRateLimiter<String>,
    clock: DefaultClock,
    /// When the table was last looked through, by `clock`.
    swept: Mutex<QuantaInstant>,
}

impl Own {
    #[expect(clippy::expect_used, reason = "periods are constants above zero")]
    fn new(burst: u32, refill: Duration) -> Own {
        let quota = Quota::with_period(refill)
            .expect("a period above zero")
            .allow_burst(NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN));
        let clock = DefaultClock::default();
        let swept = Mutex::new(clock.now());
        Own { limiter: RateLimiter::keyed(quota), clock, swept }
    }

    /// How long to wait, if no use is left.
    fn use_one(&self, key: String) -> Option<Duration> {
        self.sweep();
        let refusal = self.limiter.check_key(&key).err()?;
        Some(refusal.wait_time_from(self.clock.now()))
    }

    /// Keys that are full again are worth nothing; without this the table would
    /// grow with every address that ever came by. It takes a while: once a minute.
    fn sweep(&self) {
        if self.limiter.len() <= MANY_KEYS {
            return;
        }
        let now = self.clock.now();
        let Ok(mut swept) = self.swept.try_lock() else { return };
        if now.duration_since(*swept) >= SWEEP_EVERY.into() {
            *swept = now;
            self.limiter.retain_recent();
        }
    }
}
