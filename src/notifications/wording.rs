//! One sentence for each piece of news, for one reader: the list, the toasts
//! and the mails share it.

use crate::accounts::AccountId;
use crate::activity::ActivityKind;
use crate::tickets::{Actor, Priority, Status, Viewer};
use crate::words::Words;

/// What is told, and to whom.
#[derive(Debug, Clone)]
pub struct News<'a> {
    pub kind: ActivityKind,
    pub new_value: Option<&'a str>,
    pub actor: Option<Actor<'a>>,
    pub reporter: AccountId,
    /// Where the problem is, as this reader may know it: “Kamar 12”.
    pub place: String,
    pub viewer: Viewer,
}

impl News<'_> {
    /// Who did it, as this reader may know them.
    pub fn actor(&self, t: Words) -> String {
        self.viewer.name(self.actor, self.reporter, t)
    }

    /// The sentence.
    pub fn sentence(&self, t: Words) -> String {
        self.sentence_with(self.actor(t), t)
    }

    /// The sentence, with its actor written so.
    pub fn sentence_with(&self, name: String, t: Words) -> String {
        match self.kind {
            ActivityKind::Opened if self.new_value == Some(Priority::Emergency.as_str()) => {
                t.news_emergency(&self.place)
            }
            ActivityKind::Opened => t.news_opened(&self.place),
            ActivityKind::Assigned => t.news_assigned().to_owned(),
            ActivityKind::StatusChanged => {
                match self.new_value.and_then(|value| value.parse().ok()) {
                    Some(Status::Done) if self.viewer.account == self.reporter => {
                        t.news_done_ask(name)
                    }
                    Some(Status::Done) => t.news_done(name),
                    Some(Status::InProgress) => t.news_in_progress().to_owned(),
                    Some(Status::Open) | None => t.news_reopened().to_owned(),
                }
            }
            ActivityKind::Returned => t.news_returned(name),
            ActivityKind::Commented => t.news_comment(name),
            ActivityKind::Noted => t.news_note(name),
            ActivityKind::Confirmed => t.news_confirmed(name),
            ActivityKind::Reminded => t.news_reminded().to_owned(),
            ActivityKind::ClosedBySilence => t.news_silent().to_owned(),
            // Nobody is told of it.
            ActivityKind::PriorityChanged => name,
        }
    }
}
