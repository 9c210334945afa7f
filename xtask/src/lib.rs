//! What other parts of the workspace use of the commands.

pub mod postgres;
