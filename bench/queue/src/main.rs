//! How fast the job queue is. Everything on one machine, every commit flushed.
//!
//! ```text
//! cargo run --release -p bench-queue                      # SQLite in a temporary folder
//! cargo run --release -p bench-queue -- postgres://…      # schemas of its own there
//! cargo run --release -p bench-queue -- few latency       # only these
//! cargo run --release -p bench-queue -- json few          # a JSON object a line
//! ```

mod jobs;
mod latency;
mod say;
mod throughput;

use std::sync::Arc;

use anyhow::Result;
use db::{Clock, Db};

use jobs::App;

/// How many jobs may run at once. Jobs are tasks, not threads; more places mean
/// that more of them share a commit.
const PLACES: [usize; 3] = [8, 64, 256];

#[tokio::main]
async fn main() -> Result<()> {
    let (urls, wanted): (Vec<_>, Vec<_>) =
        std::env::args().skip(1).partition(|argument| argument.contains("://"));
    let fresh = async |name| fresh(urls.first().map(String::as_str), name).await;
    let names = |name: &str| wanted.iter().any(|wanted| wanted == name);
    let wants = |name: &str| names(name) || wanted.iter().all(|word| word == say::JSON);
    if wants("few") {
        for places in PLACES {
            throughput::drain(&fresh("few").await?, 10_000, places).await?;
        }
    }
    // Part of `few`: only where it is named.
    if names("quick") {
        throughput::drain(&fresh("quick").await?, 10_000, 256).await?;
    }
    if wants("many") {
        throughput::drain(&fresh("many").await?, 100_000, 256).await?;
    }
    if wants("scoped") {
        throughput::drain_scoped(&fresh("scoped").await?, 20_000, 256).await?;
    }
    if wants("finish") {
        throughput::finish(&fresh("finish").await?, 10_000, 256).await?;
    }
    if wants("large") {
        throughput::in_a_large_table(&fresh("large").await?, 256).await?;
    }
    if wants("latency") {
        latency::enqueue_to_start(&fresh("latency").await?, &[10, 200, 1000]).await?;
    }
    // Part of `latency`: only where it is named.
    if names("soon") {
        latency::enqueue_to_start(&fresh("soon").await?, &[200]).await?;
    }
    if wants("lateness") {
        latency::lateness(&fresh("lateness").await?).await?;
    }
    Ok(())
}

/// A database with nothing in it.
async fn fresh(url: Option<&str>, name: &str) -> Result<Arc<App>> {
    let folder = tempfile::tempdir()?;
    let url = match url {
        Some(url) => {
            let mark = if url.contains('?') { '&' } else { '?' };
            let unique = folder.path().file_name().unwrap_or_default().to_string_lossy();
            let plain: String = unique.chars().filter(char::is_ascii_alphanumeric).collect();
            format!("{url}{mark}schema=bench_{name}_{}", plain.to_lowercase())
        }
        None => format!("sqlite:{}", folder.path().join("bench.db").display()),
    };
    let db = Db::open(&url, Clock::system())?;
    db.migrate(queue::MIGRATIONS).await?;
    Ok(Arc::new(App::new(db, folder)))
}
