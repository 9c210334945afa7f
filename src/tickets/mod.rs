//! Reports: how one is opened, handled, answered; who takes it; its pages.

mod access;
mod assignment;
pub mod jobs;
mod list;
mod look;
mod new_comment;
mod new_ticket;
pub mod pages;
pub mod photos;
mod record;
pub mod store;
mod ticket;
mod timeline;
mod verbs;
mod viewer;

pub use access::{Handling, Reading};
pub use list::Before;
pub use look::Pill;
pub use new_comment::NewComment;
pub use new_ticket::NewTicket;
pub use pages::show::Seen;
pub use ticket::{
    Answer, Category, Priority, Status, Ticket, TicketId, TicketNumber, load_for_change,
};
pub use timeline::{DeliveryState, Unreachable};
pub use verbs::open;
pub use viewer::{Actor, Viewer};
