//! PostgreSQL on a server: for several nodes, with the same meaning as SQLite on one.

mod error;
mod listener;
mod readers;
mod statement;
mod tls;
mod transaction;
mod types;
mod url;

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime};
use jiff::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::AbortHandle;

use crate::migrate::{self, Migration};
use crate::notice::{Notices, Publisher};
use crate::{Crowd, Error, FromRow, Query, Result, background};

use error::{Failure, answered};
use readers::Readers;
pub(crate) use transaction::Transaction;
pub(crate) use types::value;
use url::Settings;

/// The oldest release that its makers still repair, as `server_version_num`.
const OLDEST: i32 = 140_000;

/// How long to wait for a connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long one of many waits for the others. No load takes that long: it waits for itself.
const STUCK: Duration = Duration::from_secs(60);

/// How long to wait for an answer, those to people's own long work apart.
const ANSWER: Duration = Duration::from_secs(10);

/// An open PostgreSQL database.
pub(crate) struct Postgres {
    settings: Settings,
    readers: Readers,
    writes: Pool,
    /// What many who work in the background may hold of `writes` at once: they would else
    /// take all of it, and the server's processors, from people.
    background: Arc<Semaphore>,
    /// The rest but one, for those of them who are late. They wait here for it, so that
    /// people do not stand in line behind all of them.
    late: Arc<Semaphore>,
    /// The channel of PostgreSQL that carries notices.
    channel: Arc<str>,
    publisher: Publisher,
    listener: OnceLock<AbortHandle>,
}

impl Postgres {
    pub(crate) fn open(url: &str) -> Result<Self> {
        let settings = Settings::parse(url)?;
        if settings.is_open_to_the_network() {
            tracing::warn!("what goes to PostgreSQL can be read on the way: ?sslmode=require");
        }
        let share = settings.pool.div_ceil(3);
        Ok(Self {
            readers: Readers::new(settings.config.clone(), settings.tls.clone(), share),
            writes: pool(&settings)?,
            background: Arc::new(Semaphore::new(share)),
            late: Arc::new(Semaphore::new((settings.pool - share).saturating_sub(1))),
            channel: settings.channel().into(),
            settings,
            publisher: Publisher::new(),
            listener: OnceLock::new(),
        })
    }

    pub(crate) async fn read<T: FromRow>(&self, query: &Query<'_>) -> Result<Vec<T>> {
        self.readers.all(query).await.map_err(Into::into)
    }

    pub(crate) async fn begin(&self) -> Result<Transaction> {
        let begun = match self.try_begin().await? {
            Err(failure) if failure.is_stale() => self.try_begin().await?,
            begun => begun,
        };
        begun.map_err(Into::into)
    }

    /// Two servers do not start in the same microsecond.
    pub(crate) async fn is_same_as(&self, other: &Self) -> Result<bool> {
        let place = crate::query(
            "SELECT CAST(pg_postmaster_start_time() AS TEXT),
                    CAST(current_database() AS TEXT), CAST(current_schema() AS TEXT)",
        );
        let one: Vec<(String, String, Option<String>)> = self.read(&place).await?;
        Ok(one == other.read(&place).await?)
    }

    async fn try_begin(&self) -> Result<Result<Transaction, Failure>> {
        let place = match background::here() {
            Some(Crowd::Many) => Some(place(&self.background).await?),
            Some(Crowd::Late) => Some(tokio::select! {
                // Their own places first: those in time keep theirs.
                biased;
                place = place(&self.late) => place?,
                place = place(&self.background) => place?,
            }),
            Some(Crowd::Few) | None => None,
        };
        let client = client(&self.writes).await?;
        Ok(Transaction::begin(client, Arc::clone(&self.channel), place).await)
    }

    /// The first call starts to listen; until the connection stands, nothing is heard,
    /// and the listener is then told that it missed something.
    pub(crate) fn notices(&self) -> Notices {
        let notices = self.publisher.subscribe();
        self.listener.get_or_init(|| {
            let listen = listener::listen(
                self.settings.config.clone(),
                self.settings.tls.clone(),
                Arc::clone(&self.channel),
                self.publisher.clone(),
            );
            tokio::spawn(listen).abort_handle()
        });
        notices
    }

