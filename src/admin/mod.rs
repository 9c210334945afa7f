//! Dashboard, statistics, the queue page, and whether the program is well.

pub mod dashboard;
mod filter;
pub mod health;
pub mod list;
pub mod tasks;
