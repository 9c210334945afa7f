//! SQL of notifications.

use db::{On, Tx, query};
use jiff::Timestamp;

use crate::accounts::{self, AccountId};
use crate::activity::{Activity, ActivityKind, actor_is_resident};
use crate::error::Result;
use crate::kosts::{Location, LocationId, LocationKind, MAY_HEAR, Role, Timezone};
use crate::notifications::News;
use crate::tickets::{Actor, Seen, TicketNumber, Viewer};
use crate::words::Words;

db::id! {
    /// One notification.
    pub struct NotificationId;
}

/// Inserts a notification of what happened and counts it as unread. `None` when the activity
/// was announced to this account before.
pub async fn insert(
    tx: &mut Tx,
    account: AccountId,
    activity: &Activity,
) -> Result<Option<(NotificationId, i64)>> {
    let inserted = query(
        "INSERT INTO notification (account, kost, ticket, activity, at)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (kost, account, activity) DO NOTHING",
    )
    .bind(account)
    .bind(activity.kost)
    .bind(activity.ticket)
    .bind(activity.id)
    .bind(activity.at)
    .insert_new(tx)
    .await?;
    let Some(notification) = inserted else { return Ok(None) };
    let (unread,) = query("UPDATE account SET unread = unread + 1 WHERE id = $1 RETURNING unread")
        .bind(account)
        .one(tx)
        .await?;
    Ok(Some((notification, unread)))
}

/// Of these people, those who may hear of the activity now.
pub async fn may_hear(
    on: impl Into<On<'_>>,
    activity: &Activity,
    people: impl IntoIterator<Item = AccountId>,
) -> Result<Vec<Viewer>> {
    let rows: Vec<(AccountId, Role, Option<LocationId>)> = query(
        "SELECT membership.account, membership.role, membership.location
         FROM activity
         JOIN ticket ON ticket.kost = activity.kost AND ticket.id = activity.ticket
         JOIN membership ON membership.kost = activity.kost AND membership.ended_at IS NULL
         WHERE activity.kost = ",
    )
    .push_bind(activity.kost)
    .push(" AND activity.id = ")
    .push_bind(activity.id)
    .push(" AND ")
    .push(MAY_HEAR)
    .push(" AND membership.account IN ")
    .push_list(people)
    .push(" ORDER BY membership.account")
    .all(on)
    .await?;
    let viewer =
        |(account, role, home): (_, Role, _)| Viewer { account, is_staff: role.is_staff(), home };
    Ok(rows.into_iter().map(viewer).collect())
}

db::row! {
    /// A notification as its reader sees it.
    #[derive(Debug, Clone)]
    pub struct NotificationView {
        pub id: NotificationId,
        pub at: Timestamp,
        pub read_at: Option<Timestamp>,
        pub kind: ActivityKind,
        pub new_value: Option<String>,
        pub body: Option<String>,
        pub actor: Option<AccountId>,
        pub actor_name: Option<String>,
        pub actor_is_resident: bool,
        pub number: TicketNumber,
        pub title: String,
        pub reporter: AccountId,
        pub slug: String,
        pub kost_name: String,
        pub timezone: Timezone,
        /// What the reader is in that kost.
        pub role: Role,
        /// Where the reader lives there.
        pub home: Option<LocationId>,
        pub location: LocationId,
        pub location_kind: LocationKind,
        pub location_name: String,
    }
}

impl NotificationView {
    /// The news, as its reader may know it.
    pub fn news(&self, reader: AccountId, t: Words) -> News<'_> {
        let viewer = Viewer { account: reader, is_staff: self.role.is_staff(), home: self.home };
        let location = Location {
            id: self.location,
            kind: self.location_kind,
            name: self.location_name.clone(),
            archived_at: None,
        };
        News {
            kind: self.kind,
            new_value: self.new_value.as_deref(),
            actor: Actor::of(self.actor, self.actor_name.as_deref(), self.actor_is_resident),
            reporter: self.reporter,
            place: viewer.place(&location, self.reporter, t).1,
            viewer,
        }
    }
}

