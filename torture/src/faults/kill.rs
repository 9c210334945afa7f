//! `kill -9` at random moments, again and again, while people go on.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;

use super::{PAUSE, drain, judge};
use crate::check::Excused;
use crate::load::Load;
use crate::program::Program;
use crate::scene::Scene;
use crate::verdict::Verdict;

const TIMES: usize = 500;
/// After so many, everybody rests, and the books are compared.
const ROUND: usize = 50;
/// It has been up for so long when it is killed, in milliseconds.
const UP: std::ops::Range<u64> = 100..1500;

pub fn run(binary: &Path, times: Option<usize>) -> Result<Vec<Verdict>> {
    let times = times.unwrap_or(TIMES);
    let (scene, mut program) = Scene::set_up(binary)?;
    let scene = Arc::new(scene);
    let mut verdict = Verdict::new("kill -9");
    while verdict.times < times {
        let load = Load::start(&scene, PAUSE);
        for _ in 0..ROUND.min(times - verdict.times) {
            program = kill_once(&scene, program, &mut verdict)?;
        }
        let restarted = program.started();
        load.end()?;
        drain(&scene)?;
        verdict.drained.push(restarted.elapsed());
        judge(&scene, &Excused::default(), &mut verdict)?;
        println!("  after {} kills: {}", verdict.times, verdict.row());
    }
    program.end()?;
    Ok(vec![verdict])
}

fn kill_once(scene: &Scene, program: Program, verdict: &mut Verdict) -> Result<Program> {
    std::thread::sleep(Duration::from_millis(fastrand::u64(UP)));
    program.kill()?;
    verdict.times += 1;
    let (program, took) = scene.recipe.start_to_answer()?;
    verdict.answered.push(took);
    Ok(program)
}
