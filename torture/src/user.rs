//! One person at work. Whoever gets no answer sends the same form again, as a
//! person would, until there is one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use fastrand::Rng;

use crate::browser::Answer;
use crate::ledger::{Known, Ledger, Outcome, Stage, Step};
use crate::scene::{Person, Scene};

/// Nothing of what is done to the program takes as long.
const PATIENCE: Duration = Duration::from_secs(300);

/// Somebody who uses the program.
pub struct User {
    scene: Arc<Scene>,
    place: usize,
    stop: Arc<AtomicBool>,
    /// Between two of their doings.
    pause: Duration,
    random: Rng,
}

/// What became of a form that was sent.
enum Fate {
    /// It led there.
    Taken(String),
    Refused(u16),
}

impl User {
    /// The person at this place of the scene. Between two doings they wait for `pause`, more
    /// or less.
    pub fn new(scene: Arc<Scene>, place: usize, stop: Arc<AtomicBool>, pause: Duration) -> User {
        User { scene, place, stop, pause, random: Rng::new() }
    }

    /// Goes on until it is time to stop.
    ///
    /// # Errors
    /// When no answer comes for minutes.
    pub fn live(&mut self) -> Result<()> {
        while !self.stop.load(Ordering::Relaxed) {
            if self.me().is_staff {
                self.work()?;
            } else {
                self.reside()?;
            }
            let pause = self.pause.mul_f64(0.5 + self.random.f64());
            self.rest(pause);
        }
        Ok(())
    }

    fn me(&self) -> &Person {
        &self.scene.people[self.place]
    }

    fn ledger(&self) -> &Ledger {
        &self.scene.ledger
    }

    fn pick(&mut self, fits: impl Fn(&Known) -> bool) -> Option<Known> {
        self.scene.ledger.pick(&mut self.random, fits)
    }

    /// What a resident does: reports, comments, and answers what is done.
    fn reside(&mut self) -> Result<()> {
        let me = self.me().id;
        let dice = self.random.f64();
        let is_mine = move |known: &Known| known.reporter == me;
        if dice < 0.3 {
            let step = if dice < 0.2 { Step::Confirm } else { Step::Return };
            return self.take_step(step, is_mine);
        }
        match self.pick(|known| is_mine(known) && known.stage != Stage::Confirmed) {
            Some(known) if dice < 0.8 => self.comment(&known, false),
            _ => self.report(),
        }
    }

    /// What staff do: move reports on, comment, note, and let neighbours follow.
    fn work(&mut self) -> Result<()> {
        match self.random.u8(0..10) {
            0..3 => self.take_step(Step::Start, |_| true),
            3..6 => self.take_step(Step::Finish, |_| true),
            dice => match (dice, self.pick(|_| true)) {
                (_, None) => Ok(()),
                (6..8, Some(known)) => self.comment(&known, false),
                (8, Some(known)) => self.comment(&known, true),
                (_, Some(known)) => self.let_follow(&known),
            },
        }
    }

    /// Reports something.
    ///
    /// # Errors
    /// When no answer comes for minutes.
    pub fn report(&mut self) -> Result<()> {
        let path = format!("/k/{}/tickets", self.scene.slug);
        let Some(form) = self.page(&format!("{path}/new"))? else { return Ok(()) };
        let submission = form.field("submission").unwrap_or_default().to_owned();
        let location = self.me().room.to_string();
        let priority = if self.random.u8(0..20) == 0 { "emergency" } else { "medium" };
        let fields = [
            ("title", &*format!("Keran {submission}")),
            ("description", "Menetes sejak semalam."),
            ("category", "water"),
            ("location", &location),
            ("priority", priority),
            ("submission", &submission),
        ];
        let has_photo = self.random.u8(0..3) == 0;
        let fate = self.send(&path, &fields, has_photo)?;
        let outcome = match &fate {
            Fate::Taken(location) => match location.rsplit('/').next().map(str::parse) {
                Some(Ok(number)) => {
                    self.ledger().note_ticket(number, self.me().id);
                    Outcome::Acknowledged
                }
                _ => bail!("a report led to {location}"),
            },
            Fate::Refused(_) => Outcome::Refused,
        };
        self.ledger().note(format!("ticket {} {submission}", self.me().id), outcome);
        if has_photo {
            self.ledger().note(format!("photo {} {submission}", self.me().id), outcome);
        }
        Ok(())
    }

