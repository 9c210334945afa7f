//! PostgreSQL's errors as ours.

use std::io;
use std::time::Duration;

use deadpool_postgres::PoolError;
use tokio_postgres::error::{DbError, SqlState};

use crate::{ConstraintKind, Error};

/// Why a statement failed: PostgreSQL's own error, or one of ours already.
#[derive(Debug)]
pub(super) enum Failure {
    Server(tokio_postgres::Error),
    Ours(Error),
    /// There was no answer: the server, or what is before it, stands still.
    Silent,
}

/// Waits for an answer, but no longer than this. The connection of one that did
/// not come is of no use any more.
pub(super) async fn answered<T, E: Into<Failure>>(
    within: Duration,
    answer: impl Future<Output = Result<T, E>>,
) -> Result<T, Failure> {
    match tokio::time::timeout(within, answer).await {
        Ok(answer) => answer.map_err(Into::into),
        Err(_) => Err(Failure::Silent),
    }
}

impl Failure {
    /// Whether the connection was already of no use before the statement:
    /// dead, or its prepared statements older than the schema.
    pub(super) fn is_stale(&self) -> bool {
        let Self::Server(error) = self else { return false };
        let stale = [
            SqlState::FEATURE_NOT_SUPPORTED,
            SqlState::INVALID_SQL_STATEMENT_NAME,
            SqlState::ADMIN_SHUTDOWN,
            SqlState::CRASH_SHUTDOWN,
        ];
        error.is_closed() || error.code().is_some_and(|code| stale.contains(code))
    }

    pub(super) fn is_silent(&self) -> bool {
        matches!(self, Self::Silent)
    }
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Server(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Ours(error)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Server(error) => from(error),
            Failure::Ours(error) => error,
            Failure::Silent => Error::Unavailable("PostgreSQL does not answer".to_owned()),
        }
    }
}

pub(super) fn from(error: tokio_postgres::Error) -> Error {
    if let Some(answer) = error.as_db_error() {
        return match constraint(answer) {
            Some(violation) => violation,
            None if is_rolled_back(answer.code()) => Error::RolledBack(answer.to_string()),
            None if is_passing(answer.code()) => Error::Unavailable(answer.to_string()),
            None => Error::other(error),
        };
    }
    if error.is_closed() || is_io(&error) {
        return Error::Unavailable(with_cause(&error));
    }
    Error::other(error)
}

/// What failed, and why: a wrong certificate, for example, or a refused connection.
pub(super) fn with_cause(error: &tokio_postgres::Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

pub(super) fn from_pool(error: PoolError) -> Error {
    match error {
        PoolError::Backend(error) => from(error),
        PoolError::Timeout(_) => Error::Unavailable("no connection became free".to_owned()),
        PoolError::Closed => closed(),
        error => Error::other(error),
    }
}

pub(super) fn closed() -> Error {
    Error::Unavailable("it is closed".to_owned())
}

fn constraint(answer: &DbError) -> Option<Error> {
    let named = || answer.constraint().unwrap_or_default().to_owned();
    let (kind, name) = match *answer.code() {
        SqlState::UNIQUE_VIOLATION => (ConstraintKind::Unique, named()),
        SqlState::CHECK_VIOLATION => (ConstraintKind::Check, named()),
        SqlState::FOREIGN_KEY_VIOLATION => (ConstraintKind::ForeignKey, "foreign_key".to_owned()),
        SqlState::NOT_NULL_VIOLATION => {
            let table = answer.table().unwrap_or_default();
            let column = answer.column().unwrap_or_default();
            (ConstraintKind::NotNull, format!("{table}_{column}_not_null"))
        }
        _ => return None,
    };
    Some(Error::Constraint { name, kind })
}

/// Whether it would have gone well, had it been alone.
fn is_rolled_back(code: &SqlState) -> bool {
    [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED].contains(code)
}

/// What may be otherwise the next time: see PostgreSQL's appendix of error codes.
fn is_passing(code: &SqlState) -> bool {
    // A role that may not log in, or a database that is away, may be back as well.
    const CLASSES: [&str; 6] = ["08", "28", "3D", "53", "57", "58"];
    const CODES: [SqlState; 3] = [
        SqlState::LOCK_NOT_AVAILABLE,
        SqlState::READ_ONLY_SQL_TRANSACTION,
        SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
    ];
    CLASSES.iter().any(|class| code.code().starts_with(class)) || CODES.contains(code)
}

fn is_io(error: &tokio_postgres::Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if cause.is::<io::Error>() {
            return true;
        }
        source = cause.source();
    }
    false
}
