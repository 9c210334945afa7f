//! What a fault is played on: a kost with people in it, set up through the
//! program's own forms, on a data folder and a mail server to throw away.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::browser::Browser;
use crate::database::{self, Database, one};
use crate::ledger::Ledger;
use crate::program::{Program, Recipe};
use crate::sink::Sink;

const PASSWORD: &str = "kursi biru hujan";

/// How people are called, what they are, and whether they have an address.
const PEOPLE: [(&str, &str, bool); 16] = [
    ("budi", "manager", true),
    ("cahya", "caretaker", true),
    ("dewi", "caretaker", false),
    ("eka", "resident", true),
    ("fajar", "resident", true),
    ("gita", "resident", true),
    ("hadi", "resident", true),
    ("indah", "resident", true),
    ("joko", "resident", true),
    ("kartika", "resident", true),
    ("lestari", "resident", true),
    ("maya", "resident", true),
    ("nanda", "resident", true),
    ("oki", "resident", true),
    ("putri", "resident", true),
    ("rani", "resident", false),
];

/// Somebody who uses the program.
#[derive(Debug)]
pub struct Person {
    pub id: i64,
    pub username: &'static str,
    pub is_staff: bool,
    /// Where they live.
    pub room: i64,
    pub browser: Browser,
}

/// Everything that one fault needs.
pub struct Scene {
    /// Stays after the scene, until [`Scene::forget`].
    folder: Mutex<TempDir>,
    pub recipe: Recipe,
    pub sink: Sink,
    pub slug: String,
    pub people: Vec<Person>,
    pub ledger: Ledger,
}

impl Scene {
    /// Sets a kost up, and leaves the program running.
    ///
    /// # Errors
    /// When the program does not do what it is asked.
    pub fn set_up(binary: &Path) -> Result<(Scene, Program)> {
        let folder = tempfile::Builder::new().prefix("kostticket-torture-").tempdir()?;
        let data = folder.path().join("data");
        Scene::set_up_in(binary, folder, data)
    }

    /// The same on a data folder elsewhere.
    ///
    /// # Errors
    /// When the program does not do what it is asked.
    pub fn set_up_in(binary: &Path, folder: TempDir, data: PathBuf) -> Result<(Scene, Program)> {
        let sink = Sink::start()?;
        let recipe = Recipe {
            binary: binary.to_owned(),
            data,
            address: free_port()?,
            front: None,
            database_url: None,
            smtp_url: sink.url(),
            log: folder.path().join("log"),
            around: Vec::new(),
        };
        Scene::set_up_by(recipe, sink, folder)
    }

    /// The same by a recipe.
    ///
    /// # Errors
    /// When the program does not do what it is asked.
    pub fn set_up_by(recipe: Recipe, sink: Sink, mut folder: TempDir) -> Result<(Scene, Program)> {
        folder.disable_cleanup(true);
        let mut program = recipe.start("serve")?;
        let (slug, people, ledger) = (String::new(), Vec::new(), Ledger::default());
        let folder = Mutex::new(folder);
        let mut scene = Scene { folder, recipe, sink, slug, people, ledger };
        let browser = Browser::new(&scene.recipe.base());
        within(Duration::from_secs(60), || browser.get("/readyz").map(drop))?;
        let owner = scene.found(&mut program)?;
        scene.register_all(&owner)?;
        scene.verify_all()?;
        scene.log_in_all()?;
        Ok((scene, program))
    }

    /// Reads what is on the disk, beside the program.
    ///
    /// # Errors
    /// When there is no database.
    pub fn database(&self) -> Result<Database> {
        match &self.recipe.database_url {
            Some(url) => Database::at(url),
            None => Database::in_folder(&self.recipe.data),
        }
    }

    /// The same, to be looked at as a whole.
    ///
    /// # Errors
    /// When there is none, or somebody works on it who is in the way of a copy.
    pub fn books(&self) -> Result<Connection> {
        let Recipe { binary, data, database_url, .. } = &self.recipe;
        match database_url {
            Some(url) => database::copied(binary, url, &database::next_copy(data)),
            None => database::read_only(&data.join("kostticket.db")),
        }
    }

    /// How many milliseconds two transactions may go on side by side: SQLite has one writer.
    pub fn overlap(&self) -> i64 {
        if self.recipe.database_url.is_some() { 5000 } else { 1 }
    }

    /// What the program has said.
    ///
    /// # Errors
    /// When that cannot be read.
    pub fn log(&self) -> Result<String> {
        Ok(String::from_utf8_lossy(&std::fs::read(&self.recipe.log)?).into_owned())
    }

