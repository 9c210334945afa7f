//! What all cases share: folders, the database server, the installations made so
//! far, and the figures.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use xtask::command::run;
use xtask::postgres::{self, Server};

use crate::machine;
use crate::options::Options;
use crate::results::Results;
use crate::seed::{Installation, Shape};
use crate::tools;

/// The installation on which most is measured: five thousand reports in the kosts
/// of twenty thousand residents, so that nobody who reports meets the limit on
/// reports of one person.
pub const USUAL: Shape = Shape { tickets: 5_000, kosts: 400, residents: 50 };

/// See the module.
pub struct Stage {
    pub options: Options,
    pub results: Results,
    /// All that is made for a run.
    pub folder: PathBuf,
    /// Built programs.
    programs: PathBuf,
    postgres: Option<Server>,
    installations: Vec<(Installation, Option<String>)>,
    runs: u32,
    /// What was filled with data in this run.
    filled: Vec<(&'static str, Shape)>,
    /// Held for as long as this run lasts.
    _lock: File,
}

impl Stage {
    /// # Errors
    /// When what every case needs is not there and cannot be installed.
    pub fn new(options: Options) -> Result<Stage> {
        let target = std::env::current_exe()?.canonicalize()?;
        let programs = target.parent().context("target/release")?.to_owned();
        let folder = programs.parent().context("target")?.join("bench");
        std::fs::create_dir_all(&folder)?;
        machine::refuse_memory(&folder)?;
        // There PostgreSQL's files lie.
        machine::refuse_memory(&std::env::temp_dir())?;
        tools::install_load_client()?;
        let (results, installations) = (Results::default(), Vec::new());
        let (runs, filled) = (0, Vec::new());
        let lock = File::create(folder.join("lock"))?;
        ensure!(lock.try_lock().is_ok(), "another run measures in {}", folder.display());
        Ok(Stage {
            options,
            results,
            folder,
            programs,
            postgres: None,
            installations,
            runs,
            filled,
            _lock: lock,
        })
    }

    /// What was written into is made anew when it is asked for next, where there is time for it.
    pub fn make_anew(&mut self) {
        if self.options.quick {
            return;
        }
        self.installations.retain(|(made, _)| made.shape != USUAL);
        self.filled.retain(|(_, shape)| *shape != USUAL);
    }

    /// One of our programs.
    pub fn program(&self, name: &str) -> PathBuf {
        self.programs.join(name)
    }

    /// Where what a process says is written.
    pub fn log(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{}.log", name.replace([' ', ','], "-")))
    }

    /// A word that no other run of a load has.
    pub fn next_run(&mut self) -> String {
        self.runs += 1;
        format!("{}-{}-", std::process::id(), self.runs)
    }

    /// The PostgreSQL server of this run, as it comes: with every commit flushed.
    ///
    /// # Errors
    /// When it cannot be had.
    pub fn postgres(&mut self) -> Result<&Server> {
        if self.postgres.is_none() {
            tools::install_postgres()?;
            self.postgres = Some(postgres::start_with(&["shared_buffers=512MB"])?);
        }
        self.postgres.as_ref().context("it was started")
    }

    /// An installation of this shape, made once; with `on_postgres` the URL of its copy there.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn installation(
        &mut self,
        shape: Shape,
        on_postgres: bool,
    ) -> Result<(Installation, Option<String>)> {
        let place = match self.installations.iter().position(|(made, _)| made.shape == shape) {
            Some(place) => place,
            None => {
                let data = self
                    .folder
                    .join(format!("data-{}", shape.tickets))
                    .join(shape.kosts.to_string());
                println!("   seeding {} tickets in {} kosts", shape.tickets, shape.kosts);
                let made = Installation::make(&self.program("kostticket"), data, shape)?;
                self.installations.push((made, None));
                self.installations.len() - 1
            }
        };
        if on_postgres && self.installations[place].1.is_none() {
            let made = self.installations[place].0.clone();
            self.installations[place].1 = Some(self.copy(&made)?);
        }
        let (made, url) = &self.installations[place];
        Ok((made.clone(), url.clone().filter(|_| on_postgres)))
    }

    /// By the program's own way from one database into the other.
    fn copy(&mut self, made: &Installation) -> Result<String> {
        println!("   copying it to PostgreSQL");
        let Shape { tickets, kosts, .. } = made.shape;
        let binary = self.program("kostticket");
        let server = self.postgres()?.url();
        let schema = format!("bench_{tickets}_{kosts}");
        let url = format!("{server}&schema={schema}");
        let programs = postgres::programs()?;
        let psql = |statement: &str| {
            let mut psql = Command::new(programs.join("psql"));
            psql.env("PGOPTIONS", "--client-min-messages=warning");
            run(psql.args(["--quiet", "--command", statement, &server]))
        };
        psql(&format!("DROP SCHEMA IF EXISTS {schema} CASCADE"))?;
        let copied = Command::new(binary)
            .args(["copy", "--from", &format!("sqlite:{}", made.file().display()), "--to", &url])
            .env_remove("DATABASE_URL")
            .output()?;
        ensure!(copied.status.success(), "copy: {}", String::from_utf8_lossy(&copied.stderr));
        psql("VACUUM ANALYZE")?;
        Ok(url)
    }

    /// The folder of a peer's data; it is filled when it is asked for first.
    ///
    /// # Errors
    /// When it cannot be filled.
    pub fn filled_folder(
        &mut self,
        name: &'static str,
        shape: Shape,
        fill: impl FnOnce(&Path) -> Result<()>,
    ) -> Result<PathBuf> {
        let folder = self.folder_of(name, shape);
        if !self.filled.contains(&(name, shape)) {
            println!("   seeding {} tickets in {} kosts for {name}", shape.tickets, shape.kosts);
            fill(&emptied(folder.clone())?)?;
            self.filled.push((name, shape));
        }
        Ok(folder)
    }

    /// Where a peer has its data of this shape.
    pub fn folder_of(&self, name: &str, shape: Shape) -> PathBuf {
        self.folder.join(format!("{name}-{}-{}", shape.tickets, shape.kosts))
    }

    /// A folder below that of the run, empty.
    ///
    /// # Errors
    /// When it cannot be emptied.
    pub fn empty_folder(&self, name: &str) -> Result<PathBuf> {
        emptied(self.folder.join(name))
    }
}

fn emptied(folder: PathBuf) -> Result<PathBuf> {
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// `bench/` of the sources.
pub fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
