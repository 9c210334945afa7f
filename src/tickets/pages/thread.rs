//! What happened to a report, as its timeline tells it to one reader: messages
//! that people wrote, and events of one line. What neighbours may know of each
//! other is [`Viewer`]'s to say, and only staff read internal notes.

use std::collections::HashMap;

use jiff::tz::TimeZone;

use crate::accounts::AccountId;
use crate::activity::{ActivityId, ActivityKind};
use crate::kosts::Role;
use crate::tickets::photos::Photo;
use crate::tickets::timeline::Happening;
use crate::tickets::verbs::CLOSE_AFTER;
use crate::tickets::{Actor, Priority, Status, Ticket, Viewer};
use crate::web::{Page, Signature};
use crate::words::emphasis::strong;
use crate::words::{Moment, Words};

/// One item of the timeline.
pub enum Entry {
    Message(Message),
    Event(Event),
}

/// What somebody wrote.
pub struct Message {
    pub id: String,
    /// "me", "note", or "" for somebody else's.
    pub kind: &'static str,
    pub who: Signature,
    pub at: Moment,
    pub text: String,
    pub photos: Vec<Picture>,
}

/// What happened, in one line, one part of which stands out.
pub struct Event {
    pub id: String,
    pub glyph: &'static str,
    pub mark: &'static str,
    pub sentence: String,
    pub at: Moment,
}

/// A photo as a link from its small version to the whole.
pub struct Picture {
    pub url: String,
    pub thumbnail: String,
    pub alt: String,
}

/// Who reads the timeline, and what they may know.
pub struct Telling<'a> {
    pub page: &'a Page,
    pub ticket: &'a Ticket,
    /// The ticket's address.
    pub path: &'a str,
    pub viewer: Viewer,
    /// The roles of the present staff.
    pub roles: HashMap<AccountId, Role>,
    pub zone: TimeZone,
}

