//! The hub by itself, and real sockets on loopback.

#![cfg(test)]

mod hub;
mod sockets;
