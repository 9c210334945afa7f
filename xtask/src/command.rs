//! Other programs, run to their end.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// Runs cargo with these arguments and environment.
///
/// # Errors
/// When it fails.
pub fn cargo(arguments: &[&str], environment: &[(&str, &str)]) -> Result<()> {
    run(Command::new(env!("CARGO")).args(arguments).envs(environment.iter().copied()))
}

/// Where cargo puts what it builds in this profile, `debug` or `release`, as an absolute
/// path: beside this command, whatever folder it was told to build in.
///
/// # Errors
/// When this command's own file cannot be told.
pub fn built(profile: &str, program: &str) -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let folder = own.parent().context("the folder of cargo xtask")?;
    Ok(folder.with_file_name(profile).join(program))
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
