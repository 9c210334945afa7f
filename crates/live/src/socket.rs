//! One WebSocket, served from one subscription.

use std::time::Duration;

use axum::Error;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};
use tokio_tungstenite::tungstenite;

use crate::{Closed, Cut, Subscription};

/// What a browser may do, and how patient the server is.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The largest message in bytes that the browser may send; more closes with 1009.
    pub max_message: usize,
    /// Messages that the browser may send per minute, pongs apart; more closes with 1008.
    pub messages_per_minute: u32,
    /// How often the browser is asked whether it is still there.
    pub ping_every: Duration,
    /// A browser that has said nothing for this long, not even a pong, is gone.
    pub idle_after: Duration,
    /// A message that cannot be handed to the network for this long means the reader is too slow.
    pub write_within: Duration,
}

impl Default for Limits {
    /// 4 KiB, 60 messages a minute, a ping every 30 s, gone after 75 s, written within 10 s.
    fn default() -> Self {
        Self {
            max_message: 4096,
            messages_per_minute: 60,
            ping_every: Duration::from_secs(30),
            idle_after: Duration::from_secs(75),
            write_within: Duration::from_secs(10),
        }
    }
}

/// How a socket ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The browser closed it.
    Left,
    /// The connection broke.
    Lost,
    /// The browser was silent for too long.
    Idle,
    /// The browser did not read fast enough.
    TooSlow,
    /// The browser sent too large a message.
    TooLarge,
    /// The browser sent too many messages.
    TooMany,
    /// The subscription was cut.
    Cut(Cut),
}

const TRY_AGAIN_LATER: u16 = 1013;
/// How long a browser gets to answer a close before the connection is dropped.
const FAREWELL: Duration = Duration::from_secs(2);

/// Prepares an upgrade for many small sockets; use it before `on_upgrade`.
///
/// axum's defaults reserve 128 KiB for every socket.
pub fn upgrade(upgrade: WebSocketUpgrade, limits: &Limits) -> WebSocketUpgrade {
    // Up to four times the limit is read, so that the refusal (1009) arrives in good order:
    // closing in the middle of a message would reset the connection and lose the code.
    let most = limits.max_message.saturating_mul(4);
    upgrade
        .read_buffer_size(512)
        .write_buffer_size(0)
        .max_write_buffer_size(256 * 1024)
        .max_frame_size(most)
        .max_message_size(most)
}

/// Hands the subscription's messages to the browser until either side ends it.
///
/// Pings are answered; what the browser says is counted and otherwise ignored. A cut closes the
/// socket at once, even when the browser does not read. Close codes: the cut's own, 1013 for a
/// reader that is too slow, 1009 and 1008 for too large and too many messages.
pub async fn serve_socket(
    mut socket: WebSocket,
    mut subscription: Subscription,
    limits: Limits,
) -> Ending {
    let ending = converse(&mut socket, &mut subscription, &limits).await;
    // From here on nobody publishes to it.
    drop(subscription);
    if !matches!(ending, Ending::Lost | Ending::Idle) {
        // Of its own, so that an open socket takes no memory for its end.
        Box::pin(part(socket, ending.close_code())).await;
    }
    ending
}

/// Closes a socket at once. Browsers hide from a page why a handshake was refused; how a socket
/// was closed they tell.
pub async fn refuse(socket: WebSocket, why: Cut) {
    part(socket, Some((why.code, why.reason))).await;
}

async fn part(mut socket: WebSocket, close: Option<(u16, &'static str)>) {
    let farewell = async {
        if let Some((code, reason)) = close {
            let frame = CloseFrame { code, reason: reason.into() };
            // A browser that is gone cannot be told; reading finds that out too.
            let _ = socket.send(Message::Close(Some(frame))).await;
        }
        // Reading also sends our half of a close that the browser began.
        while let Some(Ok(_)) = socket.recv().await {}
    };
    // Whoever does not answer is dropped all the same.
    let _ = timeout(FAREWELL, farewell).await;
}

/// What a script hears with every ping.
const SIGN_OF_LIFE: &str = "";

async fn converse(
    socket: &mut WebSocket,
    subscription: &mut Subscription,
    limits: &Limits,
) -> Ending {
    let mut visitor = Visitor::new(limits);
    let mut ping = interval_at(Instant::now() + limits.ping_every, limits.ping_every);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let message = tokio::select! {
            heard = socket.recv() => match visitor.hear(heard) {
                Ok(()) => continue,
                Err(ending) => return ending,
            },
            told = subscription.recv() => match told {
                Ok(text) => Message::Text(text),
                Err(closed) => return closed.into(),
            },
            _ = ping.tick() => match visitor.is_gone() {
                true => return Ending::Idle,
                false => Message::Ping(Default::default()),
            },
        };
        let sending = async {
            // Scripts are not told of pings, and want to know that we are there as well.
            let is_ping = matches!(message, Message::Ping(_));
            socket.send(message).await?;
            match is_ping {
                true => socket.send(Message::Text(SIGN_OF_LIFE.into())).await,
                false => Ok(()),
            }
        };
        tokio::select! {
            sent = timeout(limits.write_within, sending) => match sent {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return Ending::Lost,
                Err(_) => return Ending::TooSlow,
            },
            closed = subscription.closed() => return closed.into(),
        }
    }
}

impl Ending {
    fn close_code(self) -> Option<(u16, &'static str)> {
        match self {
            Ending::Left | Ending::Lost | Ending::Idle => None,
            Ending::Cut(cut) => Some((cut.code, cut.reason)),
            Ending::TooSlow => Some((TRY_AGAIN_LATER, "too slow")),
            Ending::TooLarge => Some((close_code::SIZE, "message too large")),
            Ending::TooMany => Some((close_code::POLICY, "too many messages")),
        }
    }
}

impl From<Closed> for Ending {
    fn from(closed: Closed) -> Self {
        match closed {
            Closed::Cut(cut) => Ending::Cut(cut),
            Closed::TooSlow => Ending::TooSlow,
        }
    }
}

/// What the browser has said so far.
struct Visitor<'a> {
    limits: &'a Limits,
    last_heard: Instant,
    minute: Instant,
    messages: u32,
}

impl<'a> Visitor<'a> {
    fn new(limits: &'a Limits) -> Self {
        let now = Instant::now();
        Self { limits, last_heard: now, minute: now, messages: 0 }
    }

    fn hear(&mut self, heard: Option<Result<Message, Error>>) -> Result<(), Ending> {
        let message = match heard {
            Some(Ok(message)) => message,
            Some(Err(error)) => return Err(how_it_broke(error)),
            None => return Err(Ending::Lost),
        };
        self.last_heard = Instant::now();
        let size = match message {
            Message::Close(_) => return Err(Ending::Left),
            Message::Pong(_) => return Ok(()),
            Message::Text(text) => text.len(),
            Message::Binary(bytes) | Message::Ping(bytes) => bytes.len(),
        };
        if size > self.limits.max_message {
            return Err(Ending::TooLarge);
        }
        if self.minute.elapsed() >= Duration::from_secs(60) {
            (self.minute, self.messages) = (self.last_heard, 0);
        }
        self.messages += 1;
        match self.messages > self.limits.messages_per_minute {
            true => Err(Ending::TooMany),
            false => Ok(()),
        }
    }

    fn is_gone(&self) -> bool {
        self.last_heard.elapsed() >= self.limits.idle_after
    }
}

fn how_it_broke(error: Error) -> Ending {
    match error.into_inner().downcast_ref::<tungstenite::Error>() {
        Some(tungstenite::Error::Capacity(_)) => Ending::TooLarge,
        _ => Ending::Lost,
    }
}
