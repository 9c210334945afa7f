//! Where the mails arrive: the scripted SMTP server, and how often it took each message.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use mail::testing::{Behaviour, Received, SmtpServer, Step};
use tokio::runtime::Runtime;

/// The mail server; it can be down.
pub struct Sink {
    runtime: Runtime,
    address: String,
    server: Mutex<Option<SmtpServer>>,
    tally: Mutex<Tally>,
}

/// What was taken so far.
#[derive(Debug, Default, Clone)]
pub struct Tally {
    /// By Message-ID.
    pub mails: HashMap<String, Copies>,
    /// The links with which addresses are verified, by address.
    pub links: HashMap<String, String>,
}

/// How often one message was taken.
#[derive(Debug, Default, Clone)]
pub struct Copies {
    pub to: Vec<String>,
    /// So many of them without a word: the sender has to think that they were lost.
    pub unsaid: usize,
}

impl Sink {
    /// # Errors
    /// When there is no loopback interface to listen on.
    pub fn start() -> Result<Sink> {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let server = runtime.block_on(SmtpServer::start(Behaviour::new()));
        let address = server.address().to_string();
        let (server, tally) = (Mutex::new(Some(server)), Mutex::default());
        Ok(Sink { runtime, address, server, tally })
    }

    /// `smtp://127.0.0.1:port`
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// `smtp://user:password@127.0.0.1:port`
    pub fn url_as(&self, user: &str, password: &str) -> String {
        format!("smtp://{user}:{password}@{}", self.address)
    }

    /// From now on it behaves like this, and is up.
    pub fn now(&self, behaviour: Behaviour) {
        self.count(false);
        self.behave(behaviour);
    }

    /// From now on it takes everything; it had said of nothing that it took it, if `unsaid`.
    pub fn get_well(&self, unsaid: bool) {
        self.count(unsaid);
        self.behave(Behaviour::new());
    }

    fn behave(&self, behaviour: Behaviour) {
        let mut server = lock(&self.server);
        match &*server {
            Some(server) => server.now(behaviour),
            None => {
                let start = SmtpServer::start_at(&self.address, behaviour);
                *server = Some(self.runtime.block_on(start));
            }
        }
    }

    /// Nobody listens any more, and who was connected is cut off.
    pub fn down(&self) {
        let server = lock(&self.server);
        if let Some(server) = &*server {
            server.now(Behaviour::new().hang_up(Step::Greeting));
            server.hang_up();
        }
        drop(server);
        // Somebody may just be hearing that their mail was taken: it counts.
        std::thread::sleep(Duration::from_millis(100));
        self.count(false);
        let _inside = self.runtime.enter();
        drop(lock(&self.server).take());
    }

    /// Counts what was taken since the last time; `unsaid` when it said so to nobody.
    fn count(&self, unsaid: bool) {
        let received = lock(&self.server).as_ref().map(SmtpServer::take_received);
        let mut tally = lock(&self.tally);
        for message in received.into_iter().flatten() {
            tally.add(&message, unsaid);
        }
    }

    /// Everything taken so far.
    pub fn tally(&self) -> Tally {
        self.count(false);
        lock(&self.tally).clone()
    }

    /// The path of the link that was sent to an address.
    ///
    /// # Errors
    /// When none has come.
    pub fn link_for(&self, address: &str) -> Result<String> {
        self.tally().links.remove(address).with_context(|| format!("no link for {address} yet"))
    }
}

impl Tally {
    fn add(&mut self, message: &Received, unsaid: bool) {
        let id = message.content.lines().take_while(|line| !line.is_empty()).find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("message-id").then(|| value.trim())
        });
        let id = id.unwrap_or_default().trim_matches(['<', '>']).to_owned();
        let copies = self.mails.entry(id).or_default();
        copies.to.extend(message.to.iter().cloned());
        copies.unsaid += usize::from(unsaid);
        let whole = message.content.replace("=\r\n", "");
        if let (Some((_, rest)), Some(to)) = (whole.split_once("/verify/"), message.to.first()) {
            let is_token = |char: char| char.is_ascii_alphanumeric() || "-_".contains(char);
            let token: String = rest.chars().take_while(|char| is_token(*char)).collect();
            self.links.insert(to.clone(), format!("/verify/{token}"));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
