//! One attempt: read the arguments, run within the time limit, and make of a
//! panic what it is, a failed attempt.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

use crate::registry::{Kind, Registry, Runnable};
use crate::store::{Claimed, Ending};
use crate::{JobId, JobResult, Outcome, Run, codes};

tokio::task_local! {
    /// The job that the current task runs.
    static RUNNING: JobId;
}

/// The job in which this is called, to be noted as the cause of those that it enqueues.
pub(crate) fn running_job() -> Option<JobId> {
    RUNNING.try_with(|id| *id).ok()
}

pub(crate) async fn execute<A: Send + Sync + 'static>(
    registry: &Registry<A>,
    app: &A,
    job: &Claimed,
) -> Ending {
    let Some(kind) = registry.kind(&job.name) else {
        let detail = format!("this program has no job {}", job.name);
        return Ending::Parked { code: codes::UNKNOWN_TYPE, detail };
    };
    match (kind.parse)(job.version, &job.args) {
        Ok(runnable) => run(kind, runnable.as_ref(), app, job).await,
        // Made by a newer program: leave it to that one.
        Err(error) if job.version > kind.version => {
            Ending::Parked { code: codes::UNKNOWN_TYPE, detail: format!("{error:#}") }
        }
        Err(error) => Ending::Parked { code: codes::BAD_ARGUMENTS, detail: format!("{error:#}") },
    }
}

async fn run<A>(kind: &Kind<A>, runnable: &dyn Runnable<A>, app: &A, job: &Claimed) -> Ending {
    let mut run = Run {
        id: job.id,
        attempt: job.attempt,
        max_attempts: job.max_attempts,
        created_at: job.created_at,
        due_at: job.due_at,
        lease: job.lease(),
        finished: false,
    };
    let attempt = RUNNING.scope(job.id, guarded(|| runnable.run(app, &mut run)));
    let result = tokio::time::timeout(kind.timeout, attempt).await;
    let failed = |code: &str, detail| Ending::Retry { code: code.to_owned(), detail, after: None };
    match result {
        // What it committed stands, however the rest went.
        _ if run.finished => Ending::Finished,
        Ok(Ok(result)) => ending(result),
        Ok(Err(panic)) => failed(codes::PANIC, words(panic.as_ref())),
        Err(_) => failed(codes::TIMEOUT, format!("not done after {:?}", kind.timeout)),
    }
}

fn ending(result: JobResult) -> Ending {
    match result {
        Ok(Outcome::Done) => Ending::Done,
        Ok(Outcome::Snooze(wait)) => Ending::Snoozed(wait),
        Ok(Outcome::Cancel(reason)) => Ending::Cancelled(reason),
        Err(failure) if failure.last => {
            Ending::Failed { code: failure.code, detail: failure.detail }
        }
        Err(failure) if !failure.counts => {
            let wait = failure.after.unwrap_or_default();
            Ending::Delayed { code: failure.code, detail: failure.detail, wait }
        }
        Err(failure) => {
            Ending::Retry { code: failure.code, detail: failure.detail, after: failure.after }
        }
    }
}

/// Runs a future, from the making of it on, and returns its panic if it has one.
async fn guarded<F: Future>(make: impl FnOnce() -> F) -> Result<F::Output, Box<dyn Any + Send>> {
    // Nothing is looked at again after a panic but `Run`, which has no broken states.
    let mut future = pin!(catch_unwind(AssertUnwindSafe(make))?);
    std::future::poll_fn(|context| {
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
            Ok(poll) => poll.map(Ok),
            Err(panic) => Poll::Ready(Err(panic)),
        }
    })
    .await
}

fn words(panic: &(dyn Any + Send)) -> String {
    if let Some(words) = panic.downcast_ref::<&str>() {
        return (*words).to_owned();
    }
    panic.downcast_ref::<String>().cloned().unwrap_or_else(|| "panicked".to_owned())
}
