//! The commands that people who work here use: `cargo xtask …`.

mod bench;
mod browser;
mod licences;
mod s3;
mod test;
mod test_database;
mod torture;

use std::io::Read;
use std::process::ExitCode;

use anyhow::{Result, bail};
use xtask::postgres;

const HELP: &str = "\
cargo xtask test        everything: format, lints, types, licences, tests on SQLite and PostgreSQL, browser tests
cargo xtask browser     the browser tests alone; names of test files may follow
cargo xtask screenshots the README's screenshots, taken anew from the demo
cargo xtask licences    the licence of every package that goes into the program
cargo xtask torture     kills, starves and lies to the program, and counts what is lost; names of faults and --times N may follow
cargo xtask bench       how fast it is, what it costs, beside its peers and the limit; --quick and names of cases may follow
cargo xtask postgres    a PostgreSQL server to throw away; SETTING=VALUE may follow";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(2).collect();
    match std::env::args().nth(1).as_deref() {
        Some("test") => test::everything(),
        Some("browser") => browser::run(&arguments),
        Some("screenshots") => browser::screenshots(),
        Some("licences") => licences::check(),
        Some("bench") => bench::run(&arguments),
        Some("torture") => torture::run(&arguments),
        Some("postgres") => run_postgres(&arguments),
        _ => bail!("which command?\n{HELP}"),
    }
}

/// Runs a PostgreSQL server to throw away, until standard input ends.
fn run_postgres(settings: &[String]) -> Result<()> {
    let settings: Vec<_> = settings.iter().map(String::as_str).collect();
    let server = match settings.is_empty() {
        true => postgres::start()?,
        false => postgres::start_with(&settings)?,
    };
    println!("{}", server.url());
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
