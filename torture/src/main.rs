//! Proof under fire. Does to the real program, with real people's forms coming
//! in and a real mail server taking its mails, what power cuts, full disks and
//! operators do; then counts what was lost.
//!
//! ```text
//! cargo xtask torture                    # everything
//! cargo xtask torture kill --times 20    # one fault, so often
//! ```

mod browser;
mod check;
mod database;
mod faults;
mod ledger;
mod load;
mod loopback;
mod nodes;
mod program;
mod scene;
mod sink;
mod user;
mod verdict;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use faults::{FAULTS, Fault};
use verdict::{Verdict, table};

/// What is to be done.
struct Wanted {
    faults: Vec<(&'static str, Fault)>,
    times: Option<usize>,
}

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("torture: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether nothing was lost.
fn run() -> Result<bool> {
    let wanted = Wanted::parse(std::env::args().skip(1))?;
    let binary = program()?;
    let mut verdicts = Vec::new();
    for (name, fault) in wanted.faults {
        println!("── {name}");
        let outcome = fault(&binary, wanted.times).unwrap_or_else(|error| {
            let problems = vec![format!("{error:#}")];
            vec![Verdict { problems, ..Verdict::new(name) }]
        });
        outcome.iter().for_each(Verdict::complain);
        verdicts.extend(outcome);
    }
    println!("\n{}", table(&verdicts));
    let is_fine = verdicts.iter().all(Verdict::is_fine);
    if !is_fine {
        let left = std::env::temp_dir().join("kostticket-torture-*");
        println!("What was wrong is left in {}", left.display());
    }
    Ok(is_fine)
}

impl Wanted {
    fn parse(arguments: impl Iterator<Item = String>) -> Result<Wanted> {
        let mut wanted = Wanted { faults: Vec::new(), times: None };
        let mut arguments = arguments;
        while let Some(argument) = arguments.next() {
            if argument == "--times" {
                let times = arguments.next().context("--times wants a number")?;
                wanted.times = Some(times.parse().context("--times wants a number")?);
            } else if let Some((name, _, fault)) =
                FAULTS.iter().find(|(name, ..)| *name == argument)
            {
                wanted.faults.push((name, *fault));
            } else {
                let known: Vec<_> =
                    FAULTS.iter().map(|(name, about, _)| format!("{name:<8}{about}")).collect();
                bail!("there is no fault “{argument}”:\n{}", known.join("\n"));
            }
        }
        if wanted.faults.is_empty() {
            wanted.faults = FAULTS.iter().map(|(name, _, fault)| (*name, *fault)).collect();
        }
        Ok(wanted)
    }
}

/// The program, which `cargo xtask torture` has just built beside this one.
fn program() -> Result<PathBuf> {
    let binary = std::env::current_exe()?.with_file_name("kostticket");
    if !binary.exists() {
        bail!("{} is not there: cargo build --workspace", binary.display());
    }
    Ok(binary)
}
