//! Announcing an activity, and carrying each notification to its mailbox.

use db::Tx;
use queue::{Failure, Job, JobResult, Outcome, Run};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::App;
use crate::accounts::{self, Account};
use crate::activity::{self, Activity, Announce};
use crate::error::Result;
use crate::notifications::audience::mail_kind;
use crate::notifications::store::{self, DeliveryState};
use crate::notifications::{DeliveryId, audience, mails};
use crate::tickets::{self, Ticket, TicketId};
use crate::words::Words;

impl Job for Announce {
    type App = App;
    const NAME: &'static str = "Announce";
    const PRIORITY: i32 = -5;

    fn scope(&self) -> Option<i64> {
        Some(self.kost)
    }

    fn subject(&self) -> Option<String> {
        Some(format!("ticket:{}", self.ticket))
    }

    async fn run(&self, app: &App, run: &mut Run) -> JobResult {
        let mut tx = app.db.begin().await?;
        let activity = activity::get(&mut tx, self.activity).await?;
        if let Some(ticket) = tickets::store::get(&mut tx, TicketId(self.ticket)).await? {
            for account in audience(&mut tx, &activity, &ticket).await? {
                if let Some(account) = accounts::store::get(&mut tx, account).await? {
                    notify(&mut tx, &account, &activity, &ticket).await?;
                }
            }
        }
        run.finish(&mut tx).await?;
        tx.commit().await?;
        Ok(Outcome::Done)
    }
}

/// Puts the activity on somebody's list and their open pages, and has it mailed.
async fn notify(
    tx: &mut Tx,
    account: &Account,
    activity: &Activity,
    ticket: &Ticket,
) -> Result<()> {
    let Some((notification, unread)) =
        store::insert(tx, account.id, activity.id, ticket.id, activity.kost).await?
    else {
        return Ok(());
    };
    if let Some(address) = account.mail_address_for(mail_kind(activity.kind)) {
        let delivery =
            store::insert_delivery(tx, notification, ticket.id, activity.id, address).await?;
        DeliverEmail {
            delivery,
            ticket: ticket.id,
            kost: activity.kost,
            account: account.id.get(),
        }
        .enqueue(tx)
        .await?;
    }
    let to = format!("account:{}", account.id);
    let toast = mails::toast(tx, activity, ticket, account, Words::new(account.language)).await?;
    activity::publish(tx, &to, &json!({ "type": "unread", "unread": unread }));
    activity::publish(tx, &to, &toast);
    // Whoever looks at the report right now reads the news there.
    activity::refresh(tx, &to, &["notifications".to_owned(), format!("ticket:{}", ticket.id)]);
    Ok(())
}

/// Carries one notification to a mailbox.
#[derive(Debug, Serialize, Deserialize)]
pub struct DeliverEmail {
    pub delivery: DeliveryId,
    pub ticket: TicketId,
    pub kost: i64,
    pub account: i64,
}

impl Job for DeliverEmail {
    type App = App;
    const NAME: &'static str = "DeliverEmail";
    const QUEUE: &'static str = "mail";

    fn scope(&self) -> Option<i64> {
        Some(self.kost)
    }

    fn subject(&self) -> Option<String> {
        Some(format!("ticket:{}", self.ticket))
    }

    /// The messages about one ticket reach one person in the order of its activities.
    fn order_key(&self) -> Option<String> {
        Some(format!("{}:{}", self.ticket, self.account))
    }

    async fn run(&self, app: &App, run: &mut Run) -> JobResult {
        let Some(message) = mails::of_delivery(app, self.delivery).await? else {
            return Ok(Outcome::Cancel("nothing to send any more".to_owned()));
        };
        // No transaction is open while we talk to the mail server.
        let sent = app.mailer.send(&message).await;
        let mut tx = app.db.begin().await?;
        match sent {
            Ok(_) => {
                store::set_delivery(&mut tx, self.delivery, DeliveryState::Sent, None, None)
                    .await?;
                run.finish(&mut tx).await?;
                tx.commit().await?;
                Ok(Outcome::Done)
            }
            Err(error) => {
                let is_last =
                    error.kind == mail::ErrorKind::Permanent || run.attempt >= run.max_attempts;
                let state = if is_last { DeliveryState::Failed } else { DeliveryState::Queued };
                store::set_delivery(
                    &mut tx,
                    self.delivery,
                    state,
                    Some(error.code),
                    Some(&error.detail),
                )
                .await?;
                tx.commit().await?;
                Err(match error.kind {
                    mail::ErrorKind::Permanent => Failure::fail(error.code, error.detail),
                    _ => Failure::retry(error.code, error.detail),
                })
            }
        }
    }
}
