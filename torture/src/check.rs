//! After the fault, when all is quiet: the books of those who wrote, the database
//! and the mailboxes are laid side by side.

mod mails;
mod news;
mod rules;
mod writes;

use anyhow::Result;
use rusqlite::{Connection, Row};

use crate::scene::Scene;

/// What does not agree.
#[derive(Debug, Default)]
pub struct Findings {
    /// Acknowledged writes, notifications and mails that are not there.
    pub lost: usize,
    /// Mails that came more than once: the same one, by its Message-ID.
    pub mails_again: usize,
    /// How many different mails came.
    pub mails: usize,
    /// In words; each of them fails the fault.
    pub problems: Vec<String>,
}

/// What may be otherwise than usual, on account of the fault.
#[derive(Debug, Default, Clone)]
pub struct Excused {
    /// Mails to this address are refused for ever: their tasks fail, visibly.
    pub poison: Option<String>,
}

impl Findings {
    /// Something that was promised is not there.
    pub fn lose(&mut self, words: String) {
        self.lost += 1;
        self.problems.push(format!("lost: {words}"));
    }
}

/// Lays everything side by side.
///
/// # Errors
/// When the database cannot be read.
pub fn check(scene: &Scene, excused: &Excused) -> Result<Findings> {
    let mut findings = Findings { problems: scene.ledger.odd(), ..Findings::default() };
    let db = scene.books()?;
    rules::check(&db, excused, &mut findings)?;
    writes::check(&db, &scene.ledger, &mut findings)?;
    writes::photos(&db, &scene.recipe.data, &mut findings)?;
    news::check(&db, scene.overlap(), &mut findings)?;
    mails::check(&db, &scene.sink.tally(), excused, &mut findings)?;
    let panics = scene.log()?.lines().filter(|line| line.contains("panicked")).count();
    if panics > 0 {
        findings.problems.push(format!("the program panicked {panics} times"));
    }
    Ok(findings)
}

/// Every row of a statement.
fn rows<T>(
    db: &Connection,
    sql: &str,
    row: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>> {
    Ok(db.prepare(sql)?.query_map([], row)?.collect::<rusqlite::Result<_>>()?)
}
