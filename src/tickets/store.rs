//! SQL of tickets: what the verbs write. Lists are in `list`.

use db::{On, Tx, query};

use crate::accounts::{Account, AccountId};
use crate::error::Result;
use crate::kosts::KostId;
use crate::tickets::{NewTicket, Status, Ticket, TicketId, TicketNumber};

/// Takes the kost's next number and counts one more open ticket.
pub async fn next_number(tx: &mut Tx, kost: KostId) -> Result<TicketNumber> {
    let (number,) = query(
        "UPDATE kost
         SET next_ticket = next_ticket + 1, open_count = open_count + 1
         WHERE id = $1
         RETURNING next_ticket - 1",
    )
    .bind(kost)
    .one(tx)
    .await?;
    Ok(number)
}

pub async fn insert(
    tx: &mut Tx,
    kost: KostId,
    number: TicketNumber,
    reporter: &Account,
    new: &NewTicket,
) -> Result<Ticket> {
    let now = tx.now();
    Ok(query(
        "INSERT INTO ticket (kost, number, reporter, location, category, priority, status, title, description, search,
             submission, opened_at, changed_at)
         VALUES ($1, $2, $3, $4, $5, $6, 'open', $7, $8, $9, $10, $11, $11)
         RETURNING ",
    )
    .push(Ticket::COLUMNS)
    .bind(kost)
    .bind(number)
    .bind(reporter.id)
    .bind(new.location.id)
    .bind(new.category)
    .bind(new.priority)
    .bind(new.title.as_str())
    .bind(new.description.as_str())
    .bind(new.search_text())
    .bind(new.submission.as_str())
    .bind(now)
    .one(tx)
    .await?)
}

/// The ticket that this form of the kost made before.
pub async fn with_submission(
    on: impl Into<On<'_>>,
    kost: KostId,
    reporter: AccountId,
    submission: &str,
) -> Result<Option<Ticket>> {
    Ok(query("SELECT ")
        .push(Ticket::COLUMNS)
        .push(" FROM ticket WHERE kost = ")
        .push_bind(kost)
        .push(" AND reporter = ")
        .push_bind(reporter)
        .push(" AND submission = ")
        .push_bind(submission)
        .optional(on)
        .await?)
}

/// The ticket with this number.
pub async fn with_number(
    on: impl Into<On<'_>>,
    kost: KostId,
    number: TicketNumber,
) -> Result<Option<Ticket>> {
    Ok(query("SELECT ")
        .push(Ticket::COLUMNS)
        .push(" FROM ticket WHERE kost = ")
        .push_bind(kost)
        .push(" AND number = ")
        .push_bind(number)
        .optional(on)
        .await?)
}

/// One ticket of a kost.
pub async fn get(on: impl Into<On<'_>>, kost: KostId, id: TicketId) -> Result<Option<Ticket>> {
    Ok(query("SELECT ")
        .push(Ticket::COLUMNS)
        .push(" FROM ticket WHERE kost = ")
        .push_bind(kost)
        .push(" AND id = ")
        .push_bind(id)
        .optional(on)
        .await?)
}

/// One ticket of a kost, locked until the transaction ends.
pub async fn lock(tx: &mut Tx, kost: KostId, id: TicketId) -> Result<Option<Ticket>> {
    Ok(query("SELECT ")
        .push(Ticket::COLUMNS)
        .push(" FROM ticket WHERE kost = ")
        .push_bind(kost)
        .push(" AND id = ")
        .push_bind(id)
        .push(" FOR UPDATE")
        .optional(tx)
        .await?)
}

/// Who, besides staff, may read a ticket: its reporter and its followers, as far
/// as they are in the kost now.
pub async fn reporter_and_followers(
    on: impl Into<On<'_>>,
    ticket: &Ticket,
) -> Result<Vec<AccountId>> {
    let readers: Vec<(AccountId,)> = query(
        "SELECT account
         FROM membership
         WHERE kost = $1 AND ended_at IS NULL
             AND account IN (SELECT reporter FROM ticket WHERE kost = $1 AND id = $2 UNION SELECT account FROM follower WHERE kost = $1 AND ticket = $2)
         ORDER BY account",
    )
    .bind(ticket.kost)
    .bind(ticket.id)
    .all(on)
    .await?;
    Ok(readers.into_iter().map(|(account,)| account).collect())
}

