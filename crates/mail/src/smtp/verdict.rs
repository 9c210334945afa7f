//! What a failure means. The only place that reads reply codes.
//!
//! Enhanced codes (RFC 3463) are believed first, then the three digits, then a few words that
//! big providers use for the same thing.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

use lettre::transport::smtp::Error as LettreError;

use crate::SendError;

/// Where in the conversation it happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Greeting,
    Login,
    Sender,
    Recipient,
    Data,
    Content,
}

/// A server's reply; `text` may have several lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub code: u16,
    pub text: String,
}

impl Reply {
    pub(crate) fn is_positive(&self) -> bool {
        (200..400).contains(&self.code)
    }

    /// `subject.detail` of an enhanced code such as `5.1.1`.
    fn enhanced(&self) -> Option<(u16, u16)> {
        let mut parts = self.text.split_whitespace().next()?.splitn(3, '.');
        let class: u16 = parts.next()?.parse().ok()?;
        let subject = parts.next()?.parse().ok()?;
        let detail = parts.next()?.parse().ok()?;
        (class == self.code / 100).then_some((subject, detail))
    }

    fn says(&self, words: &[&str]) -> bool {
        let text = self.text.to_ascii_lowercase();
        words.iter().any(|word| text.contains(word))
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.text)
    }
}

/// One step that failed.
#[derive(Debug)]
pub(crate) struct Failure {
    stage: Stage,
    what: What,
}

#[derive(Debug)]
enum What {
    Reply(Reply),
    Timeout(Duration),
    Lost(String),
    NotSmtp(String),
    NoLogin,
    Unwritable,
}

impl Failure {
    pub(crate) fn from_reply(stage: Stage, reply: Reply) -> Self {
        Self { stage, what: What::Reply(reply) }
    }

    pub(crate) fn from_io(stage: Stage, error: &io::Error) -> Self {
        let what = match error.kind() {
            io::ErrorKind::InvalidData => What::NotSmtp(error.to_string()),
            _ => What::Lost(error.to_string()),
        };
        Self { stage, what }
    }

    pub(crate) fn from_lettre(stage: Stage, error: &LettreError) -> Self {
        let text = error.source().map(ToString::to_string).unwrap_or_default();
        if let Some(error) = error.source().and_then(|source| source.downcast_ref()) {
            return Self::from_io(stage, error);
        }
        let what = match error.status() {
            Some(code) => What::Reply(Reply { code: code.into(), text }),
            None if error.is_client() && stage == Stage::Login => What::NoLogin,
            None if error.is_response() && !text.contains("incomplete response") => {
                What::NotSmtp(text)
            }
            None => What::Lost(text),
        };
        Self { stage, what }
    }

    pub(crate) fn timeout(stage: Stage, limit: Duration) -> Self {
        Self { stage, what: What::Timeout(limit) }
    }

    /// The address needs SMTPUTF8 and the server does not know it.
    pub(crate) fn unwritable() -> Self {
        Self { stage: Stage::Sender, what: What::Unwritable }
    }

    /// Nothing of the message has been seen, and another connection may be more welcome.
    pub(crate) fn wants_a_fresh_connection(&self) -> bool {
        let before_content = matches!(self.stage, Stage::Sender | Stage::Recipient | Stage::Data);
        before_content
            && match &self.what {
                What::Reply(reply) => reply.code == 421,
                What::Lost(_) => true,
                _ => false,
            }
    }

    /// A refusal in good order; the next message may use the same connection.
    pub(crate) fn leaves_the_connection_usable(&self) -> bool {
        match &self.what {
            What::Reply(reply) => reply.code != 421,
            What::Unwritable => true,
            _ => false,
        }
    }

