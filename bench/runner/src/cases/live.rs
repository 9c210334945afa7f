//! Staff change a status; the reporter's open page hears of it. Timed from the
//! first byte of the form to the message at the socket.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tokio::runtime::Runtime;

use crate::contestant::Contestant;
use crate::http;
use crate::results::percentile;
use crate::seed::STAFF;
use crate::sockets;
use crate::stage::{Stage, USUAL};
use crate::targets::{django, kostticket};
use crate::usage::Watch;
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
    let repetitions = stage.options.few_repetitions();
    for number in 1..=repetitions {
        for contestant in &all {
            let watch = Watch::start(&contestant.roots());
            let [p50, p99] = changes(&runtime, contestant, number, samples)?;
            let figures = [p50, p99, watch.end().cpu_per_1000(samples.into())];
            stage.results.note("live", "idle", contestant.who, &figures);
        }
    }
    // Afterwards, and one contestant after the other: whoever has more to do than they can
    // takes a while to come to rest.
    let patient = if stage.options.quick { &all[..2] } else { &all };
    for contestant in patient {
        for number in repetitions + 1..=2 * repetitions {
            let writers = Writers::start(contestant, 500, &stage.next_run())?;
            std::thread::sleep(Duration::from_secs(1));
            let [p50, p99] = changes(&runtime, contestant, number, samples)?;
            let figures = [p50, p99, ("writes_per_second", writers.per_second())];
            stage.results.note("live", "500 writes/s", contestant.who, &figures);
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
) -> Result<[(&'static str, f64); 2]> {
    let agent = http::agent();
    let people = on.people.as_ref().context("it has people")?;
    let mut took = Vec::new();
    for kost in 2..2 + samples {
        // As the data was made: the owner has the first place, residents from the fifth on.
        let reporter = people.cookie_of(kost, STAFF + 1 + number % USUAL.residents);
        let owner = people.cookie_of(kost, 1);
        let url = format!("{}/k/bench-{kost}/tickets/{number}/status", on.base);
        let mut socket = runtime.block_on(sockets::open(&people.live, &reporter))?;
        let heard = runtime.spawn(async move {
            let wait = sockets::until(&mut socket, |message| message["type"] == "unread");
            match tokio::time::timeout(PATIENCE, wait).await {
                Ok(outcome) => outcome.map(|()| Some(Instant::now())),
                Err(_) => Ok(None),
            }
        });
        let headers = [
            ("cookie", owner.as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
            people.header,
        ];
        let began = Instant::now();
        let status = http::post(&agent, &url, &headers, b"status=done&version=1")?;
        ensure!(matches!(status, 302 | 303), "{} answers {status} for {url}", on.who);
        let at = runtime.block_on(heard)??;
        let wait = at.map_or(PATIENCE, |at| at.duration_since(began));
        took.push(wait.as_secs_f64() * 1000.0);
        if at.is_none() {
            break;
        }
    }
    took.sort_unstable_by(f64::total_cmp);
    Ok([("p50_ms", percentile(&took, 50)), ("p99_ms", percentile(&took, 99))])
}
