//! Every change of a report is recorded, and shown at once to all who look at it.

use db::Tx;

use crate::accounts::AccountId;
use crate::activity::{self, ActivityId, ActivityKind, NewActivity};
use crate::error::Result;
use crate::tickets::{Ticket, store};

impl Ticket {
    /// Records what happened, and refreshes the pages of those who look at it.
    pub(super) async fn record(
        &self,
        tx: &mut Tx,
        kind: ActivityKind,
        by: Option<AccountId>,
        old_value: Option<&str>,
        new_value: Option<&str>,
        body: Option<&str>,
    ) -> Result<ActivityId> {
        let (ticket, kost) = (self.id.get(), self.kost.get());
        let actor = by.map(AccountId::get);
        let activity = NewActivity { ticket, kost, actor, kind, old_value, new_value, body }
            .record(tx)
            .await?;
        let mut topics = self.topics();
        // What one is writing is only taken away when the state decides about it.
        if matches!(kind, ActivityKind::StatusChanged | ActivityKind::Returned) {
            topics.push(format!("status:{ticket}"));
        }
        match kind {
            ActivityKind::Noted => self.refresh_staff(tx, &topics),
            // Nobody follows it yet.
            ActivityKind::Opened => {
                self.refresh_staff(tx, &topics);
                activity::refresh(tx, &format!("account:{}", self.reporter), &topics);
            }
            _ => self.refresh(tx, &topics).await?,
        }
        Ok(activity)
    }

    pub(super) fn topics(&self) -> Vec<String> {
        vec![format!("ticket:{}", self.id), "tickets".to_owned()]
    }

    /// Refreshes the open pages of everybody who may read the ticket.
    pub(super) async fn refresh(&self, tx: &mut Tx, topics: &[String]) -> Result<()> {
        self.refresh_staff(tx, topics);
        for reader in store::reporter_and_followers(&mut *tx, self).await? {
            activity::refresh(tx, &format!("account:{reader}"), topics);
        }
        Ok(())
    }

    fn refresh_staff(&self, tx: &mut Tx, topics: &[String]) {
        let kost = format!("kost:{}", self.kost);
        activity::refresh(tx, &kost, &[topics, std::slice::from_ref(&kost)].concat());
    }
}
