//! Where copies come from and go to, and what can be looked at there.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::sync::Once;

use db::{Clock, Db, Value, query};
use kostticket::copy::{Journey, copy};
use kostticket::kosts::Role;
use kostticket::migrations;
use tempfile::TempDir;

use crate::support::{Kost, Person, TestApp, postgres_url};
use crate::tickets::pictures;

/// An installation on SQLite in which there is something of everything.
pub struct Source {
    pub app: TestApp,
    pub kost: Kost,
    /// Of a resident with two reports.
    pub cookie: String,
}

impl Source {
    pub async fn new() -> Source {
        let app = TestApp::on_sqlite().await;
        let kost = app.kost("Kost Melati").await;
        let rani = app.member("rani", &kost, Role::Resident).await;
        let budi = app.member("budi", &kost, Role::Manager).await;
        app.member("joko", &kost, Role::Caretaker).await;
        rani.report(&kost, "Keran bocor", "01").await;
        comment_with_photo(&rani, &kost.path("/tickets/1/comments")).await;
        rani.report(&kost, "Lampu “kamar” mati", "01").await;
        app.run_tasks().await;
        budi.post(&kost.path("/tickets/2/comments"), &[("body", "Besok pagi.")]).await;
        let cookie = rani.cookie.clone();
        Source { app, kost, cookie }
    }

    pub fn url(&self) -> &str {
        &self.app.app.config.database_url
    }

    pub async fn copy_to(&self, url: &str) -> anyhow::Result<()> {
        self.copy(self.url(), url).await
    }

    pub async fn copy(&self, from: &str, to: &str) -> anyhow::Result<()> {
        let journey =
            Journey { from: Some(from.to_owned()), to: Some(to.to_owned()), photos_from: None };
        copy(&self.app.app.config, self.app.clock.clone(), journey).await
    }
}

async fn comment_with_photo(person: &Person<'_>, path: &str) {
    let photo = pictures::jpeg();
    let call = person.request("POST", path);
    call.multipart(&[("body", "Ini fotonya.")], &[("photos", "a.jpg", &photo)])
        .send()
        .await
        .location();
}

/// Where to copy to: a file, and a schema if there is a server.
pub struct Targets {
    folder: TempDir,
}

impl Targets {
    pub fn new() -> Targets {
        Targets { folder: tempfile::tempdir().unwrap() }
    }

    pub fn sqlite(&self, name: &str) -> String {
        format!("sqlite:{}", self.folder.path().join(name).join("kost.db").display())
    }

    pub fn all(&self) -> Vec<String> {
        [Some(self.sqlite("new")), postgres()].into_iter().flatten().collect()
    }
}

pub fn postgres() -> Option<String> {
    static SAID: Once = Once::new();
    let url = postgres_url();
    if url.is_none() {
        // Not eprintln!, which would stay hidden when the test passes.
        SAID.call_once(|| {
            let said = "\nTEST_DATABASE_URL is not set: nothing was copied to PostgreSQL.\n";
            let _ = std::io::stderr().write_all(said.as_bytes());
        });
    }
    url
}

pub fn open(url: &str) -> Db {
    Db::open(url, Clock::system()).unwrap()
}

/// A database with the program's tables and nothing in them.
pub async fn empty(url: &str) -> Db {
    let path = url.strip_prefix("sqlite:").map(Path::new);
    if let Some(folder) = path.and_then(Path::parent) {
        std::fs::create_dir_all(folder).unwrap();
    }
    let db = open(url);
    db.migrate(&migrations::all()).await.unwrap();
    db
}

/// All rows of all tables as text, JSON with its keys in order and without blanks.
pub async fn everything(url: &str) -> BTreeMap<String, Vec<String>> {
    let db = open(url);
    let mut tx = db.begin().await.unwrap();
    let mut all = BTreeMap::new();
    for table in tx.tables().await.unwrap() {
        if table.name == "migration" {
            continue;
        }
        let rows = query(format!("SELECT * FROM {}", table.name));
        let rows: Vec<Vec<Value>> = rows.all(&mut tx).await.unwrap();
        let mut rows: Vec<_> =
            rows.into_iter().map(|row| row.iter().map(as_text).collect()).collect();
        rows.sort();
        all.insert(table.name, rows);
    }
    all
}

fn as_text(value: &Value) -> String {
    match value {
        Value::Bool(value) => format!("{:?} ", Value::Int((*value).into())),
        Value::Text(text) if text.starts_with('{') => {
            let json: BTreeMap<String, serde_json::Value> = serde_json::from_str(text).unwrap();
            format!("{json:?} ")
        }
        value => format!("{value:?} "),
    }
}

pub async fn is_empty(url: &str) -> bool {
    everything(url).await.values().all(Vec::is_empty)
}

/// Runs statements, of which there are other ones for each database.
pub async fn run(db: &Db, sqlite: &[&str], postgres: &[&str]) {
    let mut tx = db.begin().await.unwrap();
    for statement in db.dialect().pick(sqlite, postgres) {
        query(*statement).run(&mut tx).await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// Lets something happen with each row that is inserted.
pub async fn at_insert(db: &Db, table: &str, sqlite: &str, postgres: &str) {
    let sqlite = format!("CREATE TRIGGER odd AFTER INSERT ON {table} BEGIN {sqlite}; END");
    let function = format!(
        "CREATE FUNCTION odd() RETURNS TRIGGER LANGUAGE plpgsql AS
         $$ BEGIN {postgres}; RETURN NEW; END $$"
    );
    let trigger =
        format!("CREATE TRIGGER odd BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION odd()");
    run(db, &[&sqlite], &[&function, &trigger]).await;
}

pub async fn as_usual(db: &Db) {
    run(db, &["DROP TRIGGER odd"], &["DROP FUNCTION odd() CASCADE"]).await;
}
