//! Rate limits, held in memory by each node: enough to make guessing useless
//! without a write for every attempt.

use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Mutex;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock, QuantaInstant, Reference};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::error::{Error, Result};
use crate::web::crowd::Crowd;
use crate::web::room::UploadRoom;

/// From so many keys on, the table is looked through for those that are worth nothing.
const MANY_KEYS: usize = 50_000;
const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// So many at once, then one more every so often, for each key.
pub struct Rate<K: Hash + Eq + Clone> {
    limiter: DefaultKeyedRateLimiter<K>,
    clock: DefaultClock,
    /// When the table was last looked through, by [`Rate::clock`].
    swept: Mutex<QuantaInstant>,
}

impl<K: Hash + Eq + Clone> Rate<K> {
    #[expect(clippy::expect_used, reason = "periods are constants above zero")]
    fn new(burst: u32, refill: Duration) -> Rate<K> {
        let quota = Quota::with_period(refill)
            .expect("a period above zero")
            .allow_burst(NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN));
        let clock = DefaultClock::default();
        let swept = Mutex::new(clock.now());
        Rate { limiter: RateLimiter::keyed(quota), clock, swept }
    }

    /// Counts one use.
    ///
    /// # Errors
    /// [`Error::TooMany`] with the seconds until the next one is allowed.
    pub fn check(&self, key: impl Into<K>) -> Result<()> {
        self.sweep();
        self.limiter.check_key(&key.into()).map_err(|not_until| {
            let wait = not_until.wait_time_from(self.clock.now());
            Error::TooMany { seconds: wait.as_secs() + 1 }
        })
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

/// What one household or attacker has of addresses: an IPv4 address, or the first
/// 64 bits of an IPv6 one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Network(IpAddr);

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Network {
        Network(match address.to_canonical() {
            IpAddr::V4(address) => address.into(),
            IpAddr::V6(address) => {
                Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into()
            }
        })
    }
}

/// Every limit of the program.
pub struct Limits {
    /// Attempts to log in, per address and name tried.
    pub log_in: Rate<(Network, String)>,
    /// Attempts to log in, per address.
    pub log_in_address: Rate<Network>,
    /// New accounts, per address: a house may share one.
    pub register: Rate<Network>,
    /// Invite codes that are looked up, per address, right ones as well: the
    /// answer may not tell.
    pub invite: Rate<Network>,
    /// Mails with links, per address.
    pub reset: Rate<Network>,
    /// Mails with links, per receiver.
    pub reset_receiver: Rate<String>,
    /// Reports, per account.
    pub report: Rate<i64>,
    /// Comments and other changes, per account.
    pub write: Rate<i64>,
    /// Open pages that listen at once, per account.
    pub sockets: Crowd<i64>,
    /// The memory for photos and long texts that come in.
    pub uploads: UploadRoom,
}

impl Limits {
    /// The limits of a running installation.
    pub fn new() -> Limits {
        Limits {
            log_in: Rate::new(8, Duration::from_secs(60)),
            log_in_address: Rate::new(60, Duration::from_secs(5)),
            register: Rate::new(40, Duration::from_secs(30)),
            invite: Rate::new(40, Duration::from_secs(30)),
            reset: Rate::new(20, Duration::from_secs(60)),
            reset_receiver: Rate::new(3, Duration::from_secs(600)),
            report: Rate::new(20, Duration::from_secs(30)),
            write: Rate::new(60, Duration::from_secs(2)),
            sockets: Crowd::new(50),
            uploads: UploadRoom::new(200 * 1024 * 1024),
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
        let rate = Rate::<&str>::new(2, Duration::from_secs(60));
        assert!(rate.check("rani").is_ok());
        assert!(rate.check("rani").is_ok());
        assert!(matches!(rate.check("rani"), Err(Error::TooMany { seconds: 1..=61 })));
        assert!(rate.check("budi").is_ok());
    }

    #[test]
    fn an_address_of_ipv6_counts_with_its_neighbours() {
        let network = |address: &str| Network::from(address.parse::<IpAddr>().unwrap());
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::9"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
        assert_ne!(network("192.0.2.2"), network("192.0.2.1"));
    }
}
