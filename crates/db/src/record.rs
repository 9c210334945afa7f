//! For tests only: which statement ran where, for `tests/statements.rs` of the
//! application, once all tests have run on both databases; and what statements
//! cost on SQLite, for its `tests/costs.rs`.

use std::cell::Cell;
use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::sync::{LazyLock, Mutex, PoisonError};

use rusqlite::{Statement, StatementStatus};
use serde_json::json;

use crate::{Dialect, Query};

/// The file that `TEST_STATEMENTS` names, and what this process wrote to it.
static RECORD: LazyLock<Option<Mutex<Record>>> = LazyLock::new(|| {
    let path = std::env::var_os("TEST_STATEMENTS")?;
    let file = OpenOptions::new().create(true).append(true).open(path).ok()?;
    Some(Mutex::new(Record { file, lines: HashSet::new() }))
});

struct Record {
    file: File,
    lines: HashSet<String>,
}

/// Writes a line for each place, text and database, once for each process.
pub(crate) fn runs(query: &Query<'_>, on: Dialect) {
    let Some(record) = &*RECORD else { return };
    let place = format!("{}:{}", query.place.file(), query.place.line());
    let on = format!("{on:?}");
    let line = json!({ "on": on, "place": place, "sql": query.sql }).to_string() + "\n";
    let Record { file, lines } = &mut *record.lock().unwrap_or_else(PoisonError::into_inner);
    if !lines.contains(&line) {
        // What cannot be written will be missed.
        let _ = file.write_all(line.as_bytes());
        lines.insert(line);
    }
}

/// What the statements of one thread took of SQLite.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    pub statements: u64,
    /// Steps of its virtual machine: what is read, compared and written.
    pub steps: u64,
    /// Rows that were read one after the other, for want of an index.
    pub scanned: u64,
}

thread_local! {
    static COST: Cell<Cost> = const { Cell::new(Cost { statements: 0, steps: 0, scanned: 0 }) };
}

/// What this thread's statements cost since this was last asked.
pub fn cost() -> Cost {
    COST.take()
}

pub(crate) fn ran(statement: &Statement<'_>) {
    let count = |status| u64::try_from(statement.reset_status(status)).unwrap_or_default();
    let mut cost = COST.get();
    cost.statements += 1;
    cost.steps += count(StatementStatus::VmStep);
    cost.scanned += count(StatementStatus::FullscanStep);
    COST.set(cost);
}
