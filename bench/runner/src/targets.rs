//! Those that are measured, each started as its own documentation says.

pub mod django;
pub mod helpdesk;
pub mod kostticket;
pub mod limit;
pub mod redis;
