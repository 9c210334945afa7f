//! A message and the ways it can travel: SMTP, a folder of `.eml` files, memory.
//!
//! The crate knows nothing of tickets. It promises that nothing in a [`Message`] can add a
//! header, that a password never crosses a network in the clear, that every [`Mailer::send`]
//! ends within its timeouts, and that a failure says in one word ([`SendError::code`]) what
//! happened and ([`SendError::kind`]) whether trying again can help.

mod compose;
mod error;
mod folder;
mod mailer;
mod memory;
mod message;
mod smtp;
#[cfg(feature = "testing")]
pub mod testing;

pub use error::{ErrorKind, SendError};
pub use folder::{Folder, StoredMail, StoredMessage};
pub use mailer::{Mailer, Receipt};
pub use memory::Memory;
pub use message::{Mailbox, Message};
pub use smtp::{InvalidUrl, SmtpSettings, Timeouts};
