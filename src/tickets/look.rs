//! How a report is called and drawn: the same on every page.

use crate::tickets::{Answer, Category, Priority, Status};
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
    /// How the state is called.
    pub fn word(self, t: Words) -> &'static str {
        match self {
            Status::Open => t.status_open(),
            Status::InProgress => t.status_in_progress(),
            Status::Done => t.status_done(),
        }
    }

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
    /// How the category is called.
    pub fn word(self, t: Words) -> &'static str {
        match self {
            Category::Ac => t.category_ac(),
            Category::Water => t.category_water(),
            Category::Electricity => t.category_electricity(),
            Category::Wifi => t.category_wifi(),
            Category::Room => t.category_room(),
            Category::Shared => t.category_shared(),
            Category::Cleanliness => t.category_cleanliness(),
            Category::Security => t.category_security(),
            Category::Noise => t.category_noise(),
            Category::Other => t.category_other(),
        }
    }

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

impl Priority {
    /// How the priority is called.
    pub fn word(self, t: Words) -> &'static str {
        match self {
            Priority::Low => t.priority_low(),
            Priority::Medium => t.priority_medium(),
            Priority::High => t.priority_high(),
            Priority::Emergency => t.priority_emergency(),
        }
    }
}
