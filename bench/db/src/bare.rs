//! The peer: rusqlite alone, one connection, a commit for each ticket.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use rusqlite::{Connection, params};

use crate::schema::{DESCRIPTION, INSERT_ACTIVITY, INSERT_JOB, INSERT_TICKET, SQLITE, TITLE};

const LENGTH: Duration = Duration::from_secs(4);

pub fn commits_per_second(path: &Path) -> Result<f64> {
    let mut conn = Connection::open(path)?;
    conn.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;",
    )?;
    conn.execute_batch(SQLITE)?;
    let started = Instant::now();
    let mut count = 0_u32;
    while started.elapsed() < LENGTH {
        let tx = conn.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let at = i64::from(count);
        let ticket: i64 = tx
            .prepare_cached(INSERT_TICKET)?
            .query_row(params![2, 7, TITLE, DESCRIPTION, "open", "medium", 7, at], |row| {
                row.get(0)
            })?;
        tx.prepare_cached(INSERT_ACTIVITY)?.execute(params![ticket, "opened", 7, at])?;
        let arguments = format!(r#"{{"ticket":{ticket}}}"#);
        tx.prepare_cached(INSERT_JOB)?.execute(params![
            "AssignTicket",
            "waiting",
            arguments,
            at
        ])?;
        tx.commit()?;
        count += 1;
    }
    Ok(f64::from(count) / started.elapsed().as_secs_f64())
}
