//! What processes cost, with all their children: CPU time and memory, as Linux
//! tells it under `/proc`.

use std::collections::HashMap;
use std::fs;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often memory is looked at. Reading it costs the reader about a millisecond.
const EVERY: Duration = Duration::from_millis(250);

/// What was used between start and end.
#[derive(Debug, Clone, Copy, Default)]
pub struct Usage {
    pub cpu: Duration,
    /// The most that was held at once, in bytes.
    pub memory: u64,
}

/// What a thousand cost of so many that were done, as it is noted.
pub fn cpu_per_1000(cpu: Duration, done: f64) -> (&'static str, f64) {
    ("cpu_s_per_1000", cpu.as_secs_f64() / done.max(1.0) * 1000.0)
}

/// The most that was held, as it is noted.
pub fn peak(memory: u64) -> (&'static str, f64) {
    ("peak_mib", mebibytes(memory))
}

/// Bytes as MiB.
pub fn mebibytes(memory: u64) -> f64 {
    bytes(memory) / f64::from(1 << 20)
}

/// As a number to reckon with.
#[expect(clippy::cast_precision_loss, reason = "nobody has petabytes of memory")]
pub fn bytes(bytes: u64) -> f64 {
    bytes as f64
}

/// Looks at processes while they work, until it is dropped.
pub struct Watch {
    roots: Vec<u32>,
    before: Duration,
    stop: Sender<()>,
    peak: JoinHandle<u64>,
}

impl Watch {
    /// Begins to watch these processes and their children.
    pub fn start(roots: &[u32]) -> Watch {
        let roots = roots.to_vec();
        let (stop, stopped) = mpsc::channel();
        let watched = roots.clone();
        let peak = std::thread::spawn(move || {
            let mut peak = memory(&watched);
            while stopped.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                peak = peak.max(memory(&watched));
            }
            peak.max(memory(&watched))
        });
        Watch { before: cpu(&roots), roots, stop, peak }
    }

    /// What was used since.
    pub fn end(self) -> Usage {
        let cpu = cpu(&self.roots).saturating_sub(self.before);
        drop(self.stop);
        Usage { cpu, memory: self.peak.join().unwrap_or_default() }
    }
}

/// CPU time so far of these processes and their children, those that ended included.
pub fn cpu(roots: &[u32]) -> Duration {
    let ticks: u64 = tree(roots).iter().filter_map(|id| ticks(*id)).sum();
    Duration::from_millis(ticks * 10)
}

/// Of the children of this process that ended and were waited for.
pub fn cpu_of_ended_children() -> Duration {
    let text = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks: u64 =
        fields(&text).skip(13).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

/// Bytes held by these processes and their children: what several share counts
/// once (the proportional set size), or the resident size where that is secret.
pub fn memory(roots: &[u32]) -> u64 {
    tree(roots).into_iter().filter_map(held_by).sum()
}

fn held_by(id: u32) -> Option<u64> {
    let kilobytes = |text: String, name: &str| -> Option<u64> {
        let line = text.lines().find_map(|line| line.strip_prefix(name).map(str::to_owned))?;
        line.split_whitespace().next()?.parse().ok()
    };
    let shared = fs::read_to_string(format!("/proc/{id}/smaps_rollup"));
    let held = match shared {
        Ok(text) => kilobytes(text, "Pss:"),
        Err(_) => kilobytes(fs::read_to_string(format!("/proc/{id}/status")).ok()?, "VmRSS:"),
    };
    held.map(|kilobytes| kilobytes << 10)
}

/// User, system, and the same of its children that ended, in hundredths of a second.
fn ticks(id: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    Some(fields(&text).skip(11).take(4).filter_map(|ticks| ticks.parse::<u64>().ok()).sum())
}

/// What follows the name, which may hold blanks.
fn fields(stat: &str) -> impl Iterator<Item = &str> {
    stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace()
}

/// These processes, their children, and so on.
pub fn tree(roots: &[u32]) -> Vec<u32> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        if let Some(parent) = fields(&stat).nth(1).and_then(|parent| parent.parse().ok()) {
            children.entry(parent).or_default().push(id);
        }
    }
    let mut all = roots.to_vec();
    let mut next = 0;
    while let Some(id) = all.get(next) {
        all.extend(children.remove(id).unwrap_or_default());
        next += 1;
    }
    all
}
