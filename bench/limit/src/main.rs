//! The limit: what axum and rusqlite can do on this machine when the program
//! around them does nothing else. Not an application; nobody could use it.
//!
//! ```text
//! bench-limit fill FOLDER                    makes the database of `serve`
//! bench-limit serve ADDRESS BYTES FOLDER     / a page of one statement, /fixed the same without, /ok two letters, and a redirect for forms
//! bench-limit insert WRITERS SECONDS FOLDER  group commit of three inserts; prints how many a second
//! ```

mod data;
mod insert;
mod page;

use anyhow::{Result, bail};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["fill", folder] => data::fill(folder).map(drop),
        ["serve", address, bytes, folder] => {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            runtime.block_on(page::serve(address, bytes.parse()?, data::file(folder)))
        }
        ["insert", writers, seconds, folder] => {
            let database = data::fill(folder)?;
            println!("{}", insert::run(writers.parse()?, seconds.parse()?, &database)?);
            Ok(())
        }
        _ => bail!(
            "bench-limit fill FOLDER, serve ADDRESS BYTES FOLDER, or insert WRITERS SECONDS FOLDER"
        ),
    }
}
