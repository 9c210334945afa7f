//! For tests only: which statement ran where, for `tests/statements.rs` of the
//! application, once all tests have run on both databases; and what statements
//! cost on SQLite, for its `tests/costs.rs`.

use std::cell::Cell;
use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::sync::{LazyLock, Mutex, PoisonError};

use rusqlite::{Statement, StatementStatus};
use serde_json::json;

use crate::{Dialect, Query};

/// The file that `TEST_STATEMENTS` names, and what this process wrote to it.
static RECORD: LazyLock<Option<Mutex<Record>>> = LazyLock::new(|| {
    let path = std::env::var_os("TEST_STATEMENTS")?;
    let file = OpenOptions::new().create(true).append(true).open(path).ok()?;
    Some(Mutex::new(Record { file, written: HashSet::new() }))
});

struct Record {
    file: File,
    /// What was written. A statement that runs again costs no memory, as
    /// `tests/costs.rs` counts that.
    written: HashSet<u64>,
}

/// Writes a line for each place, text and database, once for each process.
pub(crate) fn runs(query: &Query<'_>, on: Dialect) {
    let Some(record) = &*RECORD else { return };
    let place = (query.place.file(), query.place.line());
    let mut hasher = DefaultHasher::new();
    (place, &query.sql, on == Dialect::Sqlite).hash(&mut hasher);
    let Record { file, written } = &mut *record.lock().unwrap_or_else(PoisonError::into_inner);
    if written.insert(hasher.finish()) {
        let (place, on) = (format!("{}:{}", place.0, place.1), format!("{on:?}"));
        let line = json!({ "on": on, "place": place, "sql": query.sql }).to_string() + "\n";
        // What cannot be written will be missed.
        let _ = file.write_all(line.as_bytes());
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
