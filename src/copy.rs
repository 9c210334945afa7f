//! `kostticket copy`: everything from one database into another, while nobody
//! writes to either. All of it is one transaction on the target: whatever
//! happens before its commit leaves the target as empty as it was.

mod photos;
mod progress;

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, bail};
use clap::Args;
use db::{Clock, Contents, Db, Transfer, Tx};
use jiff::SignedDuration;

use crate::config::Config;
use crate::migrations;
use crate::photo_store::{self, PhotoPlace, PhotoStore};
use crate::tickets;
use progress::{Progress, counted};

/// A worker that was heard so lately may still be at work: it beats four times as often.
const AT_WORK: SignedDuration = SignedDuration::from_secs(60);

/// From where to where. What is not given is the database of `--database-url`,
/// whose password need not stand on the command line.
#[derive(Args, Debug)]
pub struct Journey {
    /// The database that there is, sqlite:PATH or postgres://…; without it, that of --database-url
    #[arg(long, value_name = "URL")]
    pub from: Option<String>,
    /// The empty one; without it, that of --database-url
    #[arg(long, value_name = "URL")]
    pub to: Option<String>,
    /// Bring the photos along: from here (a folder, such as ./data/photos, or s3://…) to --photos
    #[arg(long, value_name = "PLACE")]
    pub photos_from: Option<String>,
}

/// Copies a database, and says what it does.
///
/// # Errors
/// A sentence for the console. Nothing was kept then.
pub async fn copy(config: &Config, clock: Clock, journey: Journey) -> anyhow::Result<()> {
    let from_url = journey.from.as_deref().unwrap_or(&config.database_url);
    let to_url = journey.to.as_deref().unwrap_or(&config.database_url);
    let (from_name, to_name) = (without_password(from_url), without_password(to_url));
    let stores = match &journey.photos_from {
        Some(place) => {
            Some((open_photos(place)?, PhotoStore::open(config.photos.clone())?.patient()))
        }
        None => None,
    };
    let source = open_source(from_url, clock.clone()).await?;
    let target = open_target(to_url, clock, &source).await?;
    let mut from = source.begin_alone().await.with_context(|| is_in_use(&from_name))?;
    refuse_at_work(&mut from).await?;
    let mut to = target.begin_alone().await.with_context(|| is_in_use(&to_name))?;
    refuse_occupied(&mut to).await?;
    if let Some((_, to)) = &stores {
        photo_store::may_keep(to, &mut from).await?;
    }

    println!("Copying {from_name} to {to_name}. Until the end, nothing is kept there.");
    let started = Instant::now();
    let tables = tables(&mut from, &mut to).await?;
    let total = transfer(&tables, &mut from, &mut to).await?;
    let photos = tickets::photos::files(&mut from).await?;
    if let Some((from, to)) = &stores {
        photos::copy(&photos, from, to).await?;
    }
    to.commit().await.context("the target did not confirm; copy again if it is empty")?;
    println!(
        "Kept: {} tables with {}, the same on both sides, in {:.1} s.",
        tables.len(),
        counted(total, "row"),
        started.elapsed().as_secs_f64()
    );
    if stores.is_none() && !photos.is_empty() {
        println!(
            "The photos lie where they did. Start with the same --photos, or the same --data where \
             they are in the data folder."
        );
    }
    println!("Now start KostTicket on that database, and the old one no more.");
    drop(from);
    target.close().await;
    source.close().await;
    Ok(())
}

fn open_photos(place: &str) -> anyhow::Result<PhotoStore> {
    let place = PhotoPlace::parse(place).context("--photos-from")?;
    if let PhotoPlace::Folder(path) = &place
        && !path.is_dir()
    {
        bail!("--photos-from: there is no folder {place}");
    }
    Ok(PhotoStore::open(place)?.patient())
}

async fn open_source(url: &str, clock: Clock) -> anyhow::Result<Db> {
    let name = without_password(url);
    if let Some(path) = url.strip_prefix("sqlite:")
        && !Path::new(path).is_file()
    {
        bail!("there is no database {name}");
    }
    let source = Db::open(url, clock).context("--from")?;
    let mut tx = source.begin().await.with_context(|| is_in_use(&name))?;
    if !tx.tables().await?.iter().any(|table| table.name == "migration") {
        bail!("{name} is no database of KostTicket");
    }
    drop(tx);
    if !source.is_migrated(&migrations::all()).await.with_context(|| name.clone())? {
        bail!(
            "{name} is of an older version: bring it up to date first, with \
             kostticket migrate --database-url URL"
        );
    }
    Ok(source)
}

