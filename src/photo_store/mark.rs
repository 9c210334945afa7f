//! The mark by which a place of photos is known: an empty file whose name stands
//! in the database. Where it is not, the photos of this database are not; where
//! another is, somebody else's are.

use anyhow::{Context, anyhow, bail};
use db::{Db, On, Tx, query};
use object_store::Error as StoreError;

use super::{MARKS, PhotoPlace, PhotoStore};
use crate::error::Result;
use crate::secret;

/// The mark that lies there.
const KEY: &str = "photo_mark";

/// The mark that somebody is about to leave there.
const PLANNED: &str = "photo_mark_planned";

/// Makes sure that the photos of this database lie there, and nobody else's. The
/// first to ask leaves the mark: planned, then there, then known to be there, so that
/// the next to ask goes on wherever that ended. `false` where the place is out of reach.
///
/// # Errors
/// `Unavailable` for the database; else a sentence for the console: the photos
/// lie elsewhere, or we may not read them.
pub async fn recognise(db: &Db, store: &PhotoStore) -> Result<bool> {
    let place = store.place();
    // First: whoever writes it down has left it there before.
    let ours = mark(db, KEY).await?;
    let there = match store.marks().await {
        Ok(there) => there,
        Err(error) if is_passing(&error) => return Ok(out_of_reach(&error, place)),
        Err(error) => Err(anyhow!(error).context(format!("the photos in {place}")))?,
    };
    if let Some(ours) = ours {
        return match there.as_slice() {
            [only] if *only == ours => Ok(true),
            [] => Err(anyhow!(
                "the photos of this database lie elsewhere: {place} has no file {MARKS}/{ours}. All \
                 nodes want the same --photos, a shared folder or s3://bucket. If this is the place \
                 after all, make that file, empty, and start again"
            ))?,
            _ => Err(foreign(place))?,
        };
    }
    plan(db).await?;
    // One node after the other, so that two places are never both taken for the one.
    let mut tx = db.begin().await?;
    tx.lock(KEY).await?;
    let (None, Some(planned)) = (mark(&mut tx, KEY).await?, mark(&mut tx, PLANNED).await?) else {
        drop(tx);
        return Box::pin(recognise(db, store)).await;
    };
    match there.as_slice() {
        [] => {
            if let Err(error) = store.leave_mark(&planned).await {
                return Ok(out_of_reach(&error, place));
            }
        }
        [only] if *only == planned => {}
        _ => Err(foreign(place))?,
    }
    query("UPDATE setting SET key = $1 WHERE key = $2")
        .bind(KEY)
        .bind(PLANNED)
        .run(&mut tx)
        .await?;
    tx.commit().await?;
    Ok(true)
}

/// Thinks of the mark that whoever is first will leave.
async fn plan(db: &Db) -> db::Result<()> {
    let mut tx = db.begin().await?;
    tx.lock(KEY).await?;
    if mark(&mut tx, KEY).await?.or(mark(&mut tx, PLANNED).await?).is_some() {
        return Ok(());
    }
    query("INSERT INTO setting (key, value) VALUES ($1, $2)")
        .bind(PLANNED)
        .bind(secret::readable(12))
        .run(&mut tx)
        .await?;
    tx.commit().await
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
pub async fn may_keep(store: &PhotoStore, database: &mut Tx) -> anyhow::Result<()> {
    let ours = mark(database, KEY).await?;
    let there = store.marks().await.with_context(|| format!("the photos in {}", store.place()))?;
    if there.iter().any(|mark| Some(mark) != ours.as_ref()) {
        bail!(foreign(store.place()));
    }
    Ok(())
}

fn foreign(place: &PhotoPlace) -> anyhow::Error {
    anyhow!(
        "{place} has the photos of another installation (whose, files in {MARKS}/ tell). Say \
         another place with --photos"
    )
}

/// Whether it may be well a little later, without anybody's hand.
fn is_passing(error: &StoreError) -> bool {
    !matches!(
        error,
        StoreError::PermissionDenied { .. }
            | StoreError::Unauthenticated { .. }
            | StoreError::NotFound { .. }
    )
}

fn out_of_reach(error: &StoreError, place: &PhotoPlace) -> bool {
    tracing::warn!(%error, "it is not known yet whether the photos lie in {place}");
    false
}
