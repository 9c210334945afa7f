//! The mark by which a place of photos is known: an empty file whose name stands
//! in the database. Where it is not, the photos of this database are not; where
//! another is, somebody else's are.

use anyhow::anyhow;
use db::{Db, On, Tx, query};
use object_store::Error as StoreError;

use super::{MARKS, PhotoPlace, PhotoStore};
use crate::error::{Error, Result};
use crate::secret;

/// The mark that lies there.
const KEY: &str = "photo_mark";

/// The mark that somebody is about to leave there.
const PLANNED: &str = "photo_mark_planned";

/// Makes sure that the photos of this database lie there, and nobody else's. The
/// first to ask leaves the mark: planned, then there, then known to be there, so that
/// the next to ask goes on wherever that ended.
///
/// # Errors
/// [`Error::Unavailable`]: it is out of reach. Else a sentence for the console: they
/// lie elsewhere, or we may not read them.
pub async fn recognise(db: &Db, store: &PhotoStore) -> Result<()> {
    let place = store.place();
    let (ours, is_left) = ours(db).await?;
    match store.marks().await.map_err(|error| unread(error, place))?.as_slice() {
        [only] if *only == ours && is_left => return Ok(()),
        [only] if *only == ours => {}
        [] if is_left => Err(anyhow!(
            "the photos of this database lie elsewhere: {place} has no file {MARKS}/{ours}. All nodes \
             want the same --photos, a shared folder or s3://bucket. If this is the place after \
             all, make that file, empty, and start again"
        ))?,
        [] => store.leave_mark(&ours).await.map_err(|error| unread(error, place))?,
        _ => Err(foreign(place))?,
    }
    let mut tx = db.begin().await?;
    query("UPDATE setting SET key = $1 WHERE key = $2")
        .bind(KEY)
        .bind(PLANNED)
        .run(&mut tx)
        .await?;
    Ok(tx.commit().await?)
}

/// The mark of this database, and whether it was left in its place. All nodes plan
/// the same one.
async fn ours(db: &Db) -> db::Result<(String, bool)> {
    if let Some(left) = mark(db, KEY).await? {
        return Ok((left, true));
    }
    let mut tx = db.begin().await?;
    tx.lock(KEY).await?;
    if let Some(left) = mark(&mut tx, KEY).await? {
        return Ok((left, true));
    }
    if let Some(planned) = mark(&mut tx, PLANNED).await? {
        return Ok((planned, false));
    }
    let planned = secret::readable(12);
    query("INSERT INTO setting (key, value) VALUES ($1, $2)")
        .bind(PLANNED)
        .bind(planned.as_str())
        .run(&mut tx)
        .await?;
    tx.commit().await?;
    Ok((planned, false))
}

async fn mark(on: impl Into<On<'_>>, key: &str) -> db::Result<Option<String>> {
    let found: Option<(String,)> =
        query("SELECT value FROM setting WHERE key = $1").bind(key).optional(on).await?;
    Ok(found.map(|(mark,)| mark))
}

/// The mark's file, once there is one.
pub async fn mark_file(on: impl Into<On<'_>>) -> db::Result<Option<String>> {
    Ok(mark(on, KEY).await?.map(|mark| format!("{MARKS}/{mark}")))
}

/// Makes sure that the photos of `database` may be brought there: it has nobody
/// else's.
///
/// # Errors
/// A sentence for the console.
pub async fn may_keep(store: &PhotoStore, database: &mut Tx) -> Result<()> {
    let ours = mark(database, KEY).await?;
    let there = store.marks().await.map_err(|error| unread(error, store.place()))?;
    if there.iter().any(|mark| Some(mark) != ours.as_ref()) {
        Err(foreign(store.place()))?;
    }
    Ok(())
}

fn foreign(place: &PhotoPlace) -> anyhow::Error {
    anyhow!(
        "{place} has the photos of another installation (whose, files in {MARKS}/ tell). Say \
         another place with --photos"
    )
}

/// Some of these pass, others want somebody's hand.
fn unread(error: StoreError, place: &PhotoPlace) -> Error {
    match error {
        StoreError::PermissionDenied { .. }
        | StoreError::Unauthenticated { .. }
        | StoreError::NotFound { .. } => {
            anyhow!(error).context(format!("the photos in {place}")).into()
        }
        passing => Error::Unavailable(anyhow!(passing).context(format!("the photos in {place}"))),
    }
}
