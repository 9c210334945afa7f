//! django-helpdesk under gunicorn, on SQLite: `bench/peers/helpdesk`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use xtask::command::run;

use crate::contestant::Contestant;
use crate::http;
use crate::load::write_forms;
use crate::process::Process;
use crate::stage::{Stage, USUAL, sources};
use crate::targets::django::gunicorn_settings;
use crate::tools;

pub const WHO: &str = "django-helpdesk, gunicorn";

/// `{"filtering": {"status__in": [4]}, "sorting": "created", "search_string": "", "sortreverse": true}`
const DONE: &str = "eyJmaWx0ZXJpbmciOiB7InN0YXR1c19faW4iOiBbNF19LCAic29ydGluZyI6ICJjcmVhdGVkIiwgInNlYXJjaF9zdHJpbmciOiAiIiwgInNvcnRyZXZlcnNlIjogdHJ1ZX0=";

/// Fills a database and starts it.
///
/// # Errors
/// When it does not start.
pub fn start(stage: &mut Stage) -> Result<Contestant> {
    let python = tools::python(&stage.folder)?;
    let data = stage.filled_folder("helpdesk", USUAL, |data| fill(&python, data))?;
    let address = http::free_address()?;
    let mut gunicorn = command(&python.with_file_name("gunicorn"), &data);
    gunicorn.args(gunicorn_settings("project.wsgi", &address.to_string()));
    let mut gunicorn = Process::start(&mut gunicorn, &stage.log("helpdesk"))?;
    let base = format!("http://{address}");
    let started_in = gunicorn.answers(&format!("{base}/healthz"))?;
    Ok(Contestant {
        who: WHO,
        base,
        cookie: format!("sessionid={}", "b".repeat(32)),
        resident: None,
        pages: vec![
            ("dashboard", "/dashboard/".to_owned()),
            // The page of the list is empty; this is what its script then asks for.
            ("list", format!("/datatables_ticket_list/{DONE}?draw=1&start=0&length=20")),
            ("report", format!("/tickets/{}/", USUAL.tickets / 10)),
        ],
        forms: Some(write_new_tickets(stage)?),
        people: None,
        processes: vec![gunicorn],
        beside: Vec::new(),
        started_in,
    })
}

fn fill(python: &Path, data: &Path) -> Result<()> {
    run(command(python, data).args(["manage.py", "migrate", "-v0"]))?;
    run(command(python, data).args(["manage.py", "seed", &USUAL.tickets.to_string()]))
}

fn command(program: &Path, data: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(sources().join("peers/helpdesk"))
        .env("BENCH_DATA", data)
        .env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

/// Through the form for everybody.
fn write_new_tickets(stage: &Stage) -> Result<PathBuf> {
    let file = stage.folder.join("helpdesk-forms.txt");
    let body = http::form(&[
        ("title", "Keran menetes"),
        ("body", "Menetes sejak semalam, dan ember di bawahnya penuh tiap pagi."),
        ("submitter_email", "penghuni@kost.example"),
    ]);
    let token = "a".repeat(32);
    let form =
        ["/".to_owned(), format!("csrftoken={token}"), format!("X-CSRFToken: {token}"), body];
    write_forms(&file, std::iter::once(form))?;
    Ok(file)
}
