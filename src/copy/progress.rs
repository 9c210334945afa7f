//! What a long copy says while it goes on: a line for each table, on a terminal
//! written anew as it grows.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use crate::words::{Language, Words};

/// How often the line is written anew.
const EVERY: Duration = Duration::from_millis(200);

/// The line of one table, or of the photos.
pub struct Progress {
    table: String,
    /// What is counted: “row”.
    noun: &'static str,
    started: Instant,
    /// When the line was last written; none where nobody would see it change.
    shown: Option<Instant>,
    /// Whether something stands in a line that has not ended.
    is_open: bool,
}

impl Progress {
    pub fn new(table: &str, noun: &'static str) -> Progress {
        let now = Instant::now();
        let shown = std::io::stdout().is_terminal().then_some(now);
        Progress { table: table.to_owned(), noun, started: now, shown, is_open: false }
    }

    /// So many rows so far.
    pub fn show(&mut self, rows: u64) {
        if self.shown.is_some_and(|shown| shown.elapsed() >= EVERY) {
            self.shown = Some(Instant::now());
            print!("\r{}", self.line(rows, &self.rate(rows)));
            // A line that cannot be shown is no reason to stop.
            let _ = std::io::stdout().flush();
            self.is_open = true;
        }
    }

    /// That was all. A table that is empty is not worth a line.
    pub fn end(self, rows: u64) {
        if rows > 0 {
            let rate = self.rate(rows);
            self.end_with(rows, &rate);
        }
    }

    /// That was all, and this is worth knowing about it.
    pub fn end_with(mut self, rows: u64, about: &str) {
        let line = self.line(rows, about);
        // Its blanks cover what stood there.
        let line = if self.is_open { format!("\r{line}") } else { line.trim_end().to_owned() };
        println!("{line}");
        self.is_open = false;
    }

    fn line(&self, rows: u64, about: &str) -> String {
        format!("  {:<16}{:>18}  {about:<16}", self.table, counted(rows, self.noun))
    }

    fn rate(&self, rows: u64) -> String {
        let seconds = self.started.elapsed().as_secs_f64();
        if seconds < 1.0 {
            return String::new();
        }
        #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "roughly")]
        #[expect(clippy::cast_sign_loss, reason = "neither is negative")]
        let rate = (rows as f64 / seconds) as u64;
        format!("{}/s", number(rate))
    }
}

impl Drop for Progress {
    /// What is said next, that it failed for example, begins a line.
    fn drop(&mut self) {
        if self.is_open {
            println!();
        }
    }
}

/// “1 row”, “1,204 rows”.
pub fn counted(n: u64, noun: &str) -> String {
    let ending = if n == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", number(n))
}

fn number(n: u64) -> String {
    Words::new(Language::En).number(n.try_into().unwrap_or(i64::MAX))
}
