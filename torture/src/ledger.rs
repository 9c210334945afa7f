//! What people asked for, and what the program said to it: the other side of the
//! books, kept apart from the program.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Of the reports, people care about the newest ones.
const CARED_ABOUT: usize = 40;

/// What was asked for and answered.
#[derive(Debug, Default)]
pub struct Ledger {
    board: Mutex<Vec<Known>>,
    /// How often each write was acknowledged or refused; see [`Ledger::note`].
    writes: Mutex<BTreeMap<String, Outcome>>,
    /// Answers that no fault explains.
    odd: Mutex<Vec<String>>,
    /// How often the answer was “not now”.
    unavailable: AtomicUsize,
    /// How long somebody waited at most until they were answered.
    longest: Mutex<Duration>,
    /// The first and the last time that somebody got a 5xx, or no answer at all.
    outage: Mutex<Option<(Instant, Instant)>>,
}

/// What became of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A 303 said that it is done: so it has to be there, once.
    Acknowledged,
    /// An answer said that it was not done: so it must not be there.
    Refused,
}

/// How far a report is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Open,
    InProgress,
    Done,
    Confirmed,
}

/// One step of a report from stage to stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Start,
    Finish,
    Confirm,
    Return,
}

/// A report, as people know it.
#[derive(Debug, Clone)]
pub struct Known {
    pub number: i64,
    /// The account of whoever reported it.
    pub reporter: i64,
    pub stage: Stage,
    /// Somebody is about to move it on.
    is_busy: bool,
    /// Its steps that were acknowledged, in order, each with who took it.
    pub steps: Vec<(Step, i64)>,
}

impl Step {
    /// What it is in the database: kind and new value of the activity.
    pub fn activity(self) -> (&'static str, &'static str) {
        match self {
            Step::Start => ("status_changed", "in_progress"),
            Step::Finish => ("status_changed", "done"),
            Step::Confirm => ("confirmed", ""),
            Step::Return => ("returned", "open"),
        }
    }

    fn leads_to(self) -> Stage {
        match self {
            Step::Start => Stage::InProgress,
            Step::Finish => Stage::Done,
            Step::Confirm => Stage::Confirmed,
            Step::Return => Stage::Open,
        }
    }
}

impl Ledger {
    /// Notes what became of a write, by a name that tells it from all others.
    pub fn note(&self, write: String, outcome: Outcome) {
        lock(&self.writes).insert(write, outcome);
    }

    /// Notes a report that was acknowledged.
    pub fn note_ticket(&self, number: i64, reporter: i64) {
        let (stage, steps) = (Stage::Open, Vec::new());
        lock(&self.board).push(Known { number, reporter, stage, is_busy: false, steps });
    }

    /// Notes an answer that nothing explains.
    pub fn note_odd(&self, words: String) {
        lock(&self.odd).push(words);
    }

    /// Notes that the answer was “not now”.
    pub fn note_unavailable(&self) {
        self.unavailable.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes that somebody who asked at this time got a 5xx, or no answer at all.
    pub fn note_outage(&self, asked: Instant) {
        let mut outage = lock(&self.outage);
        let (first, last) = outage.get_or_insert((asked, asked));
        (*first, *last) = (asked.min(*first), Instant::now());
    }

    /// From the first such answer to the last one, since this was last asked.
    pub fn take_outage(&self) -> Duration {
        lock(&self.outage).take().map_or(Duration::ZERO, |(first, last)| last - first)
    }

    /// Notes how long somebody waited until they were answered.
    pub fn note_wait(&self, wait: Duration) {
        let mut longest = lock(&self.longest);
        *longest = longest.max(wait);
    }

    /// Waits count anew from now on. Tells how often “not now” was said so far.
    pub fn forget_waits(&self) -> usize {
        *lock(&self.longest) = Duration::ZERO;
        self.unavailable()
    }

    /// The longest such wait.
    pub fn longest(&self) -> Duration {
        *lock(&self.longest)
    }

    /// How often that was the answer.
    pub fn unavailable(&self) -> usize {
        self.unavailable.load(Ordering::Relaxed)
    }

    /// One of the newest reports, of those that fit.
    pub fn pick(&self, random: &mut fastrand::Rng, fits: impl Fn(&Known) -> bool) -> Option<Known> {
        let board = lock(&self.board);
        let newest = board.iter().rev().take(CARED_ABOUT);
        let fitting: Vec<_> = newest.filter(|known| fits(known)).collect();
        random.choice(fitting).cloned()
    }

    /// The same; nobody else moves it on until [`Ledger::moved`].
    pub fn claim(
        &self,
        random: &mut fastrand::Rng,
        fits: impl Fn(&Known) -> bool,
    ) -> Option<Known> {
        let mut board = lock(&self.board);
        let newest = board.iter_mut().rev().take(CARED_ABOUT);
        let fitting: Vec<_> = newest.filter(|known| !known.is_busy && fits(known)).collect();
        let known = random.choice(fitting)?;
        known.is_busy = true;
        Some(known.clone())
    }

    /// Notes that a claimed report was moved on, or not.
    pub fn moved(&self, number: i64, step: Option<(Step, i64)>) {
        let mut board = lock(&self.board);
        if let Some(known) = board.iter_mut().find(|known| known.number == number) {
            known.is_busy = false;
            if let Some((step, by)) = step {
                known.stage = step.leads_to();
                known.steps.push((step, by));
            }
        }
    }

    /// Every report that was acknowledged.
    pub fn tickets(&self) -> Vec<Known> {
        lock(&self.board).clone()
    }

    /// Every write that was answered.
    pub fn writes(&self) -> BTreeMap<String, Outcome> {
        lock(&self.writes).clone()
    }

    /// What nothing explains.
    pub fn odd(&self) -> Vec<String> {
        lock(&self.odd).clone()
    }

    /// How many writes were acknowledged; a report with its photo is one.
    pub fn acknowledged(&self) -> usize {
        let steps: usize = lock(&self.board).iter().map(|known| known.steps.len()).sum();
        let is_one = |(write, outcome): &(&String, &Outcome)| {
            **outcome == Outcome::Acknowledged && !write.starts_with("photo ")
        };
        steps + lock(&self.writes).iter().filter(is_one).count()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