impl Telling<'_> {
    /// The entries of the timeline, the oldest first.
    pub fn entries(&self, happenings: Vec<Happening>, photos: Vec<Photo>) -> Vec<Entry> {
        let mut pictures: HashMap<ActivityId, Vec<Picture>> = HashMap::new();
        for (at, photo) in photos.into_iter().enumerate() {
            pictures.entry(photo.activity).or_default().push(Picture {
                url: photo.url(self.path),
                thumbnail: photo.thumbnail_url(self.path),
                alt: self.t().ticket_photo_alt(at as i64 + 1, self.ticket.title.as_str()),
            });
        }
        let mut entries = Vec::new();
        for happening in happenings {
            let photos = pictures.remove(&happening.id).unwrap_or_default();
            self.tell(&happening, photos, &mut entries);
        }
        entries
    }

    fn tell(&self, happening: &Happening, photos: Vec<Picture>, entries: &mut Vec<Entry>) {
        let is_written = matches!(happening.kind, ActivityKind::Commented | ActivityKind::Noted);
        let text = match happening.kind {
            ActivityKind::Opened => self.ticket.description.as_str(),
            _ => happening.body.as_deref().unwrap_or(""),
        };
        if !is_written && (happening.kind != ActivityKind::Opened || text.is_empty()) {
            entries.push(Entry::Event(self.event(happening)));
        }
        if is_written || !text.is_empty() || !photos.is_empty() {
            entries.push(Entry::Message(self.message(happening, text, photos)));
        }
    }

    fn message(&self, happening: &Happening, text: &str, photos: Vec<Picture>) -> Message {
        let kind = match happening.kind {
            ActivityKind::Noted => "note",
            _ if happening.actor == Some(self.viewer.account) => "me",
            _ => "",
        };
        Message {
            id: format!("m{}", happening.id),
            kind,
            who: self.signature(happening.actor()),
            at: self.moment(happening.at),
            text: text.to_owned(),
            photos,
        }
    }

    fn event(&self, happening: &Happening) -> Event {
        let (glyph, mark) = mark(happening);
        Event {
            id: format!("e{}", happening.id),
            glyph,
            mark,
            sentence: self.sentence(happening),
            at: self.moment(happening.at),
        }
    }

    fn sentence(&self, happening: &Happening) -> String {
        let t = self.t();
        let name = strong(&self.name(happening.actor()));
        let value = happening.new_value.as_deref().unwrap_or("");
        match happening.kind {
            ActivityKind::Opened | ActivityKind::Commented | ActivityKind::Noted => {
                t.event_opened(name)
            }
            ActivityKind::Assigned => self.assignment(happening, name),
            ActivityKind::StatusChanged => match value.parse() {
                Ok(Status::Done) => t.event_done(name),
                Ok(Status::InProgress) => t.event_started(name),
                _ => t.event_reopened(name),
            },
            ActivityKind::PriorityChanged => {
                let word = |value: Option<&str>| {
                    value
                        .and_then(|value| value.parse::<Priority>().ok())
                        .map_or("", |priority| priority.word(t))
                };
                t.event_priority_changed(
                    name,
                    word(happening.old_value.as_deref()),
                    strong(word(Some(value))),
                )
            }
            ActivityKind::Confirmed => t.event_confirmed(name),
            ActivityKind::Returned => t.event_returned(name),
            ActivityKind::Reminded => t.news_reminded().to_owned(),
            ActivityKind::ClosedBySilence => t.event_closed_by_silence(CLOSE_AFTER.as_hours() / 24),
        }
    }

    fn assignment(&self, happening: &Happening, actor: String) -> String {
        let t = self.t();
        let is_by_hand = happening.actor.is_some();
        match (happening.subject, happening.subject_name.as_deref()) {
            (Some(subject), Some(_))
                if subject == self.viewer.account && happening.actor != Some(subject) =>
            {
                t.event_assigned_you().to_owned()
            }
            (Some(subject), Some(_)) if happening.actor == Some(subject) => {
                t.event_assigned_self(actor)
            }
            (_, Some(name)) if is_by_hand && self.viewer.is_staff => {
                t.event_assigned_by(actor, strong(name))
            }
            (_, Some(name)) if self.viewer.is_staff => t.event_assigned_auto(strong(name)),
            (_, Some(name)) => t.event_assigned(strong(name)),
            (_, None) if is_by_hand => t.event_unassigned(actor),
            (_, None) => t.event_unassigned_auto().to_owned(),
        }
    }

    /// A person as this reader may know them.
    pub fn name(&self, actor: Option<Actor<'_>>) -> String {
        self.viewer.name(actor, self.ticket.reporter, self.t())
    }

    fn signature(&self, actor: Option<Actor<'_>>) -> Signature {
        let shown = self.name(actor);
        let Some(actor) = actor.filter(|actor| self.viewer.knows(*actor)) else {
            return Signature::new(0, &shown, None);
        };
        let role = self.roles.get(&actor.account).map(|role| role.word(self.t()));
        let is_reporter = actor.account == self.ticket.reporter;
        let role = role.or_else(|| is_reporter.then(|| self.t().ticket_reporter()));
        let role = role.filter(|_| actor.account != self.viewer.account);
        Signature { name: shown, ..Signature::new(actor.account.get(), actor.name, role) }
    }

    fn moment(&self, at: jiff::Timestamp) -> Moment {
        self.t().stamp(at, self.page.now, &self.zone)
    }

    fn t(&self) -> Words {
        self.page.t
    }
}

/// The glyph of an event, and its colour.
fn mark(happening: &Happening) -> (&'static str, &'static str) {
    match happening.kind {
        ActivityKind::Opened | ActivityKind::Commented | ActivityKind::Noted => ("plus", ""),
        ActivityKind::Assigned => ("user", ""),
        ActivityKind::StatusChanged => {
            let to = happening.new_value.as_deref().and_then(|value| value.parse().ok());
            turn_mark(to.unwrap_or(Status::Open))
        }
        ActivityKind::PriorityChanged => ("p-high", ""),
        ActivityKind::Confirmed => turn_mark(Status::Done),
        ActivityKind::Returned => turn_mark(Status::Open),
        ActivityKind::Reminded => ("bell", ""),
        ActivityKind::ClosedBySilence => ("s-closed", ""),
    }
}

fn turn_mark(to: Status) -> (&'static str, &'static str) {
    let colour = match to {
        Status::Open => "kt-c-in",
        Status::InProgress => "kt-c-prog",
        Status::Done => "kt-c-out",
    };
    (to.look().1, colour)
}
