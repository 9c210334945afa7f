//! Connections: how many there may be, and how long one waits for the other side.

use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep, sleep};

use crate::web::{Crowd, Guest, Network};

/// Connections at once, sockets of open pages included.
const MOST: usize = 20_000;
/// Connections at once from one address: a house behind one router, with a few
/// pages open in every room.
const MOST_OF_ONE: usize = 500;
/// Refusals are logged as often at most: they may be an attack.
const WARN_EVERY: Duration = Duration::from_secs(60);

/// Counts connections.
pub struct Doorkeeper {
    room: Arc<Semaphore>,
    guests: Crowd<Network>,
    /// Whose connections stand for many people.
    proxies: Vec<IpAddr>,
    /// How long a connection may take nothing of what is written to it.
    silence: Duration,
    warned: Mutex<Option<Instant>>,
}

impl Doorkeeper {
    pub fn new(proxies: Vec<IpAddr>, silence: Duration) -> Doorkeeper {
        Doorkeeper {
            room: Arc::new(Semaphore::new(MOST)),
            guests: Crowd::new(MOST_OF_ONE),
            proxies,
            silence,
            warned: Mutex::default(),
        }
    }

    /// Counts a connection in; `None` when there are too many.
    pub fn admit<S>(&self, stream: S, peer: IpAddr) -> Option<Connection<S>> {
        let place = self.place(peer.to_canonical());
        if place.is_none() {
            self.warn(peer);
        }
        let (place, guest) = place?;
        let patience = Patience::new(self.silence);
        Some(Connection { stream, patience, _place: place, _guest: guest })
    }

    fn place(&self, peer: IpAddr) -> Option<(OwnedSemaphorePermit, Option<Guest<Network>>)> {
        let place = self.room.clone().try_acquire_owned().ok()?;
        let is_proxy = peer.is_loopback() || self.proxies.contains(&peer);
        let guest = if is_proxy { None } else { Some(self.guests.admit(peer.into())?) };
        Some((place, guest))
    }

    fn warn(&self, peer: IpAddr) {
        let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
        if warned.is_none_or(|warned| warned.elapsed() >= WARN_EVERY) {
            *warned = Some(Instant::now());
            tracing::warn!(%peer, "too many connections, new ones are refused; if this is the address of a proxy, name it by --trusted-proxies");
        }
    }

    /// Waits until every connection has ended.
    pub async fn all_gone(&self) {
        let _ = self.room.acquire_many(MOST as u32).await;
    }
}

/// A stream that is counted for as long as it is there, also as a WebSocket, and
/// that ends with an error when the other side does not read for a while.
pub struct Connection<S> {
    stream: S,
    patience: Patience,
    _place: OwnedSemaphorePermit,
    _guest: Option<Guest<Network>>,
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
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.patience.limit(written, context).map(Result::flatten)
    }

    // TCP waits for nobody to flush, nor to shut down.
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
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.patience.limit(written, context).map(Result::flatten)
    }
}

/// A body that ends with an error when nothing comes for a while.
pub struct Impatient {
    body: Incoming,
    patience: Patience,
}

impl Impatient {
    /// `silence` is how long nothing may come.
    pub fn new(body: Incoming, silence: Duration) -> Impatient {
        Impatient { body, patience: Patience::new(silence) }
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
        let frame = Pin::new(&mut this.body).poll_frame(context);
        Poll::Ready(match ready!(this.patience.limit(frame, context)) {
            Ok(frame) => frame.map(|frame| frame.map_err(axum::Error::new)),
            Err(silent) => Some(Err(axum::Error::new(silent))),
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A limit to how long the other side is waited for.
struct Patience {
    silence: Duration,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Patience {
    fn new(silence: Duration) -> Patience {
        Patience { silence, timer: None }
    }

    /// What was awaited; an error when it has been awaited for too long. The time
    /// that we take for ourselves does not count.
    fn limit<T>(&mut self, awaited: Poll<T>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if awaited.is_pending() {
            let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(self.silence)));
            ready!(timer.as_mut().poll(context));
        }
        self.timer = None;
        Poll::Ready(match awaited {
            Poll::Ready(value) => Ok(value),
            Poll::Pending => Err(io::ErrorKind::TimedOut.into()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_cannot_take_all_connections() {
        let proxy = IpAddr::from([10, 0, 0, 2]);
        let doorkeeper = Doorkeeper::new(vec![proxy], Duration::ZERO);
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
    }
}
