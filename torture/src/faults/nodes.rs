//! Three nodes on PostgreSQL, while residents and staff go on through a load
//! balancer: one node dies, stands still, or loses its database; the mail server
//! is ill; then PostgreSQL itself crashes, gives way to its standby, or has no
//! room on its disk.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use mail::testing::Behaviour;
use rustix::process::Signal;
use xtask::postgres;

use super::{PAUSE, drain, judge, no_disk, no_postgres};
use crate::check::Excused;
use crate::load::Load;
use crate::loopback::Disk;
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
/// So long a node is cut off, the mail server ill, PostgreSQL away, its disk full.
const CUT: Duration = Duration::from_secs(20);
const ILL: Duration = Duration::from_secs(20);
const AWAY: Duration = Duration::from_secs(5);
const FULL: Duration = Duration::from_secs(10);
/// After PostgreSQL came back: whoever still waits gives up by then, and is heard of.
const SETTLE: Duration = Duration::from_secs(21);
/// Of PostgreSQL's disk.
const MEGABYTES: u64 = 400;
/// With its usual care: what is committed is on the disk, which its log must not fill.
const SETTINGS: [&str; 3] = ["fsync=on", "min_wal_size=32MB", "max_wal_size=64MB"];

pub fn run(binary: &Path, times: Option<usize>) -> Result<Vec<Verdict>> {
    let place = tempfile::Builder::new().prefix("kostticket-torture-disk-").tempdir()?;
    // PostgreSQL runs as somebody else.
    std::fs::set_permissions(place.path(), Permissions::from_mode(0o711))?;
    let disk = Disk::new(place.path(), MEGABYTES);
    let room = disk.as_ref().map_or(std::env::temp_dir(), |disk| disk.mount.clone());
    let postgres = match postgres::start_in(&room, &SETTINGS) {
        Ok(postgres) => postgres,
        Err(error) => return Ok(vec![no_postgres("three nodes", &error)]),
    };
    let (scene, mut house) = House::set_up(binary, postgres)?;
    let scene = Arc::new(scene);
    let few = times.unwrap_or(TIMES).min(TIMES);
    let mut verdicts = Vec::new();
    let faults: [(&str, usize, Deed); 7] = [
        ("three nodes: kill -9 of one", times.unwrap_or(KILLS), kill),
        ("three nodes: one stands still for 80 s", 1, stand_still),
        ("three nodes: one is cut off from PostgreSQL for 20 s", few, cut_off),
        ("three nodes: SMTP down for 20 s", few, mail_down),
        ("three nodes: SMTP takes it and drops before its 250", few, mail_unsaid),
        ("three nodes: PostgreSQL crashes, and is away for 5 s", few, crash),
        ("three nodes: PostgreSQL dies, and its standby takes over", few, fail_over),
    ];
    for (name, times, deed) in faults {
        verdicts.push(suffer(&scene, &mut house, name, times, deed)?);
        verdicts.last().into_iter().for_each(|verdict| println!("  {}", verdict.row()));
    }
    let name = "three nodes: PostgreSQL's disk is full for 10 s";
    verdicts.push(match &disk {
        Ok(disk) => suffer(&scene, &mut house, name, few, |_, house, verdict| {
            disk_full(disk, house, verdict)
        })?,
        Err(error) => no_disk(name, error),
    });
    if verdicts.iter().all(Verdict::is_fine) {
        scene.forget();
    }
    Ok(verdicts)
}

type Deed = fn(&Scene, &mut House, &mut Verdict) -> Result<()>;

/// The fault so many times while people go on; then all is laid side by side.
fn suffer(
    scene: &Arc<Scene>,
    house: &mut House,
    name: &str,
    times: usize,
    deed: impl Fn(&Scene, &mut House, &mut Verdict) -> Result<()>,
) -> Result<Verdict> {
    let mut verdict = Verdict::new(name);
    let before = scene.ledger.forget_waits();
    let load = Load::start(scene, PAUSE);
    for _ in 0..times {
        scene.ledger.take_outage();
        deed(scene, house, &mut verdict)?;
        verdict.outages.push(scene.ledger.take_outage());
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

fn kill(_: &Scene, house: &mut House, verdict: &mut Verdict) -> Result<()> {
    std::thread::sleep(Duration::from_millis(fastrand::u64(UP)));
    let node = &mut house.nodes[fastrand::usize(..NODES)];
    node.kill()?;
    verdict.answered.push(node.start()?);
    Ok(())
}

fn stand_still(_: &Scene, house: &mut House, _: &mut Verdict) -> Result<()> {
    std::thread::sleep(Duration::from_secs(2));
    let program = house.nodes[0].program()?;
    program.signal(Signal::STOP)?;
    std::thread::sleep(STILL);
    program.signal(Signal::CONT)
}

fn cut_off(_: &Scene, house: &mut House, _: &mut Verdict) -> Result<()> {
    std::thread::sleep(Duration::from_secs(2));
    let line = &house.nodes[fastrand::usize(..NODES)].line;
    line.cut();
    std::thread::sleep(CUT);
    line.mend();
    std::thread::sleep(Duration::from_secs(2));
    Ok(())
}

fn mail_down(scene: &Scene, _: &mut House, _: &mut Verdict) -> Result<()> {
    std::thread::sleep(Duration::from_secs(2));
    scene.sink.down();
    std::thread::sleep(ILL);
    scene.sink.get_well(false);
    Ok(())
}

fn mail_unsaid(scene: &Scene, _: &mut House, _: &mut Verdict) -> Result<()> {
    std::thread::sleep(Duration::from_secs(2));
    scene.sink.now(Behaviour::new().take_and_hang_up());
    std::thread::sleep(ILL);
    scene.sink.get_well(true);
    Ok(())
}

fn crash(_: &Scene, house: &mut House, verdict: &mut Verdict) -> Result<()> {
    std::thread::sleep(Duration::from_secs(2));
    house.postgres.crash()?;
    std::thread::sleep(AWAY);
    house.postgres.start()?;
    come_back(house, verdict)
}

fn fail_over(_: &Scene, house: &mut House, verdict: &mut Verdict) -> Result<()> {
    let standby = house.postgres.standby()?;
    std::thread::sleep(Duration::from_secs(2));
    house.fail_over(standby)?;
    come_back(house, verdict)
}

/// It may end for want of room, and then has to be started by somebody.
fn disk_full(disk: &Disk, house: &mut House, verdict: &mut Verdict) -> Result<()> {
    std::thread::sleep(Duration::from_secs(2));
    let filler = disk.fill()?;
    std::thread::sleep(FULL);
    std::fs::remove_file(filler)?;
    house.postgres.revive()?;
    come_back(house, verdict)
}

/// PostgreSQL is there again: soon all nodes are.
fn come_back(house: &House, verdict: &mut Verdict) -> Result<()> {
    let back = Instant::now();
    for node in &house.nodes {
        node.wait_until_ready()?;
    }
    verdict.answered.push(back.elapsed());
    std::thread::sleep(SETTLE);
    Ok(())
}
