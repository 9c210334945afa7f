//! A power cut: the program is stopped, its disk copied as it is at that moment,
//! and everything goes on from the copy, where nothing is that was not flushed.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use rustix::process::Signal;

use super::{PAUSE, conclude, drain, judge, no_disk};
use crate::check::Excused;
use crate::load::Load;
use crate::loopback::Disk;
use crate::scene::Scene;
use crate::verdict::Verdict;

const TIMES: usize = 20;
const MEGABYTES: u64 = 128;
/// It has had power for so long, in milliseconds.
const UP: std::ops::Range<u64> = 500..3000;

pub fn run(binary: &Path, times: Option<usize>) -> Result<Vec<Verdict>> {
    let name = "power cut";
    let folder = tempfile::Builder::new().prefix("kostticket-torture-").tempdir()?;
    let mut disk = match Disk::new(folder.path(), MEGABYTES) {
        Ok(disk) => disk,
        Err(error) => return Ok(vec![no_disk(name, &error)]),
    };
    let data = disk.mount.join("data");
    let (scene, mut program) = Scene::set_up_in(binary, folder, data)?;
    let scene = Arc::new(scene);
    let mut verdict = Verdict::new(name);
    let load = Load::start(&scene, PAUSE);
    for _ in 0..times.unwrap_or(TIMES) {
        std::thread::sleep(Duration::from_millis(fastrand::u64(UP)));
        program.signal(Signal::STOP)?;
        disk.cut_power(|| program.kill())?;
        verdict.times += 1;
        let (restarted, took) = scene.recipe.start_to_answer()?;
        program = restarted;
        verdict.answered.push(took);
    }
    load.end()?;
    drain(&scene)?;
    verdict.drained.push(program.started().elapsed());
    judge(&scene, &Excused::default(), &mut verdict)?;
    let verdict = conclude(&scene, program, verdict)?;
    drop(disk);
    Ok(vec![verdict])
}
