//! Load, from `wrk`: one thread, connections that are kept, percentiles as `wrk` corrects
//! them: who waits long counts also for what they would have asked meanwhile.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::contestant::Contestant;
use crate::usage::{self, Usage, Watch};

/// The script that sends forms, and says as JSON what came of it.
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/load.lua");

/// What is sent.
#[derive(Debug, Clone)]
pub struct Load {
    pub url: String,
    pub headers: Vec<String>,
    pub clients: usize,
    pub seconds: u64,
    pub forms: Option<Forms>,
}

/// Forms instead of pages; see `load.lua`.
#[derive(Debug, Clone)]
pub struct Forms {
    pub file: PathBuf,
    pub first: u64,
    /// The status, as a pattern of Lua, that says that one was answered as it should be.
    pub taken: &'static str,
    /// Makes what is sent differ from everything that was sent before.
    pub prefix: String,
}

/// What came of it.
#[derive(Debug, Clone, Copy)]
pub struct Outcome {
    pub requests: f64,
    pub per_second: f64,
    /// The same until all was done that had been put off, such as tasks, if that ended.
    pub done_per_second: Option<f64>,
    /// Milliseconds.
    pub p50: f64,
    pub p99: f64,
    pub usage: Usage,
    /// CPU seconds that the client itself used.
    pub client: f64,
    /// Requests that got no answer, or another than they should.
    pub failed: f64,
}

impl Outcome {
    /// As they are noted.
    pub fn figures(&self) -> [(&'static str, f64); 5] {
        let [rate, p50, p99, peak] = self.figures_beside();
        [rate, p50, p99, usage::cpu_per_1000(self.usage.cpu, self.requests), peak]
    }

    /// The same, and how many a second were done with all that follows from them.
    ///
    /// # Errors
    /// When that did not end.
    pub fn figures_with_what_follows(&self) -> Result<[(&'static str, f64); 6]> {
        let [rate, p50, p99, cpu, peak] = self.figures();
        let done = self.done_per_second.context("their tasks are not done after 15 s")?;
        Ok([rate, ("done_per_second", done), p50, p99, cpu, peak])
    }

    /// The same beside another load, whose cost cannot be told apart.
    pub fn figures_beside(&self) -> [(&'static str, f64); 4] {
        let peak = usage::peak(self.usage.memory);
        [("per_second", self.per_second), ("p50_ms", self.p50), ("p99_ms", self.p99), peak]
    }
}

impl Load {
    /// Pages of a contestant.
    ///
    /// # Errors
    /// When there is no such page: `wrk` takes a redirect for one.
    pub fn pages(on: &Contestant, path: &str, clients: usize, seconds: u64) -> Result<Load> {
        on.size_of(path)?;
        let url = format!("{}{path}", on.base);
        let headers = vec![format!("Cookie: {}", on.cookie_for(path))];
        Ok(Load { url, headers, clients, seconds, forms: None })
    }

    /// Sends it, and watches these processes meanwhile.
    ///
    /// # Errors
    /// When there is no answer, or more than one of a hundred is not what it should be.
    pub fn run(&self, roots: &[u32]) -> Result<Outcome> {
        let outcome = self.run_anyway(roots)?;
        self.check(&outcome)?;
        Ok(outcome)
    }

    /// The same beside another load, which goes on: nothing comes to rest.
    ///
    /// # Errors
    /// As [`Load::run`].
    pub fn run_beside(&self, roots: &[u32]) -> Result<Outcome> {
        let outcome = self.send(roots, false)?;
        self.check(&outcome)?;
        Ok(outcome)
    }

    fn check(&self, outcome: &Outcome) -> Result<()> {
        let Outcome { requests, failed, .. } = *outcome;
        ensure!(requests > 0.0, "no answer from {} in {} s", self.url, self.seconds);
        ensure!(
            failed <= requests / 100.0,
            "{failed} of {requests} answers from {} are not what they should be",
            self.url
        );
        Ok(())
    }

    /// The same, whatever the answers are.
    ///
    /// # Errors
    /// When there is no `wrk`.
    pub fn run_anyway(&self, roots: &[u32]) -> Result<Outcome> {
        self.send(roots, true)
    }

    fn send(&self, roots: &[u32], settles: bool) -> Result<Outcome> {
        let mut wrk = Command::new("wrk");
        wrk.args(["-t1", "--timeout=30s", "-s", SCRIPT])
            .arg(format!("-c{}", self.clients))
            .arg(format!("-d{}s", self.seconds))
            .args(self.headers.iter().flat_map(|header| ["-H", header]))
            .arg(&self.url);
        if let Some(Forms { file, first, taken, prefix }) = &self.forms {
            wrk.arg("--").arg(file).args([&first.to_string(), *taken, prefix]);
        }
        let (watch, before) = (Watch::start(roots), usage::cpu_of_ended_children());
        let output = wrk.output().context("wrk")?;
        let client = usage::cpu_of_ended_children() - before;
        // What was put off, such as tasks, is part of the cost.
        let put_off = settles.then(|| let_settle(roots)).flatten();
        let usage = watch.end();
        let said = String::from_utf8_lossy(&output.stdout);
        let last = said.lines().rfind(|line| line.starts_with('{'));
        let last = last.with_context(|| {
            format!("wrk said {said} {}", String::from_utf8_lossy(&output.stderr))
        })?;
        let said: Value = serde_json::from_str(last)?;
        let number =
            |name: &str| said[name].as_f64().with_context(|| format!("wrk says no {name}"));
        let (requests, seconds) = (number("requests")?, number("seconds")?);
        Ok(Outcome {
            requests,
            per_second: requests / seconds,
            done_per_second: put_off.map(|busy| requests / (seconds + busy.as_secs_f64())),
            p50: number("p50")?,
            p99: number("p99")?,
            usage,
            client: client.as_secs_f64(),
            failed: number("refused")? + number("broken")?,
        })
    }
}

/// Waits, but not for ever, until they do hardly anything: what is still to be
/// answered to clients that are gone would be paid for by whoever is next. Says for
/// how long they were busy, if they came to rest within 15 s.
pub fn let_settle(roots: &[u32]) -> Option<Duration> {
    const MOMENT: Duration = Duration::from_millis(200);
    let started = Instant::now();
    let mut busy = Duration::ZERO;
    for _ in 0..75 {
        let before = usage::cpu(roots);
        std::thread::sleep(MOMENT);
        if usage::cpu(roots).saturating_sub(before) < MOMENT / 10 {
            return Some(busy);
        }
        busy = started.elapsed();
    }
    None
}

/// Writes forms down for [`Forms::file`]: path, cookie, one more header
/// (may be empty), body.
///
/// # Errors
/// When the file cannot be written.
pub fn write_forms(file: &Path, forms: impl Iterator<Item = [String; 4]>) -> Result<()> {
    let text: String = forms.map(|form| form.join("\t") + "\n").collect();
    std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}
