//! The Django reference of `bench/peers/django`: pages under gunicorn, sockets
//! under uvicorn, tasks by a worker.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use xtask::command::run;

use crate::contestant::Contestant;
use crate::http;
use crate::load::write_forms;
use crate::process::Process;
use crate::stage::{Stage, USUAL, sources};
use crate::targets::redis;
use crate::tools;

pub const WHO: &str = "Django + Channels, gunicorn";

/// The same for everybody: what matters is that field and cookie agree.
const TOKEN: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// It, and where its sockets are.
#[derive(Debug)]
pub struct Django {
    pub contestant: Contestant,
    /// `ws://127.0.0.1:PORT/live`
    pub live: String,
}

/// Fills a database and starts all of its processes.
///
/// # Errors
/// When something does not start.
pub fn start(stage: &mut Stage) -> Result<Django> {
    let python = tools::python(&stage.folder)?;
    let (redis, redis_url) = redis::start(stage)?;
    let data = stage.filled_folder("django", |data| fill(&python, data))?;
    let command = |program: &Path| {
        let mut command = command(program, &data);
        command.env("BENCH_REDIS", &redis_url);
        command
    };
    let (pages, sockets) = (http::free_address()?, http::free_address()?);
    let mut gunicorn = command(&python.with_file_name("gunicorn"));
    gunicorn.args(gunicorn_settings("reference.wsgi", &pages.to_string()));
    let mut gunicorn = Process::start(&mut gunicorn, &stage.log("django-gunicorn"))?;
    let (agent, base) = (http::agent(), format!("http://{pages}"));
    let started_in = gunicorn
        .ready(|| http::is_there(&agent, &format!("{base}/healthz")))
        .context("gunicorn")?;
    let mut uvicorn = command(&python.with_file_name("uvicorn"));
    uvicorn
        .args([
            "reference.asgi:application",
            "--host=127.0.0.1",
            "--no-access-log",
            "--log-level=warning",
        ])
        .args(["--port", &sockets.port().to_string()]);
    let mut uvicorn = Process::start(&mut uvicorn, &stage.log("django-uvicorn"))?;
    let worker =
        Process::start(command(&python).args(["manage.py", "work"]), &stage.log("django-worker"))?;
    uvicorn
        .ready(|| http::is_there(&agent, &format!("http://{sockets}/healthz")))
        .context("uvicorn")?;
    let contestant = Contestant {
        who: WHO,
        base,
        cookie: cookie(2),
        resident: None,
        pages: vec![
            ("dashboard", "/k/bench-1".to_owned()),
            ("list", "/k/bench-1?status=done".to_owned()),
            ("report", "/k/bench-1/tickets/500".to_owned()),
        ],
        forms: Some(write_new_tickets(stage)?),
        processes: vec![gunicorn, uvicorn, worker, redis],
        beside: Vec::new(),
        started_in,
    };
    Ok(Django { contestant, live: format!("ws://{sockets}/live") })
}

fn fill(python: &Path, data: &Path) -> Result<()> {
    run(command(python, data).args(["manage.py", "migrate", "-v0"]))?;
    let size = [USUAL.tickets, USUAL.kosts, USUAL.residents].map(|number| number.to_string());
    run(command(python, data).args(["manage.py", "seed"]).args(size))
}

fn command(program: &Path, data: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(sources().join("peers/django"))
        .env("BENCH_DATA", data)
        .env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

/// Processes and threads as gunicorn's manual advises for so many cores; with
/// threads, connections are kept.
pub fn gunicorn_settings(application: &str, address: &str) -> Vec<String> {
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let workers = format!("--workers={}", 2 * cores + 1);
    let fixed = ["--worker-class=gthread", "--threads=4", "--keep-alive=75", "--no-control-socket"];
    let mut settings = vec![application.to_owned(), format!("--bind={address}"), workers];
    settings.extend(fixed.map(str::to_owned));
    settings
}

/// The session of an account.
pub fn cookie(account: u32) -> String {
    format!("sessionid={account:0>32}; csrftoken={TOKEN}")
}

/// What a form needs besides its cookie.
pub fn csrf_header() -> (&'static str, &'static str) {
    ("X-CSRFToken", TOKEN)
}

fn write_new_tickets(stage: &Stage) -> Result<PathBuf> {
    let file = stage.folder.join("django-forms.txt");
    let people =
        (0..USUAL.residents).flat_map(|place| (1..=USUAL.kosts).map(move |kost| (kost, place)));
    let fields = [
        ("title", "Keran menetes"),
        ("description", "Menetes sejak semalam, dan ember di bawahnya penuh tiap pagi."),
        ("category", "water"),
    ];
    let body = http::form(&fields);
    write_forms(
        &file,
        people.map(|(kost, place)| {
            let account = (kost - 1) * (USUAL.residents + 4) + 5 + place;
            [
                format!("/k/bench-{kost}/tickets"),
                cookie(account),
                format!("X-CSRFToken: {TOKEN}"),
                body.clone(),
            ]
        }),
    )?;
    Ok(file)
}
