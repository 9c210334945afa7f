//! The only source of time: passed in, so that tests can hold it still.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// Tells the time in whole milliseconds, the precision that the database keeps.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    System,
    Frozen(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still at `at` until told otherwise. Its clones share the time.
    pub fn frozen(at: Timestamp) -> Self {
        Self(Source::Frozen(Arc::new(AtomicI64::new(at.as_millisecond()))))
    }

    /// The current time, cut to milliseconds.
    pub fn now(&self) -> Timestamp {
        let millisecond = match &self.0 {
            Source::System => system_millisecond(),
            Source::Frozen(at) => at.load(Ordering::Acquire),
        };
        Timestamp::from_millisecond(millisecond).unwrap_or(Timestamp::MAX)
    }

    /// Moves a frozen clock. The machine's clock cannot be moved; it stays as it is.
    pub fn advance(&self, by: SignedDuration) {
        if let Source::Frozen(at) = &self.0 {
            let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
            at.fetch_add(by, Ordering::AcqRel);
        }
    }

    /// Sets a frozen clock. The machine's clock cannot be set; it stays as it is.
    pub fn set(&self, to: Timestamp) {
        if let Source::Frozen(at) = &self.0 {
            at.store(to.as_millisecond(), Ordering::Release);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place where time comes from")]
fn system_millisecond() -> i64 {
    Timestamp::now().as_millisecond()
}
