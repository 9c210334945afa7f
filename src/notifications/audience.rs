//! Who hears of what (the table in the product's rules). Nobody hears of their
//! own doing, nor of what they may not read (any more).

use std::collections::BTreeSet;

use db::{Tx, query};

use crate::accounts::AccountId;
use crate::activity::{Activity, ActivityKind};
use crate::error::Result;
use crate::kosts::{self, KostId, Role};
use crate::notifications::store as news;
use crate::tickets::{Ticket, Viewer, store};

/// Those to whom an activity is addressed.
pub async fn audience(tx: &mut Tx, activity: &Activity, ticket: &Ticket) -> Result<Vec<Viewer>> {
    let actor = activity.actor.map(AccountId);
    let mut people = match activity.kind {
        ActivityKind::Opened => running(tx, ticket.kost).await?,
        // Whoever it was given to then: it may have been handed on since.
        ActivityKind::Assigned => {
            activity.new_value.as_deref().and_then(|to| to.parse().ok()).into_iter().collect()
        }
        ActivityKind::StatusChanged | ActivityKind::ClosedBySilence => {
            let mut people = readers(tx, ticket).await?;
            people.extend(ticket.assignee);
            people
        }
        // There is something to do again: somebody has to hear of it.
        ActivityKind::Returned => {
            let mut people = readers(tx, ticket).await?;
            people.extend(in_charge(tx, ticket).await?);
            people
        }
        ActivityKind::Reminded => BTreeSet::from([ticket.reporter]),
        ActivityKind::Commented => hearers_of_comment(tx, ticket, actor).await?,
        ActivityKind::Noted => staff_on(tx, ticket, actor).await?,
        ActivityKind::Confirmed => {
            let mut people = with_roles(tx, ticket.kost, &[Role::Manager]).await?;
            people.extend(ticket.assignee);
            people
        }
        ActivityKind::PriorityChanged => BTreeSet::new(),
    };
    if let Some(actor) = actor {
        people.remove(&actor);
    }
    news::may_hear(tx, activity, people).await
}

/// A comment by reporter or follower goes to whoever is in charge, or to those
/// who run the kost while nobody is; one by staff to reporter and followers.
async fn hearers_of_comment(
    tx: &mut Tx,
    ticket: &Ticket,
    by: Option<AccountId>,
) -> Result<BTreeSet<AccountId>> {
    let Some(by) = by else { return readers(tx, ticket).await };
    let is_reader = by == ticket.reporter || store::is_follower(&mut *tx, ticket, by).await?;
    let is_staff = kosts::store::is_staff(&mut *tx, ticket.kost, by).await?;
    let mut people = BTreeSet::new();
    if is_reader {
        people.extend(in_charge(tx, ticket).await?);
    }
    if is_staff || !is_reader {
        people.extend(readers(tx, ticket).await?);
    }
    Ok(people)
}

/// Whoever has the ticket and is there, or those who run the kost.
async fn in_charge(tx: &mut Tx, ticket: &Ticket) -> Result<BTreeSet<AccountId>> {
    match ticket.assignee {
        Some(assignee) if kosts::store::is_staff(&mut *tx, ticket.kost, assignee).await? => {
            Ok(BTreeSet::from([assignee]))
        }
        _ => running(tx, ticket.kost).await,
    }
}

/// The other staff who have to do with a ticket: the one in charge, whoever wrote
/// on it, and whoever follows it. Where there is nobody else, those who run the kost.
async fn staff_on(
    tx: &mut Tx,
    ticket: &Ticket,
    by: Option<AccountId>,
) -> Result<BTreeSet<AccountId>> {
    let concerned: Vec<(AccountId,)> = query(
        "SELECT account
         FROM membership
         WHERE kost = $1 AND ended_at IS NULL AND role <> 'resident'
             AND account IN (
                 SELECT assignee FROM ticket WHERE kost = $1 AND id = $2
                 UNION SELECT actor FROM activity WHERE kost = $1 AND ticket = $2
                 UNION SELECT account FROM follower WHERE kost = $1 AND ticket = $2
             )",
    )
    .bind(ticket.kost)
    .bind(ticket.id)
    .all(&mut *tx)
    .await?;
    let mut people: BTreeSet<_> = concerned.into_iter().map(|(account,)| account).collect();
    if people.iter().all(|account| Some(*account) == by) {
        people = running(tx, ticket.kost).await?;
    }
    Ok(people)
}

async fn readers(tx: &mut Tx, ticket: &Ticket) -> Result<BTreeSet<AccountId>> {
    Ok(store::reporter_and_followers(tx, ticket).await?.into_iter().collect())
}

/// Managers and owners: those who watch the kost.
async fn running(tx: &mut Tx, kost: KostId) -> Result<BTreeSet<AccountId>> {
    with_roles(tx, kost, &[Role::Manager, Role::Owner]).await
}

async fn with_roles(tx: &mut Tx, kost: KostId, roles: &[Role]) -> Result<BTreeSet<AccountId>> {
    let rows: Vec<(AccountId,)> = query("SELECT account FROM membership WHERE kost = ")
        .push_bind(kost)
        .push(" AND ended_at IS NULL AND role IN ")
        .push_list(roles.iter().copied())
        .all(tx)
        .await?;
    Ok(rows.into_iter().map(|(account,)| account).collect())
}
