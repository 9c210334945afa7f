//! An account, in a kost, in a role, from its start to its end (for a resident:
//! a stay). Who is there takes reports on; who leaves loses access at once.

use db::{Tx, query};
use jiff::Timestamp;
use queue::Job;
use serde::{Deserialize, Serialize};

use crate::accounts::{self, AccountId};
use crate::error::Result;
use crate::kosts::store::{self, Person};
use crate::kosts::{KostId, LocationId, LocationKind, Timezone, invitation};
use crate::words::Words;

db::text_enum! {
    /// What somebody is in a kost.
    pub enum Role {
        Resident = "resident",
        Caretaker = "caretaker",
        Manager = "manager",
        Owner = "owner",
    }
}

impl Role {
    /// Caretaker, manager and owner handle reports.
    pub fn is_staff(self) -> bool {
        self != Role::Resident
    }

    /// Manager and owner run the kost, and hear of every new report.
    pub fn runs_the_kost(self) -> bool {
        matches!(self, Role::Manager | Role::Owner)
    }

    /// How the role is called.
    pub fn word(self, t: Words) -> &'static str {
        match self {
            Role::Resident => t.role_resident(),
            Role::Caretaker => t.role_caretaker(),
            Role::Manager => t.role_manager(),
            Role::Owner => t.role_owner(),
        }
    }
}

db::row! {
    /// A present membership, with what every page needs of its kost.
    #[derive(Debug, Clone)]
    pub struct Membership {
        pub kost: KostId,
        pub role: Role,
        pub location: Option<LocationId>,
        pub location_kind: Option<LocationKind>,
        pub location_name: Option<String>,
        pub takes_tickets: bool,
        pub slug: String,
        pub kost_name: String,
        pub timezone: Timezone,
        /// Reports of the kost that are open or in progress.
        pub active_count: i64,
    }
}

/// SQL, over the rows `membership` (a present one), `ticket` and `activity`:
/// what a member may hear of. Staff of everything in their kost; residents of
/// what they reported or follow, and never of internal notes. Every statement
/// that tells somebody of an activity has this condition, since a role may have
/// changed since the activity was addressed.
pub const MAY_HEAR: &str = "(membership.role <> 'resident'
         OR activity.kind <> 'noted'
             AND (ticket.reporter = membership.account
                 OR COALESCE((SELECT TRUE FROM follower WHERE follower.kost = ticket.kost AND follower.ticket = ticket.id AND follower.account = membership.account), FALSE)))";

/// Assigns the reports that nobody has, when somebody becomes available. It is
/// enqueued here and run by `tickets`.
#[derive(Debug, Serialize, Deserialize)]
pub struct AssignWaiting {
    pub kost: KostId,
}

/// Takes the unfinished reports off somebody who is staff no more, and has them
/// assigned to others. It is enqueued here and run by `tickets`.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReleaseTickets {
    pub kost: KostId,
    pub account: AccountId,
}

/// Begins a membership. Staff take reports on from the start. What somebody who
/// comes back still has counts as theirs. A room that is out of use is none.
///
/// # Errors
/// The constraint `membership_account_kost_key` when there is one already.
pub async fn join(
    tx: &mut Tx,
    account: AccountId,
    kost: KostId,
    role: Role,
    location: Option<LocationId>,
) -> db::Result<()> {
    store::lock(tx, kost).await?;
    let now = tx.now();
    query(
        "INSERT INTO membership (account, kost, role, location, takes_tickets, started_at, unfinished)
         VALUES ($1, $2, $3,
             (SELECT id FROM location WHERE id = $4 AND kost = $2 AND archived_at IS NULL), $5, $6,
             (SELECT COUNT(*) FROM ticket WHERE kost = $2 AND assignee = $1 AND status <> 'done'))",
    )
    .bind(account)
    .bind(kost)
    .bind(role)
    .bind(location)
    .bind(role.is_staff())
    .bind(now)
    .run(tx)
    .await?;
    invitation::forget_answered(tx, kost, account, role).await?;
    if role.is_staff() {
        AssignWaiting { kost }.enqueue(tx).await?;
    }
    // Whoever has pages open is told of this kost from now on.
    tx.notify("cut", format!("account:{account}"));
    Ok(())
}

/// Switches “menerima laporan” on or off.
pub async fn set_takes_tickets(
    tx: &mut Tx,
    kost: KostId,
    account: AccountId,
    takes: bool,
) -> Result<()> {
    query("UPDATE membership SET takes_tickets = $3 WHERE kost = $1 AND account = $2 AND ended_at IS NULL AND role <> 'resident'")
        .bind(kost)
        .bind(account)
        .bind(takes)
        .run(tx)
        .await?;
    if takes {
        AssignWaiting { kost }.enqueue(tx).await?;
    }
    Ok(())
}

/// Gives a present member another role or room. Whoever stops being staff hands
/// on what they were working on, and the news of it; whoever begins takes
/// reports on. Who falls does not rise again by an invitation from before.
pub async fn change(
    tx: &mut Tx,
    kost: KostId,
    person: &Person,
    role: Role,
    location: Option<LocationId>,
) -> Result<()> {
    store::lock(tx, kost).await?;
    store::change_member(tx, kost, person.account, role, location).await?;
    if person.role == role {
        return Ok(());
    }
    if role < person.role {
        invitation::withdraw_from(tx, kost, person.account).await?;
    }
    match (person.role.is_staff(), role.is_staff()) {
        (true, false) => {
            forget_news(tx, kost, person.account).await?;
            ReleaseTickets { kost, account: person.account }.enqueue(tx).await?;
        }
        (false, true) => {
            AssignWaiting { kost }.enqueue(tx).await?;
        }
        _ => {}
    }
    // Open sockets hear what the old role may hear: they have to come again.
    tx.notify("cut", format!("member:{}:{kost}", person.account));
    Ok(())
}

/// Ends a membership: access through it ends at once, open sockets included.
/// What this person was working on goes to somebody else.
pub async fn end(tx: &mut Tx, kost: KostId, account: AccountId) -> Result<()> {
    store::lock(tx, kost).await?;
    let now: Timestamp = tx.now();
    let ended = query(
        "UPDATE membership SET ended_at = $3 WHERE kost = $1 AND account = $2 AND ended_at IS NULL",
    )
    .bind(kost)
    .bind(account)
    .bind(now)
    .run(&mut *tx)
    .await?;
    if ended == 0 {
        return Ok(());
    }
    invitation::withdraw_from(tx, kost, account).await?;
    forget_news(tx, kost, account).await?;
    ReleaseTickets { kost, account }.enqueue(tx).await?;
    tx.notify("cut", format!("member:{account}:{kost}"));
    Ok(())
}

/// What somebody was told and may not hear of any more counts as read: not even
/// the badge may speak of it.
pub async fn forget_news(tx: &mut Tx, kost: KostId, account: AccountId) -> Result<()> {
    let now = tx.now();
    let read = query(
        "UPDATE notification SET read_at = $3
         WHERE account = $1 AND kost = $2 AND read_at IS NULL
             AND NOT EXISTS (
                 SELECT 1
                 FROM membership
                 JOIN ticket ON ticket.kost = membership.kost AND ticket.id = notification.ticket
                 JOIN activity ON activity.kost = membership.kost AND activity.id = notification.activity
                 WHERE membership.account = $1 AND membership.kost = $2
                     AND membership.ended_at IS NULL AND ",
    )
    .push(MAY_HEAR)
    .push(")")
    .bind(account)
    .bind(kost)
    .bind(now)
    .run(&mut *tx)
    .await?;
    accounts::store::count_read(tx, account, read).await
}
