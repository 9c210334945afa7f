//! Measurements: builds the program as it is given away, and has `bench/` measure it.

use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::Result;
use xtask::command::{built, cargo};

/// Runs the cases of these names, or all of them.
pub fn run(arguments: &[String]) -> Result<()> {
    // By itself: what the measuring programs need of our crates does not get into it.
    cargo(&["build", "--release", "--quiet", "--bin", "kostticket"], &[])?;
    let others = ["-p", "bench", "-p", "bench-limit", "-p", "bench-queue"];
    cargo(&[&["build", "--release", "--quiet"], &others[..]].concat(), &[])?;
    // In our place: whoever stops us stops it.
    Err(Command::new(built("release", "bench")?).args(arguments).exec().into())
}
