//! The queue without workers, for tests: everything that is due, one job after the other.

use std::collections::BTreeSet;
use std::sync::Arc;

use db::Db;
use jiff::SignedDuration;

use super::timer;
use crate::execute::execute;
use crate::store::{self, Ended, Wanted, Worker};
use crate::{Registry, schedule};

const LEASE: SignedDuration = SignedDuration::from_secs(3600);

/// Runs everything that is due now, and what becomes due by that, on the
/// caller's task and in order, until nothing is. Schedules' ticks that have come
/// are among it; the first call makes schedules known, to tick after now. Tells
/// how many attempts it were.
///
/// # Errors
///
/// Those of the database.
pub async fn run_due<A: Send + Sync + 'static>(
    db: &Db,
    app: &Arc<A>,
    registry: &Registry<A>,
) -> db::Result<usize> {
    let worker = Worker { id: 0, node: "inline".to_owned(), started_at: db.now() };
    schedule::register(db, registry).await?;
    let mut attempts = 0;
    loop {
        schedule::tick(db, registry).await?;
        timer::promote_due(db).await?;
        let wanted = Wanted { queue: None, limit: 1, unknown: &BTreeSet::new() };
        let Some(job) = store::claim(db, &worker, wanted, LEASE).await?.pop() else {
            return Ok(attempts);
        };
        let ending = execute(registry, app.as_ref(), &job).await;
        store::record(db, &[Ended { job, ending }]).await?;
        attempts += 1;
    }
}
