//! What can go wrong, said alike whichever database it came from.

use std::fmt;

/// The result of everything that talks to the database.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a statement, a transaction or the opening of a database failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `one` found no row.
    #[error("no such row")]
    NoRow,
    /// A constraint of the schema was violated.
    #[error("{kind} constraint {name} violated")]
    Constraint {
        /// The constraint's name, the same on both databases; see [`Error::constraint`].
        name: String,
        /// What sort of constraint.
        kind: ConstraintKind,
    },
    /// The database cannot serve now: locked for too long, disk full,
    /// read-only, connection lost, closed. The same may succeed later.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// Another transaction was in this one's way, a deadlock for example. Nothing
    /// of this one was kept; the same may succeed at once.
    #[error("the transaction was rolled back: {0}")]
    RolledBack(String),
    /// The database was migrated by a newer version of this program.
    #[error("{0}")]
    Newer(String),
    /// The SQLite library or the PostgreSQL server is too old to be trusted.
    #[error("{0}")]
    TooOld(String),
    /// Text with a NUL character was bound, which PostgreSQL does not keep.
    #[error("text with a NUL character: {0}")]
    Nul(String),
    /// Everything else: a mistake in a statement, a column of another type.
    #[error(transparent)]
    Other(Box<dyn std::error::Error + Send + Sync>),
}

/// The sorts of constraint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConstraintKind {
    /// A unique index, a UNIQUE or a PRIMARY KEY.
    Unique,
    /// A REFERENCES.
    ForeignKey,
    /// A CHECK.
    Check,
    /// A NOT NULL.
    NotNull,
}

impl fmt::Display for ConstraintKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unique => "unique",
            Self::ForeignKey => "foreign key",
            Self::Check => "check",
            Self::NotNull => "not null",
        })
    }
}

impl Error {
    pub(crate) fn other(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Other(error.into())
    }

    /// The name of the violated constraint, if that is what this is.
    ///
    /// Names follow PostgreSQL's: `{table}_{columns joined by _}_key` for
    /// unique, `{table}_pkey`, `{table}_{column}_not_null`, and for a CHECK
    /// the name that the migration gives it. SQLite does not tell which
    /// foreign key failed, so all of them are called `foreign_key`.
    pub fn constraint(&self) -> Option<&str> {
        match self {
            Self::Constraint { name, .. } => Some(name),
            _ => None,
        }
    }

    /// Whether trying again later may help.
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::RolledBack(_))
    }
}
