//! Why a message was not delivered, in words that a person and a retry policy understand.

use std::fmt;

/// Whether trying again can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The same message may well arrive later.
    Temporary,
    /// This message, or this recipient, will be refused for ever.
    Permanent,
    /// No message will arrive until the operator changes a setting or the server.
    Misconfigured,
}

/// A message was not delivered. With `smtp_dropped` and `smtp_timeout` it may have been.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendError {
    /// Whether trying again can help.
    pub kind: ErrorKind,
    /// What happened; one of [`SendError::CODES`].
    pub code: &'static str,
    /// For operators: the server's words or the system's. One line, at most 500 characters,
    /// never a password.
    pub detail: String,
}

impl SendError {
    /// Every code there is.
    pub const CODES: [&'static str; 12] = [
        "smtp_auth",
        "smtp_unreachable",
        "smtp_timeout",
        "smtp_tls",
        "smtp_mailbox_unknown",
        "smtp_mailbox_full",
        "smtp_rejected_content",
        "smtp_rate_limited",
        "smtp_dropped",
        "smtp_other",
        "address_invalid",
        "folder",
    ];

    /// Whether it lies with the server or its settings, and not with this message: every other
    /// message would have met it now. The attempt says nothing about the message then.
    pub fn meets_every_message(&self) -> bool {
        const SERVER: [&str; 4] =
            ["smtp_unreachable", "smtp_timeout", "smtp_rate_limited", "folder"];
        match self.kind {
            ErrorKind::Misconfigured => true,
            ErrorKind::Temporary => SERVER.contains(&self.code),
            ErrorKind::Permanent => false,
        }
    }

    /// A failure that may pass.
    pub fn temporary(code: &'static str, detail: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Temporary, code, detail)
    }

    /// A failure that stays with this message.
    pub fn permanent(code: &'static str, detail: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Permanent, code, detail)
    }

    /// A failure that stays with this installation.
    pub fn misconfigured(code: &'static str, detail: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Misconfigured, code, detail)
    }

    pub(crate) fn new(kind: ErrorKind, code: &'static str, detail: impl fmt::Display) -> Self {
        debug_assert!(Self::CODES.contains(&code), "{code} has no words");
        Self { kind, code, detail: one_line(&detail.to_string()) }
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.detail)
    }
}

impl std::error::Error for SendError {}

/// Servers write anything; what is kept and shown is short and printable.
pub(crate) fn one_line(text: &str) -> String {
    const LIMIT: usize = 500;
    let printable = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    printable.take(LIMIT).collect::<String>().trim().to_owned()
}
