//! The only place that knows that there are two databases: SQLite, embedded,
//! and PostgreSQL. SQL is written once, in plain sight, and runs on both.
//!
//! ```no_run
//! # async fn example(db: db::Db) -> db::Result<()> {
//! let mut tx = db.begin().await?;
//! db::query("UPDATE kost SET name = $1 WHERE id = $2")
//!     .bind("Kost Melati")
//!     .bind(7_i64)
//!     .run(&mut tx)
//!     .await?;
//! tx.notify("kost", "7");
//! tx.commit().await?;
//!
//! let (name,): (String,) =
//!     db::query("SELECT name FROM kost WHERE id = $1").bind(7_i64).one(&db).await?;
//! # Ok(())
//! # }
//! ```

mod background;
mod clock;
mod contents;
mod dialect;
mod error;
mod id;
mod migrate;
mod notice;
mod postgres;
mod query;
#[cfg(feature = "record")]
pub mod record;
mod row;
mod schema;
mod sqlite;
mod text_enum;
mod transaction;
mod transfer;
mod value;

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

pub use background::{Crowd, in_background};
pub use clock::Clock;
pub use contents::Contents;
pub use dialect::Dialect;
pub use error::{ConstraintKind, Error, Result};
pub use migrate::Migration;
pub use notice::{Lagged, Notice, Notices};
pub use query::{On, Query, query};
pub use row::{Cells, FromRow};
pub use schema::Table;
pub use sqlite::{at_one_moment, moment_is_over};
pub use text_enum::UnknownWord;
pub use transaction::Tx;
pub(crate) use transaction::TxStore;
pub use transfer::Transfer;
pub use value::{FromValue, Mismatch, Value, ValueRef};

/// An open database. Clones are the same one.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

struct Inner {
    clock: Clock,
    store: Store,
}

pub(crate) enum Store {
    Sqlite(sqlite::Sqlite),
    Postgres(Box<postgres::Postgres>),
}

impl Db {
    /// Opens `sqlite:PATH` (made if there is none) or `postgres://…`.
    ///
    /// # Errors
    ///
    /// [`Error::TooOld`] when the SQLite library has known faults; and when
    /// the file cannot be opened, or the URL is neither of the two.
    pub fn open(url: &str, clock: Clock) -> Result<Self> {
        let store = if let Some(path) = url.strip_prefix("sqlite:") {
            Store::Sqlite(sqlite::Sqlite::open(path.as_ref())?)
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Store::Postgres(Box::new(postgres::Postgres::open(url)?))
        } else {
            return Err(Error::other("a database URL starts with sqlite: or postgres://"));
        };
        Ok(Self(Arc::new(Inner { clock, store })))
    }

    /// Begins a write transaction.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] when another process kept the database locked
    /// for 5 seconds or another transaction the writer for 10, when no
    /// connection became free for 5 (in the background, no place for 60), and
    /// when the database cannot be written to.
    pub async fn begin(&self) -> Result<Tx> {
        let store = match &self.0.store {
            Store::Sqlite(sqlite) => TxStore::Sqlite(sqlite.begin().await?),
            Store::Postgres(postgres) => TxStore::Postgres(Box::new(postgres.begin().await?)),
        };
        Ok(Tx { store, now: self.now(), notices: Vec::new() })
    }

    /// Begins a write transaction beside which nobody else writes, for as long as
    /// it takes. What was being written before is there.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] when somebody else goes on writing for 5 seconds.
    pub async fn begin_alone(&self) -> Result<Tx> {
        let mut tx = self.begin().await?;
        tx.take_your_time();
        if self.dialect() == Dialect::Postgres {
            query("SET LOCAL idle_in_transaction_session_timeout = 0").run(&mut tx).await?;
            let tables: Vec<_> = tx.tables().await?.iter().map(Table::quoted).collect();
            if !tables.is_empty() {
                let lock = format!("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE", tables.join(", "));
                query(lock).run(&mut tx).await?;
            }
        }
        Ok(tx)
    }

    /// Whether both are handles on one database, whatever their URLs say.
    pub async fn is_same_as(&self, other: &Self) -> Result<bool> {
        match (&self.0.store, &other.0.store) {
            (Store::Sqlite(one), Store::Sqlite(other)) => Ok(one.is_same_as(other)),
            (Store::Postgres(one), Store::Postgres(other)) => one.is_same_as(other).await,
            _ => Ok(false),
        }
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// The clock that `now` and transactions read.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Which database is spoken to.
    pub fn dialect(&self) -> Dialect {
        match self.0.store {
            Store::Sqlite(_) => Dialect::Sqlite,
            Store::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Everything that is committed with a notice from now on.
    pub fn notices(&self) -> Notices {
        match &self.0.store {
            Store::Sqlite(sqlite) => sqlite.notices(),
            Store::Postgres(postgres) => postgres.notices(),
        }
    }

    /// Applies the migrations that have not been applied yet, in one
    /// transaction. The list must hold all that this program knows.
    ///
    /// # Errors
    ///
    /// [`Error::Newer`], with a sentence for the operator, when the database
    /// has one that is not in the list.
    pub async fn migrate(&self, migrations: &[Migration]) -> Result<()> {
        match &self.0.store {
            Store::Sqlite(sqlite) => sqlite.migrate(migrations, self.now()).await,
            Store::Postgres(postgres) => postgres.migrate(migrations, self.now()).await,
        }
    }

    /// Whether the database answers, and has had all of these migrations.
    ///
    /// # Errors
    ///
    /// As [`Db::migrate`]; and when there is no database yet.
    pub async fn is_migrated(&self, migrations: &[Migration]) -> Result<bool> {
        let applied: Vec<(String,)> = query("SELECT name FROM migration").all(self).await?;
        let applied = applied.into_iter().map(|(name,)| name).collect();
        Ok(migrate::pending(migrations, &applied)?.is_empty())
    }

    /// Whether the database answers, and SQLite's file is where it was opened.
    pub async fn ping(&self) -> Result<()> {
        if let Store::Sqlite(sqlite) = &self.0.store {
            sqlite.check_site()?;
        }
        let (_,): (i64,) = query("SELECT CAST(1 AS BIGINT)").one(self).await?;
        Ok(())
    }

    /// Closes it, after the transactions that are under way. What comes later
    /// is answered with [`Error::Unavailable`].
    pub async fn close(&self) {
        match &self.0.store {
            Store::Sqlite(sqlite) => sqlite.close().await,
            Store::Postgres(postgres) => postgres.close().await,
        }
    }
}

impl fmt::Debug for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Db").field(&self.dialect()).finish()
    }
}

/// For the macros of this crate only.
#[doc(hidden)]
pub mod private {
    pub use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn invalid<E: serde::de::Error>(error: crate::UnknownWord) -> E {
        E::custom(error)
    }
}
