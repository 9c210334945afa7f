//! What the database costs: `cargo run --release -p bench-db [URL] [WRITERS …]`.
//!
//! Commits per second of a ticket being created (three inserts) for 1 to 256
//! writers, next to a commit for each of them on bare rusqlite with the same
//! settings; and the CPU time of a page of four queries. Without a URL it
//! works in a new SQLite file in the current folder's file system: `/tmp` is
//! often memory, where an fsync costs nothing.

mod bare;
mod cpu;
mod page;
mod schema;
mod write;

use std::path::Path;

use anyhow::Result;
use db::{Clock, Db};

fn main() -> Result<()> {
    let folder = Path::new("target/bench-db");
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    std::fs::create_dir_all(folder)?;
    let (numbers, url): (Vec<_>, Vec<_>) =
        std::env::args().skip(1).partition(|argument| argument.parse::<i64>().is_ok());
    let url = url.into_iter().next();
    let mut crowds: Vec<i64> = numbers.iter().filter_map(|number| number.parse().ok()).collect();
    if crowds.is_empty() {
        crowds = vec![1, 8, 64, 256];
    }
    let own = format!("sqlite:{}", folder.join("group.db").display());
    let db = Db::open(url.as_deref().unwrap_or(&own), Clock::system())?;
    println!("{:?}", db.dialect());

    if url.is_none() {
        let each = bare::commits_per_second(&folder.join("bare.db"))?;
        println!("bare rusqlite, a commit each:  {each:>7.0} tx/s");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        db.migrate(schema::MIGRATIONS).await?;
        for writers in crowds {
            println!("{writers:>3} writers, crate db:        {}", write::run(&db, writers).await?);
        }
        anyhow::Ok(())
    })?;
    // On one thread, whose CPU time can be told.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    println!("a page of four queries, 20 rows:{}", runtime.block_on(page::run(&db))?);
    runtime.block_on(db.close());
    std::fs::remove_dir_all(folder)?;
    Ok(())
}
