//! Who hears of what (the table in the product's rules). Nobody hears of their
//! own doing, nor of what they may not read (any more).

use std::collections::BTreeSet;

use db::{Tx, query};

use crate::accounts::{AccountId, MailKind};
use crate::activity::{Activity, ActivityKind};
use crate::error::Result;
use crate::kosts::{KostId, Role};
use crate::notifications::store as news;
use crate::tickets::{Ticket, store};

/// The accounts that an activity is addressed to.
pub async fn audience(tx: &mut Tx, activity: &Activity, ticket: &Ticket) -> Result<Vec<AccountId>> {
    let mut people = BTreeSet::new();
    let actor = activity.actor.map(AccountId);
    match activity.kind {
        ActivityKind::Opened => people.extend(running(tx, ticket.kost).await?),
        ActivityKind::Assigned => people.extend(ticket.assignee),
        ActivityKind::StatusChanged | ActivityKind::Returned | ActivityKind::ClosedBySilence => {
            people.extend(store::readers(tx, ticket).await?);
            people.extend(ticket.assignee);
        }
        ActivityKind::Reminded => people.extend([ticket.reporter]),
        ActivityKind::Commented => people.extend(hearers_of_comment(tx, ticket, actor).await?),
        ActivityKind::Noted => people.extend(staff_on(tx, ticket).await?),
        ActivityKind::Confirmed => {
            people.extend(ticket.assignee);
            people.extend(with_roles(tx, ticket.kost, &[Role::Manager]).await?);
        }
        ActivityKind::PriorityChanged => {}
    }
    if let Some(actor) = actor {
        people.remove(&actor);
    }
    news::may_hear(tx, activity.id, people).await
}

/// The kind of e-mail that an activity is, for people's switches.
pub fn mail_kind(kind: ActivityKind) -> MailKind {
    match kind {
        ActivityKind::Opened => MailKind::Opened,
        ActivityKind::Assigned => MailKind::Assigned,
        ActivityKind::Commented => MailKind::Comment,
        ActivityKind::Noted => MailKind::Note,
        ActivityKind::Confirmed => MailKind::Confirmed,
        ActivityKind::StatusChanged
        | ActivityKind::PriorityChanged
        | ActivityKind::Returned
        | ActivityKind::Reminded
        | ActivityKind::ClosedBySilence => MailKind::Status,
    }
}

/// A resident's comment goes to whoever is in charge, or to those who run the
/// kost while nobody is; a comment by staff goes to reporter and followers.
async fn hearers_of_comment(
    tx: &mut Tx,
    ticket: &Ticket,
    by: Option<AccountId>,
) -> Result<Vec<AccountId>> {
    let readers = store::readers(tx, ticket).await?;
    if by.is_none_or(|by| !readers.contains(&by)) {
        return Ok(readers);
    }
    match ticket.assignee {
        Some(assignee) => Ok(vec![assignee]),
        None => running(tx, ticket.kost).await,
    }
}

/// The staff who have to do with a ticket: the one in charge, and whoever wrote on it.
async fn staff_on(tx: &mut Tx, ticket: &Ticket) -> Result<Vec<AccountId>> {
    let writers: Vec<(AccountId,)> = query(
        "SELECT DISTINCT membership.account
         FROM activity
         JOIN membership ON membership.account = activity.actor AND membership.kost = activity.kost
         WHERE activity.ticket = $1 AND membership.ended_at IS NULL AND membership.role <> 'resident'",
    )
    .bind(ticket.id)
    .all(&mut *tx)
    .await?;
    let mut people: Vec<AccountId> = writers.into_iter().map(|(account,)| account).collect();
    people.extend(ticket.assignee);
    if people.len() < 2 {
        people.extend(running(tx, ticket.kost).await?);
    }
    Ok(people)
}

/// Managers and owners: those who watch the kost.
async fn running(tx: &mut Tx, kost: KostId) -> Result<Vec<AccountId>> {
    with_roles(tx, kost, &[Role::Manager, Role::Owner]).await
}

async fn with_roles(tx: &mut Tx, kost: KostId, roles: &[Role]) -> Result<Vec<AccountId>> {
    let rows: Vec<(AccountId,)> = query("SELECT account FROM membership WHERE kost = ")
        .push_bind(kost)
        .push(" AND ended_at IS NULL AND role IN ")
        .push_list(roles.iter().copied())
        .all(tx)
        .await?;
    Ok(rows.into_iter().map(|(account,)| account).collect())
}