/// Who follows a ticket, the longest first.
pub async fn followers(on: impl Into<On<'_>>, ticket: &Ticket) -> Result<Vec<AccountId>> {
    let followers: Vec<(AccountId,)> = query(
        "SELECT account FROM follower WHERE kost = $1 AND ticket = $2 ORDER BY since, account",
    )
    .bind(ticket.kost)
    .bind(ticket.id)
    .all(on)
    .await?;
    Ok(followers.into_iter().map(|(account,)| account).collect())
}

/// Whether somebody follows a ticket.
pub async fn is_follower(
    on: impl Into<On<'_>>,
    ticket: &Ticket,
    account: AccountId,
) -> Result<bool> {
    let found: Option<(TicketId,)> =
        query("SELECT ticket FROM follower WHERE kost = $1 AND ticket = $2 AND account = $3")
            .bind(ticket.kost)
            .bind(ticket.id)
            .bind(account)
            .optional(on)
            .await?;
    Ok(found.is_some())
}

pub async fn follow(tx: &mut Tx, ticket: &Ticket, account: AccountId) -> Result<()> {
    let now = tx.now();
    query("INSERT INTO follower (kost, ticket, account, since) VALUES ($1, $2, $3, $4) ON CONFLICT (kost, ticket, account) DO NOTHING")
        .bind(ticket.kost)
        .bind(ticket.id)
        .bind(account)
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

/// Says whether they followed it.
pub async fn unfollow(tx: &mut Tx, ticket: &Ticket, account: AccountId) -> Result<bool> {
    let ended = query("DELETE FROM follower WHERE kost = $1 AND ticket = $2 AND account = $3")
        .bind(ticket.kost)
        .bind(ticket.id)
        .bind(account)
        .run(tx)
        .await?;
    Ok(ended > 0)
}

pub async fn set_status(tx: &mut Tx, ticket: &mut Ticket) -> Result<()> {
    let now = tx.now();
    query(
        "UPDATE ticket
         SET status = $3, returned = $4, answer = NULL, done_at = $5, changed_at = $6, version = version + 1
         WHERE kost = $1 AND id = $2",
    )
    .bind(ticket.kost)
    .bind(ticket.id)
    .bind(ticket.status)
    .bind(ticket.returned)
    .bind(ticket.done_at)
    .bind(now)
    .run(tx)
    .await?;
    changed(ticket, now);
    Ok(())
}

pub async fn set_answer(tx: &mut Tx, ticket: &mut Ticket) -> Result<()> {
    let now = tx.now();
    query("UPDATE ticket SET answer = $3, changed_at = $4, version = version + 1 WHERE kost = $1 AND id = $2")
        .bind(ticket.kost)
        .bind(ticket.id)
        .bind(ticket.answer)
        .bind(now)
        .run(tx)
        .await?;
    changed(ticket, now);
    Ok(())
}

pub async fn set_assignee(tx: &mut Tx, ticket: &mut Ticket) -> Result<()> {
    let now = tx.now();
    query("UPDATE ticket SET assignee = $3, changed_at = $4, version = version + 1 WHERE kost = $1 AND id = $2")
        .bind(ticket.kost)
        .bind(ticket.id)
        .bind(ticket.assignee)
        .bind(now)
        .run(tx)
        .await?;
    changed(ticket, now);
    Ok(())
}

pub async fn set_priority(tx: &mut Tx, ticket: &mut Ticket) -> Result<()> {
    let now = tx.now();
    query("UPDATE ticket SET priority = $3, changed_at = $4, version = version + 1 WHERE kost = $1 AND id = $2")
        .bind(ticket.kost)
        .bind(ticket.id)
        .bind(ticket.priority)
        .bind(now)
        .run(tx)
        .await?;
    changed(ticket, now);
    Ok(())
}

/// A comment makes a ticket new at the top of the lists, but collides with no
/// other change: the version stays.
pub async fn touch(tx: &mut Tx, ticket: &mut Ticket, counts: bool) -> Result<()> {
    let now = tx.now();
    query("UPDATE ticket SET changed_at = $3, comment_count = comment_count + $4 WHERE kost = $1 AND id = $2")
        .bind(ticket.kost)
        .bind(ticket.id)
        .bind(now)
        .bind(i64::from(counts))
        .run(tx)
        .await?;
    ticket.changed_at = now;
    Ok(())
}

pub async fn set_first_response(tx: &mut Tx, ticket: &Ticket) -> Result<()> {
    query("UPDATE ticket SET first_response_at = $3 WHERE kost = $1 AND id = $2")
        .bind(ticket.kost)
        .bind(ticket.id)
        .bind(ticket.first_response_at)
        .run(tx)
        .await?;
    Ok(())
}

fn changed(ticket: &mut Ticket, now: jiff::Timestamp) {
    ticket.changed_at = now;
    ticket.version += 1;
}

/// The kost counts its tickets by state, so that no page has to.
pub async fn move_count(tx: &mut Tx, kost: KostId, from: Status, to: Status) -> Result<()> {
    let change = |status| i64::from(to == status) - i64::from(from == status);
    query(
        "UPDATE kost
         SET open_count = open_count + $2, in_progress_count = in_progress_count + $3, done_count = done_count + $4
         WHERE id = $1",
    )
    .bind(kost)
    .bind(change(Status::Open))
    .bind(change(Status::InProgress))
    .bind(change(Status::Done))
    .run(tx)
    .await?;
    Ok(())
}

/// Moves one unfinished ticket from somebody's load to somebody else's.
pub async fn move_load(
    tx: &mut Tx,
    kost: KostId,
    from: Option<AccountId>,
    to: Option<AccountId>,
) -> Result<()> {
    let changes = [(from, -1), (to, 1)];
    let mut changes: Vec<_> =
        changes.into_iter().filter_map(|(who, change)| Some((who?, change))).collect();
    // Always in the same order: two who swap tickets do not wait for each other.
    changes.sort_unstable();
    for (account, change) in changes {
        query("UPDATE membership SET unfinished = unfinished + $3 WHERE kost = $1 AND account = $2 AND ended_at IS NULL")
            .bind(kost)
            .bind(account)
            .bind(change)
            .run(tx)
            .await?;
    }
    Ok(())
}

/// Who is next to get a ticket: of the present staff who take them on, the one
/// with the fewest unfinished; ties go to whoever was assigned longest ago.
/// The kost is locked: two assigners never see the same loads.
pub async fn next_assignee(tx: &mut Tx, kost: KostId) -> Result<Option<AccountId>> {
    let next: Option<(AccountId,)> = query(
        "SELECT account
         FROM membership
         WHERE kost = $1 AND ended_at IS NULL AND role IN ('caretaker', 'manager', 'owner') AND takes_tickets
         ORDER BY unfinished, COALESCE(last_assigned_at, 0), id
         LIMIT 1",
    )
    .bind(kost)
    .optional(tx)
    .await?;
    Ok(next.map(|(account,)| account))
}

pub async fn note_assignment(tx: &mut Tx, kost: KostId, account: AccountId) -> Result<()> {
    let now = tx.now();
    query("UPDATE membership SET last_assigned_at = $3 WHERE kost = $1 AND account = $2 AND ended_at IS NULL")
        .bind(kost)
        .bind(account)
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

/// The oldest unfinished ticket of a kost that this person has, or nobody.
pub async fn oldest_unfinished(
    on: impl Into<On<'_>>,
    kost: KostId,
    assignee: Option<AccountId>,
) -> Result<Option<TicketId>> {
    let statement = query("SELECT id FROM ticket WHERE kost = ").push_bind(kost);
    let statement = match assignee {
        Some(assignee) => statement.push(" AND assignee = ").push_bind(assignee),
        None => statement.push(" AND assignee IS NULL"),
    };
    let oldest: Option<(TicketId,)> =
        statement.push(" AND status <> 'done' ORDER BY id LIMIT 1").optional(on).await?;
    Ok(oldest.map(|(id,)| id))
}
