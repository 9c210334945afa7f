//! Five thousand tickets, and the tables that a new one is written to.

use std::path::{Path, PathBuf};

use anyhow::Result;
use rusqlite::Connection;

const SCHEMA: &str = "
    CREATE TABLE ticket (
        id INTEGER PRIMARY KEY, kost INTEGER NOT NULL, number INTEGER NOT NULL, title TEXT NOT NULL,
        description TEXT NOT NULL, status TEXT NOT NULL, reporter INTEGER NOT NULL,
        changed_at INTEGER NOT NULL) STRICT;
    CREATE INDEX ticket_kost_changed ON ticket (kost, changed_at, id);
    CREATE TABLE activity (
        id INTEGER PRIMARY KEY, ticket INTEGER NOT NULL, kind TEXT NOT NULL, actor INTEGER NOT NULL,
        at INTEGER NOT NULL) STRICT;
    CREATE INDEX activity_ticket ON activity (ticket, id);
    CREATE TABLE job (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL, state TEXT NOT NULL, args TEXT NOT NULL,
        due_at INTEGER NOT NULL) STRICT;
    CREATE INDEX job_due ON job (state, due_at, id);
    WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 5000)
    INSERT INTO ticket
    SELECT n, 1, n, 'Keran di kamar mandi menetes ' || n, 'Menetes sejak semalam.', 'open', n % 40, n
    FROM n;";

/// The database in this folder.
pub fn file(folder: &str) -> PathBuf {
    Path::new(folder).join("limit.db")
}

/// Makes it, in a folder that has none.
pub fn fill(folder: &str) -> Result<PathBuf> {
    let file = file(folder);
    open(&file)?.execute_batch(&format!("BEGIN; {SCHEMA} COMMIT;"))?;
    Ok(file)
}

/// A connection that loses nothing: as the program's own.
pub fn open(file: &Path) -> Result<Connection> {
    let connection = Connection::open(file)?;
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
    Ok(connection)
}
