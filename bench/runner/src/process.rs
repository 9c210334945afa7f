//! A program that is measured, or helps: ended in good order when it is dropped.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use tokio::signal::unix::{SignalKind, signal};

use crate::{http, usage};

/// How long a program may take to begin, and to end.
const PATIENCE: Duration = Duration::from_secs(30);

static TOLD_TO_STOP: AtomicBool = AtomicBool::new(false);

/// Whether what fails now does so because this program was told to stop.
pub fn is_told_to_stop() -> bool {
    TOLD_TO_STOP.load(Ordering::Relaxed)
}

/// Told to stop, this program ends all that it started; what it measures then fails, and
/// its main thread tidies up and ends.
///
/// # Errors
/// When it cannot be told.
pub fn end_all_when_told() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (mut terminate, mut interrupt) = {
        let _entered = runtime.enter();
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?)
    };
    std::thread::spawn(move || {
        runtime.block_on(async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        });
        TOLD_TO_STOP.store(true, Ordering::Relaxed);
        let told = Instant::now();
        // Again and again: what is being started meanwhile as well.
        while told.elapsed() < PATIENCE {
            end_children(Signal::TERM);
            std::thread::sleep(Duration::from_millis(200));
        }
        end_children(Signal::KILL);
        std::process::exit(130);
    });
    Ok(())
}

fn end_children(signal: Signal) {
    for id in usage::tree(&[std::process::id()]).into_iter().skip(1) {
        if let Some(id) = i32::try_from(id).ok().and_then(Pid::from_raw) {
            let _ = kill_process(id, signal);
        }
    }
}

/// A running program.
#[derive(Debug)]
pub struct Process {
    child: Child,
    started: Instant,
    log: PathBuf,
}

impl Process {
    /// Starts it; what it says goes to a file.
    ///
    /// # Errors
    /// When there is no such program.
    pub fn start(command: &mut Command, log: &Path) -> Result<Process> {
        let file = File::create(log)?;
        let started = Instant::now();
        let child = command
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()
            .with_context(|| format!("cannot start {:?}", command.get_program()))?;
        Ok(Process { child, started, log: log.to_owned() })
    }

    /// The first of its processes.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until this is answered with 200; see [`Process::ready`].
    ///
    /// # Errors
    /// When it is not.
    pub fn answers(&mut self, url: &str) -> Result<Duration> {
        let agent = http::agent();
        self.ready(|| http::is_there(&agent, url))
            .with_context(|| format!("{url}; see {}", self.log.display()))
    }

    /// Waits until it is ready, looking every few milliseconds; says how long after
    /// its start that was.
    ///
    /// # Errors
    /// When it ends instead, or takes too long.
    pub fn ready(&mut self, mut is_ready: impl FnMut() -> bool) -> Result<Duration> {
        loop {
            if is_ready() {
                return Ok(self.started.elapsed());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("it ended with {status} instead of answering");
            }
            if self.started.elapsed() > PATIENCE {
                bail!("it does not answer");
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let asked = Instant::now();
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        while asked.elapsed() < PATIENCE {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill().and_then(|()| self.child.wait());
    }
}
