//! From start to the first answer, and what it holds while nothing happens.

use std::time::Duration;

use anyhow::Result;

use crate::contestant::Contestant;
use crate::stage::{Stage, USUAL};
use crate::targets::{django, helpdesk, kostticket, limit};
use crate::usage::{self, bytes, mebibytes};

/// So many starts one after the other, of which the first one finds a machine on which
/// nothing happened for a while.
const STARTS: usize = 5;

/// Everybody with a database that is there.
pub fn measure(stage: &mut Stage) -> Result<()> {
    let all = [on_sqlite, on_postgres, peer, helpdesk::start, bare];
    // Once everybody has their data.
    for start in all {
        start(stage)?;
    }
    let starts = if stage.options.quick { 2 } else { STARTS };
    let size = std::fs::metadata(stage.program("kostticket"))?.len();
    for _ in 0..stage.options.repetitions() {
        for start in all {
            pause(stage);
            for number in 1..=starts {
                let contestant = start(stage)?;
                let variant = if number == 1 { "after a pause" } else { "once more" };
                let took = contestant.started_in.as_secs_f64() * 1000.0;
                stage.results.note("start", variant, contestant.who, &[("first_200_ms", took)]);
                if number == starts {
                    pause(stage);
                    let idle = mebibytes(usage::memory(&contestant.roots()));
                    stage.results.note("start", "idle", contestant.who, &[("idle_mib", idle)]);
                }
            }
        }
    }
    let binary = [("binary_mb", bytes(size) / 1e6)];
    stage.results.note("start", "idle", kostticket::ON_SQLITE, &binary);
    Ok(())
}

fn pause(stage: &Stage) {
    std::thread::sleep(Duration::from_secs(if stage.options.quick { 1 } else { 10 }));
}

fn on_sqlite(stage: &mut Stage) -> Result<Contestant> {
    kostticket::start(stage, USUAL, false)
}

fn on_postgres(stage: &mut Stage) -> Result<Contestant> {
    kostticket::start(stage, USUAL, true)
}

fn peer(stage: &mut Stage) -> Result<Contestant> {
    django::start(stage, USUAL)
}

fn bare(stage: &mut Stage) -> Result<Contestant> {
    limit::start(stage, limit::BYTES)
}
