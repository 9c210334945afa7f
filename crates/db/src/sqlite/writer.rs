//! The one writer and its group commit.
//!
//! Who gets the writer's mutex first says `BEGIN IMMEDIATE` and starts a task
//! that queues for the same mutex in order to `COMMIT`. The mutex is fair:
//! whoever was already waiting joins the group before that task's turn, each
//! as a savepoint. Thus one `fsync` serves all who wait, nobody waits for
//! company, and no commit depends on its caller's future being polled again.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::Instant;

use super::group::{Fate, Group, Promise};
use super::peers::{Ear, Peers};
use super::site::Site;
use super::{BUSY, error};
use crate::notice::{Notice, Publisher};
use crate::transaction::failed;
use crate::{Error, Result};

/// So that the first of a group does not wait for too many others.
const MAX_MEMBERS: usize = 256;

/// How long to wait for one's turn: more than any load takes. Whoever begins a
/// transaction while holding another is told, rather than stuck for ever.
const TURN: Duration = Duration::from_secs(10);

type Guard = OwnedMutexGuard<Writer>;

/// The writer's connection, `None` once closed, and the group open on it.
pub(super) struct Writer {
    conn: Option<Connection>,
    site: Site,
    group: Option<Group>,
    publisher: Publisher,
    peers: Peers,
    ear: Arc<OnceLock<Option<Ear>>>,
}

/// One transaction of a group, holding the writer.
pub(crate) struct Member {
    writer: Guard,
    fate: Arc<Fate>,
    state: State,
}

#[derive(Debug, PartialEq)]
enum State {
    Open,
    Failed,
    Ended,
}

/// Joins the group that is open, or opens one.
pub(super) async fn begin(mutex: &Arc<Mutex<Writer>>) -> Result<Member> {
    let turn = tokio::time::timeout(TURN, Arc::clone(mutex).lock_owned());
    let mut writer = turn.await.map_err(|_| {
        Error::Unavailable("the writer did not become free; is a transaction held open?".to_owned())
    })?;
    writer.clear_abandoned();
    if writer.group.as_ref().is_some_and(|group| group.members >= MAX_MEMBERS) {
        writer = commit_group(writer).await?;
    }
    if writer.group.is_none() {
        begin_immediate(&mut writer).await?;
        let group = Group::new();
        tokio::spawn(commit_in_turn(Arc::clone(mutex), Promise(Arc::clone(&group.fate))));
        writer.group = Some(group);
    }
    writer.execute("SAVEPOINT member")?;
    let Some(group) = &mut writer.group else {
        return Err(Error::other("a group was just opened"));
    };
    group.members += 1;
    let fate = Arc::clone(&group.fate);
    Ok(Member { writer, fate, state: State::Open })
}

/// Commits what is under way and lets go of the connection.
pub(super) async fn close(mutex: &Arc<Mutex<Writer>>) {
    let writer = Arc::clone(mutex).lock_owned().await;
    if let Ok(mut writer) = commit_group(writer).await {
        writer.conn = None;
    }
}

