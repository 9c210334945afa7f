//! The one writer and its group commit.
//!
//! Whose turn comes first says `BEGIN IMMEDIATE`. Whoever was already waiting joins
//! the group, each as a savepoint, until a thread that does nothing else has its
//! turn and says `COMMIT`; who goes first is told in `turns`. Thus one `fsync` serves
//! all who wait, nobody waits for company, and no commit depends on its caller's
//! future being polled again once it was released.

use std::sync::{Arc, OnceLock, mpsc};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};
use tokio::time::Instant;

use super::checkpoints::Checkpoints;
use super::group::{Fate, Group};
use super::peers::{Ear, Peers};
use super::site::Site;
use super::turns::{Turn, Turns, Who};
use super::{BUSY, closed, error, execute, moment_is_over, peers};
use crate::notice::{Notice, Publisher};
use crate::transaction::failed;
use crate::{Error, Result, background};

/// How long to wait for one's turn: more than any load takes. Whoever begins a
/// transaction while holding another is told, rather than stuck for ever.
const TURN: Duration = Duration::from_secs(10);

/// All who write.
pub(super) struct Writers {
    turns: Turns<Writer>,
    /// Says that a group was opened.
    opened: mpsc::Sender<()>,
}

/// The writer's connection, `None` once closed, and the group open on it.
struct Writer {
    conn: Option<Connection>,
    site: Site,
    group: Option<Group>,
    is_closing: bool,
}

/// One transaction of a group, holding the writer.
pub(crate) struct Member {
    writer: Turn<Writer>,
    fate: Arc<Fate>,
    state: State,
}

#[derive(Debug, PartialEq)]
enum State {
    Open,
    Failed,
    Ended,
}

impl Writers {
    pub(super) fn new(
        conn: Connection,
        site: Site,
        publisher: Publisher,
        peers: Peers,
        ear: Arc<OnceLock<Option<Ear>>>,
        checkpoints: Checkpoints,
    ) -> Result<Self> {
        let writer = Writer { conn: Some(conn), site, group: None, is_closing: false };
        let (turns, (opened, groups)) = (Turns::new(writer), mpsc::channel());
        let closer = Closer { turns: turns.clone(), publisher, peers, ear, checkpoints };
        std::thread::Builder::new()
            .name("sqlite-commit".to_owned())
            .spawn(move || closer.work(&groups))
            .map_err(Error::other)?;
        Ok(Self { turns, opened })
    }

    /// Joins the group that is open, or opens one.
    pub(super) async fn begin(&self) -> Result<Member> {
        let who = if background::here().is_some() { Who::Background } else { Who::Person };
        let turn = tokio::time::timeout(TURN, self.turns.wait(who));
        let mut writer = turn.await.map_err(|_| {
            Error::Unavailable(
                "the writer did not become free; is a transaction held open?".to_owned(),
            )
        })?;
        if writer.is_closing {
            return Err(closed());
        }
        let fate = match &writer.group {
            Some(group) => Arc::clone(&group.fate),
            None => {
                begin_immediate(&mut writer).await?;
                // Fails only when the thread has panicked.
                self.opened
                    .send(())
                    .inspect_err(|_| writer.roll_back_all())
                    .map_err(Error::other)?;
                let group = Group::new();
                let fate = Arc::clone(&group.fate);
                writer.group = Some(group);
                writer.open_group(who);
                fate
            }
        };
        let member = Member { writer, fate, state: State::Open };
        member.writer.execute("SAVEPOINT member")?;
        Ok(member)
    }

    /// Lets go of the connection once what is under way is committed.
    pub(super) async fn close(&self) {
        loop {
            let mut writer = self.turns.wait(Who::Person).await;
            writer.is_closing = true;
            let Some(fate) = writer.group.as_ref().map(|group| Arc::clone(&group.fate)) else {
                writer.conn = None;
                return;
            };
            drop(writer);
            // Its failure is told to the members.
            let _ = fate.wait().await;
        }
    }
}

/// Takes the write lock. Another process may hold it for a while.
async fn begin_immediate(writer: &mut Turn<Writer>) -> Result<()> {
    let started = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        match writer.try_begin()? {
            true => return Ok(()),
            false if started.elapsed() >= BUSY => {
                return Err(Error::Unavailable("it is locked by another process".to_owned()));
            }
            false => tokio::time::sleep(pause).await,
        }
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

/// Commits group after group, publishes what their members said, and tells them.
struct Closer {
    turns: Turns<Writer>,
    publisher: Publisher,
    peers: Peers,
    ear: Arc<OnceLock<Option<Ear>>>,
    checkpoints: Checkpoints,
}

impl Closer {
    /// For as long as the database is open.
    fn work(mut self, groups: &mpsc::Receiver<()>) {
        let mut has_missed = false;
        loop {
            let opened = match has_missed {
                true => groups.recv_timeout(peers::AGAIN),
                false => groups.recv().map_err(mpsc::RecvTimeoutError::from),
            };
            match opened {
                Ok(()) => has_missed |= self.commit_group(),
                // Who missed something learns that they did: no commit may come for a while.
                Err(mpsc::RecvTimeoutError::Timeout) => has_missed = self.tell(&[]),
                Err(mpsc::RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Whether another process missed something of it.
    fn commit_group(&mut self) -> bool {
        let Some(mut writer) = self.turns.wait_here(Who::Closer) else { return false };
        writer.close_group();
        // It may have been lost.
        let Some(group) = writer.group.take() else { return false };
        let outcome = writer.commit();
        let kept = writer.conn().and_then(|conn| self.checkpoints.after_commit(conn));
        if let Err(error) = kept {
            tracing::debug!(%error, "no checkpoint");
        }
        drop(writer);
        if let Err(error) = outcome {
            group.fate.seal(Err(format!("the commit failed: {error}").into()));
            return false;
        }
        // First: who listens only after a commit returned hears nothing of it, and who
        // closes the database then has told it to all.
        for notice in &group.notices {
            self.publisher.publish(notice.clone());
        }
        let has_missed = self.tell(&group.notices);
        group.fate.seal(Ok(()));
        has_missed
    }

    fn tell(&mut self, notices: &[Notice]) -> bool {
        self.peers.tell(notices, self.ear.get().and_then(Option::as_ref))
    }
}

impl Writer {
    fn conn(&self) -> Result<&Connection> {
        self.conn.as_ref().ok_or_else(closed)
    }

    fn execute(&self, sql: &str) -> Result<()> {
        execute(self.conn()?, sql).map_err(error::from)
    }

    /// Whether the lock was free.
    fn try_begin(&self) -> Result<bool> {
        self.site.check()?;
        match execute(self.conn()?, "BEGIN IMMEDIATE") {
            Ok(()) => Ok(true),
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => Ok(false),
            Err(error) => Err(error::from(error)),
        }
    }

    fn commit(&self) -> Result<()> {
        self.execute("COMMIT").inspect_err(|_| self.roll_back_all())
    }

    /// The whole group is lost (its closer finds none): SQLite rolled it back itself (disk full, I/O
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
        let outcome = fate.wait().await;
        // What is read next is to show it.
        moment_is_over();
        outcome
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
        if self.state == State::Ended {
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
