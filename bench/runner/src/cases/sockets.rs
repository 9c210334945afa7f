//! Many open pages: what each costs while nothing happens, and how long it takes
//! until the last of a thousand has heard.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tokio::runtime::Runtime;

use crate::contestant::Contestant;
use crate::http;
use crate::load::let_settle;
use crate::machine;
use crate::process::Process;
use crate::results::percentile;
use crate::seed::{STAFF, path_of};
use crate::sockets::{Socket, open, until};
use crate::stage::{Stage, USUAL};
use crate::targets::{django, kostticket};
use crate::usage::{self, bytes, cpu_per_1000, mebibytes};

const MANY: u32 = 10_000;
const VIEWERS: u32 = 1_000;
/// So that nobody has more open pages than one may have.
const PAGES_EACH: u32 = 20;

/// By everybody who has sockets.
pub fn measure(stage: &mut Stage) -> Result<()> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let many = if stage.options.quick { VIEWERS } else { MANY };
    ensure!(
        machine::files() > u64::from(many) + 500,
        "the limit on open files is too low (ulimit -n)"
    );
    let mut all = Vec::from(kostticket::start_both(stage, USUAL)?);
    if !stage.options.quick {
        all.push(django::start(stage, USUAL)?);
    }
    for contestant in &all {
        let is_slow = contestant.who == django::WHO;
        idle(stage, &runtime, contestant, if is_slow { many.min(2_000) } else { many })?;
    }
    for number in 1..=stage.options.repetitions() {
        for contestant in &all {
            broadcast(stage, &runtime, contestant, number)?;
        }
    }
    Ok(())
}

/// What the server's own processes hold more of with so many sockets, each of another person.
fn idle(stage: &mut Stage, runtime: &Runtime, on: &Contestant, many: u32) -> Result<()> {
    let people = on.people.as_ref().context("it has people")?;
    let open = |n| runtime.block_on(open(&people.live, &(people.cookie)(people.before + n)));
    let own: Vec<u32> = on.processes.iter().map(Process::id).collect();
    // What every page needs once is not a socket's.
    drop(open(1)?);
    let before = usage::memory(&own);
    let mut sockets: Vec<Socket> = Vec::new();
    for number in 1..=many {
        sockets.push(open(number)?);
    }
    std::thread::sleep(Duration::from_secs(if stage.options.quick { 1 } else { 3 }));
    let each = (bytes(usage::memory(&own)) - bytes(before)) / 1024.0 / f64::from(many);
    stage.results.note("sockets", &format!("{many} idle sockets"), on.who, &[("kib_each", each)]);
    runtime.block_on(async { drop(sockets) });
    let_settle(&on.roots());
    Ok(())
}

/// A change in the last kost, where many look at the dashboard.
fn broadcast(stage: &mut Stage, runtime: &Runtime, on: &Contestant, number: u32) -> Result<()> {
    let kost = USUAL.kosts;
    let people = on.people.as_ref().context("it has people")?;
    let mut viewers = Vec::new();
    for viewer in 0..VIEWERS {
        let cookie = people.cookie_of(kost, STAFF + 1 + viewer / PAGES_EACH);
        viewers.push(runtime.block_on(open(&people.live, &cookie))?);
    }
    let heard = viewers.into_iter().map(|socket| runtime.spawn(first_change(socket)));
    let heard: Vec<_> = heard.collect();
    let url = format!("{}{}/tickets/{number}/status", on.base, path_of(kost));
    let owner = people.cookie_of(kost, 1);
    let headers = people.form_headers(&owner);
    let (roots, agent) = (on.roots(), http::agent());
    let (before, began) = (usage::cpu(&roots), Instant::now());
    let status = http::post(&agent, &url, &headers, b"status=done&version=1")?;
    ensure!(http::is_redirect(status), "{} answers {status} for {url}", on.who);
    // They stay open until the last has heard: to close costs something, too.
    let (mut took, mut done) = (Vec::new(), Vec::new());
    for one in heard {
        let (at, socket) = runtime.block_on(one)?.context("a viewer heard nothing")?;
        took.push(at.duration_since(began).as_secs_f64() * 1000.0);
        done.push(socket);
    }
    let cpu = cpu_per_1000(usage::cpu(&roots).saturating_sub(before), VIEWERS.into());
    let held = ("memory_mib", mebibytes(usage::memory(&roots)));
    runtime.block_on(async { drop(done) });
    let_settle(&roots);
    took.sort_unstable_by(f64::total_cmp);
    let [p50, p99] = [50, 99].map(|part| percentile(&took, part));
    let figures = [("p50_ms", p50), ("p99_ms", p99), cpu, held];
    stage.results.note("sockets", &format!("broadcast to {VIEWERS}"), on.who, &figures);
    Ok(())
}

/// The first message about reports; those about the queue do not count.
async fn first_change(mut socket: Socket) -> Result<(Instant, Socket)> {
    let wait = until(&mut socket, |message| {
        let topics = message["topics"].as_array().into_iter().flatten();
        topics.filter_map(|topic| topic.as_str()).any(|topic| !topic.starts_with("queue"))
    });
    tokio::time::timeout(Duration::from_secs(30), wait).await??;
    Ok((Instant::now(), socket))
}
