//! What has to be installed: Debian's packages where we may, everything else into
//! `target/bench`, by lockfiles.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use xtask::command::run;
use xtask::{debian, postgres};

use crate::stage::sources;

/// `wrk`, which makes the load.
///
/// # Errors
/// When it is missing and may not be installed.
pub fn install_load_client() -> Result<()> {
    debian::install(&["wrk"], || debian::find("wrk").is_some())
}

/// PostgreSQL.
///
/// # Errors
/// When it is missing and may not be installed.
pub fn install_postgres() -> Result<()> {
    debian::install(&["postgresql"], || postgres::programs().is_ok())
}

/// Redis, for Celery and Channels.
///
/// # Errors
/// When it is missing and may not be installed.
pub fn install_redis() -> Result<()> {
    debian::install(&["redis-server"], || debian::find("redis-server").is_some())
}

/// The Python of a virtual environment that has all peers from PyPI.
///
/// # Errors
/// When they cannot be installed.
pub fn python(folder: &Path) -> Result<PathBuf> {
    let environment = folder.join("venv");
    let wanted = sources().join("peers/requirements.txt");
    let has = environment.join("requirements.txt");
    if std::fs::read(&has).ok() != Some(std::fs::read(&wanted)?) {
        println!("── installing the peers from PyPI");
        // Where there is no `ensurepip`, Debian's `venv` is half there.
        let has_venv = || {
            let mut asked = Command::new("python3");
            asked
                .args(["-c", "import venv, ensurepip"])
                .output()
                .is_ok_and(|it| it.status.success())
        };
        debian::install(&["python3", "python3-venv"], has_venv)?;
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment))?;
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"];
        run(Command::new(environment.join("bin/python")).args(pip).arg(&wanted))?;
        std::fs::copy(wanted, has)?;
    }
    Ok(environment.join("bin/python"))
}

/// The folder with all peers from npm.
///
/// # Errors
/// When they cannot be installed.
pub fn node(folder: &Path) -> Result<PathBuf> {
    let (from, to) = (sources().join("peers/node"), folder.join("node"));
    std::fs::create_dir_all(&to)?;
    let lock = std::fs::read(from.join("package-lock.json"))?;
    let is_new = std::fs::read(to.join("package-lock.json")).ok() != Some(lock);
    for file in std::fs::read_dir(&from)? {
        let file = file?;
        if file.file_type()?.is_file() {
            std::fs::copy(file.path(), to.join(file.file_name()))?;
        }
    }
    if is_new || !to.join("node_modules").is_dir() {
        println!("── installing the peers from npm");
        let npm = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
        run(Command::new("npm").args(npm).current_dir(&to))?;
    }
    Ok(to)
}
