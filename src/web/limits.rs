//! Rate limits, held in memory by each node: enough to make guessing useless
//! without a write for every attempt.

use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::error::{Error, Result};

/// So many at once, then one more every so often, for each key.
pub struct Rate<K: Hash + Eq + Clone> {
    limiter: DefaultKeyedRateLimiter<K>,
    clock: DefaultClock,
}

impl<K: Hash + Eq + Clone> Rate<K> {
    #[expect(clippy::expect_used, reason = "periods are constants above zero")]
    fn new(burst: u32, refill: Duration) -> Rate<K> {
        let quota = Quota::with_period(refill)
            .expect("a period above zero")
            .allow_burst(NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN));
        Rate { limiter: RateLimiter::keyed(quota), clock: DefaultClock::default() }
    }

    /// Counts one use.
    ///
    /// # Errors
    /// [`Error::TooMany`] with the seconds until the next one is allowed.
    pub fn check(&self, key: K) -> Result<()> {
        // Keys that are full again are worth nothing; without this the table
        // would grow with every address that ever came by.
        if self.limiter.len() > 50_000 {
            self.limiter.retain_recent();
        }
        self.limiter.check_key(&key).map_err(|not_until| {
            let wait = not_until.wait_time_from(self.clock.now());
            Error::TooMany { seconds: wait.as_secs() + 1 }
        })
    }
}

/// Every limit of the program.
pub struct Limits {
    /// Attempts to log in, per address and name tried.
    pub log_in: Rate<(IpAddr, String)>,
    /// Attempts to log in, per address.
    pub log_in_address: Rate<IpAddr>,
    /// New accounts, per address: a house may share one.
    pub register: Rate<IpAddr>,
    /// Mails with links, per address.
    pub reset: Rate<IpAddr>,
    /// Mails with links, per receiver.
    pub reset_receiver: Rate<String>,
    /// Reports, per account.
    pub report: Rate<i64>,
    /// Comments and other changes, per account.
    pub write: Rate<i64>,
}

impl Limits {
    /// The limits of a running installation.
    pub fn new() -> Limits {
        Limits {
            log_in: Rate::new(8, Duration::from_secs(60)),
            log_in_address: Rate::new(60, Duration::from_secs(5)),
            register: Rate::new(40, Duration::from_secs(30)),
            reset: Rate::new(20, Duration::from_secs(60)),
            reset_receiver: Rate::new(3, Duration::from_secs(600)),
            report: Rate::new(20, Duration::from_secs(30)),
            write: Rate::new(60, Duration::from_secs(2)),
        }
    }

    /// Limits that a load test does not meet.
    pub fn unlimited() -> Limits {
        const MANY: u32 = 1_000_000_000;
        const SHORT: Duration = Duration::from_nanos(1);
        Limits {
            log_in: Rate::new(MANY, SHORT),
            log_in_address: Rate::new(MANY, SHORT),
            register: Rate::new(MANY, SHORT),
            reset: Rate::new(MANY, SHORT),
            reset_receiver: Rate::new(MANY, SHORT),
            report: Rate::new(MANY, SHORT),
            write: Rate::new(MANY, SHORT),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Limits::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_then_the_next_one_is_told_how_long_to_wait() {
        let rate = Rate::new(2, Duration::from_secs(60));
        assert!(rate.check("rani").is_ok());
        assert!(rate.check("rani").is_ok());
        assert!(matches!(rate.check("rani"), Err(Error::TooMany { seconds: 1..=61 })));
        assert!(rate.check("budi").is_ok());
    }
}
