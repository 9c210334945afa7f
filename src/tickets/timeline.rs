//! SQL of what one report's page shows besides the report itself.

use db::{On, Query, Tx, query};
use jiff::Timestamp;
use queue::{JobId, JobView, State};

use crate::accounts::{AccountId, MailKind};
use crate::activity::{ActivityId, ActivityKind, actor_is_resident};
use crate::error::Result;
use crate::kosts::KostId;
use crate::tickets::{Actor, Ticket, photos::Photo};

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
        pub actor_is_resident: bool,
        pub old_value: Option<String>,
        pub new_value: Option<String>,
        /// Of an assignment: who is in charge now.
        pub subject: Option<AccountId>,
        pub subject_name: Option<String>,
        pub body: Option<String>,
        pub at: Timestamp,
    }
}

const HAPPENING: &str = concat!(
    "SELECT activity.id, activity.kind, activity.actor, actor.name AS actor_name, ",
    actor_is_resident!(),
    ", activity.old_value, activity.new_value, subject.id AS subject, subject.name AS subject_name, activity.body, activity.at
     FROM activity
     LEFT JOIN account actor ON actor.id = activity.actor
     LEFT JOIN account subject
         ON subject.id = CASE WHEN activity.kind = 'assigned' THEN CAST(activity.new_value AS BIGINT) END
     WHERE activity.kost = "
);

fn happenings(ticket: &Ticket) -> Query<'static> {
    query(HAPPENING).push_bind(ticket.kost).push(" AND activity.ticket = ").push_bind(ticket.id)
}

impl Happening {
    /// Who did it; nobody where the system did.
    pub fn actor(&self) -> Option<Actor<'_>> {
        Actor::of(self.actor, self.actor_name.as_deref(), self.actor_is_resident)
    }
}

/// The newest [`AT_A_TIME`] entries older than `before`, the newest first, and
/// one more if there are any; internal notes only for staff.
pub async fn newest(
    on: impl Into<On<'_>>,
    ticket: &Ticket,
    before: Option<ActivityId>,
    with_internal: bool,
) -> Result<Vec<Happening>> {
    let visible = if with_internal { "" } else { " AND activity.kind <> 'noted'" };
    Ok(happenings(ticket)
        .push(" AND activity.id < ")
        .push_bind(before.map_or(i64::MAX, ActivityId::get))
        .push(visible)
        .push(" ORDER BY activity.id DESC")
        .limit(AT_A_TIME + 1)
        .all(on)
        .await?)
}

/// The latest turns that a ticket took, the newest first: states and answers.
pub async fn turns(on: impl Into<On<'_>>, ticket: &Ticket) -> Result<Vec<Happening>> {
    Ok(happenings(ticket)
        .push(" AND activity.kind IN ('status_changed', 'returned', 'confirmed', 'closed_by_silence')")
        .push(" ORDER BY activity.id DESC LIMIT 20")
        .all(on)
        .await?)
}

/// Who changed a property of the ticket last.
pub async fn last_change(on: impl Into<On<'_>>, ticket: &Ticket) -> Result<Option<Happening>> {
    Ok(happenings(ticket)
        .push(" AND activity.kind NOT IN ('opened', 'commented', 'noted', 'reminded')")
        .push(" ORDER BY activity.id DESC LIMIT 1")
        .optional(on)
        .await?)
}

