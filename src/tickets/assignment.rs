//! Fair assignment: never two people for one ticket, never a difference of load
//! of more than one caused here, however many tickets arrive at once.

use db::Tx;

use crate::accounts::AccountId;
use crate::error::Result;
use crate::kosts::{self, KostId};
use crate::tickets::{Status, TicketId, store};

/// Gives the ticket to whoever is next, unless it has somebody already, is done,
/// or nobody takes reports on: then it stays unassigned, visibly. Says whether
/// it found somebody.
pub async fn assign(tx: &mut Tx, ticket: TicketId) -> Result<bool> {
    let Some(mut ticket) = store::lock(tx, ticket).await? else { return Ok(false) };
    if ticket.assignee.is_some() || ticket.status == Status::Done {
        return Ok(true);
    }
    let Some(next) = store::next_assignee(tx, ticket.kost).await? else { return Ok(false) };
    ticket.set_assignee(tx, Some(next), None).await?;
    store::note_assignment(tx, ticket.kost, next).await?;
    Ok(true)
}

/// Assigns the ticket that has waited longest in a kost. Says whether more may
/// wait. Locks one ticket, then the kost, as every verb does: two at once would
/// wait for a verb that waits for this.
pub async fn assign_oldest(tx: &mut Tx, kost: KostId) -> Result<bool> {
    match store::oldest_unfinished(&mut *tx, kost, None).await? {
        Some(ticket) => assign(tx, ticket).await,
        None => Ok(false),
    }
}

/// Takes one unfinished ticket off somebody who is staff of the kost no more.
/// Says whether more may be left. Who has come back keeps theirs.
pub async fn release_oldest(tx: &mut Tx, kost: KostId, from: AccountId) -> Result<bool> {
    let person = kosts::store::person(&mut *tx, kost, from).await?;
    if person.is_some_and(|person| person.role.is_staff()) {
        return Ok(false);
    }
    let Some(ticket) = store::oldest_unfinished(&mut *tx, kost, Some(from)).await? else {
        return Ok(false);
    };
    if let Some(mut ticket) = store::lock(tx, ticket).await?
        && ticket.assignee == Some(from)
    {
        ticket.set_assignee(tx, None, None).await?;
    }
    Ok(true)
}
