//! KostTicket.

pub mod web;
