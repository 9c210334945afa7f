//! A PostgreSQL server to throw away: in a temporary folder, reached through a
//! socket in that folder, gone when the value is dropped.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

/// How long a new server may take until it answers.
const PATIENCE: Duration = Duration::from_secs(30);

/// Nothing of it has to survive a power cut.
const FAST: &[&str] = &["fsync=off", "synchronous_commit=off", "full_page_writes=off"];

/// A running server. Dropping it stops it and removes its files.
pub struct Server {
    /// `None` between a crash and the next start.
    process: Option<Child>,
    programs: PathBuf,
    account: Option<Account>,
    folder: PathBuf,
    settings: Vec<String>,
}

/// Whom to run it as: PostgreSQL refuses to run as root.
#[derive(Clone, Copy)]
struct Account {
    uid: u32,
    gid: u32,
}

/// Starts a server for tests: fast, and safe only as long as nothing crashes.
///
/// # Errors
/// When PostgreSQL is not installed, or does not start.
pub fn start() -> Result<Server> {
    start_with(FAST)
}

/// Starts a server with settings such as `fsync=on`.
///
/// # Errors
/// When PostgreSQL is not installed, or does not start.
pub fn start_with(settings: &[&str]) -> Result<Server> {
    start_in(&std::env::temp_dir(), settings)
}

/// Starts a server that keeps everything within `place`, which everybody may enter.
///
/// # Errors
/// When PostgreSQL is not installed, or does not start.
pub fn start_in(place: &Path, settings: &[&str]) -> Result<Server> {
    let programs = programs()?;
    let account = account()?;
    let folder = new_folder(place, "postgres", account)?;
    let data = folder.join("data");
    let made = program(&programs, "initdb", account)
        .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"])
        .arg("--no-sync")
        .arg("--pgdata")
        .arg(&data)
        .output()?;
    ensure!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
    let settings = settings.iter().map(|setting| (*setting).to_owned()).collect();
    let mut server = Server { process: None, programs, account, folder, settings };
    server.start()?;
    Ok(server)
}

/// A folder that the server may use.
fn new_folder(place: &Path, name: &str, account: Option<Account>) -> Result<PathBuf> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let folder = place.join(format!("{name}-{}-{number}", std::process::id()));
    fs::create_dir(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755))?;
    if let Some(account) = account {
        chown(&folder, Some(account.uid), Some(account.gid))?;
    }
    Ok(folder)
}

impl Server {
    /// Where its socket and everything else lies.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What to put into `TEST_DATABASE_URL`.
    pub fn url(&self) -> String {
        format!("postgres://postgres@/postgres?host={}", self.folder.display())
    }

    /// Its first process, while it runs; all others are its children.
    pub fn process_id(&self) -> Option<u32> {
        self.process.as_ref().map(Child::id)
    }

    /// Starts it, again if it crashed, and waits until it answers.
    ///
    /// # Errors
    /// When it does not.
    pub fn start(&mut self) -> Result<()> {
        let log = fs::File::options().create(true).append(true).open(self.folder.join("log"))?;
        let process = program(&self.programs, "postgres", self.account)
            .arg("-D")
            .arg(self.folder.join("data"))
            .arg("-k")
            .arg(&self.folder)
            .args(["-c", "listen_addresses=", "-c", "max_connections=500"])
            .args(self.settings.iter().flat_map(|setting| ["-c", setting]))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        self.process = Some(process);
        self.wait_until_ready()
    }

    /// All its processes end at once, with nothing written out: as after a crash.
    ///
    /// # Errors
    /// When it does not end.
    pub fn crash(&mut self) -> Result<()> {
        self.pg_ctl(&["stop", "--silent", "--mode=immediate"])?;
        if let Some(mut process) = self.process.take() {
            process.wait()?;
        }
        Ok(())
    }

