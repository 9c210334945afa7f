//! What lies in the log of writes is brought into the database beside those who
//! write, by a thread of its own: it takes milliseconds, for which somebody would
//! wait after every few dozen commits.

use std::sync::mpsc;

use rusqlite::Connection;

use super::error;
use super::readers::Readers;
use crate::{Error, Result};

/// So many pages are worth it.
const WORTH: i64 = 1000;

/// So many pages of the log (64 MB) are enough: while one write follows the other it is
/// never used from its beginning again, unless nobody writes meanwhile.
const ENOUGH: i64 = 16_384;

/// The thread; it ends with this.
pub(super) struct Checkpoints(mpsc::SyncSender<()>);

impl Checkpoints {
    pub(super) fn start(readers: Readers) -> Result<Self> {
        let (due, dues) = mpsc::sync_channel(1);
        let work = move || {
            while dues.recv().is_ok() {
                // Closed, or the disk is full: it is tried again after the next commits.
                if let Err(error) = readers.read(|conn| checkpoint(conn, "PASSIVE")) {
                    tracing::debug!(%error, "no checkpoint");
                }
            }
        };
        std::thread::Builder::new()
            .name("sqlite-log".to_owned())
            .spawn(work)
            .map_err(Error::other)?;
        Ok(Self(due))
    }

    /// To be said after each commit, while nobody else can write.
    pub(super) fn after_commit(&self, writer: &Connection) -> Result<()> {
        let (log, done) = checkpoint(writer, "NOOP")?;
        if log >= ENOUGH {
            checkpoint(writer, "PASSIVE")?;
        } else if log - done >= WORTH {
            // One that is under way, and one after it, are enough.
            let _ = self.0.try_send(());
        }
        Ok(())
    }
}

/// How many pages the log has, and how many of them are in the database.
fn checkpoint(conn: &Connection, mode: &str) -> Result<(i64, i64)> {
    let mut statement =
        conn.prepare_cached(&format!("PRAGMA wal_checkpoint({mode})")).map_err(error::from)?;
    statement.query_row([], |row| Ok((row.get(1)?, row.get(2)?))).map_err(error::from)
}
