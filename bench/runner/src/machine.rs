//! What the machine is, for the report; and what has to be asked of it.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use rustix::fs::statfs;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::{Value, json};

/// Enough for ten thousand sockets on each side.
const FILES: u64 = 65_536;

/// Lets this process and its children open many sockets.
///
/// # Errors
/// When not even the hard limit can be had.
pub fn allow_many_files() -> Result<()> {
    let now = getrlimit(Resource::Nofile);
    let wanted = Rlimit { current: Some(FILES), maximum: Some(FILES) };
    if setrlimit(Resource::Nofile, wanted).is_err() {
        setrlimit(Resource::Nofile, Rlimit { current: now.maximum, maximum: now.maximum })?;
    }
    Ok(())
}

/// What lies in memory is never flushed, and would be measured as if it were.
///
/// # Errors
/// When this folder does.
pub fn refuse_memory(folder: &Path) -> Result<()> {
    const TMPFS: u64 = 0x0102_1994;
    const RAMFS: u64 = 0x8584_58f6;
    let kind = u64::try_from(statfs(folder)?.f_type).unwrap_or_default();
    ensure!(![TMPFS, RAMFS].contains(&kind), "{} lies in memory, not on a disk", folder.display());
    Ok(())
}

/// How many files one process may open.
pub fn files() -> u64 {
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

/// Processor, cores, memory, kernel.
///
/// # Errors
/// Where there is no `/proc`.
pub fn describe() -> Result<Value> {
    let processor = fs::read_to_string("/proc/cpuinfo")?;
    let name = processor.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let memory = fs::read_to_string("/proc/meminfo")?;
    let kilobytes: u64 = memory
        .split_whitespace()
        .nth(1)
        .context("/proc/meminfo")?
        .parse()
        .context("/proc/meminfo")?;
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    Ok(json!({
        "processor": name.map(|(_, name)| name.trim()),
        "cores": std::thread::available_parallelism()?.get(),
        "memory_gib": kilobytes >> 20,
        "kernel": kernel.trim(),
    }))
}

/// The commit that is measured, with a mark if something was changed since.
pub fn commit() -> String {
    let said = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    said(&["describe", "--always", "--dirty", "--exclude=*"])
        .unwrap_or_else(|| "unknown".to_owned())
}

/// Today, in UTC, as `date` says it.
pub fn today() -> String {
    let output = Command::new("date").args(["-u", "+%Y-%m-%d %H:%M UTC"]).output();
    output
        .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        .unwrap_or_default()
}
