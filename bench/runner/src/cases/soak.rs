//! Hours of the same: people read and report all the time, and memory is noted
//! every minute. Asked for by `--soak MINUTES`.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::load::Load;
use crate::results::spread;
use crate::stage::{Stage, USUAL};
use crate::targets::kostticket;
use crate::usage::{self, mebibytes};
use crate::writers::Writers;

/// New reports a second.
const WRITES: u32 = 20;
/// Four clients read pages for so many seconds of each minute.
const READING: u64 = 20;

/// On SQLite, where everything is in the one process.
pub fn measure(stage: &mut Stage) -> Result<()> {
    let length = stage.options.soak.context("--soak MINUTES")?;
    let ours = kostticket::start(stage, USUAL, false)?;
    let mut writers = Writers::start(&ours, WRITES, &stage.next_run())?;
    let (began, mut held) = (Instant::now(), Vec::new());
    while began.elapsed() < length {
        let minute = Instant::now();
        for (_, path) in &ours.pages[..3] {
            Load::pages(&ours, path, 4, READING / 3)?.run_beside(&ours.roots())?;
        }
        std::thread::sleep(Duration::from_secs(60).saturating_sub(minute.elapsed()));
        let memory = mebibytes(usage::memory(&ours.roots()));
        let figures = [("memory_mib", memory), ("writes_per_second", writers.per_second()?)];
        stage.results.note("soak", "every minute", ours.who, &figures);
        held.push(memory);
    }
    // What caches take belongs to the first tenth.
    let tenth = (held.len() / 10).max(1);
    let middle = |minutes: &[f64]| spread(minutes).median;
    let (settled, last) = (held.chunks(tenth).nth(1), held.rchunks(tenth).next());
    let drift = last.map_or(0.0, middle) - settled.or(last).map_or(0.0, middle);
    stage.results.note("soak", "after the first tenth", ours.who, &[("drift_mib", drift)]);
    Ok(())
}
