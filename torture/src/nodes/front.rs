//! What stands before several nodes: a small load balancer, as an operator would
//! have one. It asks each node whether it is ready, and sends connections to
//! those that are.

use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use ureq::Agent;

/// How often a node is asked, and how long it may think.
const ASK_EVERY: Duration = Duration::from_millis(250);
const ANSWER_WITHIN: Duration = Duration::from_secs(1);
/// How long a node may take to accept a connection.
const ACCEPT_WITHIN: Duration = Duration::from_millis(250);

/// A port that leads to whichever node is ready.
pub struct Front {
    pub address: SocketAddr,
}

struct Node {
    address: SocketAddr,
    is_ready: AtomicBool,
    /// What goes through it now; ended when it is ready no more.
    open: Mutex<Vec<TcpStream>>,
}

impl Front {
    /// # Errors
    /// When no port is to be had.
    pub fn start(nodes: &[SocketAddr]) -> Result<Front> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let front = Front { address: listener.local_addr()? };
        let node = |address: &SocketAddr| {
            Arc::new(Node { address: *address, is_ready: false.into(), open: Mutex::default() })
        };
        let nodes: Arc<[_]> = nodes.iter().map(node).collect();
        for node in nodes.iter().map(Arc::clone) {
            std::thread::spawn(move || node.watch());
        }
        std::thread::spawn(move || {
            let turn = Arc::new(AtomicUsize::new(0));
            for client in listener.incoming().flatten() {
                let (nodes, turn) = (Arc::clone(&nodes), Arc::clone(&turn));
                std::thread::spawn(move || lead(client, &nodes, &turn));
            }
        });
        Ok(front)
    }
}

impl Node {
    /// Asks it for ever.
    fn watch(&self) {
        let agent: Agent =
            Agent::config_builder().proxy(None).timeout_global(Some(ANSWER_WITHIN)).build().into();
        loop {
            let is_ready = agent.get(format!("http://{}/readyz", self.address)).call().is_ok();
            if self.is_ready.swap(is_ready, Ordering::Relaxed) && !is_ready {
                for stream in self.open().drain(..) {
                    let _ = stream.shutdown(Shutdown::Both);
                }
            }
            std::thread::sleep(ASK_EVERY);
        }
    }

    fn open(&self) -> std::sync::MutexGuard<'_, Vec<TcpStream>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// To the next node that is ready; hangs up when there is none.
fn lead(client: TcpStream, nodes: &[Arc<Node>], turn: &AtomicUsize) -> Option<()> {
    let first = turn.fetch_add(1, Ordering::Relaxed);
    let (node, stream) = (0..nodes.len())
        .map(|step| &nodes[(first + step) % nodes.len()])
        .filter(|node| node.is_ready.load(Ordering::Relaxed))
        .find_map(|node| {
            Some((node, TcpStream::connect_timeout(&node.address, ACCEPT_WITHIN).ok()?))
        })?;
    node.open().push(client.try_clone().ok()?);
    let (mut from, mut to) = (client.try_clone().ok()?, stream.try_clone().ok()?);
    let there = std::thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Both);
    });
    let (mut from, mut to) = (stream, client);
    let _ = std::io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Both);
    there.join().ok()
}
