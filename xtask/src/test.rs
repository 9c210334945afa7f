//! The one command before a change counts as done, here and in CI.

use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::test_database::TestDatabase;
use crate::{browser, debian, licences};

/// Runs every check; the first that fails ends it.
pub fn everything() -> Result<()> {
    debian::install(&["chromium"], || debian::chromium().is_some())?;
    step("format", || cargo(&["fmt", "--all", "--check"], &[]))?;
    step("licences", licences::check)?;
    step("lints", || {
        cargo(
            &["clippy", "--workspace", "--all-targets", "--quiet", "--", "--deny", "warnings"],
            &[],
        )
    })?;
    step("the application's tests on SQLite", || {
        let tests = ["test", "--workspace", "--quiet", "--test", "app"];
        run(Command::new(env!("CARGO")).args(tests).env_remove("TEST_DATABASE_URL"))
    })?;
    step("all tests, on PostgreSQL", || {
        let database = TestDatabase::find()?;
        cargo(&["test", "--workspace", "--quiet"], &[("TEST_DATABASE_URL", &database.url())])
    })?;
    step("browser tests", || browser::run(&[]))
}

fn step(name: &str, run: impl FnOnce() -> Result<()>) -> Result<()> {
    println!("── {name}");
    let started = Instant::now();
    run().with_context(|| format!("{name} failed"))?;
    println!("── {name}: fine ({:.0} s)", started.elapsed().as_secs_f64());
    Ok(())
}

/// Runs cargo with these arguments and environment.
pub fn cargo(arguments: &[&str], environment: &[(&str, &str)]) -> Result<()> {
    run(Command::new(env!("CARGO")).args(arguments).envs(environment.iter().copied()))
}

/// Runs a program to its end.
pub fn run(command: &mut Command) -> Result<()> {
    let status =
        command.status().with_context(|| format!("cannot run {:?}", command.get_program()))?;
    ensure!(status.success(), "{:?} ended with {status}", command.get_program());
    Ok(())
}
