//! SQLite's errors as ours; above all, constraints by the names that PostgreSQL would give.

use rusqlite::ErrorCode;
use rusqlite::ffi;

use crate::{ConstraintKind, Error};

pub(super) fn from(error: rusqlite::Error) -> Error {
    let (failure, message) = match &error {
        rusqlite::Error::SqliteFailure(failure, message) => (*failure, message.as_deref()),
        rusqlite::Error::SqlInputError { error, msg, .. } => (*error, Some(msg.as_str())),
        _ => return Error::other(error),
    };
    match failure.code {
        ErrorCode::ConstraintViolation => {
            constraint(failure.extended_code, message.unwrap_or_default())
                .unwrap_or_else(|| Error::other(error))
        }
        ErrorCode::DatabaseBusy
        | ErrorCode::DatabaseLocked
        | ErrorCode::OutOfMemory
        | ErrorCode::ReadOnly
        | ErrorCode::SystemIoFailure
        | ErrorCode::DiskFull
        | ErrorCode::CannotOpen
        | ErrorCode::FileLockingProtocolFailed
        | ErrorCode::PermissionDenied => Error::Unavailable(error.to_string()),
        _ => Error::other(error),
    }
}

fn constraint(extended_code: i32, message: &str) -> Option<Error> {
    // "UNIQUE constraint failed: account.username", "CHECK constraint failed: ticket_status_check"
    let about = message.split_once(": ").map_or("", |(_, about)| about);
    let (kind, name) = match extended_code {
        ffi::SQLITE_CONSTRAINT_UNIQUE => (ConstraintKind::Unique, unique(about)),
        ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID => {
            (ConstraintKind::Unique, format!("{}_pkey", split(about).0))
        }
        ffi::SQLITE_CONSTRAINT_NOTNULL => {
            let (table, columns) = split(about);
            (ConstraintKind::NotNull, format!("{table}_{columns}_not_null"))
        }
        ffi::SQLITE_CONSTRAINT_CHECK => (ConstraintKind::Check, about.to_owned()),
        // RAISE(ABORT, 'name') in a trigger that checks something.
        ffi::SQLITE_CONSTRAINT_TRIGGER => (ConstraintKind::Check, message.to_owned()),
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => (ConstraintKind::ForeignKey, "foreign_key".to_owned()),
        _ => return None,
    };
    Some(Error::Constraint { name, kind })
}

fn unique(about: &str) -> String {
    // An index over expressions is told by its own name.
    if let Some(index) = about.strip_prefix("index '") {
        return index.trim_end_matches('\'').to_owned();
    }
    let (table, columns) = split(about);
    format!("{table}_{columns}_key")
}

/// `membership.kost, membership.account` is of `membership`: `kost_account`.
fn split(about: &str) -> (&str, String) {
    let table = about.split_once('.').map_or(about, |(table, _)| table);
    let columns: Vec<_> = about
        .split(", ")
        .map(|column| column.split_once('.').map_or(column, |(_, column)| column))
        .collect();
    (table, columns.join("_"))
}
