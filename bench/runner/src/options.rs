//! What is to be measured, and for how long.

use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::cases;

/// The command line.
#[derive(Debug, Clone)]
pub struct Options {
    /// Three minutes in all: one repetition, one number of clients, no large data.
    pub quick: bool,
    /// How long the soak lasts; without it there is none.
    pub soak: Option<Duration>,
    cases: Vec<String>,
}

impl Options {
    /// Reads `[--quick] [--soak MINUTES] [CASE …]`.
    ///
    /// # Errors
    /// A sentence about the word that is not understood.
    pub fn parse(mut words: impl Iterator<Item = String>) -> Result<Options> {
        let mut options = Options { quick: false, soak: None, cases: Vec::new() };
        while let Some(word) = words.next() {
            match word.as_str() {
                "--quick" => options.quick = true,
                "--soak" => {
                    let minutes = words.next().context("--soak MINUTES")?;
                    let minutes: u64 = minutes.parse().context("--soak MINUTES")?;
                    options.soak = Some(Duration::from_secs(minutes * 60));
                    options.cases.push("soak".to_owned());
                }
                name => {
                    let names: Vec<_> = cases::ALL.iter().map(|case| case.name).collect();
                    ensure!(names.contains(&name), "no case “{name}”; there are {names:?}");
                    options.cases.push(name.to_owned());
                }
            }
        }
        Ok(options)
    }

    /// Whether a case is wanted: those named, or all that are not asked for by themselves.
    pub fn wants(&self, name: &str) -> bool {
        let is_short = cases::ALL.iter().any(|case| case.name == name && case.is_quick);
        match self.cases.is_empty() {
            true => name != "soak" && (is_short || !self.quick),
            false => self.cases.iter().any(|case| case == name),
        }
    }

    /// How long a load lasts on somebody who answers so many a second: some are so slow
    /// that hardly any answer would come.
    pub fn seconds_for(&self, per_second: f64) -> u64 {
        const ANSWERS: f64 = 200.0;
        let most = if self.quick { self.seconds() } else { 12 };
        (self.seconds()..most)
            .find(|&seconds| per_second * seconds as f64 >= ANSWERS)
            .unwrap_or(most)
    }

    /// The first repetition: where there is time, one to warm up goes before.
    pub fn first_repetition(&self) -> u32 {
        u32::from(self.quick)
    }

    /// How often each measurement is repeated.
    pub fn repetitions(&self) -> u32 {
        if self.quick { 1 } else { 3 }
    }

    /// How long one repetition takes, in seconds.
    pub fn seconds(&self) -> u64 {
        if self.quick { 1 } else { 2 }
    }

    /// How many clients at once.
    pub fn crowds(&self) -> &'static [usize] {
        if self.quick { &[32] } else { &[1, 8, 32, 128] }
    }

    /// How many report at once.
    pub fn reporters(&self) -> &'static [usize] {
        if self.quick { &[8, 64] } else { &[1, 8, 32, 64, 128] }
    }

    /// The larger installations, as tickets and kosts.
    pub fn sizes(&self) -> &'static [(u32, u32)] {
        if self.quick {
            &[(5_000, 5), (100_000, 100)]
        } else {
            &[(5_000, 5), (100_000, 100), (1_000_000, 1_000)]
        }
    }
}
