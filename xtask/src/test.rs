//! The one command before a change counts as done, here and in CI.

use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result};
use xtask::command::{cargo, run};
use xtask::debian;

use crate::s3::S3Server;
use crate::test_database::TestDatabase;
use crate::{browser, licences};

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
    step("types of the scripts", browser::check_types)?;
    both_databases()?;
    step("browser tests", || browser::run(&[]))
}

/// The tests on SQLite, then on PostgreSQL, then a look at the statements that ran.
fn both_databases() -> Result<()> {
    let app = ["test", "--workspace", "--quiet", "--test", "app"];
    let statements = std::env::temp_dir().join(format!("statements-{}.jsonl", std::process::id()));
    let recorded = ("TEST_STATEMENTS", statements.to_str().context("a path of plain text")?);
    let photos = S3Server::start()?;
    let sqlite = [&photos.environment()[..], &[recorded]].concat();
    step("the application's tests on SQLite", || {
        let mut tests = Command::new(env!("CARGO"));
        run(tests.args(app).envs(sqlite.iter().copied()).env_remove("TEST_DATABASE_URL"))
    })?;
    let database = TestDatabase::find()?;
    let url = database.url();
    let environment = [&sqlite[..], &[("TEST_DATABASE_URL", &url)]].concat();
    step("all tests, on PostgreSQL", || cargo(&["test", "--workspace", "--quiet"], &environment))?;
    step("every statement ran on both databases", || {
        cargo(&[&app[..], &["statements::", "--", "--ignored"]].concat(), &environment)
    })?;
    // Others' transactions would have PostgreSQL keep, and read, what was removed meanwhile.
    step("no page reads more than it did on PostgreSQL", || {
        cargo(&[&app[..], &["costs::rows::", "--", "--ignored"]].concat(), &environment)
    })?;
    Ok(std::fs::remove_file(statements)?)
}

fn step(name: &str, run: impl FnOnce() -> Result<()>) -> Result<()> {
    println!("── {name}");
    let started = Instant::now();
    run().with_context(|| format!("{name} failed"))?;
    println!("── {name}: fine ({:.0} s)", started.elapsed().as_secs_f64());
    Ok(())
}
