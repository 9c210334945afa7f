//! KostTicket.

pub mod web;
pub mod words;
