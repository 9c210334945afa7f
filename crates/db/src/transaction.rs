//! A write transaction: all of it or nothing, told to others only once it is committed.

use std::collections::HashSet;

use jiff::Timestamp;

use crate::notice::{self, Notice};
use crate::{Dialect, Error, Result, Value, postgres, query, sqlite};

/// A write transaction. Dropping it rolls it back.
///
/// As on PostgreSQL, a statement that fails fails the transaction: nothing
/// more can be run in it, and it cannot be committed. Where a conflict is to
/// be expected and gone on from, say `ON CONFLICT DO NOTHING`.
#[derive(Debug)]
pub struct Tx {
    pub(crate) store: TxStore,
    pub(crate) now: Timestamp,
    pub(crate) notices: Vec<Notice>,
}

#[derive(Debug)]
pub(crate) enum TxStore {
    Sqlite(sqlite::Member),
    Postgres(Box<postgres::Transaction>),
}

impl Tx {
    /// Makes the transaction last. On return it is on the disk.
    ///
    /// Once this was polled, dropping it does not undo the transaction: it
    /// commits on its own and only its outcome goes unheard.
    ///
    /// # Errors
    ///
    /// When nothing was kept; [`Error::Unavailable`] may include that the
    /// connection was lost before the server answered, when it may have been.
    pub async fn commit(self) -> Result<()> {
        if let Some(long) = self.notices.iter().find(|notice| notice.bytes() > notice::MAX_BYTES) {
            let channel = &long.channel;
            return Err(Error::other(format!("a notice on {channel} is too long to be sent")));
        }
        let notices = each_once(self.notices);
        match self.store {
            TxStore::Sqlite(member) => member.commit(notices).await,
            TxStore::Postgres(tx) => tx.commit(notices).await,
        }
    }

    /// Says something to every listener of [`Db::notices`](crate::Db::notices),
    /// on every node, after the commit and only then. The same thing said
    /// twice in one transaction is delivered once. At most 7900 bytes.
    pub fn notify(&mut self, channel: &str, payload: impl Into<String>) {
        self.notices.push(Notice { channel: channel.to_owned(), payload: payload.into() });
    }

    /// The time when the transaction began; it stays the same throughout.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Its statements may take as long as they like: PostgreSQL has 10 s for each
    /// answer otherwise.
    pub(crate) fn take_your_time(&mut self) {
        if let TxStore::Postgres(tx) = &mut self.store {
            tx.take_your_time();
        }
    }

    /// Waits until no other transaction in this schema has this lock, and has it until the end.
    /// On SQLite there is one at a time anyway.
    pub async fn lock(&mut self, name: &str) -> Result<()> {
        if self.dialect() == Dialect::Postgres {
            query(
                "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ' ' || $1, 0))",
            )
            .bind(name)
            .run(self)
            .await?;
        }
        Ok(())
    }

    /// Which database is spoken to.
    pub fn dialect(&self) -> Dialect {
        match self.store {
            TxStore::Sqlite(_) => Dialect::Sqlite,
            TxStore::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Inserts many rows at once; `columns` as they stand in SQL, in the rows' order.
    pub(crate) async fn insert(
        &mut self,
        table: &str,
        columns: &str,
        rows: &[Vec<Value>],
    ) -> Result<()> {
        match &mut self.store {
            TxStore::Sqlite(member) => {
                member.run(|conn| sqlite::insert(conn, table, columns, rows))
            }
            TxStore::Postgres(tx) => tx.insert(table, columns, rows).await,
        }
    }
}

/// Where each was said first.
fn each_once(notices: Vec<Notice>) -> Vec<Notice> {
    let mut said = HashSet::new();
    let is_first: Vec<_> =
        notices.iter().map(|notice| said.insert((&notice.channel, &notice.payload))).collect();
    notices
        .into_iter()
        .zip(is_first)
        .filter_map(|(notice, first)| first.then_some(notice))
        .collect()
}

pub(crate) fn failed() -> Error {
    Error::other("the transaction failed before; it can only be rolled back")
}
