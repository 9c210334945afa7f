//! SQL of kosts, locations and memberships.

mod kosts;
mod locations;
mod members;

pub use kosts::*;
pub use locations::*;
pub use members::*;
