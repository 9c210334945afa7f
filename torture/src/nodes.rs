//! Several nodes on one PostgreSQL, behind one address.

mod front;
mod relay;

use std::net::SocketAddr;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use xtask::postgres::Server;

use crate::program::{Program, Recipe};
use crate::scene::{Scene, free_port, within};
use crate::sink::Sink;
use front::Front;
use relay::Relay;

/// How many.
pub const NODES: usize = 3;

/// Everything that stands around the nodes.
pub struct House {
    pub postgres: Server,
    /// Where people look for PostgreSQL: a link to the server that has their data.
    place: PathBuf,
    pub nodes: Vec<Node>,
    _front: Front,
}

/// One node, running or not.
pub struct Node {
    pub line: Relay,
    recipe: Recipe,
    program: Option<Program>,
}

impl House {
    /// Sets a kost up on three nodes, all of which run.
    ///
    /// # Errors
    /// When the program does not do what it is asked.
    pub fn set_up(binary: &Path, postgres: Server) -> Result<(Scene, House)> {
        let addresses = (0..NODES).map(|_| free_port()).collect::<Result<Vec<SocketAddr>>>()?;
        let front = Front::start(&addresses)?;
        let folder = tempfile::Builder::new().prefix("kostticket-torture-").tempdir()?;
        let sink = Sink::start()?;
        let place = folder.path().join("postgres");
        symlink(postgres.folder(), &place)?;
        let common = Recipe {
            binary: binary.to_owned(),
            data: folder.path().join("data"),
            address: addresses[0],
            front: Some(front.address),
            database_url: Some(format!("postgres://postgres@/postgres?host={}", place.display())),
            smtp_url: sink.url(),
            log: folder.path().join("log"),
            around: Vec::new(),
        };
        let node = |address: &SocketAddr| {
            let line = Relay::start(place.join(".s.PGSQL.5432"))?;
            let url = format!("postgres://postgres@{}/postgres", line.address);
            let recipe = Recipe { address: *address, database_url: Some(url), ..common.clone() };
            Ok(Node { line, recipe, program: None })
        };
        let mut nodes = addresses.iter().map(node).collect::<Result<Vec<Node>>>()?;
        // The scene itself reads the database without a line between.
        let (scene, first) = Scene::set_up_by(common, sink, folder)?;
        first.end()?;
        for node in &mut nodes {
            node.start()?;
        }
        Ok((scene, House { postgres, place, nodes, _front: front }))
    }

    /// PostgreSQL is gone for good, and another that followed it takes its place.
    ///
    /// # Errors
    /// When there can be none.
    pub fn fail_over(&mut self, standby: Server) -> Result<()> {
        self.postgres.crash()?;
        standby.promote()?;
        std::fs::remove_file(&self.place)?;
        symlink(standby.folder(), &self.place)?;
        self.postgres = standby;
        Ok(())
    }

    /// All nodes end, as they should.
    ///
    /// # Errors
    /// When one goes on, or ends badly.
    pub fn end(&mut self) -> Result<()> {
        self.nodes.iter_mut().try_for_each(Node::end)
    }

    /// All nodes start.
    ///
    /// # Errors
    /// When one does not answer.
    pub fn start(&mut self) -> Result<()> {
        self.nodes.iter_mut().try_for_each(|node| node.start().map(drop))
    }
}

impl Node {
    /// Starts it, and says how long it took until it answered.
    ///
    /// # Errors
    /// When it does not.
    pub fn start(&mut self) -> Result<Duration> {
        let (program, took) = self.recipe.start_to_answer()?;
        self.program = Some(program);
        Ok(took)
    }

    /// Its process.
    ///
    /// # Errors
    /// When it does not run.
    pub fn program(&self) -> Result<&Program> {
        self.program.as_ref().context("the node does not run")
    }

    /// Waits until it says that it is ready.
    ///
    /// # Errors
    /// When it is not within a minute.
    pub fn wait_until_ready(&self) -> Result<()> {
        within(Duration::from_secs(60), || {
            ensure!(self.recipe.is_ready(), "the node is not ready");
            Ok(())
        })
    }

    /// Kills it.
    ///
    /// # Errors
    /// When it had ended by itself.
    pub fn kill(&mut self) -> Result<()> {
        self.program.take().context("the node does not run")?.kill()
    }

    fn end(&mut self) -> Result<()> {
        self.program.take().map_or(Ok(()), Program::end)
    }
}
