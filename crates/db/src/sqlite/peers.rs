//! Notices between processes on one database file, such as `serve` and `work`:
//! a datagram socket beside the file for each that listens. Best effort; whoever
//! may have missed something is told so, and slow polling stands under it all.

use std::io::ErrorKind;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use crate::notice::{Notice, Publisher};

/// How long the list of sockets is believed.
const FRESH: Duration = Duration::from_secs(1);

/// More than the longest notice.
const DATAGRAM: usize = 8192;

/// Sockets have names within the process as well: tests open a file twice.
static NEXT: AtomicU32 = AtomicU32::new(0);

/// This process's own socket; the file goes with it.
#[derive(Debug)]
pub(super) struct Ear(PathBuf);

impl Ear {
    /// Hears what others commit from now on. `None`, and a word in the log,
    /// where no socket can be made: the path is too long, or the file system has none.
    pub(super) fn open(database: &Path, publisher: Publisher) -> Option<Ear> {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = socket_prefix(database).map(|(folder, prefix)| {
            folder.join(format!("{prefix}{}-{number}", std::process::id()))
        })?;
        sockets(database); // what the killed left behind goes
        match tokio::net::UnixDatagram::bind(&path) {
            Ok(socket) => {
                tokio::spawn(listen(socket, publisher));
                Some(Ear(path))
            }
            Err(error) => {
                tracing::info!(%error, "other processes on this database are heard by polling only");
                None
            }
        }
    }

    /// Others stop talking to this process.
    pub(super) fn close(&self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.close();
    }
}

async fn listen(socket: tokio::net::UnixDatagram, publisher: Publisher) {
    let mut datagram = vec![0; DATAGRAM];
    while let Ok(length) = socket.recv(&mut datagram).await {
        match read(&datagram[..length]) {
            Some(notice) => publisher.publish(notice),
            None => publisher.publish_lag(),
        }
    }
}

fn read(datagram: &[u8]) -> Option<Notice> {
    let (channel, payload) = std::str::from_utf8(datagram).ok()?.split_once('\0')?;
    Some(Notice { channel: channel.to_owned(), payload: payload.to_owned() })
}

/// Where this process tells others what it committed.
pub(super) struct Peers {
    database: PathBuf,
    socket: Option<UnixDatagram>,
    known: Vec<Peer>,
    looked: Option<Instant>,
}

struct Peer {
    path: PathBuf,
    /// It could not take a notice; it is told before the next.
    has_missed: bool,
}

impl Peers {
    pub(super) fn new(database: &Path) -> Peers {
        let socket = UnixDatagram::unbound().and_then(|socket| {
            socket.set_nonblocking(true)?;
            Ok(socket)
        });
        Peers {
            database: database.to_owned(),
            socket: socket.ok(),
            known: Vec::new(),
            looked: None,
        }
    }

    /// Tells every other process; never waits for one.
    pub(super) fn tell(&mut self, notices: &[Notice], own: Option<&Ear>) {
        if notices.is_empty() {
            return;
        }
        if self.looked.is_none_or(|looked| looked.elapsed() > FRESH) {
            self.look(own);
        }
        let Some(socket) = &self.socket else { return };
        self.known.retain_mut(|peer| peer.tell(socket, notices));
    }

    fn look(&mut self, own: Option<&Ear>) {
        self.looked = Some(Instant::now());
        let sockets = sockets(&self.database);
        let sockets: Vec<_> =
            sockets.into_iter().filter(|path| own.is_none_or(|own| own.0 != *path)).collect();
        self.known.retain(|peer| sockets.contains(&peer.path));
        for path in sockets {
            if self.known.iter().all(|peer| peer.path != path) {
                self.known.push(Peer { path, has_missed: false });
            }
        }
    }
}

impl Peer {
    /// Whether it is still there.
    fn tell(&mut self, socket: &UnixDatagram, notices: &[Notice]) -> bool {
        if self.has_missed && socket.send_to(&[], &self.path).is_ok() {
            self.has_missed = false;
        }
        for notice in notices {
            let datagram = format!("{}\0{}", notice.channel, notice.payload);
            match socket.send_to(datagram.as_bytes(), &self.path) {
                Ok(_) => {}
                // It ended, or was killed.
                Err(error)
                    if matches!(
                        error.kind(),
                        ErrorKind::NotFound | ErrorKind::ConnectionRefused
                    ) =>
                {
                    return false;
                }
                Err(_) => self.has_missed = true,
            }
        }
        true
    }
}

/// The database's folder, and how the names of its sockets begin.
fn socket_prefix(database: &Path) -> Option<(&Path, String)> {
    let folder = database.parent().filter(|folder| !folder.as_os_str().is_empty());
    let name = database.file_name()?.to_str()?;
    Some((folder.unwrap_or(Path::new(".")), format!("{name}-notices-")))
}

/// The sockets of all processes on this database; those that nobody listens to
/// any more are removed.
fn sockets(database: &Path) -> Vec<PathBuf> {
    let Some((folder, prefix)) = socket_prefix(database) else { return Vec::new() };
    let found = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut sockets: Vec<PathBuf> = found
        .filter(|file| file.file_name().to_str().is_some_and(|name| name.starts_with(&prefix)))
        .map(|file| file.path())
        .collect();
    sockets.retain(|path| {
        let reached = UnixDatagram::unbound().and_then(|socket| socket.connect(path));
        let is_dead = reached.is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused);
        if is_dead {
            let _ = std::fs::remove_file(path);
        }
        !is_dead
    });
    sockets
}
