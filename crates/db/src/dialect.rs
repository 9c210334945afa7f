//! Every difference between the two databases that a statement may have to
//! spell out, by name. Whatever is not here is written once for both.

/// Which database is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite, embedded.
    Sqlite,
    /// A PostgreSQL server.
    Postgres,
}

impl Dialect {
    /// Ends a SELECT that claims rows which no other transaction holds.
    /// SQLite has one writer at a time, so nothing is ever held by another.
    pub fn skip_locked(self) -> &'static str {
        self.pick("", "FOR UPDATE SKIP LOCKED")
    }

    /// Ends a SELECT whose rows no other transaction may change until commit.
    pub fn for_update(self) -> &'static str {
        self.pick("", "FOR UPDATE")
    }

    /// Stands behind a text that is compared byte by byte, as SQLite always does;
    /// PostgreSQL's order is that of the database's language.
    pub fn bytewise(self) -> &'static str {
        self.pick("", "COLLATE \"C\"")
    }

    /// `sqlite` or `postgres`, whichever is spoken to: for the rare statement
    /// that fits neither of the above.
    pub fn pick<T>(self, sqlite: T, postgres: T) -> T {
        match self {
            Self::Sqlite => sqlite,
            Self::Postgres => postgres,
        }
    }
}
