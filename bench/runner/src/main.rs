//! How fast KostTicket is, what it costs, and how the cost grows: beside what
//! people would use instead, and beside what the machine can do at all. See
//! `bench/README.md`; run by `cargo xtask bench`.

mod bars;
mod cases;
mod chart;
mod contestant;
mod http;
mod load;
mod machine;
mod options;
mod process;
mod report;
mod results;
mod seed;
mod sockets;
mod stage;
mod targets;
mod tools;
mod usage;
mod writers;

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, ensure};

use options::Options;
use stage::Stage;

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether every case could be measured.
fn run() -> Result<bool> {
    let options = Options::parse(std::env::args().skip(1))?;
    machine::allow_many_files()?;
    process::end_all_when_told()?;
    let mut stage = Stage::new(options)?;
    let place = report::place(&stage);
    // Now, and not after hours, it is noticed that it cannot be read.
    let mut all = report::recall(&place, stage.options.quick)?;
    let mut is_complete = true;
    let commit = machine::commit();
    for case in cases::ALL {
        if !stage.options.wants(case.name) {
            continue;
        }
        println!("── {}: {}", case.name, case.about);
        let began = Instant::now();
        stage.make_anew();
        let when = format!("commit {commit}, {}", machine::today());
        stage.results.begin(case.name, when);
        if let Err(error) = (case.measure)(&mut stage) {
            ensure!(!process::is_told_to_stop(), "told to stop");
            println!("   {} could not be measured: {error:#}", case.name);
            stage.results.fail(case.name, format!("{error:#}"));
            is_complete = false;
        }
        println!("   {} took {} s", case.name, began.elapsed().as_secs());
        all.renew(std::mem::take(&mut stage.results));
        report::write(&all, &place, stage.options.quick)?;
    }
    println!("── the report is {}", place.join("RESULTS.md").display());
    Ok(is_complete)
}
