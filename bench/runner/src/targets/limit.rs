//! The limit: `bench/limit`, bare axum and rusqlite.

use std::process::Command;

use anyhow::{Result, ensure};
use xtask::command::run;

use crate::contestant::Contestant;
use crate::http;
use crate::load::write_forms;
use crate::process::Process;
use crate::stage::{Stage, USUAL};

pub const WHO: &str = "the limit";

/// As large as the largest page that is measured, roughly.
pub const BYTES: usize = 40_000;

/// Fills a database, and starts it with a page of so many bytes.
///
/// # Errors
/// When it does not start.
pub fn start(stage: &mut Stage, bytes: usize) -> Result<Contestant> {
    let binary = stage.program("bench-limit");
    // As many tickets as the usual installation.
    let folder = stage.filled_folder("limit", USUAL, |folder| {
        run(Command::new(&binary).arg("fill").arg(folder))
    })?;
    let address = http::free_address()?;
    let mut command = Command::new(binary);
    command.args(["serve", &address.to_string(), &bytes.to_string()]).arg(folder);
    let mut program = Process::start(&mut command, &stage.log(WHO))?;
    let base = format!("http://{address}");
    let started_in = program.answers(&format!("{base}/ok"))?;
    let pages = vec![("dashboard", "/".to_owned()), ("list", "/".to_owned())];
    // As long as one of ours; answered with a redirect and nothing else.
    let fields =
        [("title", "Keran menetes"), ("description", &"Menetes sejak semalam. ".repeat(4))];
    let body = format!("{}&submission=@", http::form(&fields));
    let forms = stage.folder.join("limit-forms.txt");
    let session = format!("kt_session={}", "a".repeat(43));
    write_forms(&forms, std::iter::once(["/ok".to_owned(), session, String::new(), body]))?;
    let (processes, beside) = (vec![program], Vec::new());
    let cookie = String::new();
    Ok(Contestant {
        who: WHO,
        base,
        cookie,
        resident: None,
        pages,
        forms: Some(forms),
        people: None,
        processes,
        beside,
        started_in,
    })
}

/// Tickets by bare group commit: how many a second.
///
/// # Errors
/// When it fails.
pub fn insert(stage: &Stage, writers: usize, seconds: u64) -> Result<f64> {
    let folder = stage.empty_folder("limit-insert")?;
    let output = Command::new(stage.program("bench-limit"))
        .args(["insert", &writers.to_string(), &seconds.to_string()])
        .arg(folder)
        .output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}
