//! Where a request comes from.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::ConnectInfo;
use http::request::Parts;

use crate::config::Config;
use crate::web::Network;

/// The network of the person's device, which limits count by.
pub fn client_network(config: &Config, parts: &Parts) -> Network {
    client_address(config, parts).into()
}

/// The address of the person's device: the connection's own, unless that is a
/// trusted proxy, whose `X-Forwarded-For` is then read from its right end up to
/// the first address that is no trusted proxy's. What cannot be read, and all
/// that stands left of it, may be anybody's invention: the connection counts then.
pub fn client_address(config: &Config, parts: &Parts) -> IpAddr {
    let peer = parts
        .extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |ConnectInfo(address)| address.ip())
        .to_canonical();
    if !config.trusts(peer) {
        return peer;
    }
    parts
        .headers
        .get_all("x-forwarded-for")
        .iter()
        .flat_map(|value| value.to_str().unwrap_or("unreadable").split(','))
        .rev()
        .map(|entry| forwarded(entry.trim()))
        .find(|address| address.is_none_or(|address| !config.trusts(address)))
        .flatten()
        .unwrap_or(peer)
}

/// An entry of `X-Forwarded-For`: an address, some proxies add the port.
fn forwarded(entry: &str) -> Option<IpAddr> {
    let address = entry.parse().or_else(|_| entry.parse().map(|address: SocketAddr| address.ip()));
    let bracketed = || entry.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    address.ok().or_else(bracketed).map(|address: IpAddr| address.to_canonical())
}
