//! Tests in a real Chromium, by Node's own test runner and playwright-core.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use xtask::command::{self, built, cargo};
use xtask::debian;

/// Builds the program and runs the browser tests of these files, or all of them.
pub fn run(files: &[String]) -> Result<()> {
    let mut node = node()?;
    node.args(["--test", "--test-concurrency=1", "--test-reporter=spec"]);
    match files {
        [] => node.arg("."),
        files => node.args(files),
    };
    command::run(&mut node)
}

/// Takes the README's screenshots anew, from the demo.
pub fn screenshots() -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/screenshots");
    command::run(node()?.arg("screenshots.mjs").arg(folder))
}

/// Node in the folder of the browser tests, with the program and a browser at hand.
fn node() -> Result<Command> {
    let chromium = debian::chromium().context(
        "the browser tests need Chromium; please install it (on Debian: sudo apt-get install chromium)",
    )?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/browser");
    cargo(&["build", "--quiet", "--bin", "kostticket"], &[])?;
    install(&folder)?;
    let mut node = Command::new("node");
    node.current_dir(folder)
        .env("CHROMIUM", chromium)
        .env("KOSTTICKET", built("debug", "kostticket")?);
    Ok(node)
}

/// Checks the scripts of the pages, as the bundler does not.
pub fn check_types() -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../frontend");
    install(&folder)?;
    command::run(Command::new("npm").args(["run", "--silent", "check"]).current_dir(folder))
}

/// Installs what the lockfile in this folder names.
pub fn install(folder: &Path) -> Result<()> {
    let npm = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    command::run(Command::new("npm").args(npm).current_dir(folder))
}
