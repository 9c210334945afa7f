//! What every feature shares on the side of HTTP.

pub mod assets;
#[cfg(test)]
mod look;
pub mod parts;