    /// Writes a comment, or an internal note, on the report.
    ///
    /// # Errors
    /// When no answer comes for minutes.
    pub fn comment(&mut self, known: &Known, is_note: bool) -> Result<()> {
        let path = self.path_of(known);
        let Some(page) = self.page(&path)? else { return Ok(()) };
        // Where there is no composer nobody can write.
        let Some(submission) = page.field("submission").map(str::to_owned) else { return Ok(()) };
        let body = format!("Kata {submission}");
        let internal = if is_note { "true" } else { "" };
        let fields = [("body", &*body), ("internal", internal), ("submission", &submission)];
        let outcome = match self.send(&format!("{path}/comments"), &fields, false)? {
            Fate::Taken(_) => Outcome::Acknowledged,
            Fate::Refused(_) => Outcome::Refused,
        };
        let kind = if is_note { "noted" } else { "commented" };
        self.ledger().note(format!("{kind} {} {submission}", self.me().id), outcome);
        Ok(())
    }

    fn take_step(&mut self, step: Step, fits: impl Fn(&Known) -> bool) -> Result<()> {
        let is_before = |stage| match step {
            Step::Start => stage == Stage::Open,
            Step::Finish => stage == Stage::InProgress,
            Step::Confirm => stage == Stage::Done,
            Step::Return => matches!(stage, Stage::Done | Stage::Confirmed),
        };
        let ledger = &self.scene.ledger;
        let claimed = ledger.claim(&mut self.random, |known| is_before(known.stage) && fits(known));
        let Some(known) = claimed else { return Ok(()) };
        let is_taken = self.send_step(step, &known)?;
        self.ledger().moved(known.number, is_taken.then_some((step, self.me().id)));
        Ok(())
    }

    fn send_step(&mut self, step: Step, known: &Known) -> Result<bool> {
        let path = self.path_of(known);
        let (status, action) = match step {
            Step::Start => ("in_progress", "status"),
            Step::Finish => ("done", "status"),
            Step::Confirm => ("", "confirmation"),
            Step::Return => ("", "return"),
        };
        loop {
            let Some(page) = self.page(&path)? else { return Ok(false) };
            let version = page.field("version").unwrap_or_default();
            let fields = [("status", status), ("version", version), ("reason", "Masih menetes.")];
            match self.send(&format!("{path}/{action}"), &fields, false)? {
                Fate::Taken(_) => return Ok(true),
                // It was assigned meanwhile: the page has a newer version now.
                Fate::Refused(409) if action == "status" => {}
                Fate::Refused(429) => return Ok(false),
                Fate::Refused(status) => {
                    self.ledger().note_odd(format!("{step:?} of {path} is refused with {status}"));
                    return Ok(false);
                }
            }
        }
    }

    fn let_follow(&mut self, known: &Known) -> Result<()> {
        let scene = Arc::clone(&self.scene);
        match self.random.choice(neighbours(&scene, known)) {
            Some(neighbour) => self.add_follower(known, neighbour),
            None => Ok(()),
        }
    }

    /// Lets all neighbours follow the report.
    ///
    /// # Errors
    /// When no answer comes for minutes.
    pub fn let_all_follow(&mut self, known: &Known) -> Result<()> {
        let scene = Arc::clone(&self.scene);
        let mut neighbours = neighbours(&scene, known).into_iter();
        neighbours.try_for_each(|neighbour| self.add_follower(known, neighbour))
    }

    fn add_follower(&mut self, known: &Known, neighbour: &Person) -> Result<()> {
        let path = format!("{}/followers", self.path_of(known));
        let account = neighbour.id.to_string();
        if let Fate::Taken(_) = self.send(&path, &[("account", &account)], false)? {
            let follow = format!("follow {} {}", known.number, neighbour.id);
            self.ledger().note(follow, Outcome::Acknowledged);
        }
        Ok(())
    }

