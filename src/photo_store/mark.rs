//! The mark by which a place of photos is known: an empty file whose name stands
//! in the database. Where it is not, the photos of this database are not; where
//! another is, somebody else's are.

use anyhow::anyhow;
use db::{Db, On, query};
use object_store::Error as StoreError;

use super::{MARKS, PhotoStore};
use crate::error::Result;
use crate::secret;

const KEY: &str = "photo_mark";

/// Makes sure that the photos of this database lie there, and nobody else's. The
/// first start leaves the mark.
///
/// # Errors
/// A sentence for the console: they lie elsewhere, or we may not read them. A place
/// that is out of reach is no error: pages do without photos until it is back.
pub async fn recognise(db: &Db, store: &PhotoStore) -> Result<()> {
    let place = store.place();
    match store.marks().await {
        Ok(_) => {}
        Err(
            error @ (StoreError::PermissionDenied { .. }
            | StoreError::Unauthenticated { .. }
            | StoreError::NotFound { .. }),
        ) => Err(anyhow!(error).context(format!("the photos in {place}")))?,
        Err(error) => {
            tracing::warn!(%error, "the photos are out of reach");
            return Ok(());
        }
    }
    leave(db, store).await?;
    match (mark(db).await?, store.marks().await?.as_slice()) {
        (Some(mark), [only]) if mark == *only => Ok(()),
        (Some(mark), []) => Err(anyhow!(
            "the photos of this database lie elsewhere: {place} has no file {MARKS}/{mark}. All nodes \
             want the same --photos, a shared folder or s3://bucket. If this is the place after \
             all, make that file, empty, and start again"
        ))?,
        _ => Err(anyhow!(
            "{place} has the photos of another installation (whose, files in {MARKS}/ tell). Say \
             another place with --photos"
        ))?,
    }
}

/// Leaves the mark where there is none, of whomever; other nodes wait meanwhile.
async fn leave(db: &Db, store: &PhotoStore) -> Result<()> {
    if mark(db).await?.is_some() {
        return Ok(());
    }
    let mut tx = db.begin().await?;
    tx.lock(KEY).await?;
    if mark(&mut tx).await?.is_none() && store.marks().await?.is_empty() {
        let mark = secret::readable(12);
        query("INSERT INTO setting (key, value) VALUES ($1, $2)")
            .bind(KEY)
            .bind(mark.as_str())
            .run(&mut tx)
            .await?;
        // It stands in the database only if it lies there.
        store.leave_mark(&mark).await?;
    }
    // What another just left lasts as well once this is done.
    Ok(tx.commit().await?)
}

async fn mark(on: impl Into<On<'_>>) -> db::Result<Option<String>> {
    let found: Option<(String,)> =
        query("SELECT value FROM setting WHERE key = $1").bind(KEY).optional(on).await?;
    Ok(found.map(|(mark,)| mark))
}

/// The mark's file, once there is one.
pub async fn mark_file(on: impl Into<On<'_>>) -> db::Result<Option<String>> {
    Ok(mark(on).await?.map(|mark| format!("{MARKS}/{mark}")))
}

/// Whether it is known to be ours and nobody else's, so that what we do not know may go.
pub async fn is_alone(db: &Db, store: &PhotoStore) -> Result<bool> {
    let Some(ours) = mark(db).await? else { return Ok(false) };
    Ok(store.marks().await? == [ours])
}
