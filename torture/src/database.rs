//! What the program has written, read beside it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use db::{Clock, Db, FromValue};
use rusqlite::types::FromSql;
use rusqlite::{Connection, OpenFlags};
use tokio::runtime::Runtime;

/// The database that the program works on.
pub enum Database {
    Sqlite(Connection),
    Postgres(Runtime, Db),
}

impl Database {
    /// That of a data folder.
    ///
    /// # Errors
    /// When there is none.
    pub fn in_folder(data: &Path) -> Result<Database> {
        Ok(Database::Sqlite(read_only(&data.join("kostticket.db"))?))
    }

    /// That of a PostgreSQL server.
    ///
    /// # Errors
    /// When the URL is none.
    pub fn at(url: &str) -> Result<Database> {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let _inside = runtime.enter();
        let db = Db::open(url, Clock::system())?;
        drop(_inside);
        Ok(Database::Postgres(runtime, db))
    }
}

/// The one value of a statement.
///
/// # Errors
/// When there is none.
pub fn one<T: FromSql + FromValue>(database: &Database, sql: &str) -> Result<T> {
    let about = || sql.to_owned();
    match database {
        Database::Sqlite(db) => db.query_row(sql, [], |row| row.get(0)).with_context(about),
        Database::Postgres(runtime, db) => {
            let (value,) = runtime.block_on(db::query(sql).one(db)).with_context(about)?;
            Ok(value)
        }
    }
}

/// All of a PostgreSQL database in a file, to be looked at at leisure. Nobody may work on it.
///
/// # Errors
/// When `kostticket copy` refuses, or finds a difference.
pub fn copied(binary: &Path, url: &str, file: &Path) -> Result<Connection> {
    let made = Command::new(binary)
        .args(["copy", "--from", url, "--to", &format!("sqlite:{}", file.display())])
        .env_remove("DATABASE_URL")
        .output()?;
    ensure!(made.status.success(), "copy: {}", String::from_utf8_lossy(&made.stderr));
    read_only(file)
}

/// A SQLite file, to be read.
///
/// # Errors
/// When there is none.
pub fn read_only(file: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(file, flags)?;
    db.busy_timeout(Duration::from_secs(5))?;
    Ok(db)
}

/// Where the next copy goes.
pub fn next_copy(folder: &Path) -> PathBuf {
    let taken = std::fs::read_dir(folder).map_or(0, Iterator::count);
    folder.join(format!("copy-{taken}.db"))
}
