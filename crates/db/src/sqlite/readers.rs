//! Connections that only read: as many as ever read, or hold a moment, at the same time.
//!
//! Each statement takes SQLite's shared lock and gives it back, through the operating
//! system and a mutex of the whole process. What belongs together does that once:
//! [`at_one_moment`].

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

use super::{closed, connect, error, execute};
use crate::{Error, Result};

tokio::task_local! {
    /// The reader that the current work holds, from its first read on.
    static HELD: RefCell<Option<Reader>>;
}

/// Whatever is read of a database in the course of this work is of one moment, on
/// SQLite: that of the first read, and anew once it writes or reads another database.
/// On PostgreSQL each statement sees what is committed when it begins.
///
/// For work that does not take long: what is committed meanwhile stays in the log
/// of writes. Before it waits for others than the database: [`moment_is_over`].
pub async fn at_one_moment<T>(work: impl Future<Output = T>) -> T {
    HELD.scope(RefCell::new(None), work).await
}

/// What the current work reads from now on is of a later moment.
pub fn moment_is_over() {
    let _ = HELD.try_with(|held| held.take());
}

/// See the module. Clones are the same ones.
#[derive(Clone)]
pub(super) struct Readers(Arc<Inner>);

struct Inner {
    path: PathBuf,
    idle: Mutex<Idle>,
}

struct Idle {
    conns: Vec<Connection>,
    is_closed: bool,
}

/// One of them, while it is used.
struct Reader {
    /// `None` once it is given back.
    conn: Option<Connection>,
    /// Within a transaction.
    is_held: bool,
    readers: Readers,
}

impl Readers {
    pub(super) fn new(path: &Path) -> Self {
        let idle = Mutex::new(Idle { conns: Vec::new(), is_closed: false });
        Self(Arc::new(Inner { path: path.to_owned(), idle }))
    }

    /// Runs a read on the calling thread.
    pub(super) fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let is_ours = |reader: &mut Reader| Arc::ptr_eq(&reader.readers.0, &self.0);
        let mut reader = match HELD.try_with(|held| held.borrow_mut().take_if(is_ours)) {
            Ok(Some(reader)) => reader,
            Ok(None) => self.reader(true)?,
            Err(_) => self.reader(false)?,
        };
        let answer = read(reader.conn.as_ref().ok_or_else(closed)?);
        if matches!(answer, Err(Error::Unavailable(_))) {
            // One that met with an I/O error is not used again.
            reader.conn = None;
        } else if reader.is_held {
            let _ = HELD.try_with(|held| held.replace(Some(reader)));
        }
        answer
    }

    /// Closes those that are idle now, and the others as they come back.
    pub(super) fn close(&self) {
        let mut idle = self.idle();
        idle.is_closed = true;
        idle.conns.clear();
    }

    fn reader(&self, is_held: bool) -> Result<Reader> {
        let idle = {
            let mut idle = self.idle();
            if idle.is_closed {
                return Err(closed());
            }
            idle.conns.pop()
        };
        let conn = match idle {
            Some(conn) => conn,
            None => {
                let conn = connect(&self.0.path)?;
                conn.pragma_update(None, "query_only", true).map_err(error::from)?;
                conn
            }
        };
        if is_held {
            execute(&conn, "BEGIN").map_err(error::from)?;
        }
        Ok(Reader { conn: Some(conn), is_held, readers: self.clone() })
    }

    fn idle(&self) -> MutexGuard<'_, Idle> {
        // Nothing that panics is done while it is held.
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let Some(conn) = self.conn.take() else { return };
        if self.is_held && execute(&conn, "COMMIT").is_err() {
            return;
        }
        let mut idle = self.readers.idle();
        if !idle.is_closed {
            idle.conns.push(conn);
        }
    }
}
