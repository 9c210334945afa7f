//! Brings the schema up to date, once, all or nothing, and refuses one from the future.

use std::collections::HashSet;

use crate::{Error, Result};

/// One step of the schema, written for both databases.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// Its name in the ledger, unique and never changed: `0001_accounts`.
    pub name: &'static str,
    /// What SQLite runs. No deferred foreign keys: their check would come with
    /// the commit of a whole group, and fail all of its members.
    pub sqlite: &'static str,
    /// What PostgreSQL runs.
    pub postgres: &'static str,
}

pub(crate) const LEDGER: &str = "
    CREATE TABLE IF NOT EXISTS migration (
        name TEXT PRIMARY KEY,
        applied_at BIGINT NOT NULL
    )";

/// The migrations that are not in the ledger yet, in order.
pub(crate) fn pending(all: &[Migration], applied: &HashSet<String>) -> Result<Vec<Migration>> {
    let known: HashSet<_> = all.iter().map(|migration| migration.name).collect();
    if let Some(unknown) = applied.iter().find(|name| !known.contains(name.as_str())) {
        return Err(Error::Newer(format!(
            "This database was made by a newer version of this program (it has the \
             migration “{unknown}”, which this version does not know). Install that version \
             or a later one."
        )));
    }
    Ok(all.iter().filter(|migration| !applied.contains(migration.name)).copied().collect())
}
