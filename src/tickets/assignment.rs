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

/// Assigns what waits in a kost, at most `limit` tickets. Says whether more may wait.
pub async fn assign_waiting(tx: &mut Tx, kost: KostId, limit: i64) -> Result<bool> {
    let waiting = store::unfinished(&mut *tx, kost, None, limit).await?;
    for ticket in &waiting {
        if !assign(tx, *ticket).await? {
            return Ok(false);
        }
    }
    Ok(waiting.len() as i64 == limit)
}

/// Takes the unfinished tickets off somebody who is staff of the kost no more, at
/// most `limit`. Says whether more may be left. Who has come back keeps theirs.
pub async fn release(tx: &mut Tx, kost: KostId, from: AccountId, limit: i64) -> Result<bool> {
    let person = kosts::store::person(&mut *tx, kost, from).await?;
    if person.is_some_and(|person| person.role.is_staff()) {
        return Ok(false);
    }
    let unfinished = store::unfinished(&mut *tx, kost, Some(from), limit).await?;
    for ticket in &unfinished {
        if let Some(mut ticket) = store::lock(tx, *ticket).await?
            && ticket.assignee == Some(from)
        {
            ticket.set_assignee(tx, None, None).await?;
        }
    }
    Ok(unfinished.len() as i64 == limit)
}
