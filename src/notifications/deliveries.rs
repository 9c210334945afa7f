//! SQL of deliveries: what becomes of a notification that goes out by e-mail.

use db::{On, Tx, query};
use mail::SendError;
use queue::JobId;

use crate::accounts::AccountId;
use crate::activity::{Activity, ActivityId};
use crate::error::Result;
use crate::kosts::KostId;
use crate::notifications::store::NotificationId;
use crate::tickets::{DeliveryState, TicketId, TicketNumber, Unreachable};

db::id! {
    /// One delivery.
    pub struct DeliveryId;
}

/// A delivery by e-mail, queued.
pub async fn insert(
    tx: &mut Tx,
    notification: NotificationId,
    activity: &Activity,
    address: &str,
) -> Result<DeliveryId> {
    let now = tx.now();
    Ok(query(
        "INSERT INTO delivery (kost, notification, ticket, activity, channel, address, state, at)
         VALUES ($1, $2, $3, $4, 'email', $5, 'queued', $6)",
    )
    .bind(activity.kost)
    .bind(notification)
    .bind(activity.ticket)
    .bind(activity.id)
    .bind(address)
    .bind(now)
    .insert(tx)
    .await?)
}

db::row! {
    /// A delivery with what is needed to carry it out.
    #[derive(Debug, Clone)]
    pub struct Delivery {
        pub account: AccountId,
        pub activity: ActivityId,
        pub state: DeliveryState,
    }
}

/// A delivery of this kost.
pub async fn get(on: impl Into<On<'_>>, kost: KostId, id: DeliveryId) -> Result<Option<Delivery>> {
    Ok(query(
        "SELECT notification.account, delivery.activity, delivery.state
         FROM delivery
         JOIN notification ON notification.kost = delivery.kost AND notification.id = delivery.notification
         WHERE delivery.kost = $1 AND delivery.id = $2",
    )
    .bind(kost)
    .bind(id)
    .optional(on)
    .await?)
}

/// Notes the task that carries a delivery out; what went wrong before is over.
pub async fn set_job(tx: &mut Tx, kost: KostId, id: DeliveryId, job: JobId) -> Result<()> {
    query("UPDATE delivery SET job = $3, code = NULL WHERE kost = $1 AND id = $2")
        .bind(kost)
        .bind(id)
        .bind(job)
        .run(tx)
        .await?;
    Ok(())
}

db::row! {
    /// What has to be known of a delivery to send it again.
    #[derive(Debug, Clone)]
    pub struct Unsent {
        pub account: AccountId,
        pub ticket: TicketId,
        pub number: TicketNumber,
        /// The task that carries it out, or carried it out; it may be gone.
        pub job: Option<JobId>,
    }
}

/// A delivery of this kost that was not sent, as it is until the transaction ends.
pub async fn unsent(tx: &mut Tx, kost: KostId, id: DeliveryId) -> Result<Option<Unsent>> {
    // Locked first: who sends it again at the same moment waits.
    let locked: Option<(DeliveryId,)> = query(
        "SELECT id FROM delivery WHERE kost = $1 AND id = $2 AND state = 'queued' FOR UPDATE",
    )
    .bind(kost)
    .bind(id)
    .optional(&mut *tx)
    .await?;
    if locked.is_none() {
        return Ok(None);
    }
    Ok(query(
        "SELECT notification.account, delivery.ticket, ticket.number, delivery.job
         FROM delivery
         JOIN notification ON notification.kost = delivery.kost AND notification.id = delivery.notification
         JOIN ticket ON ticket.kost = delivery.kost AND ticket.id = delivery.ticket
         WHERE delivery.kost = $1 AND delivery.id = $2",
    )
    .bind(kost)
    .bind(id)
    .optional(tx)
    .await?)
}

/// Records that there is nobody to write to any more, and why.
pub async fn note_unreachable(
    tx: &mut Tx,
    kost: KostId,
    id: DeliveryId,
    why: Unreachable,
) -> Result<()> {
    let now = tx.now();
    query(
        "UPDATE delivery
         SET code = $3, at = $4
         WHERE kost = $1 AND id = $2 AND state = 'queued'",
    )
    .bind(kost)
    .bind(id)
    .bind(why.as_str())
    .bind(now)
    .run(tx)
    .await?;
    Ok(())
}

/// Records how a delivery was carried out, and to which address.
pub async fn note_done(
    tx: &mut Tx,
    kost: KostId,
    id: DeliveryId,
    address: &str,
    state: DeliveryState,
) -> Result<()> {
    let now = tx.now();
    query(
        "UPDATE delivery
         SET state = $3, address = $4, code = NULL, at = $5
         WHERE kost = $1 AND id = $2",
    )
    .bind(kost)
    .bind(id)
    .bind(state)
    .bind(address)
    .bind(now)
    .run(tx)
    .await?;
    Ok(())
}

/// Records why a delivery was not carried out. Whether it will be is the
/// queue's to say: see [`set_job`].
pub async fn note_error(
    tx: &mut Tx,
    kost: KostId,
    id: DeliveryId,
    address: &str,
    error: &SendError,
) -> Result<()> {
    let now = tx.now();
    // Whoever stood still meanwhile may say so long after another has sent it.
    query(
        "UPDATE delivery
         SET address = $3, code = $4, at = $5
         WHERE kost = $1 AND id = $2 AND state = 'queued'",
    )
    .bind(kost)
    .bind(id)
    .bind(address)
    .bind(error.code)
    .bind(now)
    .run(tx)
    .await?;
    Ok(())
}
