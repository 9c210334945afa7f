//! SQL of what one report's page shows besides the report itself.

use db::{On, Tx, query};
use jiff::Timestamp;

use crate::accounts::AccountId;
use crate::activity::{ActivityId, ActivityKind};
use crate::error::Result;
use crate::tickets::{TicketId, photos::Photo};

/// How many entries of a long timeline one page shows.
pub const AT_A_TIME: usize = 100;

db::row! {
    /// One thing that happened, as the timeline tells it.
    #[derive(Debug, Clone)]
    pub struct Happening {
        pub id: ActivityId,
        pub kind: ActivityKind,
        /// Nobody: the system did it.
        pub actor: Option<AccountId>,
        pub actor_name: Option<String>,
        pub old_value: Option<String>,
        pub new_value: Option<String>,
        /// Of an assignment: who is in charge now.
        pub subject: Option<AccountId>,
        pub subject_name: Option<String>,
        pub body: Option<String>,
        pub at: Timestamp,
    }
}

const HAPPENING: &str = "SELECT activity.id, activity.kind, activity.actor, actor.name AS actor_name,
         activity.old_value, activity.new_value, subject.id AS subject, subject.name AS subject_name, activity.body, activity.at
     FROM activity
     LEFT JOIN account actor ON actor.id = activity.actor
     LEFT JOIN account subject
         ON subject.id = CASE WHEN activity.kind = 'assigned' THEN CAST(activity.new_value AS BIGINT) END
     WHERE activity.ticket = ";

/// The newest [`AT_A_TIME`] entries older than `before`, the newest first, and
/// one more if there are any; internal notes only for staff.
pub async fn newest(
    on: impl Into<On<'_>>,
    ticket: TicketId,
    before: Option<ActivityId>,
    with_internal: bool,
) -> Result<Vec<Happening>> {
    let visible = if with_internal { "" } else { " AND activity.kind <> 'noted'" };
    Ok(query(HAPPENING)
        .push_bind(ticket)
        .push(" AND activity.id < ")
        .push_bind(before.map_or(i64::MAX, ActivityId::get))
        .push(visible)
        .push(" ORDER BY activity.id DESC LIMIT ")
        .push_bind(AT_A_TIME as i64 + 1)
        .all(on)
        .await?)
}

/// The latest turns that a ticket took, the newest first: states and answers.
pub async fn turns(on: impl Into<On<'_>>, ticket: TicketId) -> Result<Vec<Happening>> {
    Ok(query(HAPPENING)
        .push_bind(ticket)
        .push(" AND activity.kind IN ('status_changed', 'returned', 'confirmed', 'closed_by_silence')")
        .push(" ORDER BY activity.id DESC LIMIT 20")
        .all(on)
        .await?)
}

/// Who changed a property of the ticket last.
pub async fn last_change(on: impl Into<On<'_>>, ticket: TicketId) -> Result<Option<Happening>> {
    Ok(query(HAPPENING)
        .push_bind(ticket)
        .push(" AND activity.kind NOT IN ('opened', 'commented', 'noted', 'reminded')")
        .push(" ORDER BY activity.id DESC LIMIT 1")
        .optional(on)
        .await?)
}

/// The photos of these entries of a ticket, in the order in which they came.
pub async fn photos(
    on: impl Into<On<'_>>,
    ticket: TicketId,
    entries: &[Happening],
) -> Result<Vec<Photo>> {
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    Ok(query("SELECT ticket, activity, file, width, height FROM photo WHERE ticket = ")
        .push_bind(ticket)
        .push(" AND activity IN ")
        .push_list(entries.iter().map(|entry| entry.id))
        .push(" ORDER BY activity, position")
        .all(on)
        .await?)
}

/// Whether this file is a photo of the ticket that the reader may see: those of
/// internal notes are for staff only.
pub async fn has_photo(
    on: impl Into<On<'_>>,
    ticket: TicketId,
    file: &str,
    with_internal: bool,
) -> Result<bool> {
    let visible = if with_internal { "" } else { " AND activity.kind <> 'noted'" };
    let found: Option<(ActivityId,)> = query(
        "SELECT photo.activity
         FROM photo
         JOIN activity ON activity.id = photo.activity
         WHERE photo.file = ",
    )
    .push_bind(file)
    .push(" AND photo.ticket = ")
    .push_bind(ticket)
    .push(visible)
    .optional(on)
    .await?;
    Ok(found.is_some())
}

/// Notes which form made an entry, so that the same form makes no second one.
///
/// # Errors
/// The constraint `activity_actor_submission_key` when it made one before.
pub async fn note_submission(
    tx: &mut Tx,
    activity: ActivityId,
    submission: &str,
) -> db::Result<()> {
    query("UPDATE activity SET submission = $2 WHERE id = $1")
        .bind(activity)
        .bind(submission)
        .run(tx)
        .await?;
    Ok(())
}

/// How many notifications about a ticket somebody has not read.
pub async fn unread(on: impl Into<On<'_>>, account: AccountId, ticket: TicketId) -> Result<i64> {
    let (count,) = query(
        "SELECT COUNT(*) FROM notification WHERE account = $1 AND ticket = $2 AND read_at IS NULL",
    )
    .bind(account)
    .bind(ticket)
    .one(on)
    .await?;
    Ok(count)
}

db::text_enum! {
    /// How far a delivery got.
    pub enum DeliveryState { Queued = "queued", Sent = "sent", Failed = "failed" }
}

db::row! {
    /// A delivery as staff see it on the ticket.
    #[derive(Debug, Clone)]
    pub struct Delivery {
        pub account: AccountId,
        pub account_name: String,
        pub kind: ActivityKind,
        pub state: DeliveryState,
        /// Why it failed, or what delays it: a job error code.
        pub code: Option<String>,
        pub at: Timestamp,
    }
}

/// What was sent about a ticket, and whether it arrived: the latest first.
/// Notifications, which stand above reports, write these rows; this only reads.
pub async fn deliveries(on: impl Into<On<'_>>, ticket: TicketId) -> Result<Vec<Delivery>> {
    Ok(query(
        "SELECT notification.account, account.name AS account_name, activity.kind, delivery.state, delivery.code, delivery.at
         FROM delivery
         JOIN notification ON notification.id = delivery.notification
         JOIN activity ON activity.id = delivery.activity
         JOIN account ON account.id = notification.account
         WHERE delivery.ticket = $1
         ORDER BY delivery.id DESC
         LIMIT 50",
    )
    .bind(ticket)
    .all(on)
    .await?)
}
