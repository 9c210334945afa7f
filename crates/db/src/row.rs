//! Rows into structs and tuples, read in place: no value is copied on the way.

use crate::value::{FromValue, Value, ValueRef};
use crate::{Error, Result};

/// What a row can be read into: structs made by [`row!`](crate::row!), by
/// column name, and tuples of up to eight values, by position.
pub trait FromRow: Sized {
    /// The columns to look up by name; none means that they go by position.
    const COLUMNS: &'static [&'static str];

    /// Reads the row. `cells` are in the order of `COLUMNS`.
    fn from_row(cells: &mut Cells<'_>) -> Result<Self>;
}

/// One row's cells, taken from left to right.
pub struct Cells<'a> {
    row: RowRef<'a>,
    order: &'a Order,
    next: usize,
}

pub(crate) enum RowRef<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a tokio_postgres::Row),
}

/// Where in the answer the columns are that a type wants: worked out once for
/// each answer, and nothing at all to do when they already are in order.
pub(crate) enum Order {
    AsIs,
    Permuted(Vec<usize>),
}

impl Order {
    pub(crate) fn of<'n>(
        wanted: &[&str],
        count: usize,
        name: impl Fn(usize) -> Option<&'n str>,
    ) -> Result<Self> {
        let in_order = wanted.len() <= count
            && wanted.iter().enumerate().all(|(index, wanted)| name(index) == Some(wanted));
        if in_order {
            return Ok(Self::AsIs);
        }
        wanted
            .iter()
            .map(|wanted| {
                (0..count)
                    .find(|index| name(*index) == Some(wanted))
                    .ok_or_else(|| Error::other(format!("the answer has no column {wanted}")))
            })
            .collect::<Result<_>>()
            .map(Self::Permuted)
    }
}

impl<'a> Cells<'a> {
    pub(crate) fn new(row: RowRef<'a>, order: &'a Order) -> Self {
        Self { row, order, next: 0 }
    }

    /// The next cell as a `T`.
    pub fn take<T: FromValue>(&mut self) -> Result<T> {
        let index = match self.order {
            Order::AsIs => self.next,
            Order::Permuted(order) => order[self.next],
        };
        self.next += 1;
        T::from_value(self.row.value(index)?).map_err(|mismatch| {
            Error::other(format!("column {}: {mismatch}", self.row.column_name(index)))
        })
    }
}

/// A row of any table, as it is.
impl FromRow for Vec<Value> {
    const COLUMNS: &'static [&'static str] = &[];

    fn from_row(cells: &mut Cells<'_>) -> Result<Self> {
        (0..cells.row.len()).map(|_| cells.take()).collect()
    }
}

impl RowRef<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Sqlite(row) => row.as_ref().column_count(),
            Self::Postgres(row) => row.len(),
        }
    }

    fn value(&self, index: usize) -> Result<ValueRef<'_>> {
        match self {
            Self::Sqlite(row) => crate::sqlite::value(row, index),
            Self::Postgres(row) => crate::postgres::value(row, index),
        }
    }

    fn column_name(&self, index: usize) -> String {
        match self {
            Self::Sqlite(row) => row.as_ref().column_name(index).ok(),
            Self::Postgres(row) => row.columns().get(index).map(tokio_postgres::Column::name),
        }
        .map_or_else(|| index.to_string(), str::to_owned)
    }
}

macro_rules! tuples {
    ($(($($name:ident)+))*) => {$(
        impl<$($name: FromValue),+> FromRow for ($($name,)+) {
            const COLUMNS: &'static [&'static str] = &[];

            fn from_row(cells: &mut Cells<'_>) -> Result<Self> {
                Ok(($(cells.take::<$name>()?,)+))
            }
        }
    )*};
}

tuples! {
    (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) (A B C D E F G) (A B C D E F G H)
}

/// Defines a struct that a row can be read into, each field from the column
/// of its name. The columns need not be in order, but are faster so.
#[macro_export]
macro_rules! row {
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident {
            $($(#[$field_meta:meta])* $field_vis:vis $field:ident : $type:ty),* $(,)?
        }
    ) => {
        $(#[$meta])*
        $vis struct $name {
            $($(#[$field_meta])* $field_vis $field: $type,)*
        }

        impl $crate::FromRow for $name {
            const COLUMNS: &'static [&'static str] = &[$(stringify!($field)),*];

            fn from_row(cells: &mut $crate::Cells<'_>) -> $crate::Result<Self> {
                Ok(Self { $($field: cells.take()?,)* })
            }
        }
    };
}
