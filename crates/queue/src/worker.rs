//! The process that runs jobs: claim → commit → run → record the outcome, with
//! a heartbeat beside it, and an orderly end.

mod dispatch;
mod inline;
mod keeper;
mod presence;
mod recorder;
mod stop;
mod timer;

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use db::{Clock, Crowd, Db};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::store::{self, Ended, Keep, Lease, Worker};
use crate::{JobId, Registry};

use presence::Presence;

pub use inline::run_due;

/// How long to wait at most for several claims or outcomes to come together: one
/// transaction costs nearly as much for one job as for many.
const GATHER: Duration = Duration::from_millis(5);

/// How a process works on the queues.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What people call this machine.
    pub node: String,
    /// Which queues it works on, and how many jobs of each it runs at once. Jobs
    /// are tasks, not threads: let there be many, unless what they use is scarce.
    pub queues: Vec<(String, usize)>,
    /// How long a job stays ours without a sign of life; a heartbeat renews
    /// it four times as often.
    pub lease: Duration,
    /// A folder of this machine in which all processes on this database show that they
    /// are alive. One that was killed is noticed there at the next heartbeat of another,
    /// its successor's first one for example; without it, when its leases run out.
    pub presence: Option<PathBuf>,
    /// How often to look even if nothing says that there is something to do.
    pub poll: Duration,
    /// How long done and cancelled jobs are kept.
    pub keep_ended: Duration,
    /// How long failed jobs are kept.
    pub keep_failed: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        const DAY: Duration = Duration::from_secs(24 * 60 * 60);
        Self {
            node: "local".to_owned(),
            queues: [("default", 64), ("mail", 4), ("maintenance", 1)]
                .map(|(queue, limit)| (queue.to_owned(), limit))
                .into(),
            lease: Duration::from_secs(60),
            presence: None,
            poll: Duration::from_secs(1),
            keep_ended: 7 * DAY,
            keep_failed: 60 * DAY,
        }
    }
}

impl Settings {
    fn lease(&self) -> SignedDuration {
        signed(self.lease)
    }

    fn keep(&self) -> Keep {
        Keep { ended: signed(self.keep_ended), failed: signed(self.keep_failed) }
    }

    fn queue_names(&self) -> String {
        let names: Vec<_> = self.queues.iter().map(|(queue, _)| queue.as_str()).collect();
        names.join(" ")
    }
}

fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}

/// Workers at work. Stop them with [`Workers::stop`]; merely dropped, they
/// claim nothing more and hand back what runs as soon as they can.
#[derive(Debug)]
pub struct Workers {
    stop: watch::Sender<Option<Duration>>,
    main: JoinHandle<()>,
}

/// Starts to work on the queues, in the background. While the database is
/// not available it waits.
pub fn start<A: Send + Sync + 'static>(
    db: Db,
    app: Arc<A>,
    registry: impl Into<Arc<Registry<A>>>,
    settings: Settings,
) -> Workers {
    let (stop, stopping) = watch::channel(None);
    let main = tokio::spawn(work(db, app, registry.into(), settings, stopping));
    Workers { stop, main }
}

impl Workers {
    /// Claims no more jobs, gives the running ones `grace`, hands back those
    /// that are not done by then, and returns when nothing is left. What is
    /// handed back keeps its attempt; no lease stays behind.
    pub async fn stop(self, grace: Duration) {
        self.stop.send_replace(Some(grace));
        if let Err(error) = self.main.await
            && error.is_panic()
        {
            tracing::error!("the workers had come to grief: {error}");
        }
    }
}

/// What the tasks of one started process share.
struct Shared<A> {
    db: Db,
    app: Arc<A>,
    registry: Arc<Registry<A>>,
    settings: Settings,
    worker: Worker,
    presence: Option<Presence>,
    /// The jobs that run here, or ended and are not recorded yet.
    held: Mutex<HashMap<JobId, Held>>,
    /// Names and versions of jobs that had to be parked, because this program is too old.
    unknown: Mutex<BTreeSet<(String, i32)>>,
    ended: mpsc::Sender<Ended>,
    /// Wakes the dispatcher of each queue.
    wake: HashMap<String, Notify>,
    /// Wakes the timer.
    time: Notify,
}

