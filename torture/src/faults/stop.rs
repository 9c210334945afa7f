//! A process that stands still for longer than its leases, and goes on as if
//! nothing had been. Meanwhile another one has done its work: what the first
//! then says of it is refused, and logged.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use mail::testing::{Behaviour, Step};
use rustix::process::Signal;

use super::{PAUSE, conclude, drain, judge};
use crate::check::Excused;
use crate::database::one;
use crate::load::Load;
use crate::program::Program;
use crate::scene::{Scene, within};
use crate::verdict::Verdict;

const TIMES: usize = 2;
/// A lease lasts a minute; others look for what has run out four times as often.
const STILL: Duration = Duration::from_secs(80);
/// So long the mail server thinks: mails are under way when the process stops.
const SLOW: Duration = Duration::from_secs(4);

/// What each of the two carries; the server was there first.
const OF_SERVER: &str = "
    SELECT COUNT(*)
    FROM job
    WHERE state = 'running' AND worker = (SELECT MIN(id) FROM queue_worker)";
const OF_WORKER: &str = "
    SELECT COUNT(*)
    FROM job
    WHERE state = 'running' AND worker = (SELECT MAX(id) FROM queue_worker)";
const RESCUED: &str = "SELECT COUNT(*) FROM job_attempt WHERE error_code = 'worker_lost'";

pub fn run(binary: &Path, times: Option<usize>) -> Result<Vec<Verdict>> {
    let (scene, server) = Scene::set_up(binary)?;
    let mut worker = scene.recipe.start("work")?;
    worker.says("runs tasks")?;
    let scene = Arc::new(scene);
    let mut verdict = Verdict::new("SIGSTOP for 80 s, then SIGCONT");
    let (mut rescued, mut refused) = (0, 0);
    for time in 0..times.unwrap_or(TIMES) {
        let (who, carried) =
            if time % 2 == 0 { (&worker, OF_WORKER) } else { (&server, OF_SERVER) };
        let seen = stand_still(&scene, who, carried, &mut verdict)?;
        rescued += seen.0;
        refused += seen.1;
    }
    if rescued == 0 || refused == 0 {
        verdict.problems.push(format!("{rescued} tasks rescued, {refused} outcomes refused"));
    }
    verdict.remarks.push(format!("{rescued} tasks rescued, {refused} late outcomes refused"));
    worker.end()?;
    Ok(vec![conclude(&scene, server, verdict)?])
}

/// Says how many tasks were rescued, and how many late outcomes refused.
fn stand_still(
    scene: &Arc<Scene>,
    who: &Program,
    carried: &str,
    verdict: &mut Verdict,
) -> Result<(i64, usize)> {
    let db = scene.database()?;
    let before = (one::<i64>(&db, RESCUED)?, refusals(scene)?);
    let load = Load::start(scene, PAUSE);
    std::thread::sleep(Duration::from_secs(2));
    scene.sink.now(Behaviour::new().slow(Step::Content, SLOW));
    std::thread::sleep(Duration::from_secs(1));
    load.end()?;
    within(Duration::from_secs(60), || {
        ensure!(one::<i64>(&db, carried)? > 0, "no mail is under way");
        Ok(())
    })?;
    who.signal(Signal::STOP)?;
    std::thread::sleep(STILL);
    who.signal(Signal::CONT)?;
    scene.sink.get_well(false);
    let went_on = Instant::now();
    drain(scene)?;
    verdict.times += 1;
    verdict.drained.push(went_on.elapsed());
    judge(scene, &Excused::default(), verdict)?;
    // It may take a moment to notice.
    std::thread::sleep(Duration::from_secs(2));
    Ok((one::<i64>(&db, RESCUED)? - before.0, refusals(scene)? - before.1))
}

fn refusals(scene: &Scene) -> Result<usize> {
    let log = scene.log()?;
    let is_refusal = |line: &&str| {
        line.contains("the lease was lost") || line.contains("was taken from us while it ran")
    };
    Ok(log.lines().filter(is_refusal).count())
}