const VIEW: &str = concat!(
    "SELECT notification.id, notification.at, notification.read_at,
             activity.kind, activity.new_value, activity.body, activity.actor, actor.name AS actor_name, ",
    actor_is_resident!(),
       ", ticket.number, ticket.title, ticket.reporter, kost.slug, kost.name AS kost_name, kost.timezone,
             membership.role, membership.location AS home, ticket.location, location.kind AS location_kind, location.name AS location_name
         FROM "
);

/// Backwards through what somebody was told. (Without `+ 0` PostgreSQL looks for reports
/// by the activity's kost, and reckons that to be cheap: as if it did so for all activities.)
const TOLD: &str = "notification
         JOIN activity ON activity.kost = notification.kost + 0 AND activity.id = notification.activity
         JOIN ticket ON ticket.kost = notification.kost AND ticket.id = notification.ticket";

/// From the few reports that wait for an answer, not through all that one was ever told:
/// SQLite joins what is crossed in the order in which it stands, as PostgreSQL does always.
const ASKED: &str = "ticket
         CROSS JOIN activity
         CROSS JOIN notification";

const BESIDE: &str = "
         JOIN kost ON kost.id = notification.kost
         JOIN location ON location.kost = notification.kost AND location.id = ticket.location
         JOIN membership ON membership.account = notification.account AND membership.kost = notification.kost AND membership.ended_at IS NULL
         LEFT JOIN account actor ON actor.id = activity.actor
         WHERE ";

/// Which notifications somebody wants to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    All,
    Unread,
    /// Those that ask the reporter "sudah beres?", while the answer is due.
    Ask,
}

/// Somebody's notifications, the newest first, those before `before`. Only of
/// kosts where they are now, and of what they may hear there now.
pub async fn list(
    on: impl Into<On<'_>>,
    account: AccountId,
    shown: Shown,
    before: Option<NotificationId>,
    limit: i64,
) -> Result<Vec<NotificationView>> {
    let (from, which) = match shown {
        Shown::All => (TOLD, ""),
        Shown::Unread => (TOLD, " AND notification.read_at IS NULL"),
        Shown::Ask => (ASKED, ASKING),
    };
    Ok(query(VIEW)
        .bind(account)
        .push(from)
        .push(BESIDE)
        .push(MAY_HEAR)
        .push(which)
        .push(" AND notification.account = $1 AND notification.id < ")
        .push_bind(before.map_or(i64::MAX, NotificationId::get))
        .push(" ORDER BY notification.id DESC")
        .limit(limit)
        .all(on)
        .await?)
}

const ASKING: &str = " AND ticket.reporter = $1 AND ticket.status = 'done' AND ticket.answer IS NULL
             AND activity.kost = ticket.kost AND activity.ticket = ticket.id AND activity.kind = 'status_changed'
             AND activity.new_value = 'done' AND activity.at = ticket.done_at
             AND notification.kost = ticket.kost AND notification.activity = activity.id";

/// The last thing that somebody was told.
pub async fn newest(on: impl Into<On<'_>>, account: AccountId) -> Result<Option<NotificationId>> {
    let newest: Option<(NotificationId,)> =
        query("SELECT id FROM notification WHERE account = $1 ORDER BY id DESC LIMIT 1")
            .bind(account)
            .optional(on)
            .await?;
    Ok(newest.map(|(id,)| id))
}

/// Marks everything of somebody as read, up to what they were shown.
pub async fn mark_all_read(tx: &mut Tx, account: AccountId, shown: NotificationId) -> Result<()> {
    let now = tx.now();
    let read = query(
        "UPDATE notification SET read_at = $3 WHERE account = $1 AND read_at IS NULL AND id <= $2",
    )
    .bind(account)
    .bind(shown)
    .bind(now)
    .run(&mut *tx)
    .await?;
    accounts::store::count_read(tx, account, read).await
}

/// Marks what somebody was told about one ticket as read: they look at it.
pub async fn mark_ticket_read(tx: &mut Tx, seen: Seen) -> Result<()> {
    let now = tx.now();
    let read = query(
        "UPDATE notification
         SET read_at = $4
         WHERE account = $1 AND kost = $2 AND ticket = $3 AND read_at IS NULL",
    )
    .bind(seen.account)
    .bind(seen.kost)
    .bind(seen.ticket)
    .bind(now)
    .run(&mut *tx)
    .await?;
    accounts::store::count_read(tx, seen.account, read).await
}
