//! A program that is measured, or helps: ended in good order when it is dropped.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use tokio::signal::unix::{SignalKind, signal};

use crate::usage;

/// How long a program may take to begin, and to end.
const PATIENCE: Duration = Duration::from_secs(30);

/// Told to stop, this program ends all that it started, and then itself.
///
/// # Errors
/// When it cannot be told.
pub fn end_all_when_told() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::spawn(move || {
        let told = runtime.block_on(async {
            let mut terminate = signal(SignalKind::terminate())?;
            let mut interrupt = signal(SignalKind::interrupt())?;
            let mut hang_up = signal(SignalKind::hangup())?;
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
                _ = hang_up.recv() => {}
            }
            anyhow::Ok(())
        });
        if let Err(error) = told {
            eprintln!("bench: it would leave programs behind when told to stop: {error}");
            return;
        }
        let ours = usage::tree(&[std::process::id()]).split_off(1);
        for id in ours.iter().filter_map(|id| Pid::from_raw(i32::try_from(*id).ok()?)) {
            let _ = kill_process(id, Signal::TERM);
        }
        let asked = Instant::now();
        while usage::memory(&ours) > 0 && asked.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(20));
        }
        std::process::exit(130);
    });
    Ok(())
}

/// A running program.
#[derive(Debug)]
pub struct Process {
    child: Child,
    started: Instant,
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
        Ok(Process { child, started })
    }

    /// The first of its processes.
    pub fn id(&self) -> u32 {
        self.child.id()
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
