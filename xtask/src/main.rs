//! The commands that people who work here use: `cargo xtask …`.

mod postgres;

use std::io::Read;

use anyhow::{Result, bail};

fn main() -> Result<()> {
    match std::env::args().nth(1).as_deref() {
        Some("postgres") => run_postgres(),
        _ => bail!("cargo xtask postgres [SETTING=VALUE …]"),
    }
}

/// Runs a PostgreSQL server to throw away, until standard input ends.
fn run_postgres() -> Result<()> {
    let settings: Vec<_> = std::env::args().skip(2).collect();
    let settings: Vec<_> = settings.iter().map(String::as_str).collect();
    let server = match settings.is_empty() {
        true => postgres::start()?,
        false => postgres::start_with(&settings)?,
    };
    println!("{}", server.url());
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