    pub(crate) async fn migrate(&self, migrations: &[Migration], now: Timestamp) -> Result<()> {
        let mut client = client(&self.writes).await?;
        let migrated = self.migrate_on(&mut client, migrations, now).await;
        if migrated.is_err() {
            discard(client);
        }
        migrated
    }

    async fn migrate_on(
        &self,
        client: &mut Object,
        migrations: &[Migration],
        now: Timestamp,
    ) -> Result<()> {
        let tx = answered(ANSWER, client.transaction()).await?;
        // What goes through whole tables, once, is better left to the planner.
        answered(ANSWER, tx.batch_execute(url::WHOLE_TABLES)).await?;
        // One node at a time, however long its work takes. The channel's name is the
        // schema's, which need not exist yet.
        let lock = "SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))";
        let mut is_told = false;
        while !answered(ANSWER, tx.query_one(lock, &[&&*self.channel])).await?.get::<_, bool>(0) {
            if !is_told {
                tracing::info!("another node migrates the database");
                is_told = true;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        answered(ANSWER, refuse_old(&tx)).await?;
        // IF NOT EXISTS asks for the right to make one even where there is one.
        if let Some(schema) = &self.settings.schema
            && answered(
                ANSWER,
                tx.query("SELECT 1 FROM pg_namespace WHERE nspname = $1", &[schema]),
            )
            .await?
            .is_empty()
        {
            let create = format!("CREATE SCHEMA IF NOT EXISTS {schema}");
            tx.batch_execute(&create).await.map_err(error::from)?;
        }
        answered(ANSWER, tx.batch_execute(migrate::LEDGER)).await?;
        let rows = answered(ANSWER, tx.query("SELECT name FROM migration", &[])).await?;
        let applied: HashSet<String> = rows.iter().map(|row| row.get(0)).collect();
        for migration in migrate::pending(migrations, &applied)? {
            tx.batch_execute(migration.postgres).await.map_err(|error| {
                Error::other(format!("migration {}: {}", migration.name, error::with_cause(&error)))
            })?;
            tx.execute(
                "INSERT INTO migration (name, applied_at) VALUES ($1, $2)",
                &[&migration.name, &now.as_millisecond()],
            )
            .await
            .map_err(error::from)?;
        }
        tx.commit().await.map_err(error::from)
    }

    pub(crate) async fn close(&self) {
        self.stop_listening();
        self.writes.close();
        self.readers.close().await;
    }

    fn stop_listening(&self) {
        if let Some(listener) = self.listener.get() {
            listener.abort();
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.stop_listening();
    }
}

async fn refuse_old(tx: &deadpool_postgres::Transaction<'_>) -> Result<()> {
    let version = tx.query_one("SHOW server_version_num", &[]).await.map_err(error::from)?;
    let version: String = version.get(0);
    if version.parse::<i32>().is_ok_and(|version| version < OLDEST) {
        return Err(Error::TooOld("PostgreSQL 14 or later is needed.".to_owned()));
    }
    Ok(())
}

/// However long the others need: theirs end by themselves.
async fn place(places: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit> {
    match tokio::time::timeout(STUCK, Arc::clone(places).acquire_owned()).await {
        Ok(Ok(place)) => Ok(place),
        _ => Err(Error::Unavailable("other background work held the database".to_owned())),
    }
}

fn pool(settings: &Settings) -> Result<Pool> {
    let fast = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = Manager::from_config(settings.config.clone(), settings.tls.clone(), fast);
    Pool::builder(manager)
        .max_size(settings.pool)
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(PATIENCE))
        .create_timeout(Some(PATIENCE))
        .recycle_timeout(Some(PATIENCE))
        .build()
        .map_err(Error::other)
}

/// Ends the connection, and with it whatever is open on it.
fn discard(client: Object) {
    drop(Object::take(client));
}

async fn client(pool: &Pool) -> Result<Object> {
    pool.get().await.map_err(error::from_pool)
}
