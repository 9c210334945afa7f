//! All tests that speak to the program from outside.

mod dashboard;
mod domain;
mod health;
mod kost_pages;
mod live;
mod notifications;
mod queue_page;
mod support;
