//! Connections that only read. Each is used by many at once: while the server answers
//! one of them, the statements of the next ones have already come, so that neither
//! side sleeps and is woken in between.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use deadpool_postgres::ClientWrapper;
use tokio::sync::Mutex;
use tokio_postgres::Config;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::error::{Failure, answered, closed};
use super::{ANSWER, PATIENCE, statement};
use crate::{FromRow, Query};

/// See the module.
pub(super) struct Readers {
    config: Config,
    tls: MakeRustlsConnect,
    lines: Vec<Line>,
    is_closed: AtomicBool,
}

/// One connection, made when somebody reads on it.
#[derive(Default)]
struct Line {
    /// How many wait for an answer.
    waiting: AtomicUsize,
    client: Mutex<Option<Arc<ClientWrapper>>>,
}

/// Counts as waiting while it is there.
struct Waiter<'a>(&'a Line);

impl Readers {
    pub(super) fn new(config: Config, tls: MakeRustlsConnect, most: usize) -> Self {
        let lines = (0..most).map(|_| Line::default()).collect();
        Self { config, tls, lines, is_closed: AtomicBool::new(false) }
    }

    /// Once more if the connection turned out to be dead.
    pub(super) async fn all<T: FromRow>(&self, query: &Query<'_>) -> Result<Vec<T>, Failure> {
        match self.try_all(query).await {
            Err(failure) if failure.is_stale() => self.try_all(query).await,
            answer => answer,
        }
    }

    async fn try_all<T: FromRow>(&self, query: &Query<'_>) -> Result<Vec<T>, Failure> {
        let waiter = self.shortest_line().ok_or_else(closed)?;
        let client = answered(PATIENCE, self.client(waiter.0)).await?;
        let answer = answered(ANSWER, statement::all(&client, query)).await;
        if answer.as_ref().is_err_and(|failure| failure.is_stale() || failure.is_silent()) {
            // It may not have noticed yet that it is of no use.
            waiter.0.client.lock().await.take_if(|current| Arc::ptr_eq(current, &client));
        }
        answer
    }

    /// The first of them: a few that are used much are quicker than many.
    fn shortest_line(&self) -> Option<Waiter<'_>> {
        let line = self.lines.iter().min_by_key(|line| line.waiting.load(Ordering::Relaxed))?;
        line.waiting.fetch_add(1, Ordering::Relaxed);
        Some(Waiter(line))
    }

    async fn client(&self, line: &Line) -> Result<Arc<ClientWrapper>, Failure> {
        let mut current = line.client.lock().await;
        if self.is_closed.load(Ordering::Relaxed) {
            return Err(closed().into());
        }
        if let Some(client) = current.as_ref().filter(|client| !client.is_closed()) {
            return Ok(Arc::clone(client));
        }
        let (client, connection) = self.config.connect(self.tls.clone()).await?;
        let connection = tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to PostgreSQL ended");
            }
        });
        Ok(Arc::clone(current.insert(Arc::new(ClientWrapper::new(client, connection)))))
    }

    pub(super) async fn close(&self) {
        self.is_closed.store(true, Ordering::Relaxed);
        for line in &self.lines {
            line.client.lock().await.take();
        }
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}
