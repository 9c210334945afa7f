//! One attempt at a job, and how it may end.

use db::Tx;
use jiff::{SignedDuration, Timestamp};

use crate::{JobId, codes, store};

/// How an attempt ended.
pub type JobResult = Result<Outcome, Failure>;

/// How an attempt ended that did not fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It did what it was for.
    Done,
    /// Not now: again after this time. Does not count as an attempt.
    Snooze(SignedDuration),
    /// It has become pointless, for this reason.
    Cancel(String),
}

/// Why an attempt failed: a code that the application can word for people,
/// and the technical text. `?` makes one of any error: a retry with the code
/// `internal`, or `database` when the database was not available.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub(crate) code: String,
    pub(crate) detail: String,
    pub(crate) last: bool,
    pub(crate) counts: bool,
    pub(crate) after: Option<SignedDuration>,
}

impl Failure {
    /// Try again later, unless this was the last attempt. `code` is a short
    /// word such as `smtp_refused`.
    pub fn retry(code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { code: code.into(), detail: detail.into(), last: false, counts: true, after: None }
    }

    /// Trying again is pointless.
    pub fn fail(code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { last: true, ..Self::retry(code, detail) }
    }

    /// Try again after this time, or a tenth more or less, as often as it takes:
    /// what is in the way is not the job's doing, and no attempt is used up.
    pub fn delayed(
        code: impl Into<String>,
        detail: impl Into<String>,
        wait: SignedDuration,
    ) -> Self {
        Self { counts: false, ..Self::retry(code, detail) }.after(wait)
    }

    /// Waits this long before the next attempt rather than the usual time.
    #[must_use]
    pub fn after(self, wait: SignedDuration) -> Self {
        Self { after: Some(wait), ..self }
    }

    /// The short word for what went wrong.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The technical text.
    pub fn detail(&self) -> &str {
        &self.detail
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        let error = error.into();
        let unavailable = error
            .chain()
            .filter_map(|cause| cause.downcast_ref::<db::Error>())
            .any(db::Error::is_unavailable);
        let code = if unavailable { codes::DATABASE } else { codes::INTERNAL };
        Self::retry(code, format!("{error:#}"))
    }
}

/// One attempt at a job, in the hands of its [`Job::run`](crate::Job::run).
#[derive(Debug)]
pub struct Run {
    /// The job.
    pub id: JobId,
    /// The number of this attempt, from 1.
    pub attempt: i32,
    /// How many there may be.
    pub max_attempts: i32,
    /// When the job was enqueued.
    pub created_at: Timestamp,
    /// When this attempt became due.
    pub due_at: Timestamp,
    pub(crate) lease: store::Lease,
    pub(crate) finished: bool,
}

impl Run {
    /// Ends the job within `tx`, so that its effects and its end are one and
    /// happen exactly once. After it: commit, and return [`Outcome::Done`].
    ///
    /// # Errors
    ///
    /// [`FinishError::LeaseLost`] when another worker has taken the job over,
    /// or somebody cancelled it: return the error, and drop the transaction.
    pub async fn finish(&mut self, tx: &mut Tx) -> Result<(), FinishError> {
        if !store::finish(tx, self.lease).await? {
            return Err(FinishError::LeaseLost(self.id));
        }
        self.finished = true;
        Ok(())
    }
}

/// Why [`Run::finish`] did not end the job.
#[derive(Debug, thiserror::Error)]
pub enum FinishError {
    /// The lease is no longer ours.
    #[error("job {0} is no longer ours to finish")]
    LeaseLost(JobId),
    /// The database said no.
    #[error("the job could not be finished")]
    Database(#[from] db::Error),
}
