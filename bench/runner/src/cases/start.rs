//! From start to the first answer, and what it holds while nothing happens.

use std::time::Duration;

use anyhow::Result;

use crate::contestant::Contestant;
use crate::load::bytes;
use crate::stage::{Stage, USUAL};
use crate::targets::{django, helpdesk, kostticket, limit};
use crate::usage;

/// So many starts one after the other: a machine on which nothing happened for a while
/// takes longer for the first one.
const STARTS: usize = 5;

/// Everybody with a database that is there.
pub fn measure(stage: &mut Stage) -> Result<()> {
    stage.installation(USUAL, true)?;
    let size = std::fs::metadata(stage.program("kostticket"))?.len();
    for _ in 0..stage.options.few_repetitions() {
        for start in [on_sqlite, on_postgres, peer, helpdesk::start, bare] {
            for _ in 1..STARTS {
                let contestant = start(stage)?;
                note(stage, &contestant, &[]);
            }
            let contestant = start(stage)?;
            note(stage, &contestant, &[("idle_mib", idle_memory(stage, &contestant))]);
        }
    }
    let binary = [("binary_mb", bytes(size) / 1e6)];
    stage.results.note("start", "existing database", kostticket::ON_SQLITE, &binary);
    Ok(())
}

fn on_sqlite(stage: &mut Stage) -> Result<Contestant> {
    kostticket::start(stage, USUAL, false)
}

fn on_postgres(stage: &mut Stage) -> Result<Contestant> {
    kostticket::start(stage, USUAL, true)
}

fn peer(stage: &mut Stage) -> Result<Contestant> {
    Ok(django::start(stage)?.contestant)
}

fn bare(stage: &mut Stage) -> Result<Contestant> {
    limit::start(stage, 17_600)
}

fn note(stage: &mut Stage, of: &Contestant, more: &[(&'static str, f64)]) {
    let first = of.started_in.as_secs_f64() * 1000.0;
    let figures = [&[("first_200_ms", first)], more].concat();
    stage.results.note("start", "existing database", of.who, &figures);
}

fn idle_memory(stage: &Stage, of: &Contestant) -> f64 {
    std::thread::sleep(Duration::from_secs(if stage.options.quick { 1 } else { 10 }));
    bytes(usage::memory(&of.roots())) / f64::from(1 << 20)
}