    /// Nothing was wrong: nobody has to look at what is left.
    pub fn forget(&self) {
        let mut folder = self.folder.lock().unwrap_or_else(PoisonError::into_inner);
        folder.disable_cleanup(false);
    }

    /// The owner and the first kost, through the link that the console shows.
    fn found(&mut self, program: &mut Program) -> Result<Browser> {
        let url = program.says("/setup?token=")?;
        let (_, token) = url.split_once("token=").context("a token")?;
        let mut owner = Browser::new(&self.recipe.base());
        let fields = [
            ("token", token),
            ("username", "ani"),
            ("name", "Ani"),
            ("email", "ani@kost.example"),
            ("password", PASSWORD),
            ("password_again", PASSWORD),
            ("kost_name", "Kost Melati"),
            ("timezone", "Asia/Jakarta"),
            ("rooms", "16"),
        ];
        let answer = owner.post("/setup", &fields)?;
        ensure!(answer.status == 303, "the set-up is refused: {}", answer.status);
        owner.keep_session(&answer)?;
        self.slug = one(&self.database()?, "SELECT slug FROM kost")?;
        self.add_person("ani", true, self.room(0)?)?;
        Ok(owner)
    }

    fn register_all(&mut self, owner: &Browser) -> Result<()> {
        let code: String = one(&self.database()?, "SELECT invite_code FROM kost")?;
        for (place, (username, role, has_address)) in PEOPLE.into_iter().enumerate() {
            let room = self.room(place)?;
            let email = format!("{username}@kost.example");
            let fields = [
                ("username", username),
                ("name", username),
                ("email", if has_address { &email } else { "" }),
                ("password", PASSWORD),
                ("password_again", PASSWORD),
                ("invite", &code),
                ("location", &room.to_string()),
            ];
            let answer = Browser::new(&self.recipe.base()).post("/register", &fields)?;
            ensure!(answer.status == 303, "{username} cannot register: {}", answer.status);
            let is_staff = role != "resident";
            let id = self.add_person(username, is_staff, room)?;
            if is_staff {
                let path = format!("/k/{}/members/{id}", self.slug);
                let answer = owner.post(&path, &[("role", role)])?;
                ensure!(answer.status == 303, "{username} is made no {role}: {}", answer.status);
            }
        }
        Ok(())
    }

    fn room(&self, place: usize) -> Result<i64> {
        let rooms = "SELECT id FROM location WHERE kind = 'room' ORDER BY id LIMIT 1 OFFSET";
        one(&self.database()?, &format!("{rooms} {place}"))
    }

    fn add_person(&mut self, username: &'static str, is_staff: bool, room: i64) -> Result<i64> {
        let account = format!("SELECT id FROM account WHERE username = '{username}'");
        let id = one(&self.database()?, &account)?;
        let browser = Browser::new(&self.recipe.base());
        self.people.push(Person { id, username, is_staff, room, browser });
        Ok(id)
    }

    /// Opens the link that came to each address.
    fn verify_all(&self) -> Result<()> {
        let addresses = PEOPLE.iter().filter(|(_, _, has_address)| *has_address);
        for username in addresses.map(|(username, ..)| *username).chain(["ani"]) {
            let address = format!("{username}@kost.example");
            let link = within(Duration::from_secs(30), || self.sink.link_for(&address))?;
            let answer = Browser::new(&self.recipe.base()).post(&link, &[])?;
            ensure!(answer.status == 303, "{address} is not verified: {}", answer.status);
        }
        Ok(())
    }

    /// The manager has no use for mails about comments.
    fn log_in_all(&mut self) -> Result<()> {
        for person in &mut self.people {
            person.browser.log_in(person.username, PASSWORD)?;
            if person.username == "budi" {
                let on = ["opened", "assigned", "status", "note", "confirmed"];
                let answer = person
                    .browser
                    .post("/account/notifications", &on.map(|kind| (kind, "true")))?;
                ensure!(answer.status == 303, "mails stay on: {}", answer.status);
            }
        }
        Ok(())
    }
}

/// A port that nobody has just now.
///
/// # Errors
/// When there is none.
pub fn free_port() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// Tries until it works, for so long at most.
///
/// # Errors
/// The last one.
pub fn within<T>(time: Duration, mut attempt: impl FnMut() -> Result<T>) -> Result<T> {
    let since = Instant::now();
    loop {
        match attempt() {
            Err(_) if since.elapsed() < time => std::thread::sleep(Duration::from_millis(10)),
            outcome => return outcome,
        }
    }
}
