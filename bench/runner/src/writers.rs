//! A steady stream of new reports, so many a second, beside what is measured.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::contestant::Contestant;
use crate::http;

/// So many write at once.
const WRITERS: u32 = 16;

/// They write until this is dropped.
pub struct Writers {
    stop: Arc<AtomicBool>,
    written: Arc<AtomicUsize>,
    refused: Arc<AtomicUsize>,
    since: Instant,
    threads: Vec<JoinHandle<()>>,
}

impl Writers {
    /// Sends a contestant's forms in turn.
    ///
    /// # Errors
    /// When it has none, or they cannot be read.
    pub fn start(on: &Contestant, per_second: u32, prefix: &str) -> Result<Writers> {
        let forms = on.forms.as_ref().context("it has forms")?;
        let text = std::fs::read_to_string(forms).context("forms")?;
        let lines: Arc<[String]> = text.lines().map(str::to_owned).collect();
        let stop = Arc::new(AtomicBool::new(false));
        let [written, refused, turn] = [(); 3].map(|()| Arc::new(AtomicUsize::new(0)));
        let threads = (0..WRITERS).map(|_| {
            let (lines, stop, turn) = (Arc::clone(&lines), Arc::clone(&stop), Arc::clone(&turn));
            let (written, refused) = (Arc::clone(&written), Arc::clone(&refused));
            let (base, prefix) = (on.base.clone(), prefix.to_owned());
            let pause = Duration::from_secs(1) * WRITERS / per_second;
            std::thread::spawn(move || {
                let agent = http::agent();
                let mut next = Instant::now();
                while !stop.load(Ordering::Relaxed) {
                    let place = turn.fetch_add(1, Ordering::Relaxed);
                    let unique = format!("{prefix}{place}");
                    let is_taken = send(&agent, &base, &lines[place % lines.len()], &unique);
                    let count = if is_taken { &written } else { &refused };
                    count.fetch_add(1, Ordering::Relaxed);
                    next += pause;
                    std::thread::sleep(next.saturating_duration_since(Instant::now()));
                }
            })
        });
        let threads = threads.collect();
        Ok(Writers { stop, written, refused, since: Instant::now(), threads })
    }

    /// How many a second it really is since this was asked last.
    ///
    /// # Errors
    /// When more than one of a hundred was not taken.
    pub fn per_second(&mut self) -> Result<f64> {
        let elapsed = std::mem::replace(&mut self.since, Instant::now()).elapsed();
        let [written, refused] =
            [&self.written, &self.refused].map(|count| count.swap(0, Ordering::Relaxed));
        ensure!(refused <= written / 100, "{refused} reports were refused, {written} taken");
        let written = u32::try_from(written).unwrap_or(u32::MAX);
        Ok(f64::from(written) / elapsed.as_secs_f64())
    }
}

impl Drop for Writers {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn send(agent: &ureq::Agent, base: &str, line: &str, unique: &str) -> bool {
    let [path, cookie, header, body] = line.split('\t').collect::<Vec<_>>()[..] else {
        return false;
    };
    let body = body.strip_suffix('@').map_or(body.to_owned(), |body| format!("{body}{unique}"));
    let fixed = [("cookie", cookie), ("content-type", http::FORM)];
    let headers: Vec<_> = fixed.into_iter().chain(header.split_once(": ")).collect();
    let status = http::post(agent, &format!("{base}{path}"), &headers, body.as_bytes());
    status.is_ok_and(http::is_redirect)
}
