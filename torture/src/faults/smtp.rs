//! Mail servers as they are. People go on meanwhile; once the server is well
//! again, every mail arrives, and twice only what it never said that it had.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use fastrand::Rng;
use mail::testing::{Behaviour, Step};

use super::{PAUSE, QUIET, conclude, drain, judge};
use crate::check::Excused;
use crate::database::one;
use crate::load::Load;
use crate::scene::{Scene, within};
use crate::user::User;
use crate::verdict::Verdict;

/// So long the server is ill.
const ILL: Duration = Duration::from_secs(20);
/// How often each illness is had.
const TIMES: usize = 3;
/// So many mails there are at least, one address among them poisoned.
const MANY: i64 = 10_000;

/// One way to be ill, and whether it then takes mails without saying so.
type Illness = (&'static str, bool, fn(&Scene));

const ILLNESSES: [Illness; 6] = [
    ("SMTP down", false, |scene| scene.sink.down()),
    ("SMTP silent at the greeting", false, |scene| {
        scene.sink.now(Behaviour::new().slow(Step::Greeting, Duration::from_secs(600)));
    }),
    ("SMTP slow, 2 s a mail", false, |scene| {
        scene.sink.now(Behaviour::new().slow(Step::Content, Duration::from_secs(2)));
    }),
    ("SMTP drops after DATA", false, |scene| {
        scene.sink.now(Behaviour::new().hang_up(Step::Content));
    }),
    ("SMTP takes it and drops before its 250", true, |scene| {
        scene.sink.now(Behaviour::new().take_and_hang_up());
    }),
    ("SMTP says 421 to every tenth", false, |scene| {
        let busy = Behaviour::new().reply(Step::Sender, "421 4.3.2 come back later").every(10);
        scene.sink.now(busy);
    }),
];

pub fn run(binary: &Path, times: Option<usize>) -> Result<Vec<Verdict>> {
    let times = times.unwrap_or(TIMES);
    let mut verdicts = Vec::new();
    for illness in ILLNESSES {
        verdicts.push(ill(binary, times, illness)?);
        verdicts.last().into_iter().for_each(|verdict| println!("  {}", verdict.row()));
    }
    verdicts.push(wrong_password(binary)?);
    Ok(verdicts)
}

fn ill(binary: &Path, times: usize, illness: Illness) -> Result<Verdict> {
    let (name, is_unsaid, fall_ill) = illness;
    let (scene, program) = Scene::set_up(binary)?;
    let scene = Arc::new(scene);
    let mut verdict = Verdict::new(name);
    for _ in 0..times {
        let load = Load::start(&scene, PAUSE);
        std::thread::sleep(Duration::from_secs(2));
        fall_ill(&scene);
        std::thread::sleep(ILL);
        load.end()?;
        scene.sink.get_well(is_unsaid);
        let well = Instant::now();
        drain(&scene)?;
        verdict.times += 1;
        verdict.drained.push(well.elapsed());
        judge(&scene, &Excused::default(), &mut verdict)?;
    }
    conclude(&scene, program, verdict)
}

/// The operator corrects the password and starts the program anew.
fn wrong_password(binary: &Path) -> Result<Verdict> {
    let (mut scene, program) = Scene::set_up(binary)?;
    let mut verdict = Verdict::new("SMTP with a wrong password");
    program.end()?;
    scene.sink.now(Behaviour::new().login("kost", "benar"));
    scene.recipe.smtp_url = scene.sink.url_as("kost", "salah");
    let (program, _) = scene.recipe.start_to_answer()?;
    let scene = Arc::new(scene);
    let load = Load::start(&scene, PAUSE);
    std::thread::sleep(ILL);
    load.end()?;
    let db = scene.database()?;
    let refused = "SELECT COUNT(*) FROM delivery WHERE code = 'smtp_auth' AND state = 'queued'";
    ensure!(one::<i64>(&db, refused)? > 0, "nobody is told that the password is wrong");
    program.end()?;
    let mut scene = Arc::into_inner(scene).context("nobody else has the scene")?;
    scene.recipe.smtp_url = scene.sink.url_as("kost", "benar");
    let (program, took) = scene.recipe.start_to_answer()?;
    verdict.times = 1;
    verdict.answered.push(took);
    drain(&scene)?;
    verdict.drained.push(program.started().elapsed());
    judge(&scene, &Excused::default(), &mut verdict)?;
    conclude(&scene, program, verdict)
}

/// One address is refused for ever; all others must not feel it.
pub fn poison(binary: &Path, _: Option<usize>) -> Result<Vec<Verdict>> {
    let (scene, program) = Scene::set_up(binary)?;
    let scene = Arc::new(scene);
    let address = "eka@kost.example".to_owned();
    scene.sink.now(Behaviour::new().reply_for(&address, "550 5.1.1 no such user"));
    let db = scene.database()?;
    talk(&scene, || {
        let mails: i64 = one(&db, "SELECT COUNT(*) FROM delivery")?;
        ensure!(mails >= MANY, "after {QUIET:?} there are only {mails} mails");
        Ok(())
    })?;
    let ended = Instant::now();
    drain(&scene)?;
    let mut verdict = Verdict::new("SMTP refuses one address");
    verdict.times = 1;
    verdict.drained.push(ended.elapsed());
    let failed = format!("SELECT COUNT(*) FROM delivery WHERE address = '{address}'");
    let failed: i64 = one(&db, &failed)?;
    ensure!(failed > 0, "no mail went to the poisoned address");
    judge(&scene, &Excused { poison: Some(address) }, &mut verdict)?;
    verdict.remarks.push(format!("{failed} mails to it failed, each with its reason"));
    Ok(vec![conclude(&scene, program, verdict)?])
}

/// A report that everybody follows, and about which all write until it is `enough`.
fn talk(scene: &Arc<Scene>, enough: impl FnMut() -> Result<()>) -> Result<()> {
    let stop = Arc::new(AtomicBool::new(false));
    let user = |place| User::new(Arc::clone(scene), place, Arc::clone(&stop), PAUSE);
    let place = |name: &str| scene.people.iter().position(|person| person.username == name);
    user(place("eka").context("eka lives there")?).report()?;
    let known = scene.ledger.pick(&mut Rng::new(), |_| true).context("eka's report")?;
    user(place("budi").context("budi works there")?).let_all_follow(&known)?;
    let talk = |mut user: User| {
        while !stop.load(Ordering::Relaxed) {
            user.comment(&known, false)?;
        }
        Ok(())
    };
    std::thread::scope(|threads| {
        let people = (0..scene.people.len()).map(user);
        let talking: Vec<_> = people.map(|user| threads.spawn(|| talk(user))).collect();
        let waited = within(QUIET, enough);
        stop.store(true, Ordering::Relaxed);
        for user in talking {
            user.join().unwrap_or_else(|_| bail!("somebody's thread panicked"))?;
        }
        waited
    })
}
