//! Every limit on what one account, address or receiver may ask for.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use db::Db;

use crate::web::crowd::Crowd;
use crate::web::rate::Rate;
use crate::web::room::UploadRoom;

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

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Every limit of the program.
pub struct Limits {
    /// Attempts to log in, per address and name tried.
    pub log_in: Rate,
    /// Attempts to log in, per address.
    pub log_in_address: Rate,
    /// New accounts, per address: a house may share one.
    pub register: Rate,
    /// New accounts, per kost: from many addresses nobody fills one.
    pub register_kost: Rate,
    /// Invite codes that are looked up, per address, right ones as well: the
    /// answer may not tell.
    pub invite: Rate,
    /// Mails with links, per address.
    pub reset: Rate,
    /// Mails with links to choose a password, per receiver.
    pub reset_receiver: Rate,
    /// Mails with links to verify an address, per receiver: whoever asks for the others
    /// keeps nobody from proving that an address is theirs.
    pub verify_receiver: Rate,
    /// Reports, per account.
    pub report: Rate,
    /// Comments, per account.
    pub comment: Rate,
    /// Photos that are prepared and stored, per account.
    pub photo: Rate,
    /// Changes of any kind, per account.
    pub write: Rate,
    /// Open pages that listen at once, per account.
    pub sockets: Crowd<i64>,
    /// The memory for photos and long texts that come in.
    pub uploads: UploadRoom,
}

impl Limits {
    /// The limits of a running installation.
    pub fn new(db: &Db) -> Limits {
        let rate = |name, burst, refill| Rate::new(db, name, burst, Duration::from_secs(refill));
        Limits {
            log_in: rate("log_in", 8, 60),
            log_in_address: rate("log_in_address", 60, 5),
            register: rate("register", 40, 30),
            register_kost: rate("register_kost", 60, 60),
            invite: rate("invite", 40, 30),
            reset: rate("reset", 20, 60),
            reset_receiver: rate("reset_receiver", 3, 600),
            verify_receiver: rate("verify_receiver", 3, 600),
            report: rate("report", 20, 30),
            comment: rate("comment", 20, 30),
            photo: rate("photo", 60, 20),
            write: rate("write", 60, 2),
            sockets: Crowd::new(50),
            uploads: UploadRoom::new(200 * 1024 * 1024),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_ipv6_counts_with_its_neighbours() {
        let network = |address: &str| Network::from(address.parse::<IpAddr>().unwrap());
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::9"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
        assert_ne!(network("192.0.2.2"), network("192.0.2.1"));
    }
}
