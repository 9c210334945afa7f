//! All tests that speak to the program from outside.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod access;
mod accounts;
mod admin;
mod architecture;
mod connections;
mod copy;
mod costs;
mod dashboard;
mod domain;
mod faults;
mod forms;
mod health;
mod invitations;
mod kost_pages;
mod limits;
mod live;
mod meanwhile;
mod notifications;
mod program;
mod queue_deeds;
mod queue_page;
mod queue_search;
mod queue_together;
mod schema;
mod statements;
mod statistics;
mod support;
mod tickets;
mod zones;
