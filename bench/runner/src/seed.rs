//! An installation of any size, written straight into its database: what people
//! would have made in years cannot be sent through forms.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use rusqlite::Connection;
use sha2::{Digest, Sha256};

/// Of the admin and of everybody else.
pub const PASSWORD: &str = "kursi biru hujan";

/// Of nobody.
pub const WRONG_PASSWORD: &str = "bukan kata sandi ini";

/// Staff of each kost; residents come after them.
pub const STAFF: u32 = 4;

/// How large it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    pub tickets: u32,
    pub kosts: u32,
    /// Of each kost.
    pub residents: u32,
}

/// An installation in a data folder.
#[derive(Debug, Clone)]
pub struct Installation {
    pub data: PathBuf,
    pub shape: Shape,
}

impl Installation {
    /// Makes one in this folder, which is emptied first.
    ///
    /// # Errors
    /// When the program or the database refuses.
    pub fn make(binary: &Path, data: PathBuf, shape: Shape) -> Result<Installation> {
        if data.exists() {
            std::fs::remove_dir_all(&data)?;
        }
        make_admin(binary, &data)?;
        let installation = Installation { data, shape };
        installation.fill()?;
        Ok(installation)
    }

    /// Its SQLite file.
    pub fn file(&self) -> PathBuf {
        self.data.join("kostticket.db")
    }

    fn fill(&self) -> Result<()> {
        let mut database = Connection::open(self.file())?;
        // All of it in memory until the end: a million reports touch each page often.
        database.execute_batch(
            "PRAGMA cache_size = -2000000; PRAGMA temp_store = MEMORY; PRAGMA synchronous = OFF;
             PRAGMA foreign_keys = OFF;",
        )?;
        let tx = database.transaction()?;
        let Shape { tickets, kosts, residents } = self.shape;
        tx.execute_batch("CREATE TEMP TABLE shape (tickets, kosts, residents, now)")?;
        tx.execute(
            "INSERT INTO shape VALUES (?1, ?2, ?3, CAST(unixepoch('subsec') * 1000 AS INTEGER))",
            [tickets, kosts, residents],
        )?;
        tx.execute_batch(include_str!("seed.sql")).context("seed.sql")?;
        let mut session = tx.prepare(
            "INSERT INTO session (account, token_hash, agent, address, created_at, seen_at, expires_at)
             SELECT ?1, ?2, 'bench', '127.0.0.1', now - 3600000, now, now + 86400000 * 80 FROM shape",
        )?;
        for account in 1..=1 + kosts * (residents + STAFF) {
            let hash = Sha256::digest(token(account).as_bytes());
            let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
            session.execute((account, hash))?;
        }
        drop(session);
        tx.execute_batch("DROP TABLE shape")?;
        tx.commit()?;
        Ok(database.execute_batch("PRAGMA wal_checkpoint(TRUNCATE);")?)
    }

    /// The account at this place of a kost (both from 1): owner, manager, two
    /// caretakers, residents.
    pub fn account(&self, kost: u32, place: u32) -> u32 {
        1 + (kost - 1) * (self.shape.residents + STAFF) + place
    }

    /// A resident of a kost, from 0.
    pub fn resident(&self, kost: u32, place: u32) -> u32 {
        self.account(kost, STAFF + 1 + place)
    }

    /// Where a resident lives.
    pub fn room(kost: u32, place: u32) -> u32 {
        (kost - 1) * 26 + 1 + place % 24
    }

    /// The `Cookie` of somebody's session.
    pub fn cookie(account: u32) -> String {
        format!("kt_session={}", token(account))
    }
}

/// Where a kost is found.
pub fn path_of(kost: u32) -> String {
    format!("/k/bench-{kost}")
}

/// The name with which somebody logs in, at every contestant.
pub fn username(kost: u32, place: u32) -> String {
    format!("bench-{kost}-{place}")
}

/// Not random: only that it has the form of a token matters here.
fn token(account: u32) -> String {
    format!("{account}.{account:0>43}")
}

fn make_admin(binary: &Path, data: &Path) -> Result<()> {
    std::fs::create_dir_all(data)?;
    let mut making = Command::new(binary)
        .args(["createsuperuser", "--username=admin", "--name=Admin", "--email=admin@kost.example"])
        .args(["--password-stdin", "--data"])
        .arg(data)
        .env_remove("DATABASE_URL")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()?;
    writeln!(making.stdin.take().context("its standard input")?, "{PASSWORD}")?;
    ensure!(making.wait()?.success(), "kostticket createsuperuser failed");
    Ok(())
}