    fn path_of(&self, known: &Known) -> String {
        format!("/k/{}/tickets/{}", self.scene.slug, known.number)
    }

    /// Asks for a page until it is there. `None`, and a word in the books, when it is refused.
    fn page(&mut self, path: &str) -> Result<Option<Answer>> {
        let since = Instant::now();
        while since.elapsed() < PATIENCE {
            let asked = Instant::now();
            match self.me().browser.get(path) {
                Ok(answer) if answer.status == 200 => {
                    self.ledger().note_wait(since.elapsed());
                    return Ok(Some(answer));
                }
                Ok(answer) if answer.status < 500 => {
                    self.note_refusal(path, &answer);
                    return Ok(None);
                }
                Ok(_) | Err(_) => self.go_on(asked),
            }
        }
        bail!("{} waits for {path} since {PATIENCE:?}", self.me().username)
    }

    /// Sends a form until it is known what became of it.
    fn send(&mut self, path: &str, fields: &[(&str, &str)], has_photo: bool) -> Result<Fate> {
        let since = Instant::now();
        // Who tried too often was told to wait: that was an answer.
        let mut rested = Duration::ZERO;
        let mut may_be_done = false;
        while since.elapsed() < PATIENCE {
            let (browser, asked) = (&self.me().browser, Instant::now());
            let answer = match has_photo {
                true => browser.post_with_photo(path, fields),
                false => browser.post(path, fields),
            };
            match answer {
                Ok(answer) if answer.status == 303 => {
                    self.ledger().note_wait(since.elapsed().saturating_sub(rested));
                    if !answer.location.starts_with(&format!("/k/{}/", self.scene.slug)) {
                        bail!("{path} led to {}", answer.location);
                    }
                    return Ok(Fate::Taken(answer.location));
                }
                Ok(answer) if answer.status == 429 => {
                    let told = Instant::now();
                    self.rest(Duration::from_secs(answer.wait.unwrap_or(1)));
                    rested += told.elapsed();
                    if !may_be_done {
                        return Ok(Fate::Refused(429));
                    }
                }
                Ok(answer) if answer.status == 409 => return Ok(Fate::Refused(409)),
                Ok(answer) if answer.status < 500 => {
                    self.note_refusal(path, &answer);
                    return Ok(Fate::Refused(answer.status));
                }
                Ok(answer) => {
                    self.note_failure(path, fields, &answer);
                    may_be_done = true;
                    self.go_on(asked);
                }
                Err(_) => {
                    may_be_done = true;
                    self.go_on(asked);
                }
            }
        }
        bail!("{} waits for an answer to {path} since {PATIENCE:?}", self.me().username)
    }

    fn note_refusal(&self, path: &str, answer: &Answer) {
        let who = self.me().username;
        self.ledger().note_odd(format!("{who} gets {} for {path}", answer.status));
    }

    /// “Not now” has everything typed on its page; any other failure is a fault of ours.
    fn note_failure(&self, path: &str, fields: &[(&str, &str)], answer: &Answer) {
        self.ledger().note_unavailable();
        let is_kept = |(name, value): &(&str, &str)| {
            !["title", "body", "reason", "submission"].contains(name) || answer.body.contains(value)
        };
        let status = answer.status;
        if status != 503 {
            self.ledger().note_odd(format!("{status} for {path}"));
        }
        if !fields.iter().all(is_kept) {
            self.ledger().note_odd(format!("{status} for {path} without what was typed"));
        }
    }

    /// There was no answer of use: a moment later once more.
    fn go_on(&mut self, asked: Instant) {
        self.ledger().note_outage(asked);
        std::thread::sleep(Duration::from_millis(self.random.u64(10..60)));
    }

    /// Waits, but not beyond the end.
    fn rest(&self, time: Duration) {
        let since = Instant::now();
        while since.elapsed() < time && !self.stop.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(5).min(time));
        }
    }
}

fn neighbours<'s>(scene: &'s Scene, known: &Known) -> Vec<&'s Person> {
    let is_neighbour = |person: &&Person| !person.is_staff && person.id != known.reporter;
    scene.people.iter().filter(is_neighbour).collect()
}
