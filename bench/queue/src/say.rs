//! What was measured: a line for people, or with the word `json` one for a program.

use std::sync::Mutex;
use std::time::Duration;

use anyhow::Result;
use jiff::SignedDuration;

/// The word on the command line.
pub const JSON: &str = "json";

/// So many jobs in so long.
pub fn rate(what: &str, jobs: usize, took: Duration) {
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let rate = jobs as f64 / took.as_secs_f64();
    if is_json() {
        println!(r#"{{"what":"{what}","per_second":{rate}}}"#);
    } else {
        println!("{rate:>9.0}/s  {what} ({took:.2?})");
    }
}

/// How long each was waited for, and how many were too early.
pub fn times(what: &str, waits: &Mutex<Vec<SignedDuration>>) -> Result<()> {
    let mut waits = waits.lock().map_err(|_| anyhow::anyhow!("poisoned"))?;
    waits.sort_unstable();
    let early = waits.iter().filter(|wait| wait.is_negative()).count();
    let at = |percent: usize| {
        waits[(waits.len() * percent / 100).min(waits.len() - 1)].as_secs_f64() * 1000.0
    };
    let [p50, p99, max] = [50, 99, 100].map(at);
    if is_json() {
        println!(
            r#"{{"what":"{what}","p50_ms":{p50},"p99_ms":{p99},"max_ms":{max},"early":{early}}}"#
        );
    } else {
        println!("p50 {p50:>7.2} ms  p99 {p99:>7.2} ms  max {max:>7.2} ms  {what} ({early} early)");
    }
    Ok(())
}

fn is_json() -> bool {
    std::env::args().any(|word| word == JSON)
}
