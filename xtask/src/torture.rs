//! Proof under fire: builds the program, and has `torture/` do to it what it may meet.

use std::path::Path;
use std::process::Command;

use anyhow::Result;
use xtask::command::{self, cargo};

/// Runs the faults of these names, or all of them.
pub fn run(arguments: &[String]) -> Result<()> {
    cargo(&["build", "--workspace", "--quiet"], &[])?;
    let torture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/debug/torture");
    command::run(Command::new(torture).args(arguments))
}
