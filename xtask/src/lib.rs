//! What other parts of the workspace use of the commands.

pub mod command;
pub mod debian;
pub mod postgres;