    /// Starts another beside it that follows it: what is acknowledged from now on,
    /// both have.
    ///
    /// # Errors
    /// When it cannot be copied, or the copy does not start.
    pub fn standby(&self) -> Result<Server> {
        let place = self.folder.parent().context("a folder of its own")?;
        let folder = new_folder(place, "standby", self.account)?;
        let copied = program(&self.programs, "pg_basebackup", self.account)
            .args([
                "--username=postgres",
                "--write-recovery-conf",
                "--checkpoint=fast",
                "--no-sync",
            ])
            .arg("--host")
            .arg(&self.folder)
            .arg("--pgdata")
            .arg(folder.join("data"))
            .output()?;
        ensure!(copied.status.success(), "{}", String::from_utf8_lossy(&copied.stderr));
        let Server { programs, settings, .. } = self;
        let mut standby = Server {
            process: None,
            programs: programs.clone(),
            account: self.account,
            folder,
            settings: settings.clone(),
        };
        standby.start()?;
        for statement in
            ["ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()"]
        {
            let told = program(&self.programs, "psql", self.account)
                .args(["--no-psqlrc", "--quiet", "--username=postgres", "--command", statement])
                .arg("--host")
                .arg(&self.folder)
                .stdout(Stdio::null())
                .status()?;
            ensure!(told.success(), "psql ended with {told}");
        }
        Ok(standby)
    }

    /// Makes a standby the one that is written to.
    ///
    /// # Errors
    /// When it is none.
    pub fn promote(&self) -> Result<()> {
        self.pg_ctl(&["promote", "--silent"])
    }

    /// Starts it again if it has ended by itself.
    ///
    /// # Errors
    /// When it does not start.
    pub fn revive(&mut self) -> Result<()> {
        match self.process.as_mut().map(Child::try_wait) {
            Some(Ok(None)) => self.wait_until_ready(),
            _ => self.start(),
        }
    }

    fn pg_ctl(&self, arguments: &[&str]) -> Result<()> {
        let ended = program(&self.programs, "pg_ctl", self.account)
            .args(arguments)
            .arg("--pgdata")
            .arg(self.folder.join("data"))
            .status()?;
        ensure!(ended.success(), "pg_ctl ended with {ended}");
        Ok(())
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            let process = self.process.as_mut().context("it was started")?;
            if let Some(status) = process.try_wait()? {
                let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                bail!("PostgreSQL ended at once ({status}): {log}");
            }
            let answer = program(&self.programs, "pg_isready", None)
                .arg("--quiet")
                .arg("--host")
                .arg(&self.folder)
                .status()?;
            if answer.success() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        bail!("PostgreSQL did not answer within {PATIENCE:?}")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.process.is_some() && self.crash().is_err() {
            let process = self.process.take();
            let _ = process.map(|mut process| process.kill().and_then(|()| process.wait()));
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn program(programs: &Path, name: &str, account: Option<Account>) -> Command {
    let mut command = Command::new(programs.join(name));
    // The account may not be allowed to look at the folder that we are in.
    command.current_dir("/");
    if let Some(Account { uid, gid }) = account {
        command.uid(uid).gid(gid);
    }
    command
}

/// The newest release that Debian's packages installed, or what is on the `PATH`.
///
/// # Errors
/// When there is none.
pub fn programs() -> Result<PathBuf> {
    let installed = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = installed
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .max()
        .map(|release| PathBuf::from(format!("/usr/lib/postgresql/{release}/bin")));
    let path = std::env::var_os("PATH").unwrap_or_default();
    newest
        .into_iter()
        .chain(std::env::split_paths(&path))
        .find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
        .context("PostgreSQL is not installed (on Debian: apt-get install postgresql)")
}

/// Whoever we are; for root, the account of the package.
fn account() -> Result<Option<Account>> {
    use std::os::unix::fs::MetadataExt;
    if fs::metadata("/proc/self").map_or(1, |own| own.uid()) != 0 {
        return Ok(None);
    }
    let accounts = fs::read_to_string("/etc/passwd")?;
    let line = accounts.lines().find(|line| line.starts_with("postgres:"));
    let mut fields = line.context("there is no account “postgres” to run it as")?.split(':');
    let uid = fields.nth(2).context("/etc/passwd")?.parse()?;
    let gid = fields.next().context("/etc/passwd")?.parse()?;
    Ok(Some(Account { uid, gid }))
}
