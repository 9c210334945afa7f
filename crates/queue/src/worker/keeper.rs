//! The heartbeat, and what goes with it. Our own leases are renewed before
//! anybody's are looked at: after the machine slept, we rescue nothing from ourselves,
//! nor from others before they have had the time to do the same.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{Interrupt, Shared, presence};
use crate::store::{self, Beat, Ended, Ending, Lease};

/// Every how many heartbeats old jobs are pruned, and strays looked for.
const UPKEEP_EVERY: u32 = 4;
/// How soon to try again when the database is not available.
const AGAIN: Duration = Duration::from_secs(1);

/// Beats until it is aborted.
pub(super) async fn keep<A: Send + Sync + 'static>(shared: Arc<Shared<A>>) {
    let interval = shared.settings.lease / 4;
    let mut orphans = HashSet::new();
    let mut watch = Watch { beaten: shared.db.now(), wary: 0 };
    for round in 0_u32.. {
        let wait = match beat(&shared, &mut orphans, &mut watch).await {
            Ok(()) => interval,
            Err(error) => {
                tracing::warn!("the heartbeat failed: {error}");
                interval.min(AGAIN)
            }
        };
        if round.is_multiple_of(UPKEEP_EVERY)
            && let Err(error) = upkeep(&shared).await
        {
            tracing::warn!("the queue's upkeep failed: {error}");
        }
        tokio::time::sleep(wait).await;
    }
}

async fn beat<A: Send + Sync + 'static>(
    shared: &Shared<A>,
    orphans: &mut HashSet<Lease>,
    watch: &mut Watch,
) -> db::Result<()> {
    // Taken first: what is in here was committed before the beat and must be found by it.
    let ours: Vec<Lease> = shared.held().values().map(|held| held.lease).collect();
    let beat = Beat {
        worker: &shared.worker,
        queues: &shared.settings.queue_names(),
        lease: shared.settings.lease(),
    };
    let renewed = store::beat(&shared.db, beat).await?;
    let leases: HashSet<Lease> = renewed.iter().map(store::Claimed::lease).collect();
    let missing: Vec<Lease> = ours.into_iter().filter(|lease| !leases.contains(lease)).collect();
    for lease in store::lost(&shared.db, &missing).await? {
        shared.interrupt(lease.id, Interrupt::Lost);
    }
    hand_back_orphans(shared, renewed, orphans).await?;
    expire_gone(shared).await?;
    let expired = watch.expired(shared.db.now(), shared.settings.lease());
    for lease in store::rescue(&shared.db, expired, shared.settings.lease()).await? {
        tracing::warn!(job = %lease.id, "rescued a job whose worker went silent");
    }
    Ok(())
}

/// Whether the leases of others can be trusted to say that they are gone.
struct Watch {
    /// Our last heartbeat.
    beaten: Timestamp,
    /// For so many more heartbeats they cannot.
    wary: u32,
}

impl Watch {
    /// Until when a lease may have been good that is believed to have run out. Whoever
    /// missed heartbeats (the machine slept, its clock jumped, the database was away) did
    /// so together with others, perhaps, who will go on as well; the dead have none.
    fn expired(&mut self, now: Timestamp, lease: SignedDuration) -> Timestamp {
        let silence = now.duration_since(self.beaten);
        self.beaten = now;
        self.wary = match silence > lease / 2 {
            true => 2,
            false => self.wary.saturating_sub(1),
        };
        if self.wary == 0 { now } else { store::NO_LEASE }
    }
}

/// Whoever died on this machine has no lease any more.
async fn expire_gone<A>(shared: &Shared<A>) -> db::Result<()> {
    let Some(folder) = &shared.settings.presence else { return Ok(()) };
    for gone in presence::gone(folder) {
        store::expire(&shared.db, gone.worker, gone.started_at).await?;
        gone.forget();
    }
    Ok(())
}

/// Jobs that are ours in the database, but that nobody here knows of: their
/// claim was committed though we were told that it was not. A claim that is
/// just under way looks the same, so only what is still so at the next beat counts.
async fn hand_back_orphans<A>(
    shared: &Shared<A>,
    renewed: Vec<store::Claimed>,
    before: &mut HashSet<Lease>,
) -> db::Result<()> {
    let unknown: Vec<_> = {
        let held = shared.held();
        renewed.into_iter().filter(|job| !held.contains_key(&job.id)).collect()
    };
    let (certain, suspected): (Vec<_>, Vec<_>) =
        unknown.into_iter().partition(|job| before.contains(&job.lease()));
    *before = suspected.iter().map(store::Claimed::lease).collect();
    let batch: Vec<_> =
        certain.into_iter().map(|job| Ended { job, ending: Ending::HandedBack }).collect();
    store::record(&shared.db, &batch).await?;
    Ok(())
}

async fn upkeep<A: Send + Sync + 'static>(shared: &Shared<A>) -> db::Result<()> {
    store::take_up_parked(&shared.db, shared.registry.known(), false).await?;
    store::release_strays(&shared.db).await?;
    store::release_unplaced(&shared.db).await?;
    store::prune_minutes(&shared.db).await?;
    store::fold_counts(&shared.db).await?;
    let pruned = store::prune(&shared.db, shared.settings.keep()).await?;
    if pruned > 0 {
        tracing::info!(pruned, "removed jobs that ended long ago");
    }
    Ok(())
}
