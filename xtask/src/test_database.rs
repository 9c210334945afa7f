//! The PostgreSQL to test with: the one that is given, one that the local socket
//! offers, or else one to throw away. Each test makes a schema for itself.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use xtask::debian;
use xtask::postgres::{self, Server};

/// Where Debian's server and most others put their socket.
const SOCKETS: [&str; 2] = ["/var/run/postgresql", "/tmp"];

/// Whether we may make schemas there.
const MAY: &str = "SELECT current_user WHERE has_database_privilege(current_database(), 'CREATE')";

/// One statement each, as each takes many locks.
const SWEEP: &str = "
    SELECT format('DROP SCHEMA %I CASCADE', nspname)
    FROM pg_namespace
    WHERE nspname LIKE 'kostticket\\_test\\_%' \\gexec";

/// A server to test with. Dropped, it has nothing of the tests any more.
pub enum TestDatabase {
    Offered(String),
    ThrowAway(Server),
}

impl TestDatabase {
    /// # Errors
    /// When there is no server, and none can be started.
    pub fn find() -> Result<Self> {
        if let Some(url) = std::env::var("TEST_DATABASE_URL").ok().or_else(on_socket) {
            println!("── testing on {}", without_password(&url));
            return Ok(Self::Offered(url));
        }
        debian::install(&["postgresql"], || postgres::programs().is_ok())?;
        Ok(Self::ThrowAway(postgres::start()?))
    }

    /// What to put into `TEST_DATABASE_URL`.
    pub fn url(&self) -> String {
        match self {
            Self::Offered(url) => url.clone(),
            Self::ThrowAway(server) => server.url(),
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Self::Offered(url) = self
            && let Err(error) = psql(url, SWEEP)
        {
            eprintln!("xtask: the schemas kostticket_test_… are left behind: {error:#}");
        }
    }
}

fn on_socket() -> Option<String> {
    let socket = SOCKETS.iter().find(|folder| Path::new(folder).join(".s.PGSQL.5432").exists())?;
    let user = psql(&format!("postgres:///postgres?host={socket}"), MAY).ok()?;
    let user = user.trim();
    (!user.is_empty()).then(|| format!("postgres://{user}@/postgres?host={socket}"))
}

fn psql(url: &str, script: &str) -> Result<String> {
    let found = postgres::programs().map(|folder| folder.join("psql")).ok();
    let psql = found.or_else(|| debian::find("psql")).context("there is no psql")?;
    let mut running = Command::new(psql)
        .args(["--no-psqlrc", "--no-password", "--quiet", "--tuples-only", "--no-align"])
        .arg("--set=ON_ERROR_STOP=1")
        .arg(url)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    running.stdin.take().context("its standard input")?.write_all(script.as_bytes())?;
    let output = running.wait_with_output()?;
    ensure!(output.status.success(), "psql: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn without_password(url: &str) -> &str {
    url.rsplit_once('@').map_or(url, |(_, place)| place)
}
