//! The photos' way from one data folder into another. Only files that the
//! database names; those that are there already, in the same size, stay.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::Path;

use anyhow::Context;

use super::progress::counted;

/// What becomes of one file.
enum Fate {
    Copied,
    WasThere,
    Missing,
}

/// Copies these files. They are on the disk when it returns, and those that were
/// lost before are told.
pub fn copy(files: &[String], from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)
        .with_context(|| format!("the folder {} cannot be created", to.display()))?;
    let (mut copied, mut there, mut missing) = (0, 0, 0);
    for file in files {
        let fate = copy_one(&from.join(file), &to.join(file));
        match fate.with_context(|| format!("the photo {file}"))? {
            Fate::Copied => copied += 1,
            Fate::WasThere => there += 1,
            Fate::Missing => missing += 1,
        }
    }
    File::open(to)?.sync_all()?;
    println!(
        "Photos: {} copied to {}, {there} already there.",
        counted(copied, "file"),
        to.display()
    );
    if missing > 0 {
        println!("{} of reports are not in {}.", counted(missing, "file"), from.display());
    }
    Ok(())
}

fn copy_one(from: &Path, to: &Path) -> io::Result<Fate> {
    let size = match fs::metadata(from) {
        Ok(about) => about.len(),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Fate::Missing),
        Err(error) => return Err(error),
    };
    if fs::metadata(to).is_ok_and(|about| about.len() == size) {
        // By an earlier run, perhaps, that was killed before it was on the disk.
        File::open(to)?.sync_all()?;
        return Ok(Fate::WasThere);
    }
    fs::copy(from, to)?;
    File::open(to)?.sync_all()?;
    Ok(Fate::Copied)
}