async fn open_target(url: &str, clock: Clock, source: &Db) -> anyhow::Result<Db> {
    if let Some(folder) = url.strip_prefix("sqlite:").and_then(|path| Path::new(path).parent()) {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("the folder {} cannot be created", folder.display()))?;
    }
    let target = Db::open(url, clock).context("--to")?;
    if target.is_same_as(source).await? {
        bail!("--from and --to are the same database");
    }
    // Before it is changed in any way.
    let mut tx = target.begin().await.with_context(|| is_in_use(&without_password(url)))?;
    refuse_occupied(&mut tx).await?;
    drop(tx);
    target.migrate(&migrations::all()).await.with_context(|| without_password(url))?;
    Ok(target)
}

fn is_in_use(name: &str) -> String {
    format!("{name} is in use: stop what runs on it, and copy again")
}

/// Whoever serves or works has a worker.
async fn refuse_at_work(from: &mut Tx) -> anyhow::Result<()> {
    let now = from.now();
    for worker in queue::workers(from).await? {
        let silent = now.duration_since(worker.beat_at);
        if silent < AT_WORK {
            bail!(
                "KostTicket runs on the source, on {}: stop it first. If it was killed, wait for {} s",
                worker.node,
                (AT_WORK - silent).as_secs() + 1
            );
        }
    }
    Ok(())
}

async fn refuse_occupied(to: &mut Tx) -> anyhow::Result<()> {
    for table in to.tables().await? {
        if table.name != "migration" && to.has_rows(&table).await? {
            bail!(
                "the target is not empty: there is something in {}. Make a new database, or name \
                 an unused schema (…?schema=kost)",
                table.name
            );
        }
    }
    Ok(())
}

/// All but the ledger of migrations, which the target has of its own.
async fn tables(from: &mut Tx, to: &mut Tx) -> anyhow::Result<Vec<Transfer>> {
    let mut found = from.tables().await?;
    found.retain(|table| table.name != "migration");
    Ok(Transfer::all(found, to.tables().await?)?)
}

/// Copies everything, looks at what arrived, and says how many rows it are.
async fn transfer(tables: &[Transfer], from: &mut Tx, to: &mut Tx) -> anyhow::Result<u64> {
    let mut sent = Vec::new();
    for table in tables {
        let mut progress = Progress::new(table.table(), "row");
        let contents = table.copy(from, to, |rows| progress.show(rows)).await;
        let contents = contents.with_context(|| table.table().to_owned())?;
        progress.end(contents.rows);
        sent.push(contents);
    }
    println!("Checking what arrived: rows and checksums.");
    for (table, sent) in tables.iter().zip(&sent) {
        table.settle(from, to).await.with_context(|| table.table().to_owned())?;
        check(table, *sent, to).await?;
    }
    Ok(sent.iter().map(|contents| contents.rows).sum())
}

async fn check(table: &Transfer, sent: Contents, to: &mut Tx) -> anyhow::Result<()> {
    let mut progress = Progress::new(table.table(), "row");
    let arrived = table.contents(to, |rows| progress.show(rows)).await?;
    if arrived != sent {
        bail!(
            "{} did not arrive as it is: {} {sent} left, {} {arrived} came. Nothing was kept",
            table.table(),
            counted(sent.rows, "row"),
            counted(arrived.rows, "row"),
        );
    }
    progress.end_with(arrived.rows, &arrived.to_string());
    Ok(())
}

/// A database's URL, fit to be shown: as it is for a file; of a server neither a
/// password nor what else stands before the `@` or behind the `?`, but the schema.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (place, settings) = rest.split_once('?').unwrap_or((rest, ""));
    let place = place.rsplit_once('@').map_or(place, |(_, place)| place);
    let schema = settings.split('&').find(|setting| setting.starts_with("schema="));
    let schema = schema.map(|schema| format!("?{schema}")).unwrap_or_default();
    format!("{scheme}://{place}{schema}")
}

#[cfg(test)]
mod tests {
    use super::without_password;

    #[test]
    fn passwords_are_not_shown() {
        for (url, shown) in [
            ("postgres://kost:se:cr@t@db/kost", "postgres://db/kost"),
            ("postgres://db/kost?password=secret&schema=a&pool=3", "postgres://db/kost?schema=a"),
            ("sqlite:data/kost:ticket@home.db", "sqlite:data/kost:ticket@home.db"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }
}
