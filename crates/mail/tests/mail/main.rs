//! Mail through every transport; SMTP against a real server on loopback.

#![cfg(test)]

mod delivery;
mod failures;
mod folder;
mod headers;
mod support;
mod tls;