struct Held {
    lease: Lease,
    interrupt: Option<oneshot::Sender<Interrupt>>,
}

/// Why a job is dropped while it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Interrupt {
    /// It is no longer ours: rescued by another, or cancelled.
    Lost,
    /// We stop.
    Stopping,
}

impl<A> Shared<A> {
    fn held(&self) -> MutexGuard<'_, HashMap<JobId, Held>> {
        // Both maps are whole after every single call on them.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unknown(&self) -> MutexGuard<'_, BTreeSet<(String, i32)>> {
        self.unknown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hold(&self, lease: Lease) -> oneshot::Receiver<Interrupt> {
        let (interrupt, interrupted) = oneshot::channel();
        self.held().insert(lease.id, Held { lease, interrupt: Some(interrupt) });
        interrupted
    }

    fn interrupt(&self, id: JobId, why: Interrupt) {
        if let Some(held) = self.held().get_mut(&id)
            && let Some(interrupt) = held.interrupt.take()
        {
            // Fails only when it has just ended by itself.
            let _ = interrupt.send(why);
        }
    }

    fn wake_all(&self) {
        self.wake.values().for_each(Notify::notify_one);
        self.time.notify_one();
    }
}

async fn work<A: Send + Sync + 'static>(
    db: Db,
    app: Arc<A>,
    registry: Arc<Registry<A>>,
    settings: Settings,
    mut stopping: watch::Receiver<Option<Duration>>,
) {
    // Listen before the first look, so that nothing falls in between.
    let notices = db.notices();
    let registered = tokio::select! {
        worker = register(&db, &registry, &settings) => worker,
        _ = stopping.changed() => return,
    };
    let (ended, reports) = mpsc::channel(store::MOST_AT_ONCE);
    let wake = settings.queues.iter().map(|(queue, _)| (queue.clone(), Notify::new())).collect();
    let shared = Arc::new(Shared {
        presence: show_presence(&settings, &registered),
        db,
        app,
        registry,
        settings,
        worker: registered,
        held: Mutex::default(),
        unknown: Mutex::default(),
        ended,
        wake,
        time: Notify::new(),
    });
    let tasks = stop::Tasks::spawn(&shared, notices, reports, &stopping);
    // An error means that the handle was dropped.
    let _ = stopping.changed().await;
    let grace = stopping.borrow().unwrap_or_default();
    tasks.stop(shared, grace).await;
}

/// One of the few tasks that keep the queue going. What people write goes before that.
fn spawn_in_background(work: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
    tokio::spawn(db::in_background(Crowd::Few, work))
}

/// Signs in, however long the database takes to be there.
async fn register<A: Send + Sync + 'static>(
    db: &Db,
    registry: &Registry<A>,
    settings: &Settings,
) -> Worker {
    loop {
        match sign_in(db, registry, settings).await {
            Ok(worker) => return worker,
            Err(error) => tracing::warn!("workers cannot start yet: {error}"),
        }
        tokio::time::sleep(settings.poll).await;
    }
}

async fn sign_in<A: Send + Sync + 'static>(
    db: &Db,
    registry: &Registry<A>,
    settings: &Settings,
) -> db::Result<Worker> {
    crate::schedule::register(db, registry).await?;
    store::take_up_parked(db, registry.known(), true).await?;
    store::register(db, &settings.node, &settings.queue_names()).await
}

fn show_presence(settings: &Settings, worker: &Worker) -> Option<Presence> {
    let folder = settings.presence.as_deref()?;
    Presence::show(folder, worker)
        .inspect_err(|error| {
            tracing::warn!("{}: {error}; others see late that we died", folder.display());
        })
        .ok()
}

/// How long until `at`, at most `most`. Never by the machine's clock when the
/// injected one stands still.
fn until(clock: &Clock, at: Option<Timestamp>, most: Duration) -> Duration {
    let Some(at) = at else { return most };
    let wait = at.duration_since(clock.now());
    Duration::try_from(wait).unwrap_or_default().clamp(Duration::from_millis(1), most)
}
