//! A transaction that owns its connection until it has ended.

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::Object;
use tokio::sync::OwnedSemaphorePermit;
use tokio_postgres::types::ToSql;

use super::error::{Failure, answered};
use super::{ANSWER, discard, statement};
use crate::notice::Notice;
use crate::transaction::failed;
use crate::{Error, FromRow, Query, Result, Value};

/// An open transaction. Dropping it rolls it back.
#[derive(Debug)]
pub(crate) struct Transaction {
    /// `None` once it has ended.
    client: Option<Object>,
    /// False while a statement runs, and for ever if one failed or its future
    /// was dropped: the server would answer COMMIT with a silent ROLLBACK.
    sound: bool,
    /// The channel of PostgreSQL that carries notices.
    channel: Arc<str>,
    /// How long each answer may take.
    patience: Duration,
    /// In the background's share, kept until the connection is given back.
    place: Option<OwnedSemaphorePermit>,
}

impl Transaction {
    /// `place` is given back once the transaction has ended.
    pub(super) async fn begin(
        client: Object,
        channel: Arc<str>,
        place: Option<OwnedSemaphorePermit>,
    ) -> Result<Self, Failure> {
        // Owned before it has begun: should this future be dropped, it is rolled back.
        let mut begun =
            Self { client: Some(client), sound: true, channel, patience: ANSWER, place };
        if let Err(error) = answered(ANSWER, begun.client()?.batch_execute("BEGIN")).await {
            if let Some(client) = begun.client.take() {
                discard(client);
            }
            return Err(error);
        }
        Ok(begun)
    }

    pub(crate) async fn all<T: FromRow>(&mut self, query: &Query<'_>) -> Result<Vec<T>> {
        self.start_statement()?;
        let rows = answered(self.patience, statement::all(self.client()?, query)).await?;
        self.sound = true;
        Ok(rows)
    }

    pub(crate) async fn run(&mut self, query: &Query<'_>) -> Result<u64> {
        self.start_statement()?;
        let changed = answered(self.patience, statement::run(self.client()?, query)).await?;
        self.sound = true;
        Ok(changed)
    }

    pub(crate) async fn insert(
        &mut self,
        table: &str,
        columns: &str,
        rows: &[Vec<Value>],
    ) -> Result<()> {
        self.start_statement()?;
        answered(self.patience, statement::insert(self.client()?, table, columns, rows)).await?;
        self.sound = true;
        Ok(())
    }

    /// Commits in a task of its own, to the end even if the caller goes away.
    pub(crate) async fn commit(mut self, notices: Vec<Notice>) -> Result<()> {
        self.start_statement()?;
        let Some(client) = self.client.take() else { return Err(failed()) };
        let (channel, patience) = (Arc::clone(&self.channel), self.patience);
        let place = self.place.take();
        let commit = tokio::spawn(async move {
            let _place = place;
            let outcome = answered(patience, commit(&client, &channel, &notices)).await;
            if outcome.is_err() {
                discard(client);
            }
            Ok(outcome?)
        });
        commit.await.map_err(|_| Error::Unavailable("the program is stopping".to_owned()))?
    }

    /// From now on answers may take as long as they like.
    pub(crate) fn take_your_time(&mut self) {
        self.patience = Duration::MAX;
    }

    fn start_statement(&mut self) -> Result<()> {
        if !std::mem::take(&mut self.sound) {
            return Err(failed());
        }
        Ok(())
    }

    fn client(&self) -> Result<&Object> {
        self.client.as_ref().ok_or_else(failed)
    }
}

/// The notices are part of the transaction: PostgreSQL delivers them once it is committed.
async fn commit(
    client: &Object,
    channel: &str,
    notices: &[Notice],
) -> std::result::Result<(), tokio_postgres::Error> {
    if notices.is_empty() {
        return client.batch_execute("COMMIT").await;
    }
    let notify = "SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS payload";
    let notify = client.prepare_cached(notify).await?;
    let payloads: Vec<_> = notices.iter().map(encode).collect();
    let parameters: [&(dyn ToSql + Sync); 2] = [&channel, &payloads];
    // Both on their way at once. If the first fails, the second rolls back.
    let (said, committed) =
        tokio::join!(client.execute(&notify, &parameters), client.batch_execute("COMMIT"),);
    said.and(committed)
}

/// One channel of PostgreSQL carries all of ours: `queue\ndefault`.
fn encode(notice: &Notice) -> String {
    format!("{}\n{}", notice.channel, notice.payload)
}

pub(super) fn decode(payload: &str) -> Notice {
    let (channel, payload) = payload.split_once('\n').unwrap_or((payload, ""));
    Notice { channel: channel.to_owned(), payload: payload.to_owned() }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        let Some(client) = self.client.take() else { return };
        let place = self.place.take();
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => {
                runtime.spawn(async move {
                    let _place = place;
                    if answered(ANSWER, client.batch_execute("ROLLBACK")).await.is_err() {
                        discard(client);
                    }
                });
            }
            Err(_) => discard(client),
        }
    }
}
