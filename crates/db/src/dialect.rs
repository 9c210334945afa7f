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

    /// The operator that matches a pattern whatever the case of its letters
    /// (on SQLite those of ASCII only).
    pub fn like(self) -> &'static str {
        self.pick("LIKE", "ILIKE")
    }

    /// The function for the greatest of its arguments. With a NULL among them
    /// SQLite answers NULL and PostgreSQL ignores it: give it none.
    pub fn greatest(self) -> &'static str {
        self.pick("max", "greatest")
    }

    /// The function for the least of its arguments; see [`Dialect::greatest`].
    pub fn least(self) -> &'static str {
        self.pick("min", "least")
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
