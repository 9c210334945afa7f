//! Staff change a status; the reporter's open page hears of it. Timed from the
//! first byte of the form to the message at the socket.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tokio::runtime::Runtime;

use crate::contestant::Contestant;
use crate::http;
use crate::load::let_settle;
use crate::results::percentile;
use crate::seed::STAFF;
use crate::sockets;
use crate::stage::{Stage, USUAL};
use crate::targets::{django, kostticket};
use crate::usage;
use crate::writers::Writers;

/// Longer than anybody waits: a message that takes longer counts as this long, and
/// ends the repetition.
const PATIENCE: Duration = Duration::from_secs(10);

/// Idle, and beside five hundred reports a second.
pub fn measure(stage: &mut Stage) -> Result<()> {
    let [sqlite, postgres] = kostticket::start_both(stage, USUAL)?;
    let all = [sqlite, postgres, django::start(stage, USUAL)?];
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    // The 99th percentile of a hundred would be the worst of them.
    let samples = if stage.options.quick { 30 } else { 300 };
    // Each repetition changes other reports: the first ones of their kosts.
    let repetitions = stage.options.repetitions();
    for number in 1..=repetitions {
        for contestant in &all {
            let figures = changes(&runtime, contestant, number, samples)?;
            stage.results.note("live", "idle", contestant.who, &figures);
            let_settle(&contestant.roots());
        }
    }
    // Afterwards, and one contestant after the other: whoever has more to do than they can
    // takes a while to come to rest.
    let beside_writes = if stage.options.quick { &all[..1] } else { &all };
    for contestant in beside_writes {
        for number in repetitions + 1..=2 * repetitions {
            let mut writers = Writers::start(contestant, 500, &stage.next_run())?;
            std::thread::sleep(Duration::from_secs(1));
            // What the processor did is for the writes, too.
            let [p50, p99, _, held] = changes(&runtime, contestant, number, samples)?;
            let figures = [p50, p99, held, ("writes_per_second", writers.per_second()?)];
            stage.results.note("live", "500 writes/s", contestant.who, &figures);
            drop(writers);
            let_settle(&contestant.roots());
        }
    }
    Ok(())
}

/// One change in each of so many kosts: of the report with this number.
fn changes(
    runtime: &Runtime,
    on: &Contestant,
    number: u32,
    samples: u32,
) -> Result<[(&'static str, f64); 4]> {
    let agent = http::agent();
    let people = on.people.as_ref().context("it has people")?;
    let mut open = Vec::new();
    for kost in 2..2 + samples {
        let reporter = people.cookie_of(kost, STAFF + 1 + number % USUAL.residents);
        let mut socket = runtime.block_on(sockets::open(&people.live, &reporter))?;
        // Read from now on: who does not answer pings is taken for gone.
        let heard = runtime.spawn(async move {
            let outcome = sockets::until(&mut socket, |message| message["type"] == "unread").await;
            outcome.map(|()| (Instant::now(), socket))
        });
        open.push((kost, heard));
    }
    let (mut took, mut done, before) = (Vec::new(), Vec::new(), usage::cpu(&on.roots()));
    let mut open = open.into_iter();
    for (kost, mut heard) in open.by_ref() {
        // As the data was made: the owner has the first place.
        let owner = people.cookie_of(kost, 1);
        let url = format!("{}/k/bench-{kost}/tickets/{number}/status", on.base);
        let headers = people.form_headers(&owner);
        let began = Instant::now();
        let status = http::post(&agent, &url, &headers, b"status=done&version=1")?;
        ensure!(http::is_redirect(status), "{} answers {status} for {url}", on.who);
        let wait = async { tokio::time::timeout(PATIENCE, &mut heard).await };
        let Ok(outcome) = runtime.block_on(wait) else {
            heard.abort();
            took.push(PATIENCE.as_secs_f64() * 1000.0);
            break;
        };
        let (at, socket) = outcome??;
        ensure!(at > began, "a reporter of {} heard of something else", on.who);
        took.push(at.duration_since(began).as_secs_f64() * 1000.0);
        // It stays open: closing it would cost something beside the next.
        done.push(socket);
    }
    let cpu = usage::cpu(&on.roots()).saturating_sub(before);
    let held = ("memory_mib", usage::mebibytes(usage::memory(&on.roots())));
    open.for_each(|(_, heard)| heard.abort());
    runtime.block_on(async { drop(done) });
    let cpu = usage::cpu_per_1000(cpu, f64::from(u32::try_from(took.len())?));
    took.sort_unstable_by(f64::total_cmp);
    let [p50, p99] = [50, 99].map(|part| percentile(&took, part));
    Ok([("p50_ms", p50), ("p99_ms", p99), cpu, held])
}
