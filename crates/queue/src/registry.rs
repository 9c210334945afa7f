//! Which jobs and schedules a program knows: one readable list in the application.

use std::collections::BTreeMap;
use std::pin::Pin;

use jiff::tz::TimeZone;

use crate::schedule::Schedule;
use crate::{Job, JobResult, Run};

pub(crate) type Running<'a> = Pin<Box<dyn Future<Output = JobResult> + Send + 'a>>;

/// A job whose arguments have been read, of any type.
pub(crate) trait Runnable<A>: Send + Sync {
    fn run<'a>(&'a self, app: &'a A, run: &'a mut Run) -> Running<'a>;
}

impl<J: Job> Runnable<J::App> for J {
    fn run<'a>(&'a self, app: &'a J::App, run: &'a mut Run) -> Running<'a> {
        Box::pin(Job::run(self, app, run))
    }
}

pub(crate) type Parsed<A> = anyhow::Result<Box<dyn Runnable<A>>>;

/// What is known of one type of job.
pub(crate) struct Kind<A> {
    pub version: i32,
    pub timeout: std::time::Duration,
    /// Reads arguments of the given version.
    pub parse: fn(i32, &str) -> Parsed<A>,
}

/// Every job and every schedule of a program whose jobs use an `A`.
pub struct Registry<A> {
    kinds: BTreeMap<&'static str, Kind<A>>,
    schedules: Vec<Schedule>,
}

impl<A> Default for Registry<A> {
    fn default() -> Self {
        Self { kinds: BTreeMap::new(), schedules: Vec::new() }
    }
}

impl<A: Send + Sync + 'static> Registry<A> {
    /// One that knows nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a job.
    ///
    /// # Panics
    ///
    /// When two jobs have one name.
    #[must_use]
    pub fn job<J: Job<App = A>>(mut self) -> Self {
        let kind = Kind {
            version: J::VERSION,
            timeout: J::TIMEOUT,
            parse: |version, args| parse::<J>(version, args),
        };
        assert!(J::MAX_ATTEMPTS > 0, "{} must be tried at least once", J::NAME);
        assert!(self.kinds.insert(J::NAME, kind).is_none(), "two jobs are called {}", J::NAME);
        self
    }

    /// Enqueues a job at each tick of `cron` (five fields, or six with seconds first), read in
    /// `timezone`. `name` is the schedule's own, never changed. The job must have been added.
    ///
    /// # Panics
    ///
    /// When `cron` cannot be read or never comes, two schedules have one name, or the job was
    /// not added before.
    #[must_use]
    pub fn schedule<J: Job<App = A>>(
        mut self,
        name: &'static str,
        cron: &'static str,
        timezone: TimeZone,
        make: impl Fn() -> J + Send + Sync + 'static,
    ) -> Self {
        assert!(self.kinds.contains_key(J::NAME), "the schedule {name} needs the job {}", J::NAME);
        assert!(
            self.schedules.iter().all(|schedule| schedule.name != name),
            "two schedules are called {name}"
        );
        self.schedules.push(Schedule::new(name, cron, timezone, make));
        self
    }

    pub(crate) fn kind(&self, name: &str) -> Option<&Kind<A>> {
        self.kinds.get(name)
    }

    pub(crate) fn schedules(&self) -> &[Schedule] {
        &self.schedules
    }

    /// The names of all jobs.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.kinds.keys().copied()
    }

    /// The names of all jobs, and the version of their arguments.
    pub(crate) fn known(&self) -> impl Iterator<Item = (&'static str, i32)> {
        self.kinds.iter().map(|(name, kind)| (*name, kind.version))
    }
}

fn parse<J: Job>(version: i32, args: &str) -> Parsed<J::App> {
    let job: J = if version == J::VERSION {
        serde_json::from_str(args)?
    } else {
        serde_json::from_value(J::upgrade(version, serde_json::from_str(args)?)?)?
    };
    Ok(Box::new(job))
}
