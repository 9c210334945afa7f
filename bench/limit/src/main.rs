//! The limit: what axum and rusqlite can do on this machine when the program
//! around them does nothing else. Not an application; nobody could use it.
//!
//! ```text
//! bench-limit serve ADDRESS BYTES FOLDER     / a page of one statement, /fixed the same without, /ok two letters
//! bench-limit insert WRITERS SECONDS FOLDER  group commit of three inserts; prints JSON
//! ```

mod data;
mod insert;
mod page;

use std::path::Path;

use anyhow::{Result, bail};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["serve", address, bytes, folder] => {
            let database = data::prepare(Path::new(folder))?;
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            runtime.block_on(page::serve(address, bytes.parse()?, database))
        }
        ["insert", writers, seconds, folder] => {
            let database = data::prepare(Path::new(folder))?;
            println!("{}", insert::run(writers.parse()?, seconds.parse()?, &database)?);
            Ok(())
        }
        _ => bail!("bench-limit serve ADDRESS BYTES FOLDER, or insert WRITERS SECONDS FOLDER"),
    }
}
