//! SMTP: a small set of kept connections over lettre's protocol code.
//!
//! lettre's own pool is not used: its async replies have no timeout, and a send that is
//! cancelled in the middle gives its connection back with the reply still under way, so that
//! the next message reads the answer to the last one.

mod connect;
mod settings;
#[cfg(test)]
mod tests;
mod tls;
mod verdict;

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use lettre::transport::smtp::Error as LettreError;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{Extension, MailParameter};
use lettre::transport::smtp::response::Response;
use tokio::sync::Semaphore;
use tokio::time::timeout;

pub use settings::{InvalidUrl, SmtpSettings, Timeouts};

use crate::compose::Composed;
use crate::error::one_line;
use crate::{Receipt, SendError};
use verdict::{Failure, Stage};

/// Servers commonly hang up after one to five minutes of silence.
const KEPT_FOR: Duration = Duration::from_secs(30);
/// Some servers take only so many messages per connection (Postfix and Exim: 100 and more).
const MESSAGES_PER_CONNECTION: u32 = 50;

pub(crate) struct Smtp {
    settings: SmtpSettings,
    idle: Mutex<Vec<Connection>>,
    slots: Semaphore,
}

struct Connection {
    inner: AsyncSmtpConnection,
    messages: u32,
    last_used: Instant,
}

impl Smtp {
    pub(crate) fn new(settings: SmtpSettings) -> Self {
        let slots = Semaphore::new(settings.connections.max(1));
        Self { settings, idle: Mutex::default(), slots }
    }

    pub(crate) async fn send(&self, message: &Composed) -> Result<Receipt, SendError> {
        // The semaphore is never closed, so this is always a permit.
        let _slot = self.slots.acquire().await;
        if let Some(mut kept) = self.kept().await {
            match self.transmit(&mut kept, message).await {
                // The server was tired of this connection, and has not seen the content.
                Err(failure) if failure.wants_a_fresh_connection() => {}
                outcome => return self.finish(kept, outcome),
            }
        }
        let mut fresh = self.connect().await?;
        let outcome = self.transmit(&mut fresh, message).await;
        self.finish(fresh, outcome)
    }

    async fn connect(&self) -> Result<Connection, SendError> {
        let inner = connect::open(&self.settings).await?;
        Ok(Connection { inner, messages: 0, last_used: Instant::now() })
    }

    /// A connection from an earlier message that still answers. RSET also ends whatever a
    /// refused recipient left open.
    async fn kept(&self) -> Option<Connection> {
        loop {
            let mut connection = self.lock().pop()?;
            if connection.last_used.elapsed() > KEPT_FOR {
                continue;
            }
            let reset = connection.inner.command("RSET\r\n");
            if let Ok(Ok(_)) = timeout(self.settings.timeouts.command, reset).await {
                return Some(connection);
            }
        }
    }

    async fn transmit(
        &self,
        connection: &mut Connection,
        message: &Composed,
    ) -> Result<Response, Failure> {
        let limits = self.settings.timeouts;
        let smtp = &mut connection.inner;
        let mut options = Vec::new();
        if !message.to.as_ref_str().is_ascii() || !message.from.as_ref_str().is_ascii() {
            if !smtp.server_info().supports_feature(Extension::SmtpUtfEight) {
                return Err(Failure::unwritable());
            }
            options.push(MailParameter::SmtpUtfEight);
        }
        connection.messages += 1;
        let mail = Mail::new(Some(message.from.clone()), options);
        let rcpt = Rcpt::new(message.to.clone(), Vec::new());
        within(limits.command, Stage::Sender, smtp.command(mail)).await?;
        within(limits.command, Stage::Recipient, smtp.command(rcpt)).await?;
        within(limits.command, Stage::Data, smtp.command(Data)).await?;
        within(limits.content, Stage::Content, smtp.message(&message.bytes)).await
    }

    fn finish(
        &self,
        connection: Connection,
        outcome: Result<Response, Failure>,
    ) -> Result<Receipt, SendError> {
        match outcome {
            Ok(response) => {
                self.keep(connection);
                let words = response.message().collect::<Vec<_>>().join(" ");
                let line = format!("{} {words}", response.code());
                Ok(Receipt { server_response: one_line(&line) })
            }
            Err(failure) => {
                if failure.leaves_the_connection_usable() {
                    self.keep(connection);
                }
                Err(failure.into_error(self.settings.credentials.is_some()))
            }
        }
    }

    fn keep(&self, mut connection: Connection) {
        if connection.messages < MESSAGES_PER_CONNECTION {
            connection.last_used = Instant::now();
            self.lock().push(connection);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Connection>> {
        // A Vec of connections is whole whenever the lock is free.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.settings.fmt(f)
    }
}

async fn within<T>(
    limit: Duration,
    stage: Stage,
    step: impl Future<Output = Result<T, LettreError>>,
) -> Result<T, Failure> {
    match timeout(limit, step).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(Failure::from_lettre(stage, &error)),
        Err(_) => Err(Failure::timeout(stage, limit)),
    }
}

/// lettre's address implements several `AsRef`s; this names the one that is meant.
trait AsRefStr {
    fn as_ref_str(&self) -> &str;
}

impl AsRefStr for lettre::Address {
    fn as_ref_str(&self) -> &str {
        self.as_ref()
    }
}
