//! Dashboard, statistics, the queue page, and whether the program is well.

pub mod dashboard;
mod filter;
pub mod health;
pub mod list;
mod queue_acts;
pub mod queue_page;
pub mod tasks;
