//! SIGTERM at random moments, as a restart by systemd or an update does it:
//! it ends in time and in good order, and no task has lost an attempt by it.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use rustix::process::Signal;

use super::{PAUSE, conclude, drain, judge};
use crate::check::Excused;
use crate::database::one;
use crate::load::Load;
use crate::program::Program;
use crate::scene::Scene;
use crate::verdict::Verdict;

const TIMES: usize = 100;
/// It has been up for so long when it is told to end, in milliseconds.
const UP: std::ops::Range<u64> = 100..1500;
/// What runs may take ten seconds, and letting go of the rest two.
const GRACE: Duration = Duration::from_secs(12);

pub fn run(binary: &Path, times: Option<usize>) -> Result<Vec<Verdict>> {
    let (scene, mut program) = Scene::set_up(binary)?;
    let scene = Arc::new(scene);
    let mut verdict = Verdict::new("SIGTERM");
    let mut longest = Duration::ZERO;
    let load = Load::start(&scene, PAUSE);
    for _ in 0..times.unwrap_or(TIMES) {
        std::thread::sleep(Duration::from_millis(fastrand::u64(UP)));
        longest = longest.max(end(&scene, program, &mut verdict)?);
        let (restarted, took) = scene.recipe.start_to_answer()?;
        program = restarted;
        verdict.answered.push(took);
    }
    load.end()?;
    drain(&scene)?;
    verdict.drained.push(program.started().elapsed());
    judge(&scene, &Excused::default(), &mut verdict)?;
    let burnt: i64 = one(&scene.database()?, "SELECT COUNT(*) FROM job WHERE attempt > 1")?;
    if burnt > 0 {
        verdict.problems.push(format!("{burnt} tasks lost an attempt"));
    }
    verdict.remarks.push(format!("the longest end took {:.2} s", longest.as_secs_f64()));
    Ok(vec![conclude(&scene, program, verdict)?])
}

fn end(scene: &Scene, program: Program, verdict: &mut Verdict) -> Result<Duration> {
    let asked = Instant::now();
    program.signal(Signal::TERM)?;
    let status = program.ended_within(GRACE)?;
    verdict.times += 1;
    if !status.success() {
        verdict.problems.push(format!("it ended with {status}"));
    }
    let held: i64 = one(&scene.database()?, "SELECT COUNT(*) FROM job WHERE state = 'running'")?;
    if held > 0 {
        verdict.problems.push(format!("it ended and still held {held} tasks"));
    }
    Ok(asked.elapsed())
}