/// Takes the write lock. Another process may hold it for a while.
async fn begin_immediate(writer: &mut Guard) -> Result<()> {
    let started = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        match writer.begin_immediate()? {
            true => return Ok(()),
            false if started.elapsed() >= BUSY => {
                return Err(Error::Unavailable("it is locked by another process".to_owned()));
            }
            false => tokio::time::sleep(pause).await,
        }
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

async fn commit_in_turn(mutex: Arc<Mutex<Writer>>, promise: Promise) {
    let writer = mutex.lock_owned().await;
    let is_ours = writer.group.as_ref().is_some_and(|group| Arc::ptr_eq(&group.fate, &promise.0));
    if is_ours {
        // Its failure is told to the members.
        let _ = commit_group(writer).await;
    }
}

/// Commits the open group off the async threads, to the end even if the
/// caller goes away.
async fn commit_group(mut writer: Guard) -> Result<Guard> {
    tokio::task::spawn_blocking(move || {
        writer.commit();
        writer
    })
    .await
    .map_err(Error::other)
}

impl Writer {
    pub(super) fn new(
        conn: Connection,
        site: Site,
        publisher: Publisher,
        peers: Peers,
        ear: Arc<OnceLock<Option<Ear>>>,
    ) -> Self {
        Self { conn: Some(conn), site, group: None, publisher, peers, ear }
    }

    fn conn(&self) -> Result<&Connection> {
        self.conn.as_ref().ok_or_else(|| Error::Unavailable("it is closed".to_owned()))
    }

    fn execute(&self, sql: &str) -> Result<()> {
        let mut statement = self.conn()?.prepare_cached(sql).map_err(error::from)?;
        statement.execute([]).map_err(error::from)?;
        Ok(())
    }

    /// Whether the lock was free.
    fn begin_immediate(&self) -> Result<bool> {
        self.site.check()?;
        let mut statement = self.conn()?.prepare_cached("BEGIN IMMEDIATE").map_err(error::from)?;
        match statement.execute([]) {
            Ok(_) => Ok(true),
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => Ok(false),
            Err(error) => Err(error::from(error)),
        }
    }

    /// Commits the open group, publishes what its members said, and tells them.
    fn commit(&mut self) {
        let Some(group) = self.group.take() else { return };
        match self.execute("COMMIT") {
            Ok(()) => {
                // First: who listens only after a commit returned hears nothing of it.
                for notice in &group.notices {
                    self.publisher.publish(notice.clone());
                }
                group.fate.seal(Ok(()));
                self.peers.tell(&group.notices, self.ear.get().and_then(Option::as_ref));
            }
            Err(error) => {
                self.roll_back_all();
                group.fate.seal(Err(format!("the commit failed: {error}").into()));
            }
        }
    }

    /// A group whose committer was dropped with its runtime: nobody counts on it any more.
    fn clear_abandoned(&mut self) {
        if self.group.as_ref().is_some_and(|group| group.fate.is_sealed()) {
            self.group = None;
            self.roll_back_all();
        }
    }

    /// The whole group is lost: SQLite rolled it back itself (disk full, I/O
    /// error), or one member could not be undone alone.
    fn lose_group(&mut self, reason: &str) {
        self.roll_back_all();
        if let Some(group) = self.group.take() {
            group.fate.seal(Err(reason.into()));
        }
    }

    fn roll_back_all(&self) {
        if let Some(conn) = &self.conn
            && !conn.is_autocommit()
            && let Err(error) = conn.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "rolling back failed");
        }
    }

    fn is_in_transaction(&self) -> bool {
        self.conn.as_ref().is_some_and(|conn| !conn.is_autocommit())
    }
}

impl Member {
    /// Runs a statement as part of the transaction. One that fails fails the transaction.
    pub(crate) fn run<T>(&mut self, run: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        if self.state != State::Open {
            return Err(failed());
        }
        let answer = run(self.writer.conn()?);
        if answer.is_err() {
            self.state = State::Failed;
            if !self.writer.is_in_transaction() {
                self.writer.lose_group("it was rolled back after an error");
            }
        }
        answer
    }

    /// Releases the savepoint and waits until the group is on the disk.
    pub(crate) async fn commit(mut self, notices: Vec<Notice>) -> Result<()> {
        self.release(notices)?;
        let fate = Arc::clone(&self.fate);
        drop(self);
        fate.wait().await
    }

    fn release(&mut self, notices: Vec<Notice>) -> Result<()> {
        self.run(|_| Ok(()))?;
        self.writer.execute("RELEASE member")?;
        self.state = State::Ended;
        if let Some(group) = &mut self.writer.group {
            group.notices.extend(notices);
        }
        Ok(())
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        if self.state == State::Ended || !self.writer.is_in_transaction() {
            return;
        }
        let undone = self
            .writer
            .execute("ROLLBACK TO member")
            .and_then(|()| self.writer.execute("RELEASE member"));
        if undone.is_err() {
            self.writer.lose_group("another transaction could not be rolled back");
        }
    }
}

impl std::fmt::Debug for Member {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Member").field("state", &self.state).finish_non_exhaustive()
    }
}
