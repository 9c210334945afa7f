//! Other programs, run to their end.

use std::process::Command;

use anyhow::{Context, Result, ensure};

/// Runs cargo with these arguments and environment.
///
/// # Errors
/// When it fails.
pub fn cargo(arguments: &[&str], environment: &[(&str, &str)]) -> Result<()> {
    run(Command::new(env!("CARGO")).args(arguments).envs(environment.iter().copied()))
}

/// Runs a program to its end.
///
/// # Errors
/// When there is no such program, or it fails.
pub fn run(command: &mut Command) -> Result<()> {
    let status =
        command.status().with_context(|| format!("cannot run {:?}", command.get_program()))?;
    ensure!(status.success(), "{:?} ended with {status}", command.get_program());
    Ok(())
}
