//! The one thing that the application holds: a mailer, whatever stands behind it.

use std::path::PathBuf;
use std::sync::Arc;

use crate::compose::compose;
use crate::smtp::Smtp;
use crate::{Folder, Memory, Message, SendError, SmtpSettings};

/// Sends messages. Cheap to clone; all clones share one set of connections.
#[derive(Clone)]
pub struct Mailer {
    transport: Transport,
}

#[derive(Clone)]
enum Transport {
    Smtp(Arc<Smtp>),
    Folder(Folder),
    Memory(Memory),
}

/// What the other side said when it took the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The SMTP server's last reply (`250 2.0.0 queued as 4F2…`), or the file's name.
    /// One line, at most 500 characters.
    pub server_response: String,
}

impl Mailer {
    /// Sends through an SMTP server. Connects when the first message is sent.
    pub fn smtp(settings: SmtpSettings) -> Self {
        Self { transport: Transport::Smtp(Arc::new(Smtp::new(settings))) }
    }

    /// Keeps every message as an `.eml` file in `path`, which is made when needed.
    pub fn folder(path: impl Into<PathBuf>) -> Self {
        Self { transport: Transport::Folder(Folder::new(path)) }
    }

    /// Keeps every message in memory, and gives the hand that reads them.
    pub fn memory() -> (Self, Memory) {
        let memory = Memory::default();
        (Self { transport: Transport::Memory(memory.clone()) }, memory)
    }

    /// Delivers the message to the transport: the server has taken it, or the file is on disk.
    ///
    /// It may be cancelled at any moment: the connection in use is then closed, never reused.
    ///
    /// # Errors
    /// [`SendError`] says what happened and whether trying again can help.
    pub async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        let composed = compose(message)?;
        match &self.transport {
            Transport::Smtp(smtp) => smtp.send(&composed).await,
            Transport::Folder(folder) => folder.keep(message, composed.bytes).await,
            Transport::Memory(memory) => memory.send(message),
        }
    }

    /// The folder, if that is where messages go.
    pub fn kept(&self) -> Option<&Folder> {
        match &self.transport {
            Transport::Folder(folder) => Some(folder),
            Transport::Smtp(_) | Transport::Memory(_) => None,
        }
    }
}

impl std::fmt::Debug for Mailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.transport {
            Transport::Smtp(smtp) => write!(f, "Mailer({smtp:?})"),
            Transport::Folder(folder) => write!(f, "Mailer({folder:?})"),
            Transport::Memory(_) => write!(f, "Mailer(memory)"),
        }
    }
}
