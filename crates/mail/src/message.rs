//! What is sent: one message to one person, as plain values.
//!
//! Nothing here is checked when it is built; [`crate::Mailer::send`] checks it all, whatever
//! the transport, so that a message that the folder takes is one that SMTP takes too.

use jiff::Timestamp;

/// A name and an e-mail address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// What people read; may be empty. Control characters become spaces.
    pub name: String,
    /// `local@domain`. The domain may be written in Unicode.
    pub address: String,
}

impl Mailbox {
    /// A mailbox from its name and its address.
    pub fn new(name: impl Into<String>, address: impl Into<String>) -> Self {
        Self { name: name.into(), address: address.into() }
    }
}

/// One message to one person.
///
/// Sent twice with the same `message_id` it is the same message to every mail program, so a
/// delivery that is tried again after a doubt does not show up twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Who gets it.
    pub to: Mailbox,
    /// Who it is from; also the envelope's sender, to which bounces go.
    pub from: Mailbox,
    /// Where answers go, if not to `from`.
    pub reply_to: Option<Mailbox>,
    /// One line. Control characters, line breaks among them, become spaces.
    pub subject: String,
    /// The body as plain text; lines end in `\n`.
    pub text: String,
    /// The same body as HTML. Without it the message is plain text only.
    pub html: Option<String>,
    /// Unique and stable, `unique@domain`, with or without angle brackets.
    pub message_id: String,
    /// The `message_id` that this one answers: mail programs show both as one conversation.
    pub in_reply_to: Option<String>,
    /// The `message_id`s of the conversation, oldest first.
    pub references: Vec<String>,
    /// The URL that ends such mails by one POST (RFC 8058), `http://` or `https://`.
    pub list_unsubscribe: Option<String>,
    /// Says that a program wrote this, so that out-of-office replies stay away (RFC 3834).
    pub auto_submitted: bool,
    /// The `Date` header.
    pub date: Timestamp,
}
