//! The Django reference of `bench/peers/django`: pages under gunicorn, sockets
//! under uvicorn, tasks by a worker.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use xtask::command::run;

use crate::contestant::{Contestant, People};
use crate::http;
use crate::load::write_forms;
use crate::process::Process;
use crate::seed::{STAFF, Shape, WRONG_PASSWORD};
use crate::stage::{Stage, sources};
use crate::targets::redis;
use crate::tools;

pub const WHO: &str = "Django + Channels, gunicorn";

/// Of its folders.
const NAME: &str = "django";

/// The same for everybody: what matters is that header and cookie agree.
const CSRF: (&str, &str) = ("X-CSRFToken", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");

/// Fills a database of this shape and starts all of its processes.
///
/// # Errors
/// When something does not start.
pub fn start(stage: &mut Stage, shape: Shape) -> Result<Contestant> {
    let python = tools::python(&stage.folder)?;
    let (redis, redis_url) = redis::start(stage)?;
    let data = stage.filled_folder(NAME, shape, |data| fill(&python, data, shape))?;
    let command = |program: &Path| {
        let mut command = command(program, &data);
        command.env("BENCH_REDIS", &redis_url);
        command
    };
    let (pages, sockets) = (http::free_address()?, http::free_address()?);
    let mut gunicorn = command(&python.with_file_name("gunicorn"));
    gunicorn.args(gunicorn_settings("reference.wsgi", &pages.to_string()));
    let mut gunicorn = Process::start(&mut gunicorn, &stage.log("django-gunicorn"))?;
    let base = format!("http://{pages}");
    let started_in = gunicorn.answers(&format!("{base}/healthz"))?;
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
    uvicorn.answers(&format!("http://{sockets}/healthz"))?;
    let people = People {
        before: 0,
        cookie,
        attempt,
        refusal: "200",
        header: CSRF,
        live: format!("ws://{sockets}/live"),
    };
    Ok(Contestant {
        who: WHO,
        base,
        cookie: cookie(2),
        resident: None,
        pages: vec![
            ("dashboard", "/k/bench-1".to_owned()),
            ("list", "/k/bench-1?status=done".to_owned()),
            ("report", format!("/k/bench-1/tickets/{}", shape.tickets / 10)),
        ],
        forms: Some(write_new_tickets(stage, shape)?),
        people: Some(people),
        processes: vec![gunicorn, uvicorn, worker, redis],
        beside: Vec::new(),
        started_in,
    })
}

/// Its SQLite file, once it was started.
pub fn file(stage: &Stage, shape: Shape) -> PathBuf {
    stage.folder_of(NAME, shape).join("reference.db")
}

fn fill(python: &Path, data: &Path, shape: Shape) -> Result<()> {
    run(command(python, data).args(["manage.py", "migrate", "-v0"]))?;
    let size = [shape.tickets, shape.kosts, shape.residents].map(|number| number.to_string());
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
fn cookie(account: u32) -> String {
    format!("sessionid={account:0>32}; csrftoken={}", CSRF.1)
}

/// It has no limit for an address.
fn attempt(_: u32, name: &str) -> [String; 4] {
    let body = http::form(&[("username", name), ("password", WRONG_PASSWORD)]);
    let (header, token) = CSRF;
    ["/login/".to_owned(), format!("csrftoken={token}"), format!("{header}: {token}"), body]
}

fn write_new_tickets(stage: &Stage, shape: Shape) -> Result<PathBuf> {
    let file = stage.folder_of(NAME, shape).join("forms.txt");
    let Shape { kosts, residents, .. } = shape;
    let people = (0..residents).flat_map(|place| (1..=kosts).map(move |kost| (kost, place)));
    let fields = [
        ("title", "Keran menetes"),
        ("description", "Menetes sejak semalam, dan ember di bawahnya penuh tiap pagi."),
        ("category", "water"),
    ];
    let body = http::form(&fields);
    write_forms(
        &file,
        people.map(|(kost, place)| {
            let account = (kost - 1) * (residents + STAFF) + STAFF + 1 + place;
            [
                format!("/k/bench-{kost}/tickets"),
                cookie(account),
                format!("{}: {}", CSRF.0, CSRF.1),
                body.clone(),
            ]
        }),
    )?;
    Ok(file)
}
