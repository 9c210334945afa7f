//! Runs one statement from start to end on the calling thread.

use std::ops::{Deref, DerefMut};

use rusqlite::types::{ToSqlOutput, ValueRef as Sql};
use rusqlite::{CachedStatement, Connection, Row, ToSql};

use super::error;
use crate::dialect::for_sqlite;
use crate::row::{Cells, FromRow, Order, RowRef};
use crate::{Error, FromValue, Query, Result, Value, ValueRef};

impl Query<'_> {
    pub(crate) fn sqlite_optional<T: FromRow>(&self, conn: &Connection) -> Result<Option<T>> {
        let mut statement = self.prepare(conn)?;
        let order = order::<T>(&statement)?;
        // What writes is run to its end, even when only its first row is wanted.
        let to_the_end = !statement.readonly();
        let mut rows = statement.raw_query();
        let first = match rows.next().map_err(error::from)? {
            Some(row) => Some(T::from_row(&mut Cells::new(RowRef::Sqlite(row), &order))?),
            None => return Ok(None),
        };
        while to_the_end && rows.next().map_err(error::from)?.is_some() {}
        Ok(first)
    }

    pub(crate) fn sqlite_all<T: FromRow>(&self, conn: &Connection) -> Result<Vec<T>> {
        let mut statement = self.prepare(conn)?;
        let order = order::<T>(&statement)?;
        let mut rows = statement.raw_query();
        let mut all = Vec::new();
        while let Some(row) = rows.next().map_err(error::from)? {
            all.push(T::from_row(&mut Cells::new(RowRef::Sqlite(row), &order))?);
        }
        Ok(all)
    }

    pub(crate) fn sqlite_run(&self, conn: &Connection) -> Result<u64> {
        let mut statement = self.prepare(conn)?;
        let mut rows = statement.raw_query();
        while rows.next().map_err(error::from)?.is_some() {}
        Ok(conn.changes())
    }

    /// `RETURNING id` would open a table of its own for that one number.
    pub(crate) fn sqlite_insert<T: FromValue>(&self, conn: &Connection) -> Result<Option<T>> {
        if self.sqlite_run(conn)? == 0 {
            return Ok(None);
        }
        T::from_value(ValueRef::Int(conn.last_insert_rowid())).map(Some).map_err(Error::other)
    }

    fn prepare<'c>(&self, conn: &'c Connection) -> Result<Running<'c>> {
        self.check_text()?;
        let mut statement = conn.prepare_cached(&for_sqlite(&self.sql)).map_err(error::from)?;
        let count = statement.parameter_count();
        self.check_count(count)?;
        // SQLite numbers $2, $1 in the order in which they appear: go by name.
        for index in 1..=count {
            let number = statement
                .parameter_name(index)
                .and_then(|name| name.strip_prefix('$')?.parse::<usize>().ok())
                .ok_or_else(|| self.wrong("parameters are $1, $2, …"))?;
            let value = number
                .checked_sub(1)
                .and_then(|index| self.values.get(index))
                .ok_or_else(|| self.wrong(&format!("${number} is not bound")))?;
            statement.raw_bind_parameter(index, value).map_err(error::from)?;
        }
        #[cfg(feature = "record")]
        crate::record::runs(self, crate::Dialect::Sqlite);
        Ok(Running(statement))
    }
}

/// A statement with its values. Dropped, it has run.
struct Running<'c>(CachedStatement<'c>);

impl<'c> Deref for Running<'c> {
    type Target = CachedStatement<'c>;
    fn deref(&self) -> &CachedStatement<'c> {
        &self.0
    }
}

impl DerefMut for Running<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

#[cfg(feature = "record")]
impl Drop for Running<'_> {
    fn drop(&mut self) {
        crate::record::ran(&self.0);
    }
}

/// One statement, run for each row: nothing is faster here.
pub(crate) fn insert(
    conn: &Connection,
    table: &str,
    columns: &str,
    rows: &[Vec<Value>],
) -> Result<()> {
    let places = vec!["?"; rows.first().map_or(0, Vec::len)].join(", ");
    let sql = format!("INSERT INTO {table} ({columns}) VALUES ({places})");
    let mut statement = conn.prepare_cached(&sql).map_err(error::from)?;
    for row in rows {
        for (index, value) in row.iter().enumerate() {
            statement.raw_bind_parameter(index + 1, value).map_err(error::from)?;
        }
        statement.raw_execute().map_err(error::from)?;
    }
    Ok(())
}

fn order<T: FromRow>(statement: &CachedStatement<'_>) -> Result<Order> {
    Order::of(T::COLUMNS, statement.column_count(), |index| statement.column_name(index).ok())
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => Sql::Null,
            Self::Bool(value) => Sql::Integer(i64::from(*value)),
            Self::Int(value) => Sql::Integer(*value),
            Self::Float(value) => Sql::Real(*value),
            Self::Text(value) => Sql::Text(value.as_bytes()),
            Self::Blob(value) => Sql::Blob(value),
        }))
    }
}

/// A cell of the row, in place.
pub(crate) fn value<'a>(row: &'a Row<'_>, index: usize) -> Result<ValueRef<'a>> {
    Ok(match row.get_ref(index).map_err(error::from)? {
        Sql::Null => ValueRef::Null,
        Sql::Integer(value) => ValueRef::Int(value),
        Sql::Real(value) => ValueRef::Float(value),
        Sql::Text(text) => ValueRef::Text(std::str::from_utf8(text).map_err(Error::other)?),
        Sql::Blob(bytes) => ValueRef::Blob(bytes),
    })
}
