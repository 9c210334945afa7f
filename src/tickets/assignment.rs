//! Fair assignment: never two people for one ticket, never a difference of load
//! of more than one caused here, however many tickets arrive at once.

use db::Tx;

use crate::accounts::AccountId;
use crate::error::Result;
use crate::kosts::{self, KostId};
use crate::tickets::{Status, TicketId, store};

/// Gives the ticket to whoever is next, unless it is done, or has somebody who
/// is still there. With nobody to take it, it is unassigned, visibly. Says
/// whether it has somebody.
pub async fn assign(tx: &mut Tx, kost: KostId, ticket: TicketId) -> Result<bool> {
    let Some(mut ticket) = store::lock(tx, kost, ticket).await? else { return Ok(false) };
    if ticket.status == Status::Done {
        return Ok(true);
    }
    kosts::store::lock(tx, kost).await?;
    if let Some(assignee) = ticket.assignee
        && kosts::store::is_staff(&mut *tx, kost, assignee).await?
    {
        return Ok(true);
    }
    let next = store::next_assignee(tx, kost).await?;
    if ticket.assignee != next {
        ticket.set_assignee(tx, next, None).await?;
    }
    Ok(next.is_some())
}

/// Assigns the ticket that has waited longest in a kost. Says whether more may
/// wait. Locks one ticket, then the kost, as every verb does: two at once would
/// wait for a verb that waits for this.
pub async fn assign_oldest(tx: &mut Tx, kost: KostId) -> Result<bool> {
    match store::oldest_unfinished(&mut *tx, kost, None).await? {
        Some(ticket) => assign(tx, kost, ticket).await,
        None => Ok(false),
    }
}

/// Hands on one unfinished ticket of somebody who is staff of the kost no more.
/// Says whether more may be left. Who has come back keeps theirs.
pub async fn release_oldest(tx: &mut Tx, kost: KostId, from: AccountId) -> Result<bool> {
    if kosts::store::is_staff(&mut *tx, kost, from).await? {
        return Ok(false);
    }
    let Some(ticket) = store::oldest_unfinished(&mut *tx, kost, Some(from)).await? else {
        return Ok(false);
    };
    assign(tx, kost, ticket).await?;
    Ok(true)
}
