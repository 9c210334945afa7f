//! The line between a node and its database, which can be cut: nothing comes
//! through any more, and nobody is told. Mended, it carries what waited.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Result;

/// How often a cut line is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// A line from a port of this machine to a server's socket.
pub struct Relay {
    pub address: SocketAddr,
    is_cut: Arc<AtomicBool>,
}

impl Relay {
    /// # Errors
    /// When no port is to be had.
    pub fn start(server: PathBuf) -> Result<Relay> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let relay = Relay { address: listener.local_addr()?, is_cut: Arc::default() };
        let is_cut = Arc::clone(&relay.is_cut);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (server, is_cut) = (server.clone(), Arc::clone(&is_cut));
                std::thread::spawn(move || carry(client, &server, &is_cut));
            }
        });
        Ok(relay)
    }

    pub fn cut(&self) {
        self.is_cut.store(true, Ordering::Relaxed);
    }

    pub fn mend(&self) {
        self.is_cut.store(false, Ordering::Relaxed);
    }
}

/// Both ways, until one side ends.
fn carry(client: TcpStream, server: &PathBuf, is_cut: &Arc<AtomicBool>) -> Option<()> {
    wait(is_cut);
    let server = UnixStream::connect(server).ok()?;
    let (mut from, mut to) = (client.try_clone().ok()?, server.try_clone().ok()?);
    let cut = Arc::clone(is_cut);
    let there = std::thread::spawn(move || {
        pump(&mut from, &mut to, &cut);
        let _ = to.shutdown(Shutdown::Both);
    });
    let (mut from, mut to) = (server, client);
    pump(&mut from, &mut to, is_cut);
    let _ = to.shutdown(Shutdown::Both);
    there.join().ok()
}

fn pump(from: &mut impl Read, to: &mut impl Write, is_cut: &AtomicBool) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        wait(is_cut);
        if to.write_all(&buffer[..length]).is_err() {
            return;
        }
    }
}

fn wait(is_cut: &AtomicBool) {
    while is_cut.load(Ordering::Relaxed) {
        std::thread::sleep(LOOK);
    }
}
