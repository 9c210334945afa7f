//! For tests only: which statement ran where. `tests/statements.rs` of the
//! application reads it, once all tests have run on both databases.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::sync::{LazyLock, Mutex, PoisonError};

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
