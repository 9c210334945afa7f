//! Photos in, photos out, through the crate's public side.

mod prepare;
mod refuse;
mod support;
