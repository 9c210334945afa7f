//! A disk that fails at some write or flush: once, or from then on until the
//! program is started anew.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};

use super::{PAUSE, conclude, drain, judge};
use crate::check::Excused;
use crate::load::Load;
use crate::scene::Scene;
use crate::verdict::Verdict;

const TIMES: usize = 20;
/// So long the program runs on the failing disk, in milliseconds.
const UP: std::ops::Range<u64> = 2000..5000;
/// At which call it fails, at random.
const CALL: std::ops::Range<u32> = 1..400;

// A read that fails is not among them: SQLite calls that a damaged database, and
// so do we, with an error in the log and a 500 that keeps what was typed.
const FAILURES: [(&str, &str, &str); 3] = [
    ("EIO at the n-th flush", "fdatasync,fsync", "EIO"),
    ("EIO at the n-th write", "pwrite64", "EIO"),
    ("ENOSPC at the n-th write", "pwrite64", "ENOSPC"),
];

pub fn run(binary: &Path, times: Option<usize>) -> Result<Vec<Verdict>> {
    let strace = Command::new("strace").arg("-V").stdout(Stdio::null()).status();
    if !strace.is_ok_and(|status| status.success()) {
        return Ok(vec![Verdict::skipped("EIO and ENOSPC", "there is no strace here")]);
    }
    let mut verdicts = Vec::new();
    for (name, calls, error) in FAILURES {
        verdicts.push(fail(binary, times.unwrap_or(TIMES), name, calls, error)?);
        verdicts.last().into_iter().for_each(|verdict| println!("  {}", verdict.row()));
    }
    Ok(verdicts)
}

fn fail(binary: &Path, times: usize, name: &str, calls: &str, error: &str) -> Result<Verdict> {
    let (scene, mut program) = Scene::set_up(binary)?;
    let scene = Arc::new(scene);
    let mut verdict = Verdict::new(name);
    let load = Load::start(&scene, PAUSE);
    for time in 0..times {
        program.kill()?;
        let since = if time % 2 == 0 { "" } else { "+" };
        let when = format!("{calls}:error={error}:when={}{since}", fastrand::u32(CALL));
        let mut recipe = scene.recipe.clone();
        recipe.around = ["strace", "-D", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", "-e"]
            .map(str::to_owned)
            .into_iter()
            .chain([format!("trace={calls}"), "-e".to_owned(), format!("inject={when}")])
            .collect();
        // It may refuse to start on such a disk.
        if let Ok((failing, _)) = recipe.start_to_answer() {
            std::thread::sleep(Duration::from_millis(fastrand::u64(UP)));
            failing.kill()?;
        }
        verdict.times += 1;
        let (restarted, took) = scene.recipe.start_to_answer()?;
        program = restarted;
        verdict.answered.push(took);
    }
    load.end()?;
    drain(&scene).context(name.to_owned())?;
    verdict.drained.push(program.started().elapsed());
    judge(&scene, &Excused::default(), &mut verdict)?;
    verdict.remarks.push(format!("“not now” was said {} times", scene.ledger.unavailable()));
    conclude(&scene, program, verdict)
}
