//! Everything that is done to the program, by name.

mod disk;
mod io;
mod kill;
mod nodes;
mod power;
mod smtp;
mod stop;
mod term;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::check::{self, Excused};
use crate::database::one;
use crate::program::Program;
use crate::scene::Scene;
use crate::verdict::Verdict;

/// A kind of fault: does it so often, and tells what was lost.
pub type Fault = fn(&Path, Option<usize>) -> Result<Vec<Verdict>>;

/// By name, with how it is told in one line.
pub const FAULTS: &[(&str, &str, Fault)] = &[
    ("kill", "kill -9 at random moments under load", kill::run),
    ("smtp", "a mail server that is down, slow, forgetful, busy or locked", smtp::run),
    ("poison", "an address that is refused for ever among 10,000 mails", smtp::poison),
    ("term", "SIGTERM at random moments under load", term::run),
    ("stop", "a process that stands still for longer than its leases", stop::run),
    ("disk", "a disk that is full for a while", disk::run),
    ("power", "a power cut: what was not flushed is gone", power::run),
    ("io", "errors at the n-th write or flush", io::run),
    (
        "nodes",
        "three nodes on PostgreSQL: one dies, stops, is cut off; PostgreSQL crashes",
        nodes::run,
    ),
];

/// Between two doings of one person.
const PAUSE: Duration = Duration::from_millis(250);

/// What has to wait for a lease, or for the next attempt, is through by then.
const QUIET: Duration = Duration::from_secs(600);

/// What is live and due sooner or later, reminders of days to come apart.
const WAITING: &str = "
    SELECT COUNT(*)
    FROM job
    WHERE state IN ('waiting', 'running', 'retrying')
       OR state = 'scheduled' AND name NOT IN ('RemindReporter', 'CloseSilent')";

/// Waits until nothing waits any more.
fn drain(scene: &Scene) -> Result<()> {
    let since = Instant::now();
    let db = scene.database()?;
    while one::<i64>(&db, WAITING)? > 0 {
        ensure!(since.elapsed() < QUIET, "something still waits after {QUIET:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// Lays everything side by side and adds it to the verdict.
fn judge(scene: &Scene, excused: &Excused, verdict: &mut Verdict) -> Result<()> {
    verdict.acknowledged = scene.ledger.acknowledged();
    verdict.add(check::check(scene, excused)?);
    Ok(())
}

/// What cannot be tried where one may not mount.
fn no_disk(fault: &str, error: &anyhow::Error) -> Verdict {
    Verdict::skipped(fault, format!("no file system in a file can be mounted here ({error:#})"))
}

/// What cannot be tried without PostgreSQL.
fn no_postgres(fault: &str, error: &anyhow::Error) -> Verdict {
    Verdict::skipped(fault, format!("PostgreSQL cannot be started here ({error:#})"))
}

/// Ends the program, and removes what it worked on if nothing was wrong.
fn conclude(scene: &Scene, program: Program, verdict: Verdict) -> Result<Verdict> {
    program.end()?;
    if verdict.is_fine() {
        scene.forget();
    }
    Ok(verdict)
}
