//! Photos in, photos out, through the crate's public side.

#![cfg(test)]

mod prepare;
mod refuse;
mod support;
