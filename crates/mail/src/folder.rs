//! Mail kept in a folder, so that everything can be tried without a mail server.
//!
//! One `.eml` file per message, named by its date and its message id: a message that is
//! delivered twice, with the same of both, is one file. A file is there whole or not at all.

use std::fs;
use std::hash::Hasher;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use mail_parser::{Address, MessageParser};

use crate::{Message, Receipt, SendError};

/// A folder of `.eml` files. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Folder {
    path: Arc<Path>,
}

/// One line of the folder's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredMail {
    /// The file's name, for [`Folder::read`].
    pub name: String,
    /// Who it was for, as `Name <address>`.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// Its `Date` header.
    pub date: Option<Timestamp>,
}

/// A kept message, parsed enough to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredMessage {
    /// What the list shows of it.
    pub mail: StoredMail,
    /// Who it is from, as `Name <address>`.
    pub from: String,
    /// The plain text part.
    pub text: String,
    /// The HTML part. It is what was sent: show it in a sandbox.
    pub html: Option<String>,
    /// The whole file.
    pub raw: Vec<u8>,
}

impl Folder {
    /// The folder at this path, which need not be there yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: Arc::from(path.into()) }
    }

    /// The newest `limit` messages older than the one called `before`, newest first.
    ///
    /// # Errors
    /// `folder` when the folder cannot be read; a folder that is not there yet is empty.
    pub async fn list(
        &self,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Vec<StoredMail>, SendError> {
        let path = Arc::clone(&self.path);
        let before = before.map(str::to_owned);
        off_the_runtime(move || {
            let mut names = names(&path)?;
            names.retain(|name| before.as_ref().is_none_or(|before| name < before));
            names.sort_unstable_by(|a, b| b.cmp(a));
            names.truncate(limit);
            // A file that somebody removes meanwhile is no error.
            Ok(names.iter().filter_map(|name| Some(load(&path, name).ok()??.mail)).collect())
        })
        .await
    }

    /// The message called `name`, `None` if there is none. Any string is safe to pass.
    ///
    /// # Errors
    /// `folder` when the file cannot be read.
    pub async fn read(&self, name: &str) -> Result<Option<StoredMessage>, SendError> {
        if !is_file_name(name) {
            return Ok(None);
        }
        let (path, name) = (Arc::clone(&self.path), name.to_owned());
        off_the_runtime(move || load(&path, &name)).await
    }

    /// Removes the messages dated before `limit`, and says how many.
    ///
    /// # Errors
    /// `folder` when one cannot be removed.
    pub async fn remove_before(&self, limit: Timestamp) -> Result<usize, SendError> {
        let path = Arc::clone(&self.path);
        let limit = stamp(limit);
        off_the_runtime(move || {
            let mut removed = 0;
            for name in names(&path)?.iter().filter(|name| **name < limit) {
                match fs::remove_file(path.join(name)) {
                    Ok(()) => removed += 1,
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(removed)
        })
        .await
    }

    pub(crate) async fn keep(
        &self,
        message: &Message,
        bytes: Vec<u8>,
    ) -> Result<Receipt, SendError> {
        let (path, name) = (Arc::clone(&self.path), file_name(message));
        off_the_runtime(move || {
            write_whole(&path, &name, &bytes)?;
            Ok(Receipt { server_response: name })
        })
        .await
    }
}

async fn off_the_runtime<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, SendError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(SendError::temporary("folder", error)),
        Err(error) => Err(SendError::temporary("folder", error)),
    }
}

/// `20261123T101500Z-9f86d081884c7d65.eml`: sorts by date, stable for one message.
fn file_name(message: &Message) -> String {
    // FNV-1a: stable over releases of Rust, which std's hasher is not.
    struct Fnv(u64);
    impl Hasher for Fnv {
        fn write(&mut self, bytes: &[u8]) {
            for byte in bytes {
                self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
            }
        }
        fn finish(&self) -> u64 {
            self.0
        }
    }
    let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
    hash.write(message.message_id.as_bytes());
    hash.write(b"\n");
    hash.write(message.to.address.as_bytes());
    format!("{}-{:016x}.eml", stamp(message.date), hash.finish())
}

/// What the names of the messages of this moment begin with.
fn stamp(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

fn is_file_name(name: &str) -> bool {
    name.strip_suffix(".eml").is_some_and(|stem| {
        !stem.is_empty() && stem.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    })
}

fn write_whole(path: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    fs::create_dir_all(path)?;
    // Two deliveries of one message at once must not write into each other's part.
    static TURN: AtomicU64 = AtomicU64::new(0);
    let turn = TURN.fetch_add(1, Ordering::Relaxed);
    let part = path.join(format!(".{name}.{}-{turn}.part", std::process::id()));
    let mut file = fs::File::create(&part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&part, path.join(name))?;
    fs::File::open(path)?.sync_all()
}

fn names(path: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut names = Vec::new();
    for entry in entries {
        if let Ok(name) = entry?.file_name().into_string()
            && is_file_name(&name)
        {
            names.push(name);
        }
    }
    Ok(names)
}

fn load(path: &Path, name: &str) -> io::Result<Option<StoredMessage>> {
    let raw = match fs::read(path.join(name)) {
        Ok(raw) => raw,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let Some(parsed) = MessageParser::default().parse(&raw) else {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("{name} is no message")));
    };
    let mail = StoredMail {
        name: name.to_owned(),
        to: people(parsed.to()),
        subject: parsed.subject().unwrap_or_default().to_owned(),
        date: parsed.date().and_then(|date| Timestamp::from_second(date.to_timestamp()).ok()),
    };
    let text = parsed.body_text(0).unwrap_or_default().into_owned();
    // `body_html` makes HTML of a text that has none; only a real part counts.
    let has_html = parsed.html_part(0).is_some_and(|part| part.is_text_html());
    let html = parsed.body_html(0).filter(|_| has_html).map(|html| html.into_owned());
    let from = people(parsed.from());
    drop(parsed);
    Ok(Some(StoredMessage { mail, from, text, html, raw }))
}

fn people(header: Option<&Address<'_>>) -> String {
    let one = |person: &mail_parser::Addr<'_>| match (person.name(), person.address()) {
        (Some(name), Some(address)) => format!("{name} <{address}>"),
        (None, Some(address)) => address.to_owned(),
        (name, None) => name.unwrap_or_default().to_owned(),
    };
    header.map(|list| list.iter().map(one).collect::<Vec<_>>().join(", ")).unwrap_or_default()
}
