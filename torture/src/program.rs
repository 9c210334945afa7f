//! The real program as a process: started, watched until it answers, and ended
//! in one way or another.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};

use crate::browser::Browser;

/// Longer than any start takes.
const START: Duration = Duration::from_secs(60);

/// How the program is started, each time alike.
#[derive(Debug, Clone)]
pub struct Recipe {
    pub binary: PathBuf,
    pub data: PathBuf,
    pub address: SocketAddr,
    /// Where people reach it, if that is not its own address.
    pub front: Option<SocketAddr>,
    /// PostgreSQL; else the SQLite file in its data folder.
    pub database_url: Option<String>,
    pub smtp_url: String,
    /// What it says on standard error, all starts one after the other.
    pub log: PathBuf,
    /// A command that runs it, such as `strace …`.
    pub around: Vec<String>,
}

/// The program while it runs; killed when it is dropped.
#[derive(Debug)]
pub struct Program {
    child: Child,
    started: Instant,
    /// Who cannot say what they have to say would end.
    says: BufReader<ChildStdout>,
}

impl Recipe {
    /// Where people reach it.
    pub fn base(&self) -> String {
        format!("http://{}", self.front.unwrap_or(self.address))
    }

    /// Starts the program; the command is `serve` or `work`.
    ///
    /// # Errors
    /// When there is no such program.
    pub fn start(&self, command: &str) -> Result<Program> {
        let log = File::options().create(true).append(true).open(&self.log)?;
        let mut line = self.around.iter().map(String::as_str).collect::<Vec<_>>();
        let binary = self.binary.to_str().context("the program's path is no text")?;
        line.push(binary);
        let (first, rest) = line.split_first().context("a command")?;
        let mut child = Command::new(first)
            .args(rest)
            .arg(command)
            .arg("--data")
            .arg(&self.data)
            .args(["--listen", &self.address.to_string(), "--smtp-url", &self.smtp_url])
            .args(["--base-url", &self.base()])
            .args(self.database_url.iter().flat_map(|url| ["--database-url", url]))
            .env_remove("DATABASE_URL")
            .env_remove("KOSTTICKET_BASE_URL")
            .env("RUST_LOG", "info")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .with_context(|| format!("cannot start {first}"))?;
        let says = child.stdout.take().context("its standard output")?;
        Ok(Program { child, started: Instant::now(), says: BufReader::new(says) })
    }

    /// Starts the program and waits until it answers; says how long that took.
    ///
    /// # Errors
    /// When it ends, or does not answer within a minute.
    pub fn start_to_answer(&self) -> Result<(Program, Duration)> {
        let mut program = self.start("serve")?;
        loop {
            if self.is_ready() {
                let took = program.started.elapsed();
                return Ok((program, took));
            }
            if let Some(status) = program.child.try_wait()? {
                bail!("the program ended with {status} instead of answering");
            }
            if program.started.elapsed() > START {
                bail!("the program does not answer");
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Recipe {
    /// Whether it says that it is ready.
    pub fn is_ready(&self) -> bool {
        let browser = Browser::new(&format!("http://{}", self.address));
        browser.get("/readyz").is_ok_and(|answer| answer.status == 200)
    }
}

impl Program {
    /// When it was started.
    pub fn started(&self) -> Instant {
        self.started
    }

    /// The next line on standard output that has this in it.
    ///
    /// # Errors
    /// When it ends without saying so.
    pub fn says(&mut self, what: &str) -> Result<String> {
        loop {
            let mut line = String::new();
            if self.says.read_line(&mut line)? == 0 {
                bail!("the program ended without saying “{what}”");
            }
            if line.contains(what) {
                return Ok(line.trim().to_owned());
            }
        }
    }

    /// `kill -9`, to the end.
    ///
    /// # Errors
    /// When it was gone already.
    pub fn kill(mut self) -> Result<()> {
        if let Some(status) = self.child.try_wait()? {
            bail!("the program had ended by itself, with {status}");
        }
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Sends a signal.
    ///
    /// # Errors
    /// When it is gone.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        Ok(kill_process(Pid::from_child(&self.child), signal)?)
    }

    /// Waits for its end, for so long at most.
    ///
    /// # Errors
    /// When it goes on.
    pub fn ended_within(mut self, time: Duration) -> Result<ExitStatus> {
        let since = Instant::now();
        while since.elapsed() < time {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        bail!("the program goes on after {time:?}")
    }

    /// Asks it to end, and waits until it has.
    ///
    /// # Errors
    /// When it goes on, or ends badly.
    pub fn end(self) -> Result<()> {
        self.signal(Signal::TERM)?;
        let status = self.ended_within(Duration::from_secs(15))?;
        ensure!(status.success(), "the program ended with {status}");
        Ok(())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended; both say so then, and nobody has to know.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
