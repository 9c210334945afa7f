//! The one shape of every mail: a heading, a few lines, perhaps a quotation and
//! some facts, one button, and why it was sent. As HTML and as plain text.

use askama::Template;

use crate::error::Result;
use crate::words::Words;

/// A mail before it is addressed.
#[derive(Template)]
#[template(path = "mail/letter.html")]
pub struct Letter {
    pub t: Words,
    pub lang: &'static str,
    pub subject: String,
    /// Whom it is from, at its top: the kost, or KostTicket.
    pub sender: String,
    /// A room's key tag beside the sender.
    pub plate: Option<String>,
    /// A status as a pill: its word and its kind (open, progress, done).
    pub pill: Option<(&'static str, &'static str)>,
    pub heading: String,
    pub lines: Vec<String>,
    /// Somebody's words: who, and what.
    pub quote: Option<(String, String)>,
    /// Label and value.
    pub facts: Vec<(&'static str, String)>,
    /// Label and absolute address.
    pub button: (&'static str, String),
    /// Why the reader gets this.
    pub why: String,
    /// Where to stop such mails, where they can be stopped.
    pub stop: Option<String>,
}

#[derive(Template)]
#[template(path = "mail/letter.txt")]
struct PlainLetter<'a> {
    letter: &'a Letter,
}

impl Letter {
    /// The bodies: plain text, and HTML.
    pub fn bodies(&self) -> Result<(String, String)> {
        let text = PlainLetter { letter: self }.render()?;
        Ok((text, self.render()?))
    }
}
