//! SQLite in the process: readers on the calling thread, one writer, and a
//! write-ahead log that is on the disk before a commit returns.

mod checkpoints;
mod error;
mod group;
mod peers;
mod readers;
mod site;
mod statement;
mod turns;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode};

use crate::migrate::{self, Migration};
use crate::notice::{Notices, Publisher};
use crate::{Error, Result};

use checkpoints::Checkpoints;
use peers::{Ear, Peers};
use readers::Readers;
pub use readers::{at_one_moment, moment_is_over};
use site::Site;
pub(crate) use statement::{insert, value};
pub(crate) use writer::Member;
use writer::Writers;

/// Before 3.51.3 a checkpoint could corrupt the database (the WAL-reset bug).
const OLDEST: i32 = 3_051_003;

/// How long a write waits for another process to finish its own.
const BUSY: Duration = Duration::from_secs(5);

/// Statements that each connection keeps prepared.
const STATEMENTS: usize = 256;

/// An open SQLite database.
pub(crate) struct Sqlite {
    path: PathBuf,
    site: Site,
    readers: Readers,
    writers: Writers,
    notices: Publisher,
    /// Open since somebody listens.
    ear: Arc<OnceLock<Option<Ear>>>,
}

impl Sqlite {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        if rusqlite::version_number() < OLDEST {
            return Err(Error::TooOld(format!(
                "SQLite {} can damage a database; 3.51.3 or later is needed.",
                rusqlite::version()
            )));
        }
        if path.as_os_str().is_empty() || path.as_os_str() == ":memory:" {
            return Err(Error::other("a SQLite database needs a path: sqlite:data/kost.db"));
        }
        let conn = connect(path)?;
        conn.busy_timeout(Duration::ZERO).map_err(error::from)?;
        conn.execute_batch("PRAGMA wal_autocheckpoint = 0").map_err(error::from)?;
        let notices = Publisher::new();
        let ear = Arc::new(OnceLock::new());
        let site = Site::of(path)?;
        let peers = Peers::new(path);
        let (told, heard) = (notices.clone(), Arc::clone(&ear));
        let readers = Readers::new(path);
        let checkpoints = Checkpoints::start(readers.clone())?;
        let writers = Writers::new(conn, site.clone(), told, peers, heard, checkpoints)?;
        Ok(Self { path: path.to_owned(), site, readers, writers, notices, ear })
    }

    /// Runs a read on the calling thread.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        self.readers.read(read)
    }

    /// Whether its file is where it has to be.
    pub(crate) fn check_site(&self) -> Result<()> {
        self.site.check()
    }

    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        self.site.is_same_as(&other.site)
    }

    pub(crate) async fn begin(&self) -> Result<Member> {
        moment_is_over();
        self.writers.begin().await
    }

    pub(crate) fn notices(&self) -> Notices {
        self.ear.get_or_init(|| Ear::open(&self.path, self.notices.clone()));
        self.notices.subscribe()
    }

    pub(crate) async fn migrate(&self, migrations: &[Migration], now: Timestamp) -> Result<()> {
        let path = self.path.clone();
        let migrations = migrations.to_owned();
        tokio::task::spawn_blocking(move || migrate_blocking(&path, &migrations, now))
            .await
            .map_err(Error::other)?
    }

    pub(crate) async fn close(&self) {
        if let Some(Some(ear)) = self.ear.get() {
            ear.close();
        }
        self.readers.close();
        self.writers.close().await;
    }
}

fn closed() -> Error {
    Error::Unavailable("it is closed".to_owned())
}

fn execute(conn: &Connection, sql: &str) -> rusqlite::Result<()> {
    conn.prepare_cached(sql)?.execute([]).map(drop)
}

fn connect(path: &Path) -> Result<Connection> {
    let conn = connect_sqlite(path).map_err(|error| match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => Error::other(format!(
            "{} is no database of this program, or it is damaged; choose another data folder, or restore a backup",
            path.display()
        )),
        _ => error::from(error),
    })?;
    let mode = conn.pragma_query_value(None, "journal_mode", |row| row.get::<_, String>(0));
    match mode.map_err(error::from)?.as_str() {
        "wal" => Ok(conn),
        // A network file system, where SQLite is not safe.
        mode => Err(Error::other(format!("the file system allows no WAL, only {mode}"))),
    }
}

fn connect_sqlite(path: &Path) -> rusqlite::Result<Connection> {
    let conn = Connection::open(path)?;
    conn.busy_timeout(BUSY)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    // Else many statements are prepared anew for each value that is bound to them.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    conn.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA fullfsync = ON;
         PRAGMA foreign_keys = ON;
         PRAGMA recursive_triggers = ON;
         PRAGMA trusted_schema = OFF;
         PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -8000;
         PRAGMA journal_size_limit = 67108864;",
    )?;
    Ok(conn)
}

/// Runs on a connection of its own with the foreign keys off, so that a table
/// can be built anew; they are checked as a whole before the commit.
fn migrate_blocking(path: &Path, migrations: &[Migration], now: Timestamp) -> Result<()> {
    let mut conn = connect(path)?;
    conn.pragma_update(None, "foreign_keys", false).map_err(error::from)?;
    let tx = conn
        .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
        .map_err(error::from)?;
    tx.execute_batch(&format!("{} STRICT", migrate::LEDGER.replace("BIGINT", "INTEGER")))
        .map_err(error::from)?;
    let applied = applied(&tx).map_err(error::from)?;
    let pending = migrate::pending(migrations, &applied)?;
    if pending.is_empty() {
        // The check below reads everything, which a start has no time for.
        return Ok(());
    }
    for migration in pending {
        tx.execute_batch(migration.sqlite).map_err(|error| {
            Error::other(format!("migration {}: {}", migration.name, error::from(error)))
        })?;
        tx.execute(
            "INSERT INTO migration (name, applied_at) VALUES (?1, ?2)",
            (migration.name, now.as_millisecond()),
        )
        .map_err(error::from)?;
    }
    let dangling: Option<String> = tx
        .query_row("SELECT \"table\" FROM pragma_foreign_key_check LIMIT 1", [], |row| row.get(0))
        .map(Some)
        .or_else(|error| match error {
            rusqlite::Error::QueryReturnedNoRows => Ok(None),
            error => Err(error::from(error)),
        })?;
    if let Some(table) = dangling {
        return Err(Error::other(format!(
            "after the migrations, {table} has foreign keys to rows that do not exist"
        )));
    }
    tx.commit().map_err(error::from)
}

fn applied(conn: &Connection) -> rusqlite::Result<std::collections::HashSet<String>> {
    conn.prepare("SELECT name FROM migration")?.query_map([], |row| row.get(0))?.collect()
}
