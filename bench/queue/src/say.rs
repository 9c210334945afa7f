//! What was measured: a line for people, or with the word `json` one for a program.

use std::time::Duration;

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

/// How long each took; so many were too early.
pub fn times(what: &str, times: &mut [Duration], early: usize) {
    times.sort_unstable();
    let at = |percent: usize| times[(times.len() * percent / 100).min(times.len() - 1)];
    let (p50, p99, max) = (at(50), at(99), at(100));
    if is_json() {
        let [p50, p99, max] = [p50, p99, max].map(|time| time.as_secs_f64() * 1000.0);
        println!(
            r#"{{"what":"{what}","p50_ms":{p50},"p99_ms":{p99},"max_ms":{max},"early":{early}}}"#
        );
    } else {
        println!("p50 {p50:>9.2?}  p99 {p99:>9.2?}  max {max:>9.2?}  {what} ({early} early)");
    }
}

fn is_json() -> bool {
    std::env::args().any(|word| word == JSON)
}
