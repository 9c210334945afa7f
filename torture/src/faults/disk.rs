//! A disk that is full: what is refused is refused in words, what was taken is
//! there, and once there is room again everything goes on by itself.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::{PAUSE, conclude, drain, judge, no_disk};
use crate::check::Excused;
use crate::load::Load;
use crate::loopback::Disk;
use crate::scene::Scene;
use crate::verdict::Verdict;

const TIMES: usize = 5;
const MEGABYTES: u64 = 48;
/// So long there is no room.
const FULL: Duration = Duration::from_secs(10);

pub fn run(binary: &Path, times: Option<usize>) -> Result<Vec<Verdict>> {
    let name = "disk full";
    let folder = tempfile::Builder::new().prefix("kostticket-torture-").tempdir()?;
    let disk = match Disk::new(folder.path(), MEGABYTES) {
        Ok(disk) => disk,
        Err(error) => return Ok(vec![no_disk(name, &error)]),
    };
    let data = disk.mount.join("data");
    let (scene, program) = Scene::set_up_in(binary, folder, data)?;
    let scene = Arc::new(scene);
    let mut verdict = Verdict::new(name);
    for _ in 0..times.unwrap_or(TIMES) {
        let load = Load::start(&scene, PAUSE);
        std::thread::sleep(Duration::from_secs(2));
        let before = scene.ledger.unavailable();
        let filler = disk.fill()?;
        std::thread::sleep(FULL);
        ensure!(scene.ledger.unavailable() > before, "nobody was told that the disk is full");
        std::fs::remove_file(filler)?;
        let room = Instant::now();
        load.end()?;
        drain(&scene)?;
        verdict.times += 1;
        verdict.drained.push(room.elapsed());
        judge(&scene, &Excused::default(), &mut verdict)?;
    }
    verdict.remarks.push(format!("“not now” was said {} times", scene.ledger.unavailable()));
    let verdict = conclude(&scene, program, verdict)?;
    drop(disk);
    Ok(vec![verdict])
}
