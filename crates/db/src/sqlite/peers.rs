//! Notices between processes on one database file, such as `serve` and `work`:
//! a datagram socket beside the file for each that listens. Best effort; whoever
//! may have missed something is told so, and slow polling stands under it all.

use std::io::ErrorKind;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tokio::task::AbortHandle;

use crate::notice::{Notice, Publisher};

/// How long the list of sockets is believed.
const FRESH: Duration = Duration::from_secs(1);

/// Who missed something is told so as often, until they can take it; and who
/// cannot hear tries as often.
pub(super) const AGAIN: Duration = Duration::from_secs(1);

/// More than the longest notice.
const DATAGRAM: usize = 8192;

/// Sockets have names within the process as well: tests open a file twice.
static NEXT: AtomicU32 = AtomicU32::new(0);

/// This process's own socket; the file goes with it.
#[derive(Debug)]
pub(super) struct Ear {
    path: PathBuf,
    listening: AbortHandle,
}

impl Ear {
    /// Hears what others commit from now on. `None`, and a word in the log,
    /// where no socket can be made: the path is too long, or the file system has none.
    pub(super) fn open(database: &Path, publisher: Publisher) -> Option<Ear> {
        let (folder, prefix) = socket_prefix(database)?;
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let path = folder.join(format!("{prefix}{}-{number}", std::process::id()));
            match tokio::net::UnixDatagram::bind(&path) {
                Ok(socket) => {
                    let has_others = sockets(database).into_iter().any(|other| other != path);
                    let listening = tokio::spawn(listen(socket, publisher, has_others));
                    return Some(Ear { path, listening: listening.abort_handle() });
                }
                // A process of the same number in another container.
                Err(error) if error.kind() == ErrorKind::AddrInUse => {}
                Err(error) => {
                    tracing::warn!(%error, "other processes on this database are heard by polling only");
                    return None;
                }
            }
        }
    }

    /// Others stop talking to this process.
    pub(super) fn close(&self) {
        self.listening.abort();
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.close();
    }
}

async fn listen(socket: tokio::net::UnixDatagram, publisher: Publisher, has_others: bool) {
    let known = async {
        if has_others {
            // Until then they may not have known of this socket.
            tokio::time::sleep(FRESH).await;
            publisher.publish_lag();
        }
    };
    tokio::join!(known, hear(&socket, &publisher));
}

async fn hear(socket: &tokio::net::UnixDatagram, publisher: &Publisher) {
    let mut datagram = vec![0; DATAGRAM];
    loop {
        match socket.recv(&mut datagram).await {
            Ok(length) => match read(&datagram[..length]) {
                Some(notice) => publisher.publish(notice),
                None => publisher.publish_lag(),
            },
            Err(error) => {
                tracing::warn!(%error, "cannot hear other processes on this database");
                publisher.publish_lag();
                tokio::time::sleep(AGAIN).await;
            }
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
    /// `None` where there are no sockets.
    known: Option<Known>,
    looked: Option<Instant>,
}

struct Known {
    socket: UnixDatagram,
    peers: Vec<Peer>,
}

struct Peer {
    path: PathBuf,
    /// It could not take a notice, and does not know that yet.
    has_missed: bool,
}

impl Peers {
    pub(super) fn new(database: &Path) -> Peers {
        let socket = UnixDatagram::unbound().and_then(|socket| {
            socket.set_nonblocking(true)?;
            Ok(socket)
        });
        let known = socket.ok().map(|socket| Known { socket, peers: Vec::new() });
        Peers { database: database.to_owned(), known, looked: None }
    }

    /// Tells every other process; never waits for one. Whether one of them missed
    /// something, and is to be told so in a while.
    pub(super) fn tell(&mut self, notices: &[Notice], own: Option<&Ear>) -> bool {
        let Some(known) = &mut self.known else { return false };
        let is_stale = self.looked.is_none_or(|looked| looked.elapsed() > FRESH);
        if is_stale && !notices.is_empty() {
            self.looked = Some(Instant::now());
            known.look(&self.database, own);
        }
        known.tell(notices)
    }
}

impl Known {
    fn look(&mut self, database: &Path, own: Option<&Ear>) {
        let mut sockets = sockets(database);
        sockets.retain(|path| own.is_none_or(|own| own.path != *path));
        self.peers.retain(|peer| sockets.contains(&peer.path));
        for path in sockets {
            if self.peers.iter().all(|peer| peer.path != path) {
                self.peers.push(Peer { path, has_missed: false });
            }
        }
    }

    /// Whether somebody missed something, and does not know that yet.
    fn tell(&mut self, notices: &[Notice]) -> bool {
        let Known { socket, peers, .. } = self;
        peers.retain_mut(|peer| peer.tell(socket, notices));
        peers.iter().any(|peer| peer.has_missed)
    }
}

impl Peer {
    /// Whether it is still there.
    fn tell(&mut self, socket: &UnixDatagram, notices: &[Notice]) -> bool {
        // That it missed something is told by a datagram of nothing, before all else.
        let lag = self.has_missed.then(String::new);
        let notices =
            notices.iter().map(|notice| format!("{}\0{}", notice.channel, notice.payload));
        for datagram in lag.into_iter().chain(notices) {
            match socket.send_to(datagram.as_bytes(), &self.path) {
                Ok(_) if datagram.is_empty() => self.has_missed = false,
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
