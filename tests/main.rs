//! All tests that speak to the program from outside.

mod domain;
mod health;
mod live;
mod notifications;
mod support;
