//! Something that is measured: a running program that answers under an address.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, ensure};

use crate::http;
use crate::process::Process;
use crate::seed::STAFF;
use crate::stage::USUAL;

/// Where residents find their own reports.
pub const OWN: &str = "/tickets";

/// A server and all that it needs.
#[derive(Debug)]
pub struct Contestant {
    pub who: &'static str,
    /// `http://127.0.0.1:PORT`
    pub base: String,
    /// Somebody who is logged in and may see the pages.
    pub cookie: String,
    /// The resident who reads [`OWN`], if it has that page.
    pub resident: Option<String>,
    /// The pages that it has of those that are measured: name and path.
    pub pages: Vec<(&'static str, String)>,
    /// New tickets; see [`crate::load::Forms`].
    pub forms: Option<PathBuf>,
    /// Those who are logged in, if it has all that they do.
    pub people: Option<People>,
    pub processes: Vec<Process>,
    /// Processes that it needs and that run anyway, such as a database server.
    pub beside: Vec<u32>,
    /// From its start to its first answer.
    pub started_in: Duration,
}

/// Everybody of an installation, in the order of their kosts: owner, manager, two
/// caretakers, residents.
#[derive(Debug, Clone)]
pub struct People {
    /// Accounts before those of the first kost.
    pub before: u32,
    /// The `Cookie` of an account.
    pub cookie: fn(u32) -> String,
    /// For [`crate::load::write_forms`]: someone tries a wrong password with this name, from
    /// an address of their own for each number.
    pub attempt: fn(u32, &str) -> [String; 4],
    /// The status that answers it, once the password was hashed.
    pub refusal: &'static str,
    /// What a form needs besides its cookie.
    pub header: (&'static str, &'static str),
    /// `ws://127.0.0.1:PORT/live`
    pub live: String,
}

impl People {
    /// The session of somebody of a kost (both from 1) of the usual installation.
    pub fn cookie_of(&self, kost: u32, place: u32) -> String {
        (self.cookie)(self.before + (kost - 1) * (USUAL.residents + STAFF) + place)
    }

    /// The headers of a form that somebody with this session sends.
    pub fn form_headers<'a>(&self, cookie: &'a str) -> [(&'static str, &'a str); 3] {
        [("cookie", cookie), ("content-type", http::FORM), self.header]
    }
}

impl Contestant {
    /// All of its processes whose parents are not its own.
    pub fn roots(&self) -> Vec<u32> {
        self.processes.iter().map(Process::id).chain(self.beside.iter().copied()).collect()
    }

    /// The path of one of the pages, if it has it.
    pub fn page(&self, name: &str) -> Option<&str> {
        self.pages.iter().find(|(page, _)| *page == name).map(|(_, path)| path.as_str())
    }

    /// The session of whoever reads this page.
    pub fn cookie_for(&self, path: &str) -> &str {
        self.resident.as_deref().filter(|_| path == OWN).unwrap_or(&self.cookie)
    }

    /// How many bytes a page has.
    ///
    /// # Errors
    /// When it is not there.
    pub fn size_of(&self, path: &str) -> Result<usize> {
        let (status, body) =
            http::get(&http::agent(), &format!("{}{path}", self.base), self.cookie_for(path))?;
        ensure!(status == 200, "{} answers {status} for {path}", self.who);
        Ok(body.len())
    }
}
