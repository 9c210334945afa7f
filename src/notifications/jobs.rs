//! Announcing an activity, and carrying each notification to its mailbox.

use std::time::Duration;

use db::Tx;
use jiff::SignedDuration;
use queue::{Job, JobId, JobResult, Outcome, Run};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::App;
use crate::accounts::{self, Account, MailKind};
use crate::activity::{self, Announce};
use crate::error::Result;
use crate::kosts::KostId;
use crate::notifications::mails::{self, Mail, Story};
use crate::notifications::{DeliveryId, audience, deliveries, store};
use crate::tickets::{DeliveryState, TicketId, TicketNumber, Viewer};
use crate::web::post;
use crate::words::Words;

impl Job for Announce {
    type App = App;
    const NAME: &'static str = "Announce";
    // An open page waits for it.
    const PRIORITY: i32 = -10;

    fn scope(&self) -> Option<i64> {
        Some(self.kost)
    }

    fn subject(&self) -> Option<String> {
        Some(format!("ticket:{}", self.ticket))
    }

    async fn run(&self, app: &App, run: &mut Run) -> JobResult {
        let mut tx = app.db.begin().await?;
        let story = Story::load(&mut tx, KostId(self.kost), self.activity).await?;
        for viewer in audience(&mut tx, &story.activity, &story.ticket).await? {
            if let Some(account) = accounts::store::get(&mut tx, viewer.account).await? {
                notify(&mut tx, &account, viewer, &story).await?;
            }
        }
        run.finish(&mut tx).await?;
        tx.commit().await?;
        Ok(Outcome::Done)
    }
}

/// Puts the activity on somebody's list and their open pages, and has it mailed.
async fn notify(tx: &mut Tx, account: &Account, viewer: Viewer, story: &Story) -> Result<()> {
    let Story { activity, ticket, .. } = story;
    let Some((notification, unread)) = store::insert(tx, account.id, activity).await? else {
        return Ok(());
    };
    if let Some(address) = account.mail_address_for(MailKind::of(activity.kind)) {
        let delivery = deliveries::insert(tx, notification, activity, address).await?;
        let (ticket, kost, account) = (ticket.id, ticket.kost, account.id.get());
        let job = DeliverEmail { delivery, ticket, kost, account }.enqueue(tx).await?;
        deliveries::set_job(tx, kost, delivery, job.id()).await?;
    }
    let to = format!("account:{}", account.id);
    let toast = story.toast(viewer, Words::new(account.language));
    activity::publish(tx, &to, &json!({ "type": "unread", "unread": unread }));
    activity::publish(tx, &to, &toast);
    // Whoever looks at the report right now reads the news there.
    activity::refresh(tx, &to, &["notifications".to_owned(), format!("ticket:{}", ticket.id)]);
    Ok(())
}

/// News that is older than this is none by e-mail any more.
const NEWS_LIVES: SignedDuration = SignedDuration::from_hours(24 * 3);

/// Carries one notification to a mailbox.
#[derive(Debug, Serialize, Deserialize)]
pub struct DeliverEmail {
    pub delivery: DeliveryId,
    pub ticket: TicketId,
    pub kost: KostId,
    pub account: i64,
}

impl Job for DeliverEmail {
    type App = App;
    const NAME: &'static str = "DeliverEmail";
    const QUEUE: &'static str = "mail";
    const TIMEOUT: Duration = post::TIMEOUT;

    fn scope(&self) -> Option<i64> {
        Some(self.kost.get())
    }

    fn subject(&self) -> Option<String> {
        Some(format!("ticket:{}", self.ticket))
    }

    /// The messages about one ticket reach one person in the order of its activities.
    fn order_key(&self) -> Option<String> {
        Some(format!("{}:{}", self.ticket, self.account))
    }

    fn limit(&self) -> Option<(String, i32)> {
        post::limit()
    }

    async fn run(&self, app: &App, run: &mut Run) -> JobResult {
        let message = match mails::of_delivery(app, self.kost, self.delivery).await? {
            Mail::To(message) => message,
            Mail::Nothing => return Ok(Outcome::Cancel("nothing to send any more".to_owned())),
            Mail::Unreachable(why) => {
                let mut tx = self.told(app).await?;
                deliveries::note_unreachable(&mut tx, self.kost, self.delivery, why).await?;
                tx.commit().await?;
                return Ok(Outcome::Cancel(why.to_string()));
            }
        };
        // No transaction is open while we talk to the mail server.
        let sent = app.mailer.send(&message).await;
        let mut tx = self.told(app).await?;
        let address = &message.to.address;
        let Err(error) = sent else {
            let state = match app.mailer.kept() {
                Some(_) => DeliveryState::Kept,
                None => DeliveryState::Sent,
            };
            deliveries::note_done(&mut tx, self.kost, self.delivery, address, state).await?;
            run.finish(&mut tx).await?;
            tx.commit().await?;
            return Ok(Outcome::Done);
        };
        deliveries::note_error(&mut tx, self.kost, self.delivery, address, &error).await?;
        tx.commit().await?;
        let age = app.clock.now().duration_since(run.created_at);
        Err(post::failure(error, age, NEWS_LIVES))
    }
}

impl DeliverEmail {
    /// A transaction of which staff hear who look at the report: they read there
    /// what became of the mail.
    async fn told(&self, app: &App) -> db::Result<Tx> {
        let mut tx = app.db.begin().await?;
        let topic = format!("ticket:{}", self.ticket);
        activity::refresh(&mut tx, &format!("kost:{}", self.kost), &[topic]);
        Ok(tx)
    }
}

/// Sends a delivery of this kost again: by its task, or by another one where that is
/// gone. `None` if there is no such delivery, or it was sent.
pub async fn send_again(tx: &mut Tx, kost: KostId, id: DeliveryId) -> Result<Option<Again>> {
    let Some(unsent) = deliveries::unsent(tx, kost, id).await? else { return Ok(None) };
    let task = match unsent.job {
        Some(job) => queue::get(&mut *tx, Some(kost.get()), job).await?,
        None => None,
    };
    let (job, is_due) = match task {
        Some(task) if task.state.is_live() => (task.id, queue::run_now(tx, task.id).await?),
        Some(task) => (task.id, queue::retry(tx, task.id).await?),
        None => {
            let (ticket, account) = (unsent.ticket, unsent.account.get());
            let mail = DeliverEmail { delivery: id, ticket, kost, account };
            (mail.enqueue(tx).await?.id(), true)
        }
    };
    if is_due {
        deliveries::set_job(tx, kost, id, job).await?;
    }
    Ok(Some(Again { job, ticket: unsent.ticket, number: unsent.number, is_due }))
}

/// A delivery that is sent again.
#[derive(Debug)]
pub struct Again {
    pub job: JobId,
    pub ticket: TicketId,
    /// Of the report that it is about.
    pub number: TicketNumber,
    /// Whether there was anything to do: it may just be being sent.
    pub is_due: bool,
}
