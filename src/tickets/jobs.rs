//! Work on tickets that runs in the background: each loads, calls one verb, and
//! finishes in the same transaction.

use jiff::{SignedDuration, Timestamp};
use queue::{Failure, Job, JobResult, Outcome, Run};
use serde::{Deserialize, Serialize};

use crate::App;
use crate::error::Error;
use crate::kosts::{AssignWaiting, KostId, ReleaseTickets};
use crate::tickets::verbs::{CLOSE_AFTER, REMIND_AFTER};
use crate::tickets::{TicketId, assignment, photos, store};

/// Gives a ticket that nobody works on to whoever is next.
#[derive(Debug, Serialize, Deserialize)]
pub struct AssignTicket {
    pub ticket: TicketId,
    pub kost: KostId,
}

impl Job for AssignTicket {
    type App = App;
    const NAME: &'static str = "AssignTicket";
    // After `Announce`, for which open pages wait.
    const PRIORITY: i32 = -5;

    fn scope(&self) -> Option<i64> {
        Some(self.kost.get())
    }

    fn subject(&self) -> Option<String> {
        Some(format!("ticket:{}", self.ticket))
    }

    async fn run(&self, app: &App, run: &mut Run) -> JobResult {
        let mut tx = app.db.begin().await?;
        assignment::assign(&mut tx, self.kost, self.ticket).await?;
        run.finish(&mut tx).await?;
        tx.commit().await?;
        Ok(Outcome::Done)
    }
}

impl Job for AssignWaiting {
    type App = App;
    const NAME: &'static str = "AssignWaiting";

    fn scope(&self) -> Option<i64> {
        Some(self.kost.get())
    }

    async fn run(&self, app: &App, run: &mut Run) -> JobResult {
        loop {
            let mut tx = app.db.begin().await?;
            let more = assignment::assign_oldest(&mut tx, self.kost).await?;
            if !more {
                run.finish(&mut tx).await?;
            }
            tx.commit().await?;
            if !more {
                return Ok(Outcome::Done);
            }
        }
    }
}

impl Job for ReleaseTickets {
    type App = App;
    const NAME: &'static str = "ReleaseTickets";

    fn scope(&self) -> Option<i64> {
        Some(self.kost.get())
    }

    async fn run(&self, app: &App, run: &mut Run) -> JobResult {
        loop {
            let mut tx = app.db.begin().await?;
            let more = assignment::release_oldest(&mut tx, self.kost, self.account).await?;
            if !more {
                run.finish(&mut tx).await?;
            }
            tx.commit().await?;
            if !more {
                return Ok(Outcome::Done);
            }
        }
    }
}

/// Asks the reporter once more whether a done ticket is fixed.
#[derive(Debug, Serialize, Deserialize)]
pub struct RemindReporter {
    pub ticket: TicketId,
    pub kost: KostId,
    /// When it was done: a later round has its own reminder.
    pub done_at: Timestamp,
}

impl Job for RemindReporter {
    type App = App;
    const NAME: &'static str = "RemindReporter";

    fn scope(&self) -> Option<i64> {
        Some(self.kost.get())
    }

    fn subject(&self) -> Option<String> {
        Some(format!("ticket:{}", self.ticket))
    }

    fn unique_key(&self) -> Option<String> {
        Some(round(self.ticket, self.done_at))
    }

    async fn run(&self, app: &App, run: &mut Run) -> JobResult {
        if let Some(rest) = rest(self.done_at + REMIND_AFTER, app) {
            return Ok(Outcome::Snooze(rest));
        }
        let mut tx = app.db.begin().await?;
        if let Some(ticket) = store::lock(&mut tx, self.kost, self.ticket).await?
            && ticket.done_at == Some(self.done_at)
        {
            ticket.remind(&mut tx).await?;
        }
        run.finish(&mut tx).await?;
        tx.commit().await?;
        Ok(Outcome::Done)
    }
}

/// Closes a ticket that was done for seven days without an answer.
#[derive(Debug, Serialize, Deserialize)]
pub struct CloseSilent {
    pub ticket: TicketId,
    pub kost: KostId,
    /// When it was done: after a return, the next round has its own seven days.
    pub done_at: Timestamp,
}

impl Job for CloseSilent {
    type App = App;
    const NAME: &'static str = "CloseSilent";

    fn scope(&self) -> Option<i64> {
        Some(self.kost.get())
    }

    fn subject(&self) -> Option<String> {
        Some(format!("ticket:{}", self.ticket))
    }

    fn unique_key(&self) -> Option<String> {
        Some(round(self.ticket, self.done_at))
    }

    async fn run(&self, app: &App, run: &mut Run) -> JobResult {
        if let Some(rest) = rest(self.done_at + CLOSE_AFTER, app) {
            return Ok(Outcome::Snooze(rest));
        }
        let mut tx = app.db.begin().await?;
        if let Some(mut ticket) = store::lock(&mut tx, self.kost, self.ticket).await?
            && ticket.done_at == Some(self.done_at)
        {
            ticket.close_by_silence(&mut tx).await?;
        }
        run.finish(&mut tx).await?;
        tx.commit().await?;
        Ok(Outcome::Done)
    }
}

/// A ticket's being done, this time.
fn round(ticket: TicketId, done_at: Timestamp) -> String {
    format!("ticket:{ticket} since {done_at}")
}

/// How long it still is until then: somebody may bring a task forward, but nobody
/// the days that a reporter has for an answer.
fn rest(until: Timestamp, app: &App) -> Option<SignedDuration> {
    let rest = until.duration_since(app.clock.now());
    rest.is_positive().then_some(rest)
}

/// Removes photo files that belong to no report, once a night.
#[derive(Debug, Serialize, Deserialize)]
pub struct RemoveStrayPhotos {}

impl Job for RemoveStrayPhotos {
    type App = App;
    const NAME: &'static str = "RemoveStrayPhotos";
    const QUEUE: &'static str = "maintenance";

    async fn run(&self, app: &App, _: &mut Run) -> JobResult {
        let limit = app.clock.now() - photos::STRAY_AFTER;
        match photos::remove_strays(app, limit).await {
            Ok(_) => Ok(Outcome::Done),
            Err(Error::Unavailable(why)) if !why.is::<db::Error>() => {
                Err(Failure::retry(photos::AWAY, format!("{why:#}")))
            }
            Err(error) => Err(error.into()),
        }
    }
}
