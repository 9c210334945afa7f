//! CPU time so far, as Linux tells it: a measure that holds on a busy machine too.

use std::time::Duration;

use anyhow::{Context, Result};

/// Of this thread, in nanoseconds.
pub fn of_thread() -> Result<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds = text.split(' ').next().context("schedstat")?.parse()?;
    Ok(Duration::from_nanos(nanoseconds))
}

/// Of the whole process, user and system, in hundredths of a second.
pub fn of_process() -> Result<Duration> {
    let text = std::fs::read_to_string("/proc/self/stat")?;
    // The fields after the name, which may hold blanks: utime and stime are the 14th and 15th.
    let fields = text.rsplit_once(')').context("stat")?.1.split_whitespace();
    let ticks = fields.skip(11).take(2).map(str::parse::<u64>).sum::<Result<u64, _>>()?;
    Ok(Duration::from_millis(ticks * 10))
}
