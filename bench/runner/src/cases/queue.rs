//! Tasks that do nothing, through our queue and through those that others use:
//! how many a second, and how soon one starts after it was enqueued.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::stage::{Stage, sources};
use crate::targets::redis;
use crate::tools;
use crate::usage::{self, Watch};

const EMPTY: &str = "empty jobs";
const SOON: &str = "enqueue to start at 200/s";

/// Everybody in turn.
pub fn measure(stage: &mut Stage) -> Result<()> {
    for _ in 0..stage.options.repetitions() {
        ours(stage, None)?;
        let url = stage.postgres()?.url();
        ours(stage, Some(&url))?;
        node(stage, "graphile.mjs", &[], "graphile-worker, PostgreSQL")?;
        if !stage.options.quick {
            node(stage, "graphile.mjs", &["tuned"], "graphile-worker tuned, PostgreSQL")?;
        }
        node(stage, "pgboss.mjs", &[], "pg-boss, PostgreSQL")?;
        celery(stage)?;
    }
    Ok(())
}

/// `bench/queue`: the crate with nothing around it, as the peers are.
fn ours(stage: &mut Stage, url: Option<&str>) -> Result<()> {
    let who =
        if url.is_some() { "KostTicket's queue, PostgreSQL" } else { "KostTicket's queue, SQLite" };
    let beside = if url.is_some() { stage.postgres()?.process_id() } else { None };
    let words: &[&str] = match (stage.options.quick, url) {
        (true, None) => &["json", "quick", "soon"],
        (true, Some(_)) => &["json", "quick"],
        (false, _) => &["json", "many", "soon", "lateness"],
    };
    let mut command = Command::new(stage.program("bench-queue"));
    command.args(words).args(url);
    // Not in memory: where the temporary folder is may be.
    command.env("TMPDIR", stage.empty_folder("queue")?);
    let (said, peak) = watched(&mut command, beside)?;
    for Said { line, cpu } in said {
        let what = line["what"].as_str().unwrap_or_default();
        let number = |name: &str| line[name].as_f64().with_context(|| format!("no {name}"));
        if what.contains("256 places") {
            let jobs = what.split(' ').next().unwrap_or_default().parse()?;
            let rate = number("per_second")?;
            let cpu = usage::cpu_per_1000(cpu, jobs);
            let figures = [("jobs", jobs), ("per_second", rate), peak, cpu];
            stage.results.note("queue", EMPTY, who, &figures);
        } else if what.contains("enqueue to start") {
            let figures = [("p50_ms", number("p50_ms")?), ("p99_ms", number("p99_ms")?)];
            stage.results.note("queue", what, who, &figures);
        } else if what.contains("late") {
            let figures = [("max_late_ms", number("max_ms")?), ("early", number("early")?)];
            stage.results.note("queue", "scheduled", who, &figures);
        }
    }
    Ok(())
}

fn node(stage: &mut Stage, script: &str, words: &[&str], who: &'static str) -> Result<()> {
    let folder = tools::node(&stage.folder)?;
    let jobs = jobs(stage.options.quick);
    let server = stage.postgres()?;
    let mut command = Command::new("node");
    command
        .current_dir(folder)
        .args([script, &jobs.to_string()])
        .args(words)
        .env("PGHOST", server.folder())
        .env("PGUSER", "postgres")
        .env("PGDATABASE", "postgres");
    let beside = server.process_id();
    note_peer(stage, &mut command, jobs, beside, who)
}

fn celery(stage: &mut Stage) -> Result<()> {
    let python = tools::python(&stage.folder)?;
    let jobs = jobs(stage.options.quick);
    let (server, url) = redis::start(stage)?;
    let mut command = Command::new(python);
    command
        .current_dir(sources().join("peers/celery"))
        .args(["measure.py", &jobs.to_string()])
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("BENCH_REDIS", url);
    note_peer(stage, &mut command, jobs, Some(server.id()), "Celery, Redis")
}

/// Fewer than ours, which would be done with so few too soon to be measured.
fn jobs(quick: bool) -> u32 {
    if quick { 2_000 } else { 10_000 }
}

fn note_peer(
    stage: &mut Stage,
    command: &mut Command,
    jobs: u32,
    beside: Option<u32>,
    who: &str,
) -> Result<()> {
    let (said, peak) = watched(command, beside)?;
    let jobs = f64::from(jobs);
    let [_, drained, started] = &said[..] else { bail!("it says {} lines", said.len()) };
    let number =
        |said: &Said, name: &str| said.line[name].as_f64().with_context(|| format!("no {name}"));
    let rate = number(drained, "per_second")?;
    let cpu = usage::cpu_per_1000(drained.cpu, jobs);
    let figures = [("jobs", jobs), ("per_second", rate), peak, cpu];
    stage.results.note("queue", EMPTY, who, &figures);
    let figures = [("p50_ms", number(started, "p50_ms")?), ("p99_ms", number(started, "p99_ms")?)];
    stage.results.note("queue", SOON, who, &figures);
    Ok(())
}

/// One line of a program, and what it and the server beside it used since the line before.
struct Said {
    line: Value,
    cpu: Duration,
}

/// What a program prints as JSON, and the memory that it and the server beside it
/// held at most.
fn watched(command: &mut Command, beside: Option<u32>) -> Result<(Vec<Said>, (&'static str, f64))> {
    let name = Path::new(command.get_program()).display().to_string();
    let mut running = command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {name}"))?;
    let roots: Vec<u32> = [running.id()].into_iter().chain(beside).collect();
    let watch = Watch::start(&roots);
    let (mut said, mut before) = (Vec::new(), usage::cpu(&roots));
    let output = running.stdout.take().context("its output")?;
    for line in BufReader::new(output).lines().map_while(Result::ok) {
        if line.starts_with('{') {
            let now = usage::cpu(&roots);
            said.push((line, now.saturating_sub(before)));
            before = now;
        }
    }
    let output = running.wait_with_output()?;
    let peak = usage::peak(watch.end().memory);
    ensure!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    let parsed = said
        .into_iter()
        .map(|(line, cpu)| Ok(Said { line: serde_json::from_str(&line)?, cpu }))
        .collect::<Result<_>>()?;
    Ok((parsed, peak))
}
