//! Every difference between the two databases that a statement would have to
//! spell out. Statements are written once, for PostgreSQL; the few words that
//! SQLite does not know, and does not need, give way to others there.

use std::borrow::Cow;

/// Which database is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite, embedded.
    Sqlite,
    /// A PostgreSQL server.
    Postgres,
}

/// What stands in a statement, and what SQLite reads in its place.
const ON_SQLITE: [(&str, &str); 4] = [
    // Rows that no other transaction holds; and that none may change until commit.
    // There is one writer at a time, so that nothing is ever held by another.
    ("FOR UPDATE SKIP LOCKED", ""),
    ("FOR UPDATE", ""),
    // The number of the connection. All that is written is written on one.
    ("pg_backend_pid()", "0"),
    // Text is compared byte by byte, not as the database's language has it.
    ("COLLATE \"C\"", ""),
];

/// The statement as SQLite reads it.
pub(crate) fn for_sqlite(sql: &str) -> Cow<'_, str> {
    ON_SQLITE.iter().fold(Cow::Borrowed(sql), |sql, (word, other)| match sql.contains(word) {
        true => Cow::Owned(sql.replace(word, other)),
        false => sql,
    })
}

impl Dialect {
    /// `sqlite` or `postgres`, whichever is spoken to: for questions about the
    /// database itself, its catalogue and its counters.
    pub fn pick<T>(self, sqlite: T, postgres: T) -> T {
        match self {
            Self::Sqlite => sqlite,
            Self::Postgres => postgres,
        }
    }
}
