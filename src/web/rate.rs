//! How often somebody may do something: so many times at once, then once more
//! every so often. One node counts in its memory; several count together, in
//! the database that they share.

use std::fmt::Display;
use std::num::NonZeroU32;
use std::sync::Mutex;
use std::time::Duration;

use db::{Db, Dialect, query};
use governor::clock::{Clock, DefaultClock, QuantaInstant, Reference};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use jiff::{SignedDuration, Timestamp};
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
}

impl Rate {
    /// `burst` at once for each key, then one more every `refill`. On SQLite there is
    /// one node that takes forms.
    pub fn new(db: &Db, name: &'static str, burst: u32, refill: Duration) -> Rate {
        let shared = (db.dialect() == Dialect::Postgres).then(|| db.clone());
        Rate { name, burst, refill, own: Own::new(burst, refill), shared }
    }

    /// Counts one use. While the database takes nothing, each node counts by itself.
    ///
    /// # Errors
    /// [`Error::TooMany`] with the seconds until the next one is allowed; those of
    /// the database where nodes share it.
    pub async fn check(&self, key: impl Display) -> Result<()> {
        let key = key.to_string();
        let wait = match &self.shared {
            None => self.own.use_one(key),
            Some(db) => match timeout(PATIENCE, self.use_one_of_all(db, &key)).await {
                Ok(Err(error)) if !error.is_unavailable() => return Err(error.into()),
                Ok(Ok(wait)) => wait,
                Ok(Err(_)) | Err(_) => self.own.use_one(key),
            },
        };
        match wait {
            None => Ok(()),
            Some(wait) => Err(Error::TooMany { seconds: wait.as_millis().div_ceil(1000) as u64 }),
        }
    }

    /// How long to wait, if no use is left. Each use puts the moment off at which all are
    /// there again (the generic cell rate algorithm), for as long as it is near enough.
    async fn use_one_of_all(&self, db: &Db, key: &str) -> db::Result<Option<Duration>> {
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
        let wait = full_at.duration_since(now) - refill * (self.burst as i32 - 1);
        Ok(Some(wait.unsigned_abs()))
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
