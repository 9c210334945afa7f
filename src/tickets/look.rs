//! How a report's status and category are drawn: the same on every page.

use crate::tickets::{Answer, Category, Status};
use crate::words::Words;

/// A status pill: its kind, its glyph, its word (see `parts/marks.html`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pill {
    pub kind: &'static str,
    pub glyph: &'static str,
    pub word: &'static str,
}

impl Pill {
    /// The pill of a ticket: “Selesai” says whether it waits, was confirmed, or
    /// was closed by silence; an open one whether it was returned.
    pub fn of(status: Status, returned: bool, answer: Option<Answer>, t: Words) -> Pill {
        let ((kind, glyph), word) = match (status, answer) {
            (Status::Open, _) if returned => (status.look(), t.status_returned()),
            (Status::Open | Status::InProgress, _) => (status.look(), status.word(t)),
            (Status::Done, None) => (("", "s-clock"), t.status_awaiting()),
            (Status::Done, Some(Answer::Confirmed)) => (status.look(), t.status_confirmed()),
            (Status::Done, Some(Answer::Silent)) => (("", "s-closed"), t.status_silent()),
        };
        Pill { kind, glyph, word }
    }
}

impl Status {
    /// The kind of its pill, tile or field, and its glyph.
    pub fn look(self) -> (&'static str, &'static str) {
        match self {
            Status::Open => ("open", "s-open"),
            Status::InProgress => ("progress", "s-progress"),
            Status::Done => ("done", "s-done"),
        }
    }
}

impl Category {
    /// The icon that stands for it.
    pub fn icon(self) -> &'static str {
        match self {
            Category::Ac => "ac",
            Category::Water => "drop",
            Category::Electricity => "bolt",
            Category::Wifi => "wifi",
            Category::Room => "bed",
            Category::Shared => "building",
            Category::Cleanliness => "sparkle",
            Category::Security => "shield",
            Category::Noise => "volume",
            Category::Other => "dots",
        }
    }
}
