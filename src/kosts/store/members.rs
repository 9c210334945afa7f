//! Who belongs to a kost, and who did.

use std::cmp::Reverse;

use db::{On, Tx, query};

use crate::accounts::{AccountId, SessionId};
use crate::error::Result;
use crate::kosts::{KostId, LocationId, Membership, Role, Timezone, sort_key};

/// The present memberships of somebody, the oldest first.
pub async fn memberships_of(on: impl Into<On<'_>>, account: AccountId) -> Result<Vec<Membership>> {
    Ok(query(
        "SELECT membership.kost, membership.role, membership.location,
             location.kind AS location_kind, location.name AS location_name,
             membership.takes_tickets, kost.slug, kost.name AS kost_name, kost.timezone,
             kost.open_count + kost.in_progress_count AS active_count
         FROM membership
         JOIN kost ON kost.id = membership.kost
         LEFT JOIN location ON location.kost = membership.kost AND location.id = membership.location
         WHERE membership.account = $1 AND membership.ended_at IS NULL
         ORDER BY membership.id",
    )
    .bind(account)
    .all(on)
    .await?)
}

/// Whether whoever is logged in there is admin of the installation, and their
/// present role in the kost; nothing when the session has ended.
pub async fn standing(
    tx: &mut Tx,
    session: SessionId,
    kost: KostId,
) -> Result<Option<(bool, Option<Role>)>> {
    let now = tx.now();
    Ok(query(
        "SELECT account.is_admin, membership.role
         FROM session
         JOIN account ON account.id = session.account
         LEFT JOIN membership ON membership.account = account.id AND membership.kost = $2 AND membership.ended_at IS NULL
         WHERE session.id = $1 AND session.expires_at > $3",
    )
    .bind(session)
    .bind(kost)
    .bind(now)
    .optional(tx)
    .await?)
}

db::row! {
    /// A membership that is over.
    #[derive(Debug, Clone)]
    pub struct Ended {
        pub kost_name: String,
        pub timezone: Timezone,
        pub ended_at: jiff::Timestamp,
    }
}

/// The membership of somebody that ended last.
pub async fn last_ended(on: impl Into<On<'_>>, account: AccountId) -> Result<Option<Ended>> {
    Ok(query(
        "SELECT kost.name AS kost_name, kost.timezone, membership.ended_at
         FROM membership
         JOIN kost ON kost.id = membership.kost
         WHERE membership.account = $1 AND membership.ended_at IS NOT NULL
         ORDER BY membership.ended_at DESC
         LIMIT 1",
    )
    .bind(account)
    .optional(on)
    .await?)
}

db::row! {
    /// A present member of a kost, as staff see them.
    #[derive(Debug, Clone)]
    pub struct Person {
        pub account: AccountId,
        pub username: String,
        pub name: String,
        pub phone: Option<String>,
        pub role: Role,
        pub location: Option<LocationId>,
        pub location_name: Option<String>,
        pub takes_tickets: bool,
        pub unfinished: i64,
        pub started_at: jiff::Timestamp,
    }
}

const PERSON: &str =
    "SELECT membership.account, account.username, account.name, account.phone, membership.role,
         membership.location, location.name AS location_name,
         membership.takes_tickets, membership.unfinished, membership.started_at
     FROM membership
     JOIN account ON account.id = membership.account
     LEFT JOIN location ON location.kost = membership.kost AND location.id = membership.location
     WHERE membership.ended_at IS NULL AND membership.kost = ";

/// More people than any kost has: accounts that somebody makes in heaps make no page
/// unusable.
const MOST_PEOPLE: usize = 1000;

/// The present members: staff first, then residents: who waits for a room, then by
/// room, in which numbers count as such: 9 before 10. At most [`MOST_PEOPLE`]: staff,
/// and the residents who have been there for longest.
pub async fn people(on: impl Into<On<'_>>, kost: KostId) -> Result<Vec<Person>> {
    let mut people: Vec<Person> = query(PERSON)
        .push_bind(kost)
        .push(" ORDER BY membership.role = 'resident', membership.id")
        .limit(MOST_PEOPLE)
        .all(on)
        .await?;
    people.sort_by_cached_key(|person| {
        let room = person.location_name.as_deref().map(sort_key);
        (Reverse(person.role), room, person.name.clone(), person.account.get())
    });
    Ok(people)
}

/// The present staff, by name.
pub async fn staff(on: impl Into<On<'_>>, kost: KostId) -> Result<Vec<Person>> {
    Ok(query(PERSON)
        .push_bind(kost)
        .push(" AND membership.role <> 'resident' ORDER BY account.name, account.id")
        .all(on)
        .await?)
}

/// One present member.
pub async fn person(
    on: impl Into<On<'_>>,
    kost: KostId,
    account: AccountId,
) -> Result<Option<Person>> {
    Ok(query(PERSON)
        .push_bind(kost)
        .push(" AND membership.account = ")
        .push_bind(account)
        .optional(on)
        .await?)
}

/// Whether whoever has this username is a present member.
pub async fn is_here(on: impl Into<On<'_>>, kost: KostId, username: &str) -> Result<bool> {
    let found: Option<(AccountId,)> = query(
        "SELECT account.id
         FROM account
         JOIN membership ON membership.account = account.id
         WHERE account.username = $2 AND membership.kost = $1 AND membership.ended_at IS NULL",
    )
    .bind(kost)
    .bind(username)
    .optional(on)
    .await?;
    Ok(found.is_some())
}

/// Whether somebody is staff of a kost now.
pub async fn is_staff(on: impl Into<On<'_>>, kost: KostId, account: AccountId) -> Result<bool> {
    let found: Option<(AccountId,)> = query(
        "SELECT account FROM membership WHERE kost = $1 AND account = $2 AND ended_at IS NULL AND role <> 'resident'",
    )
    .bind(kost)
    .bind(account)
    .optional(on)
    .await?;
    Ok(found.is_some())
}

/// How many owners a kost has now. It stays so while the kost is locked: two of them
/// who leave at once do not leave it without any.
pub async fn owners(tx: &mut Tx, kost: KostId) -> Result<usize> {
    let owners: Vec<(AccountId,)> = query(
        "SELECT account FROM membership WHERE kost = $1 AND role = 'owner' AND ended_at IS NULL",
    )
    .bind(kost)
    .all(tx)
    .await?;
    Ok(owners.len())
}

/// Gives a present member another role or room. Whoever stops being staff also
/// stops taking reports on. A room that is out of use is none.
pub async fn change_member(
    tx: &mut Tx,
    kost: KostId,
    account: AccountId,
    role: Role,
    location: Option<LocationId>,
) -> Result<()> {
    query(
        "UPDATE membership
         SET role = $3, location = (SELECT id FROM location WHERE id = $4 AND kost = $1 AND archived_at IS NULL),
             takes_tickets = CASE WHEN $3 = 'resident' THEN FALSE WHEN role = 'resident' THEN TRUE ELSE takes_tickets END
         WHERE kost = $1 AND account = $2 AND ended_at IS NULL",
    )
    .bind(kost)
    .bind(account)
    .bind(role)
    .bind(location)
    .run(tx)
    .await?;
    Ok(())
}
