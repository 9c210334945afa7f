//! Three nodes on PostgreSQL, while residents and staff go on through a load
//! balancer: one node dies, stands still, or loses its database; then
//! PostgreSQL itself crashes.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use rustix::process::Signal;
use xtask::postgres;

use super::{PAUSE, drain, judge, no_postgres};
use crate::check::Excused;
use crate::load::Load;
use crate::nodes::{House, NODES};
use crate::scene::Scene;
use crate::verdict::Verdict;

/// How often a node is killed; the other faults take longer.
const KILLS: usize = 100;
const TIMES: usize = 3;
/// Between two kills, in milliseconds.
const UP: std::ops::Range<u64> = 100..1500;
/// Longer than a lease.
const STILL: Duration = Duration::from_secs(80);
/// So long a node is cut off, and PostgreSQL away.
const CUT: Duration = Duration::from_secs(20);
const AWAY: Duration = Duration::from_secs(5);

pub fn run(binary: &Path, times: Option<usize>) -> Result<Vec<Verdict>> {
    // With its usual care: what is committed is on the disk.
    let postgres = match postgres::start_with(&["fsync=on"]) {
        Ok(postgres) => postgres,
        Err(error) => return Ok(vec![no_postgres("three nodes", &error)]),
    };
    let (scene, mut house) = House::set_up(binary, postgres)?;
    let scene = Arc::new(scene);
    let few = times.unwrap_or(TIMES).min(TIMES);
    let mut verdicts = Vec::new();
    let faults: [(&str, usize, Deed); 4] = [
        ("three nodes: kill -9 of one", times.unwrap_or(KILLS), kill),
        ("three nodes: one stands still for 80 s", 1, stand_still),
        ("three nodes: one is cut off from PostgreSQL for 20 s", few, cut_off),
        ("three nodes: PostgreSQL crashes, and is away for 5 s", few, crash),
    ];
    for (name, times, deed) in faults {
        verdicts.push(suffer(&scene, &mut house, name, times, deed)?);
        verdicts.last().into_iter().for_each(|verdict| println!("  {}", verdict.row()));
    }
    if verdicts.iter().all(Verdict::is_fine) {
        scene.forget();
    }
    Ok(verdicts)
}

type Deed = fn(&mut House, &mut Verdict) -> Result<()>;

/// The fault so many times while people go on; then all is laid side by side.
fn suffer(
    scene: &Arc<Scene>,
    house: &mut House,
    name: &str,
    times: usize,
    deed: Deed,
) -> Result<Verdict> {
    let mut verdict = Verdict::new(name);
    let before = scene.ledger.forget_waits();
    let load = Load::start(scene, PAUSE);
    for _ in 0..times {
        deed(house, &mut verdict)?;
        verdict.times += 1;
    }
    let over = Instant::now();
    load.end()?;
    drain(scene)?;
    verdict.drained.push(over.elapsed());
    // A copy is made of what nobody works on.
    house.end()?;
    judge(scene, &Excused::default(), &mut verdict)?;
    house.start()?;
    verdict.remarks.push(format!(
        "“not now” was said {} times; nobody waited for longer than {:.1} s for an answer",
        scene.ledger.unavailable() - before,
        scene.ledger.longest().as_secs_f64()
    ));
    Ok(verdict)
}

fn kill(house: &mut House, verdict: &mut Verdict) -> Result<()> {
    std::thread::sleep(Duration::from_millis(fastrand::u64(UP)));
    let node = &mut house.nodes[fastrand::usize(..NODES)];
    node.kill()?;
    verdict.answered.push(node.start()?);
    Ok(())
}

fn stand_still(house: &mut House, _: &mut Verdict) -> Result<()> {
    std::thread::sleep(Duration::from_secs(2));
    let program = house.nodes[0].program()?;
    program.signal(Signal::STOP)?;
    std::thread::sleep(STILL);
    program.signal(Signal::CONT)
}

fn cut_off(house: &mut House, _: &mut Verdict) -> Result<()> {
    std::thread::sleep(Duration::from_secs(2));
    let line = &house.nodes[fastrand::usize(..NODES)].line;
    line.cut();
    std::thread::sleep(CUT);
    line.mend();
    std::thread::sleep(Duration::from_secs(2));
    Ok(())
}

fn crash(house: &mut House, verdict: &mut Verdict) -> Result<()> {
    std::thread::sleep(Duration::from_secs(2));
    house.postgres.crash()?;
    std::thread::sleep(AWAY);
    house.postgres.start()?;
    let back = Instant::now();
    for node in &house.nodes {
        node.wait_until_ready()?;
    }
    verdict.answered.push(back.elapsed());
    Ok(())
}
