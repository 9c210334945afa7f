//! What a report tells neighbours of each other: no name, and no room. The
//! page, the notification list, toasts and mails all ask here.

use crate::accounts::AccountId;
use crate::kosts::{Location, LocationId};
use crate::words::Words;

/// Who reads of a report, as far as names and rooms go.
#[derive(Debug, Clone, Copy)]
pub struct Viewer {
    pub account: AccountId,
    pub is_staff: bool,
    /// The room that they live in.
    pub home: Option<LocationId>,
}

/// Who did something to a report.
#[derive(Debug, Clone, Copy)]
pub struct Actor<'a> {
    pub account: AccountId,
    pub name: &'a str,
    /// A neighbour of the other residents, and not staff.
    pub is_resident: bool,
}

impl<'a> Actor<'a> {
    /// As a row tells it; nobody where the system did it.
    pub fn of(
        account: Option<AccountId>,
        name: Option<&'a str>,
        is_resident: bool,
    ) -> Option<Self> {
        Some(Actor { account: account?, name: name?, is_resident })
    }
}

impl Viewer {
    /// Staff know everybody; residents know staff and themselves.
    pub fn knows(&self, actor: Actor<'_>) -> bool {
        self.is_staff || !actor.is_resident || actor.account == self.account
    }

    /// Who did it, as this reader may know them: “Anda”, a name, “Pelapor”, or
    /// “Penghuni lain”.
    pub fn name(&self, actor: Option<Actor<'_>>, reporter: AccountId, t: Words) -> String {
        match actor {
            None => t.news_system().to_owned(),
            Some(actor) if actor.account == self.account => t.common_you().to_owned(),
            Some(actor) if self.knows(actor) => actor.name.to_owned(),
            Some(actor) if actor.account == reporter => t.news_someone().to_owned(),
            Some(_) => t.news_neighbour().to_owned(),
        }
    }

    /// The plate and the name of the place; of somebody else's room only that
    /// it is one.
    pub fn place(
        &self,
        location: &Location,
        reporter: AccountId,
        t: Words,
    ) -> (Option<String>, String) {
        let is_own = reporter == self.account || self.home == Some(location.id);
        if location.kind.is_room() && !self.is_staff && !is_own {
            return (None, t.place_room().to_owned());
        }
        (location.plate().map(str::to_owned), location.label(t))
    }
}