/// The photos of these entries of a ticket, in the order in which they came.
pub async fn photos(
    on: impl Into<On<'_>>,
    ticket: &Ticket,
    entries: &[Happening],
) -> Result<Vec<Photo>> {
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    Ok(query("SELECT activity, file, width, height FROM photo WHERE kost = ")
        .push_bind(ticket.kost)
        .push(" AND ticket = ")
        .push_bind(ticket.id)
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
    ticket: &Ticket,
    file: &str,
    with_internal: bool,
) -> Result<bool> {
    let visible = if with_internal { "" } else { " AND activity.kind <> 'noted'" };
    let found: Option<(ActivityId,)> = query(
        "SELECT photo.activity
         FROM photo
         JOIN activity ON activity.kost = photo.kost AND activity.id = photo.activity
         WHERE photo.file = ",
    )
    .push_bind(file)
    .push(" AND photo.kost = ")
    .push_bind(ticket.kost)
    .push(" AND photo.ticket = ")
    .push_bind(ticket.id)
    .push(visible)
    .optional(on)
    .await?;
    Ok(found.is_some())
}

/// Whether this form of the kost made an activity of this person before.
pub async fn is_submitted(
    on: impl Into<On<'_>>,
    kost: KostId,
    by: AccountId,
    submission: &str,
) -> db::Result<bool> {
    let found: Option<(ActivityId,)> =
        query("SELECT id FROM activity WHERE kost = $1 AND actor = $2 AND submission = $3")
            .bind(kost)
            .bind(by)
            .bind(submission)
            .optional(on)
            .await?;
    Ok(found.is_some())
}

/// Notes which form made the activity.
///
/// # Errors
/// The constraint `activity_kost_actor_submission_key` when it made one before.
pub async fn note_submission(
    tx: &mut Tx,
    kost: KostId,
    activity: ActivityId,
    submission: &str,
) -> db::Result<()> {
    query("UPDATE activity SET submission = $3 WHERE kost = $1 AND id = $2")
        .bind(kost)
        .bind(activity)
        .bind(submission)
        .run(tx)
        .await?;
    Ok(())
}

/// How many notifications about a ticket somebody has not read.
pub async fn unread(on: impl Into<On<'_>>, account: AccountId, ticket: &Ticket) -> Result<i64> {
    let (count,) = query(
        "SELECT COUNT(*)
         FROM notification
         WHERE account = $1 AND kost = $2 AND ticket = $3 AND read_at IS NULL",
    )
    .bind(account)
    .bind(ticket.kost)
    .bind(ticket.id)
    .one(on)
    .await?;
    Ok(count)
}

db::text_enum! {
    /// How far a delivery got. What was not sent has a task in the queue, which
    /// says whether it will be.
    pub enum DeliveryState {
        Queued = "queued",
        Sent = "sent",
        /// In the folder, since there was no mail server.
        Kept = "kept",
    }
}

db::row! {
    struct DeliveryRow {
        id: i64,
        account: AccountId,
        account_name: String,
        state: DeliveryState,
        code: Option<String>,
        at: Timestamp,
        job: Option<JobId>,
        kind: ActivityKind,
    }
}

/// A delivery as staff see it on the ticket.
#[derive(Debug, Clone)]
pub struct Delivery {
    pub id: i64,
    pub account: AccountId,
    pub account_name: String,
    /// What it tells of.
    pub kind: MailKind,
    pub progress: Progress,
    /// The task that carries it out, while the queue keeps it.
    pub job: Option<JobId>,
}

/// How far a delivery got, and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    Sent(Timestamp),
    /// In the folder, where the installation's admin reads it.
    Kept(Timestamp),
    /// It is going to be tried, for the first time or again; with the code of what went wrong.
    Due(Option<String>),
    Failed(String),
    /// Somebody gave it up; or nobody can be written to any more, with the code of why.
    GivenUp(Option<String>),
}

db::text_enum! {
    /// Why there is nobody to write to any more, as a delivery and its task note it.
    pub enum Unreachable {
        /// The account has no verified address any more.
        NoAddress = "no_address",
        /// Mails of this kind were switched off.
        SwitchedOff = "mail_off",
        /// The reader may not read of it any more.
        NoAccess = "no_access",
    }
}

/// What was sent about a ticket, and whether it arrived: the latest first.
/// Notifications, which stand above reports, write these rows; this only reads.
pub async fn deliveries(on: impl Into<On<'_>>, ticket: &Ticket) -> Result<Vec<Delivery>> {
    let mut on = on.into();
    let rows: Vec<DeliveryRow> = query(
        "SELECT delivery.id, notification.account, account.name AS account_name, delivery.state, delivery.code, delivery.at, delivery.job, activity.kind
         FROM delivery
         JOIN notification ON notification.kost = delivery.kost AND notification.id = delivery.notification
         JOIN activity ON activity.kost = delivery.kost AND activity.id = delivery.activity
         JOIN account ON account.id = notification.account
         WHERE delivery.kost = $1 AND delivery.ticket = $2
         ORDER BY delivery.id DESC
         LIMIT 50",
    )
    .bind(ticket.kost)
    .bind(ticket.id)
    .all(&mut on)
    .await?;
    let jobs =
        queue::get_all(on, Some(ticket.kost.get()), rows.iter().filter_map(|row| row.job)).await?;
    let delivery = |row: DeliveryRow| {
        let job = jobs.iter().find(|job| Some(job.id) == row.job);
        Delivery {
            id: row.id,
            progress: row.progress(job),
            kind: MailKind::of(row.kind),
            account: row.account,
            account_name: row.account_name,
            job: job.map(|job| job.id),
        }
    };
    Ok(rows.into_iter().map(delivery).collect())
}

impl DeliveryRow {
    /// Whether it is still going to be sent is the queue's to say: a task may
    /// also end without a word, by a crash or by somebody's hand.
    fn progress(&self, job: Option<&JobView>) -> Progress {
        let code = job.and_then(|job| job.error_code.clone()).or_else(|| self.code.clone());
        let unreachable = self.code.clone().filter(|code| code.parse::<Unreachable>().is_ok());
        match (self.state, job.map(|job| job.state)) {
            (DeliveryState::Sent, _) => Progress::Sent(self.at),
            (DeliveryState::Kept, _) => Progress::Kept(self.at),
            (_, Some(State::Cancelled)) => Progress::GivenUp(unreachable),
            (_, Some(state)) if state != State::Failed => Progress::Due(code),
            _ if unreachable.is_some() => Progress::GivenUp(unreachable),
            _ => code.map_or(Progress::GivenUp(None), Progress::Failed),
        }
    }
}
