//! Whether the database's file still lies where it was opened. SQLite goes on
//! with one that was deleted or moved away, and what it writes then is lost.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// A file, and where it has to be.
#[derive(Debug, Clone)]
pub(super) struct Site {
    path: PathBuf,
    /// Device and inode.
    file: (u64, u64),
}

impl Site {
    /// Of a database that was just opened.
    pub(super) fn of(path: &Path) -> Result<Self> {
        let file = identity(path).ok_or_else(|| gone(path))?;
        Ok(Self { path: path.to_owned(), file })
    }

    /// A look at the folder's entry: a microsecond.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when something else lies there, or nothing.
    pub(super) fn check(&self) -> Result<()> {
        let is_there = identity(&self.path) == Some(self.file);
        if is_there { Ok(()) } else { Err(gone(&self.path)) }
    }

    /// Whether both are one file, by whatever path.
    pub(super) fn is_same_as(&self, other: &Self) -> bool {
        self.file == other.file
    }
}

fn identity(path: &Path) -> Option<(u64, u64)> {
    std::fs::metadata(path).ok().map(|about| (about.dev(), about.ino()))
}

fn gone(path: &Path) -> Error {
    Error::Unavailable(format!(
        "{} was moved away, deleted or replaced; put it back, or restart the program",
        path.display()
    ))
}
