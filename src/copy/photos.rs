//! The photos' way from one place into another. Only files that the database
//! names; those that are there already, in the same size, stay.

use anyhow::{Context, bail};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::progress::{Progress, counted};
use crate::photo_store::PhotoStore;

/// A bucket answers slowly, and many at once.
const AT_ONCE: usize = 8;

/// What becomes of one file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Copied,
    WasThere,
    Missing,
}

/// Copies these files. They stay when it returns, and those that were lost before
/// are told.
///
/// # Errors
/// A sentence: a file cannot be read or written, or none of them is there.
pub async fn copy(files: &[String], from: &PhotoStore, to: &PhotoStore) -> anyhow::Result<()> {
    let mut progress = Progress::new("photos", "file");
    let mut fates = Vec::with_capacity(files.len());
    let mut copies = stream::iter(files).map(|file| copy_one(file, from, to)).buffered(AT_ONCE);
    while let Some(fate) = copies.try_next().await? {
        fates.push(fate);
        progress.show(fates.len() as u64);
    }
    let count = |fate| fates.iter().filter(|&&one| one == fate).count() as u64;
    let missing = count(Fate::Missing);
    if missing > 0 && missing == files.len() as u64 {
        bail!("the photos are not in {}", from.place());
    }
    progress.end(files.len() as u64);
    println!(
        "Photos: {} copied to {}, {} already there.",
        counted(count(Fate::Copied), "file"),
        to.place(),
        count(Fate::WasThere),
    );
    if missing > 0 {
        println!("{} of reports are not in {}.", counted(missing, "file"), from.place());
    }
    Ok(())
}

async fn copy_one(file: &str, from: &PhotoStore, to: &PhotoStore) -> anyhow::Result<Fate> {
    let about = || format!("the photo {file}");
    let Some(size) = from.size(file).await.with_context(about)? else { return Ok(Fate::Missing) };
    if to.size(file).await.with_context(about)? == Some(size) {
        return Ok(Fate::WasThere);
    }
    let Some(bytes) = from.get(file).await.with_context(about)? else { return Ok(Fate::Missing) };
    to.put(file, bytes).await.with_context(about)?;
    Ok(Fate::Copied)
}
