//! Dashboard, statistics, the queue page, and whether the program is well.

pub mod all_kosts;
mod chart;
pub mod dashboard;
mod filter;
pub mod health;
pub mod list;
pub mod mailbox;
pub mod queue;
pub mod statistics;
pub mod tasks;
