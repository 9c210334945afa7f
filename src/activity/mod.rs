//! The spine: one thing that happened to a ticket. A verb changes the row,
//! records one activity and enqueues one job, all in one transaction. Timeline,
//! audit, notifications and live pages read this one row.

use db::{On, Tx, query};
use jiff::Timestamp;
use queue::Job;
use serde::{Deserialize, Serialize};

use crate::error::Result;

db::id! {
    /// One activity.
    pub struct ActivityId;
}

db::text_enum! {
    /// What happened.
    pub enum ActivityKind {
        Opened = "opened",
        Assigned = "assigned",
        StatusChanged = "status_changed",
        PriorityChanged = "priority_changed",
        Commented = "commented",
        /// An internal note: staff only.
        Noted = "noted",
        Confirmed = "confirmed",
        Returned = "returned",
        /// The reporter was asked once more whether it is fixed.
        Reminded = "reminded",
        ClosedBySilence = "closed_by_silence",
    }
}

impl ActivityKind {
    /// A change of priority stands in the timeline; nobody is told of it.
    pub fn is_announced(self) -> bool {
        self != ActivityKind::PriorityChanged
    }
}

/// SQL: whether whoever did it is a resident of the kost, or was one when they
/// left. Staff, and the installation's admin, are not.
macro_rules! actor_is_resident {
    () => {
        "COALESCE((SELECT stay.role = 'resident'
              FROM membership stay
              WHERE stay.account = activity.actor AND stay.kost = activity.kost
              ORDER BY stay.id DESC
              LIMIT 1), FALSE) AS actor_is_resident"
    };
}
pub(crate) use actor_is_resident;

db::row! {
    /// One thing that happened, with the name of whoever did it.
    #[derive(Debug, Clone)]
    pub struct Activity {
        pub id: ActivityId,
        pub ticket: i64,
        pub kost: i64,
        /// Nobody: the system did it.
        pub actor: Option<i64>,
        pub actor_name: Option<String>,
        /// See [`actor_is_resident`].
        pub actor_is_resident: bool,
        pub kind: ActivityKind,
        pub new_value: Option<String>,
        pub body: Option<String>,
        pub at: Timestamp,
    }
}

/// Tells the people whom an activity concerns. It is enqueued here and run by
/// `notifications`.
#[derive(Debug, Serialize, Deserialize)]
pub struct Announce {
    pub activity: ActivityId,
    pub ticket: i64,
    pub kost: i64,
}

/// What is to be recorded.
#[derive(Debug, Clone)]
pub struct NewActivity<'a> {
    pub ticket: i64,
    pub kost: i64,
    pub actor: Option<i64>,
    pub kind: ActivityKind,
    pub old_value: Option<&'a str>,
    pub new_value: Option<&'a str>,
    pub body: Option<&'a str>,
}

impl NewActivity<'_> {
    /// Records the activity and has it announced, if and when the transaction commits.
    pub async fn record(self, tx: &mut Tx) -> Result<ActivityId> {
        let now = tx.now();
        let activity = query(
            "INSERT INTO activity (ticket, kost, actor, kind, old_value, new_value, body, at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(self.ticket)
        .bind(self.kost)
        .bind(self.actor)
        .bind(self.kind)
        .bind(self.old_value.map(str::to_owned))
        .bind(self.new_value.map(str::to_owned))
        .bind(self.body.map(str::to_owned))
        .bind(now)
        .insert(tx)
        .await?;
        if self.kind.is_announced() {
            Announce { activity, ticket: self.ticket, kost: self.kost }.enqueue(tx).await?;
        }
        Ok(activity)
    }
}

/// One activity of a kost.
pub async fn get(on: impl Into<On<'_>>, kost: i64, id: ActivityId) -> Result<Activity> {
    Ok(query(concat!(
        "SELECT activity.id, activity.ticket, activity.kost, activity.actor, account.name AS actor_name, ",
        actor_is_resident!(),
        ", activity.kind, activity.new_value, activity.body, activity.at
         FROM activity
         LEFT JOIN account ON account.id = activity.actor
         WHERE activity.kost = $1 AND activity.id = $2",
    ))
    .bind(kost)
    .bind(id)
    .one(on)
    .await?)
}

/// Has the pages of those who look at these topics refreshed, after commit.
/// `to` is one audience: `kost:3` (its staff) or `account:5`.
pub fn refresh(tx: &mut Tx, to: &str, topics: &[String]) {
    publish(tx, to, &serde_json::json!({ "type": "changed", "topics": topics }));
}

/// Sends a message to open pages, after commit.
pub fn publish(tx: &mut Tx, to: &str, message: &serde_json::Value) {
    tx.notify("live", serde_json::json!({ "to": to, "message": message }).to_string());
}
