//! Reports: how one is opened, handled, answered; who takes it; its pages.

mod assignment;
pub mod jobs;
mod new_ticket;
pub mod photos;
pub mod store;
mod ticket;

pub use new_ticket::NewTicket;
pub use ticket::{
    Answer, Category, NewComment, Priority, Status, Ticket, TicketId, TicketNumber, load_for_change, open,
};