    pub(crate) fn into_error(self, logs_in: bool) -> SendError {
        let when = self.stage.words();
        match self.what {
            What::Reply(reply) => judge(self.stage, &reply, logs_in),
            What::Timeout(limit) => {
                let detail = format!("no answer to {when} within {} s", limit.as_secs_f32());
                SendError::temporary("smtp_timeout", detail)
            }
            What::Lost(why) if self.stage == Stage::Greeting => {
                SendError::temporary("smtp_unreachable", format!("{when}: {why}"))
            }
            What::Lost(why) => SendError::temporary("smtp_dropped", format!("{when}: {why}")),
            What::NotSmtp(why) => SendError::temporary("smtp_other", format!("{when}: {why}")),
            What::NoLogin => {
                let detail = "the server offers no log-in by AUTH PLAIN or LOGIN";
                SendError::misconfigured("smtp_auth", detail)
            }
            What::Unwritable => {
                let detail = "the server takes no addresses outside ASCII (SMTPUTF8)";
                SendError::permanent("address_invalid", detail)
            }
        }
    }
}

impl Stage {
    fn words(self) -> &'static str {
        match self {
            Stage::Greeting => "greeting",
            Stage::Login => "log-in",
            Stage::Sender => "MAIL FROM",
            Stage::Recipient => "RCPT TO",
            Stage::Data => "DATA",
            Stage::Content => "the content",
        }
    }
}

fn judge(stage: Stage, reply: &Reply, logs_in: bool) -> SendError {
    let temporary = reply.code < 500;
    let either = |code| match temporary {
        true => SendError::temporary(code, reply),
        false => SendError::permanent(code, reply),
    };
    let misconfigured = |code| match temporary {
        true => SendError::temporary(code, reply),
        false => SendError::misconfigured(code, reply),
    };
    if stage == Stage::Login || matches!(reply.code, 530 | 534 | 535 | 538) {
        return misconfigured("smtp_auth");
    }
    match by_meaning(stage, reply) {
        // "Not now", even where the server says it with a 5.
        Some("smtp_rate_limited") => return SendError::temporary("smtp_rate_limited", reply),
        Some(code) => return either(code),
        None => {}
    }
    match stage {
        Stage::Greeting if temporary => SendError::temporary("smtp_unreachable", reply),
        Stage::Greeting => misconfigured("smtp_other"),
        // The sender is a setting: a server that does not take it takes no message at all.
        Stage::Sender => misconfigured("smtp_other"),
        // A relay that is closed to us wants a log-in, or another one.
        Stage::Recipient if reply.says(&["relay"]) && !logs_in => misconfigured("smtp_auth"),
        Stage::Recipient if reply.says(&["relay"]) => misconfigured("smtp_other"),
        Stage::Recipient if !temporary && matches!(reply.code, 550 | 551 | 553) => {
            either(if reply.enhanced().is_some_and(|(subject, _)| subject == 7) {
                "smtp_rejected_content"
            } else {
                "smtp_mailbox_unknown"
            })
        }
        Stage::Content if !temporary => either("smtp_rejected_content"),
        _ if reply.code == 421 => SendError::temporary("smtp_unreachable", reply),
        _ => either("smtp_other"),
    }
}

/// Meanings that hold whenever the server says so.
fn by_meaning(stage: Stage, reply: &Reply) -> Option<&'static str> {
    const SLOW_DOWN: &[&str] = &[
        "rate limit",
        "too many",
        "greylist",
        "graylist",
        "grey-list",
        "throttl",
        "deferred",
        "exceeded the maximum number",
        "unusual rate",
        "daily user sending",
        "slow down",
    ];
    const FULL: &[&str] =
        &["mailbox full", "mailbox is full", "over quota", "overquota", "quota exceeded"];
    let to_somebody = matches!(stage, Stage::Recipient | Stage::Content);
    match reply.enhanced() {
        Some((2, 2)) => return Some("smtp_mailbox_full"),
        Some((1, 1 | 2 | 3 | 6 | 10) | (2, 1)) if to_somebody && reply.code >= 500 => {
            return Some("smtp_mailbox_unknown");
        }
        Some((6, _)) if stage == Stage::Content => return Some("smtp_rejected_content"),
        _ => {}
    }
    if to_somebody && (reply.says(FULL) || (reply.code == 552 && stage == Stage::Recipient)) {
        return Some("smtp_mailbox_full");
    }
    let asks_to_wait = reply.says(SLOW_DOWN) || reply.enhanced() == Some((4, 5));
    let policy = reply.code < 500 && reply.enhanced().is_some_and(|(subject, _)| subject == 7);
    (asks_to_wait || policy).then_some("smtp_rate_limited")
}
