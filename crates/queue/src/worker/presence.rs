//! Which processes of this machine are alive: each holds a lock on a file that
//! the kernel lets go when the process ends, however it ends. A lease takes its
//! time to run out; this tells at once.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::store::Worker;

/// The sign of life of one worker, for as long as it is kept.
#[derive(Debug)]
pub(super) struct Presence {
    path: PathBuf,
    /// Locked.
    _file: File,
}

impl Presence {
    /// Shows in `folder` that `worker` is alive.
    pub(super) fn show(folder: &Path, worker: &Worker) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        // Its start tells it from a worker of the same number in another database.
        let name = format!("{}-{}", worker.id, worker.started_at.as_millisecond());
        let path = folder.join(&name);
        // Locked before it can be found: nobody may judge it in between.
        let hidden = folder.join(format!(".{name}"));
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&hidden)?;
        file.try_lock()?;
        fs::rename(&hidden, &path)?;
        Ok(Self { path, _file: file })
    }

    /// The worker leaves nothing behind that others had to see to.
    pub(super) fn end(&self) {
        // Should it stay, the next process finds that nothing hangs on it.
        let _ = fs::remove_file(&self.path);
    }
}

/// A worker that died.
#[derive(Debug)]
pub(super) struct Gone {
    pub(super) worker: i64,
    pub(super) started_at: Timestamp,
    sign: Presence,
}

impl Gone {
    /// Its jobs are taken care of.
    pub(super) fn forget(&self) {
        self.sign.end();
    }
}

/// Those who showed themselves in `folder` and live no more. Of whoever cannot
/// be told for certain, the lease decides.
pub(super) fn gone(folder: &Path) -> Vec<Gone> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    files.filter_map(|file| judge(&file.path())).collect()
}

fn judge(path: &Path) -> Option<Gone> {
    let (worker, start) = path.file_name()?.to_str()?.split_once('-')?;
    let worker = worker.parse().ok()?;
    let started_at = Timestamp::from_millisecond(start.parse().ok()?).ok()?;
    let file = OpenOptions::new().write(true).open(path).ok()?;
    file.try_lock().ok()?;
    Some(Gone { worker, started_at, sign: Presence { path: path.to_owned(), _file: file } })
}
