//! Reports: how one is opened, handled, answered; who takes it; its pages.

mod access;
mod assignment;
pub mod jobs;
mod list;
mod look;
mod new_ticket;
pub mod pages;
pub mod photos;
pub mod store;
mod ticket;
mod timeline;
mod viewer;

pub use access::{Handling, Reading};
pub use look::Pill;
pub use new_ticket::NewTicket;
pub use pages::show::Seen;
pub use ticket::{
    Answer, Category, NewComment, Priority, Status, Ticket, TicketId, TicketNumber,
    load_for_change, open,
};
pub use timeline::DeliveryState;
pub use viewer::{Actor, Viewer};
