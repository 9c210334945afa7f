//! Proof under fire: builds the program, and has `torture/` do to it what it may meet.

use std::process::Command;

use anyhow::Result;
use xtask::command::{self, built, cargo};

/// Runs the faults of these names, or all of them.
pub fn run(arguments: &[String]) -> Result<()> {
    cargo(&["build", "--workspace", "--quiet"], &[])?;
    command::run(Command::new(built("debug", "torture")?).args(arguments))
}
