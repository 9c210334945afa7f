//! A reported problem: what is known of it.

use db::Tx;
use jiff::Timestamp;

use crate::accounts::AccountId;
use crate::error::{Error, Result};
use crate::kosts::{KostId, LocationId};
use crate::tickets::store;

db::id! {
    /// One ticket, in the database; people know it by its [`TicketNumber`].
    pub struct TicketId;
}
db::id! {
    /// A ticket's number within its kost: `#12`.
    pub struct TicketNumber;
}

impl TicketNumber {
    /// The ticket's address, within a kost known by its slug.
    pub fn path(self, slug: &str) -> String {
        format!("/k/{slug}/tickets/{self}")
    }
}

db::text_enum! {
    /// The three states of a ticket.
    pub enum Status { Open = "open", InProgress = "in_progress", Done = "done" }
}
db::text_enum! {
    /// How urgent it is.
    pub enum Priority { Low = "low", Medium = "medium", High = "high", Emergency = "emergency" }
}
db::text_enum! {
    /// What kind of problem it is.
    pub enum Category {
        Ac = "ac",
        Water = "water",
        Electricity = "electricity",
        Wifi = "wifi",
        Room = "room",
        Shared = "shared",
        Cleanliness = "cleanliness",
        Security = "security",
        Noise = "noise",
        Other = "other",
    }
}
db::text_enum! {
    /// How a done ticket ended: the reporter agrees, or never answered.
    pub enum Answer { Confirmed = "confirmed", Silent = "silent" }
}

db::row! {
    /// One reported problem.
    #[derive(Debug, Clone)]
    pub struct Ticket {
        pub id: TicketId,
        pub kost: KostId,
        pub number: TicketNumber,
        pub reporter: AccountId,
        pub assignee: Option<AccountId>,
        pub location: LocationId,
        pub category: Category,
        pub priority: Priority,
        pub status: Status,
        pub title: String,
        pub description: String,
        /// Grows with every change: forms carry it, so that nobody overwrites unseen.
        pub version: i64,
        /// Open again because the reporter said "belum beres".
        pub returned: bool,
        pub answer: Option<Answer>,
        pub opened_at: Timestamp,
        pub changed_at: Timestamp,
        pub first_response_at: Option<Timestamp>,
        pub done_at: Option<Timestamp>,
    }
}

/// A ticket as it is now, locked until the transaction ends.
pub async fn load_for_change(tx: &mut Tx, kost: KostId, id: TicketId) -> Result<Ticket> {
    store::lock(tx, kost, id).await?.ok_or(Error::NotFound)
}

impl Ticket {
    /// The columns of [`Ticket`], for statements.
    pub const COLUMNS: &'static str = "ticket.id, ticket.kost, ticket.number, ticket.reporter, ticket.assignee, \
        ticket.location, ticket.category, ticket.priority, ticket.status, ticket.title, ticket.description, \
        ticket.version, ticket.returned, ticket.answer, ticket.opened_at, ticket.changed_at, \
        ticket.first_response_at, ticket.done_at";

    /// Its address, within a kost known by its slug.
    pub fn path(&self, slug: &str) -> String {
        self.number.path(slug)
    }

    /// Waits for the reporter's "sudah beres" or "belum beres".
    pub fn awaits_answer(&self) -> bool {
        self.status == Status::Done && self.answer.is_none()
    }
}
