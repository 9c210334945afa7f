//! The pages of reports: one's own, a new one, and one with all that happened.

pub mod answer;
pub mod comment;
pub mod followers;
pub mod handle;
pub mod home;
pub mod new;
pub mod photo;
pub mod show;
mod staff_side;
mod thread;
mod ticket_page;
