//! `kill -9` at random moments, also while it starts, and people go on all the time.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;

use super::{PAUSE, conclude, drain, judge};
use crate::check::Excused;
use crate::load::Load;
use crate::program::Program;
use crate::scene::Scene;
use crate::verdict::Verdict;

const TIMES: usize = 500;
/// After so many, everybody rests, and the books are compared.
const ROUND: usize = 50;
/// It has been up for so long when it is killed, in milliseconds.
const UP: Range<u64> = 100..1500;
/// One in so many is killed again while it starts, so long after its beginning.
const STARTING: (u8, Range<u64>) = (10, 0..80);

pub fn run(binary: &Path, times: Option<usize>) -> Result<Vec<Verdict>> {
    let times = times.unwrap_or(TIMES);
    let (scene, mut program) = Scene::set_up(binary)?;
    let scene = Arc::new(scene);
    let mut verdict = Verdict::new("kill -9");
    while verdict.times < times {
        let load = Load::start(&scene, PAUSE);
        let round = times.min(verdict.times + ROUND);
        while verdict.times < round {
            program = kill_once(&scene, program, &mut verdict)?;
        }
        let restarted = program.started();
        load.end()?;
        drain(&scene)?;
        verdict.drained.push(restarted.elapsed());
        judge(&scene, &Excused::default(), &mut verdict)?;
        println!("  after {} kills: {}", verdict.times, verdict.row());
    }
    Ok(vec![conclude(&scene, program, verdict)?])
}

fn kill_once(scene: &Scene, program: Program, verdict: &mut Verdict) -> Result<Program> {
    kill_after(UP, program, verdict)?;
    if fastrand::u8(0..STARTING.0) == 0 {
        kill_after(STARTING.1, scene.recipe.start("serve")?, verdict)?;
    }
    let (program, took) = scene.recipe.start_to_answer()?;
    verdict.answered.push(took);
    Ok(program)
}

fn kill_after(time: Range<u64>, program: Program, verdict: &mut Verdict) -> Result<()> {
    std::thread::sleep(Duration::from_millis(fastrand::u64(time)));
    program.kill()?;
    verdict.times += 1;
    Ok(())
}
