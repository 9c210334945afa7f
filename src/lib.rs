//! KostTicket: residents of a kost report problems, its staff handle them.
//!
//! Imports run downward only: `main → router, workers → admin → notifications
//! → tickets → kosts → accounts → activity → web, error, app`.

pub mod accounts;
pub mod activity;
pub mod admin;
pub mod app;
pub mod commands;
pub mod config;
mod connection;
pub mod copy;
pub mod demo;
pub mod error;
pub mod kosts;
pub mod migrations;
pub mod notifications;
pub mod photo_store;
pub mod router;
pub mod secret;
pub mod server;
pub mod tickets;
pub mod web;
pub mod words;
pub mod workers;

pub use app::App;
pub use error::{Error, Result};
