//! Dashboard, statistics, the queue page, and whether the program is well.

pub mod all_kosts;
pub mod dashboard;
mod filter;
pub mod health;
pub mod list;
pub mod mailbox;
mod queue_acts;
pub mod queue_page;
pub mod statistics;
pub mod tasks;
