//! One statement, in plain sight, with the values that it binds.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::row::FromRow;
use crate::{Db, Error, FromValue, Result, Store, Tx, TxStore, Value};

/// A statement and its values: `query("SELECT … WHERE id = $1").bind(id)`.
///
/// `$1` is the first bound value, `$2` the second; one may stand in several
/// places. The same text is the same prepared statement, so it is cheap to
/// build it again each time.
#[derive(Debug, Clone)]
#[must_use = "a statement does nothing until it is run"]
pub struct Query<'a> {
    pub(crate) sql: Cow<'a, str>,
    pub(crate) values: Vec<Value>,
    #[cfg(feature = "record")]
    pub(crate) place: &'static std::panic::Location<'static>,
}

/// Begins a statement.
#[cfg_attr(feature = "record", track_caller)]
pub fn query<'a>(sql: impl Into<Cow<'a, str>>) -> Query<'a> {
    Query {
        sql: sql.into(),
        values: Vec::new(),
        #[cfg(feature = "record")]
        place: std::panic::Location::caller(),
    }
}

/// Where a statement runs: `&Db` for a read on its own, `&mut Tx` within a transaction.
///
/// A function that reads in either place takes `on: impl Into<On<'_>>`; to run
/// several statements it says `let mut on = on.into();` and passes `&mut on`.
#[derive(Debug)]
pub enum On<'a> {
    /// Read what is committed now, or was [at one moment](crate::at_one_moment).
    Db(&'a Db),
    /// Read and write as part of the transaction.
    Tx(&'a mut Tx),
}

impl<'a> From<&'a Db> for On<'a> {
    fn from(db: &'a Db) -> Self {
        Self::Db(db)
    }
}

impl<'a> From<&'a mut Tx> for On<'a> {
    fn from(tx: &'a mut Tx) -> Self {
        Self::Tx(tx)
    }
}

impl<'a, 'b: 'a> From<&'a mut On<'b>> for On<'a> {
    fn from(on: &'a mut On<'b>) -> Self {
        match on {
            On::Db(db) => Self::Db(db),
            On::Tx(tx) => Self::Tx(tx),
        }
    }
}

impl Query<'_> {
    /// Binds the next value: the first call is `$1`.
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Appends a piece of SQL. Never put what a person typed here: see [`Query::push_bind`].
    pub fn push(mut self, sql: &str) -> Self {
        self.sql.to_mut().push_str(sql);
        self
    }

    /// Appends a value's placeholder and binds the value to it.
    pub fn push_bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        let number = self.values.len();
        // Writing into a String cannot fail.
        let _ = write!(self.sql.to_mut(), "${number}");
        self
    }

    /// Appends ` LIMIT 20`: so many rows, or all when that is too many for a number. It stands
    /// in the text, as PostgreSQL's plan for a limit that it does not know reads far too much;
    /// bind one that is another each time.
    pub fn limit(mut self, rows: impl TryInto<i64>) -> Self {
        // Writing into a String cannot fail.
        let _ = write!(self.sql.to_mut(), " LIMIT {}", rows.try_into().unwrap_or(i64::MAX));
        self
    }

    /// Appends `($3, $4, …)` and binds the values; for none `(NULL)`, which `IN` never matches.
    pub fn push_list<V: Into<Value>>(mut self, values: impl IntoIterator<Item = V>) -> Self {
        let mut values = values.into_iter();
        self = match values.next() {
            Some(first) => self.push("(").push_bind(first),
            None => return self.push("(NULL)"),
        };
        values.fold(self, |query, value| query.push(", ").push_bind(value)).push(")")
    }

    /// The first row.
    ///
    /// # Errors
    ///
    /// [`Error::NoRow`] when there is none.
    pub async fn one<T: FromRow>(self, on: impl Into<On<'_>>) -> Result<T> {
        self.optional(on).await?.ok_or(Error::NoRow)
    }

    /// The first row, if there is one.
    pub async fn optional<T: FromRow>(self, on: impl Into<On<'_>>) -> Result<Option<T>> {
        match on.into() {
            On::Db(db) => match &db.0.store {
                Store::Sqlite(sqlite) => sqlite.read(|conn| self.sqlite_optional(conn)),
                Store::Postgres(postgres) => Ok(postgres.read(&self).await?.into_iter().next()),
            },
            On::Tx(tx) => match &mut tx.store {
                TxStore::Sqlite(member) => member.run(|conn| self.sqlite_optional(conn)),
                TxStore::Postgres(tx) => Ok(tx.all(&self).await?.into_iter().next()),
            },
        }
    }

    /// All rows.
    pub async fn all<T: FromRow>(self, on: impl Into<On<'_>>) -> Result<Vec<T>> {
        match on.into() {
            On::Db(db) => match &db.0.store {
                Store::Sqlite(sqlite) => sqlite.read(|conn| self.sqlite_all(conn)),
                Store::Postgres(postgres) => postgres.read(&self).await,
            },
            On::Tx(tx) => match &mut tx.store {
                TxStore::Sqlite(member) => member.run(|conn| self.sqlite_all(conn)),
                TxStore::Postgres(tx) => tx.all(&self).await,
            },
        }
    }

    /// Runs an `INSERT` of one row, never an upsert, and tells its `id`.
    ///
    /// # Errors
    ///
    /// [`Error::NoRow`] when a conflict left it out.
    pub async fn insert<T: FromValue>(self, tx: &mut Tx) -> Result<T> {
        self.insert_new(tx).await?.ok_or(Error::NoRow)
    }

    /// The same where `ON CONFLICT DO NOTHING` may leave it out: `None`.
    pub async fn insert_new<T: FromValue>(self, tx: &mut Tx) -> Result<Option<T>> {
        match &mut tx.store {
            TxStore::Sqlite(member) => member.run(|conn| self.sqlite_insert(conn)),
            TxStore::Postgres(tx) => {
                let ids: Vec<(T,)> = tx.all(&self.push(" RETURNING id")).await?;
                Ok(ids.into_iter().next().map(|(id,)| id))
            }
        }
    }

    /// Runs a statement for its effect and tells how many rows it changed.
    pub async fn run(self, tx: &mut Tx) -> Result<u64> {
        match &mut tx.store {
            TxStore::Sqlite(member) => member.run(|conn| self.sqlite_run(conn)),
            TxStore::Postgres(tx) => tx.run(&self).await,
        }
    }

    /// PostgreSQL keeps no NUL in text, so SQLite is not given any either.
    pub(crate) fn check_text(&self) -> Result<()> {
        let has_nul = |value: &Value| matches!(value, Value::Text(text) if text.contains('\0'));
        if self.values.iter().any(has_nul) {
            return Err(Error::Nul(self.sql.to_string()));
        }
        Ok(())
    }

    pub(crate) fn check_count(&self, parameters: usize) -> Result<()> {
        let bound = self.values.len();
        if parameters != bound {
            return Err(self.wrong(&format!("it has {parameters} parameters, bound are {bound}")));
        }
        Ok(())
    }

    pub(crate) fn wrong(&self, what: &str) -> Error {
        Error::other(format!("{what}: {}", self.sql))
    }
}
