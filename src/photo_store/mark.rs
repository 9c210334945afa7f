//! The mark by which a place of photos is known: an empty file whose name stands
//! in the database. A node whose photos lie somewhere of its own lacks it.

use anyhow::{Context, anyhow};
use bytes::Bytes;
use db::{Db, Dialect, On, query};

use super::PhotoStore;
use crate::error::Result;
use crate::secret;

const KEY: &str = "photo_mark";

/// Makes sure that the photos of this database lie there. The first node that asks
/// leaves the mark. Only PostgreSQL can have several nodes.
///
/// # Errors
/// A sentence for the console: they lie elsewhere. A place that cannot be asked
/// right now is no error: pages do without photos until it can.
pub async fn recognise(db: &Db, store: &PhotoStore) -> Result<()> {
    if db.dialect() == Dialect::Sqlite {
        return Ok(());
    }
    if let Err(error) = leave(db, store).await? {
        tracing::warn!(%error, "no photo can be written");
        return Ok(());
    }
    let mark = mark(db).await?.context("the photos' mark")?;
    match store.size(&mark).await {
        Ok(Some(_)) => {}
        Ok(None) => Err(anyhow!(
            "the photos of this database lie elsewhere: {} has no file {mark}. All nodes want the \
             same --photos, a shared folder or s3://bucket. If this is the place after all, make \
             that file, empty, and start again",
            store.place()
        ))?,
        Err(error) => tracing::warn!(%error, "no photo can be read"),
    }
    Ok(())
}

/// Leaves the mark, where none was left before. Of two nodes at once one is first.
async fn leave(db: &Db, store: &PhotoStore) -> Result<object_store::Result<()>> {
    if mark(db).await?.is_some() {
        return Ok(Ok(()));
    }
    let mark = format!("kostticket-{}", secret::readable(12));
    if let Err(error) = store.put(&mark, Bytes::new()).await {
        return Ok(Err(error));
    }
    let mut tx = db.begin().await?;
    query("INSERT INTO setting (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING")
        .bind(KEY)
        .bind(mark)
        .run(&mut tx)
        .await?;
    tx.commit().await?;
    Ok(Ok(()))
}

/// The name of the file, once there is one.
pub async fn mark(on: impl Into<On<'_>>) -> db::Result<Option<String>> {
    let found: Option<(String,)> =
        query("SELECT value FROM setting WHERE key = $1").bind(KEY).optional(on).await?;
    Ok(found.map(|(mark,)| mark))
}
