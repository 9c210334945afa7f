//! Connections: how many there may be, and how long a body may keep silent.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Sleep, sleep};

use crate::web::Network;

/// Connections at once, sockets of open pages included.
const MOST: usize = 20_000;
/// Connections at once from one address: a house behind one router, with a few
/// pages open in every room.
const MOST_OF_ONE: usize = 500;

/// Counts connections.
pub struct Doorkeeper {
    room: Arc<Semaphore>,
    guests: Arc<Mutex<HashMap<Network, usize>>>,
    /// Whose connections stand for many people.
    proxies: Vec<IpAddr>,
}

impl Doorkeeper {
    pub fn new(proxies: Vec<IpAddr>) -> Doorkeeper {
        Doorkeeper { room: Arc::new(Semaphore::new(MOST)), guests: Arc::default(), proxies }
    }

    /// Counts a connection in; `None` when there are too many.
    pub fn admit<S>(&self, stream: S, peer: IpAddr) -> Option<Connection<S>> {
        let place = self.room.clone().try_acquire_owned().ok()?;
        let peer = peer.to_canonical();
        let is_proxy = peer.is_loopback() || self.proxies.contains(&peer);
        let guest = if is_proxy { None } else { Some(self.count(peer.into())?) };
        Some(Connection { stream, _place: place, _guest: guest })
    }

    fn count(&self, network: Network) -> Option<Guest> {
        let mut guests = self.guests.lock().unwrap_or_else(PoisonError::into_inner);
        let count = guests.entry(network).or_default();
        (*count < MOST_OF_ONE).then(|| {
            *count += 1;
            Guest { network, guests: self.guests.clone() }
        })
    }

    /// Waits until every connection has ended.
    pub async fn all_gone(&self) {
        let _ = self.room.acquire_many(MOST as u32).await;
    }
}

/// One connection of a network.
struct Guest {
    network: Network,
    guests: Arc<Mutex<HashMap<Network, usize>>>,
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut guests = self.guests.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = guests.get_mut(&self.network) {
            *count -= 1;
            if *count == 0 {
                guests.remove(&self.network);
            }
        }
    }
}

/// A stream that is counted for as long as it is there, also as a WebSocket.
pub struct Connection<S> {
    stream: S,
    _place: OwnedSemaphorePermit,
    _guest: Option<Guest>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Connection<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Connection<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }
}

/// A body that ends with an error when nothing comes for a while.
pub struct Impatient {
    body: Incoming,
    silence: Duration,
    patience: Option<Pin<Box<Sleep>>>,
}

impl Impatient {
    /// `silence` is how long nothing may come.
    pub fn new(body: Incoming, silence: Duration) -> Impatient {
        Impatient { body, silence, patience: None }
    }
}

impl Body for Impatient {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(context) {
            // The time that the reader takes for itself does not count.
            this.patience = None;
            return Poll::Ready(frame.map(|frame| frame.map_err(axum::Error::new)));
        }
        ready!(
            this.patience
                .get_or_insert_with(|| Box::pin(sleep(this.silence)))
                .as_mut()
                .poll(context)
        );
        this.patience = None;
        Poll::Ready(Some(Err(axum::Error::new(io::Error::from(io::ErrorKind::TimedOut)))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_cannot_take_all_connections() {
        let proxy = IpAddr::from([10, 0, 0, 2]);
        let doorkeeper = Doorkeeper::new(vec![proxy]);
        let from = |address: &str| doorkeeper.admit((), address.parse().unwrap());
        let mut guests: Vec<_> = (0..MOST_OF_ONE).map(|_| from("192.0.2.1").unwrap()).collect();
        assert!(from("192.0.2.1").is_none() && from("::ffff:192.0.2.1").is_none());
        assert!(from("192.0.2.2").is_some());
        let many: Vec<_> = (0..2 * MOST_OF_ONE)
            .map(|number| from(if number % 2 == 0 { "10.0.0.2" } else { "::1" }))
            .collect();
        assert!(many.iter().all(Option::is_some), "proxies speak for many");
        guests.pop();
        assert!(from("192.0.2.1").is_some(), "one has left");
        drop((guests, many));
        assert!(doorkeeper.guests.lock().unwrap().is_empty());
    }
}
