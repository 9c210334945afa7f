//! The limit: `bench/limit`, bare axum and rusqlite.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::contestant::Contestant;
use crate::http;
use crate::load::write_forms;
use crate::process::Process;
use crate::stage::Stage;

pub const WHO: &str = "the limit";

/// As large as the largest page that is measured, roughly.
pub const BYTES: usize = 40_000;

/// Starts it with a page of so many bytes.
///
/// # Errors
/// When it does not start.
pub fn start(stage: &Stage, bytes: usize) -> Result<Contestant> {
    let address = http::free_address()?;
    let folder = stage.empty_folder("limit")?;
    let mut command = Command::new(stage.program("bench-limit"));
    command.args(["serve", &address.to_string(), &bytes.to_string()]).arg(folder);
    let mut program = Process::start(&mut command, &stage.log(WHO))?;
    let (agent, base) = (http::agent(), format!("http://{address}"));
    let started_in =
        program.ready(|| http::is_there(&agent, &format!("{base}/ok"))).context(WHO)?;
    let pages = vec![("dashboard", "/".to_owned()), ("list", "/".to_owned())];
    // As long as one of ours; answered with two letters.
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

/// Tickets by bare group commit: what it prints.
///
/// # Errors
/// When it fails.
pub fn insert(stage: &Stage, writers: usize, seconds: u64) -> Result<Value> {
    let folder = stage.empty_folder("limit-insert")?;
    let output = Command::new(stage.program("bench-limit"))
        .args(["insert", &writers.to_string(), &seconds.to_string()])
        .arg(folder)
        .output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&output.stdout)?)
}
