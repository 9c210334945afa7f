//! Dashboard, statistics, the queue page, and whether the program is well.

pub mod health;
