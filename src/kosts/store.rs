//! SQL of kosts, locations and memberships.

use db::{On, Tx, query};

use crate::accounts::{AccountId, SessionId};
use crate::error::Result;
use crate::kosts::{
    Kost, KostId, Location, LocationId, LocationKind, Membership, Registration, Role, Timezone,
};
use crate::secret;
use crate::web::{Form, Problem};
use crate::words::Words;

/// The present memberships of somebody, the oldest first.
pub async fn memberships_of(on: impl Into<On<'_>>, account: AccountId) -> Result<Vec<Membership>> {
    Ok(query(
        "SELECT membership.id, membership.kost, membership.role, membership.location,
             location.kind AS location_kind, location.name AS location_name,
             membership.takes_tickets, kost.slug, kost.name AS kost_name, kost.timezone,
             kost.open_count + kost.in_progress_count AS active_count
         FROM membership
         JOIN kost ON kost.id = membership.kost
         LEFT JOIN location ON location.id = membership.location
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

/// The kost with this name in URLs.
pub async fn with_slug(on: impl Into<On<'_>>, slug: &str) -> Result<Option<Kost>> {
    Ok(query("SELECT ")
        .push(Kost::COLUMNS)
        .push(" FROM kost WHERE slug = ")
        .push_bind(slug)
        .optional(on)
        .await?)
}

/// One kost.
pub async fn get(on: impl Into<On<'_>>, id: KostId) -> Result<Kost> {
    Ok(query("SELECT ")
        .push(Kost::COLUMNS)
        .push(" FROM kost WHERE id = ")
        .push_bind(id)
        .one(on)
        .await?)
}

/// The kost whose invite code this is, unless registration is closed.
pub async fn with_invite_code(on: impl Into<On<'_>>, code: &str) -> Result<Option<Kost>> {
    Ok(query("SELECT ")
        .push(Kost::COLUMNS)
        .push(" FROM kost WHERE registration <> 'closed' AND invite_code = ")
        .push_bind(code.trim().to_uppercase())
        .optional(on)
        .await?)
}

/// Kosts that anybody may join, by name: so many as one can choose from.
pub async fn open_to_all(on: impl Into<On<'_>>) -> Result<Vec<Kost>> {
    Ok(query("SELECT ")
        .push(Kost::COLUMNS)
        .push(" FROM kost WHERE registration = 'open' ORDER BY name LIMIT 100")
        .all(on)
        .await?)
}

/// Whether anybody may join some kost.
pub async fn is_any_open(on: impl Into<On<'_>>) -> Result<bool> {
    let open: Option<(KostId,)> =
        query("SELECT id FROM kost WHERE registration = 'open' LIMIT 1").optional(on).await?;
    Ok(open.is_some())
}

/// Whether nobody can register: there is one kost, and it is closed.
pub async fn is_closed_to_all(on: impl Into<On<'_>>) -> Result<bool> {
    let first: Vec<(Registration,)> =
        query("SELECT registration FROM kost ORDER BY id LIMIT 2").all(on).await?;
    Ok(matches!(first.as_slice(), [(Registration::Closed,)]))
}

/// Kosts on one page of [`list`].
pub const LISTED: usize = 100;

/// All kosts, for the installation admin, by their names in URLs, after `after`.
pub async fn list(on: impl Into<On<'_>>, after: &str) -> Result<Vec<Kost>> {
    Ok(query("SELECT ")
        .push(Kost::COLUMNS)
        .push(" FROM kost WHERE slug > ")
        .push_bind(after)
        .push(" ORDER BY slug LIMIT ")
        .push_bind(LISTED as i64)
        .all(on)
        .await?)
}

/// Makes a kost with rooms 01, 02 … and no residents. The name in URLs is made
/// free by a number behind it.
pub async fn create(tx: &mut Tx, name: &str, timezone: Timezone, rooms: i64) -> Result<KostId> {
    let now = tx.now();
    let slug = free_slug(tx, name).await?;
    let (kost,): (KostId,) = query(
        "INSERT INTO kost (slug, name, timezone, registration, invite_code, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)
         RETURNING id",
    )
    .bind(slug)
    .bind(name)
    .bind(timezone)
    .bind(Registration::Invite)
    .bind(secret::readable(8))
    .bind(now)
    .one(&mut *tx)
    .await?;
    for room in 1..=rooms {
        add_location(tx, kost, LocationKind::Room, &format!("{room:02}")).await?;
    }
    Ok(kost)
}

/// Gives a new kost the shared facilities that nearly every one has, named in
/// the language of whoever makes it.
pub async fn add_usual_facilities(tx: &mut Tx, kost: KostId, t: Words) -> Result<()> {
    let usual = [
        t.place_kitchen(),
        t.place_bathroom(),
        t.place_laundry(),
        t.place_parking(),
        t.place_hallway(),
    ];
    for name in usual {
        add_location(tx, kost, LocationKind::Shared, name).await?;
    }
    Ok(())
}

async fn free_slug(tx: &mut Tx, name: &str) -> Result<String> {
    let wanted = super::slug_of(name);
    let mut slug = wanted.clone();
    let mut number = 2;
    while with_slug(&mut *tx, &slug).await?.is_some() {
        slug = format!("{wanted}-{number}");
        number += 1;
    }
    Ok(slug)
}

/// What a manager can set of a kost.
#[derive(Debug, Clone)]
pub struct KostSettings {
    pub name: String,
    pub address: String,
    pub contact_name: String,
    pub contact_phone: String,
    pub about: String,
    pub timezone: Timezone,
    pub registration: Registration,
}

pub async fn update(tx: &mut Tx, kost: KostId, settings: &KostSettings) -> Result<()> {
    query(
        "UPDATE kost
         SET name = $2, address = $3, contact_name = $4, contact_phone = $5, about = $6, timezone = $7, registration = $8
         WHERE id = $1",
    )
    .bind(kost)
    .bind(settings.name.as_str())
    .bind(settings.address.as_str())
    .bind(settings.contact_name.as_str())
    .bind(settings.contact_phone.as_str())
    .bind(settings.about.as_str())
    .bind(settings.timezone)
    .bind(settings.registration)
    .run(tx)
    .await?;
    Ok(())
}

/// A new invite code; the old one stops working.
pub async fn renew_invite_code(tx: &mut Tx, kost: KostId) -> Result<()> {
    query("UPDATE kost SET invite_code = $2 WHERE id = $1")
        .bind(kost)
        .bind(secret::readable(8))
        .run(tx)
        .await?;
    Ok(())
}

/// The locations of a kost: rooms first, each kind by name.
pub async fn locations(on: impl Into<On<'_>>, kost: KostId) -> Result<Vec<Location>> {
    Ok(query(
        "SELECT id, kind, name, archived_at
         FROM location
         WHERE kost = $1
         ORDER BY kind, name",
    )
    .bind(kost)
    .all(on)
    .await?)
}

/// A location that something is known to be in.
pub async fn location_of(on: impl Into<On<'_>>, id: LocationId) -> Result<Location> {
    Ok(query("SELECT id, kind, name, archived_at FROM location WHERE id = $1")
        .bind(id)
        .one(on)
        .await?)
}

/// One location of this kost that is in use.
pub async fn location(
    on: impl Into<On<'_>>,
    kost: KostId,
    id: LocationId,
) -> Result<Option<Location>> {
    Ok(query("SELECT id, kind, name, archived_at FROM location WHERE id = $1 AND kost = $2 AND archived_at IS NULL")
        .bind(id)
        .bind(kost)
        .optional(on)
        .await?)
}

/// One location of this kost, in use or not.
pub async fn any_location(
    on: impl Into<On<'_>>,
    kost: KostId,
    id: LocationId,
) -> Result<Option<Location>> {
    Ok(query("SELECT id, kind, name, archived_at FROM location WHERE id = $1 AND kost = $2")
        .bind(id)
        .bind(kost)
        .optional(on)
        .await?)
}

/// The rooms that are in use.
pub async fn rooms(on: impl Into<On<'_>>, kost: KostId) -> Result<Vec<Location>> {
    let mut rooms = locations(on, kost).await?;
    rooms.retain(|location| location.kind.is_room() && location.archived_at.is_none());
    Ok(rooms)
}

/// The room that a form's `location` names, if it names one.
pub async fn room_of(
    on: impl Into<On<'_>>,
    kost: KostId,
    form: &Form,
) -> Result<Result<Option<LocationId>, Problem>> {
    let text = form.text("location");
    if text.is_empty() {
        return Ok(Ok(None));
    }
    let rooms = rooms(on, kost).await?;
    let room = rooms.into_iter().find(|room| room.id.to_string() == text);
    Ok(room.map(|room| Some(room.id)).ok_or(Problem::UnknownChoice))
}

/// Adds a room or a shared facility.
///
/// # Errors
/// The constraint `location_kost_kind_name_key` when there is one of that name.
pub async fn add_location(
    tx: &mut Tx,
    kost: KostId,
    kind: LocationKind,
    name: &str,
) -> db::Result<LocationId> {
    let (id,) = query("INSERT INTO location (kost, kind, name) VALUES ($1, $2, $3) RETURNING id")
        .bind(kost)
        .bind(kind)
        .bind(name)
        .one(tx)
        .await?;
    Ok(id)
}

/// Renames a location, and takes it out of use or back.
///
/// # Errors
/// The constraint `location_kost_kind_name_key` when there is another of that name.
pub async fn change_location(
    tx: &mut Tx,
    kost: KostId,
    id: LocationId,
    name: &str,
    in_use: bool,
) -> db::Result<()> {
    let now = tx.now();
    query(
        "UPDATE location
         SET name = $3, archived_at = CASE WHEN $4 THEN NULL ELSE COALESCE(archived_at, $5) END
         WHERE id = $1 AND kost = $2",
    )
    .bind(id)
    .bind(kost)
    .bind(name)
    .bind(in_use)
    .bind(now)
    .run(tx)
    .await?;
    Ok(())
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
     LEFT JOIN location ON location.id = membership.location
     WHERE membership.ended_at IS NULL AND membership.kost = ";

/// The present members: staff first, then residents by room.
pub async fn people(on: impl Into<On<'_>>, kost: KostId) -> Result<Vec<Person>> {
    Ok(query(PERSON)
        .push_bind(kost)
        .push(" ORDER BY CASE membership.role WHEN 'owner' THEN 0 WHEN 'manager' THEN 1 WHEN 'caretaker' THEN 2 ELSE 3 END, location.name, account.name, account.id")
        .all(on)
        .await?)
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

/// Locks the kost until the transaction ends: who is there, where they live and
/// what they have to do changes by one transaction at a time. A ticket is locked
/// before its kost, never after.
pub async fn lock(tx: &mut Tx, kost: KostId) -> db::Result<()> {
    let for_update = tx.dialect().for_update();
    query("SELECT id FROM kost WHERE id = $1 ")
        .bind(kost)
        .push(for_update)
        .optional::<(KostId,)>(tx)
        .await
        .map(drop)
}

/// How many owners a kost has now. It stays so until the transaction ends: two of
/// them who leave at once do not leave the kost without any.
pub async fn lock_owners(tx: &mut Tx, kost: KostId) -> Result<usize> {
    lock(tx, kost).await?;
    let owners: Vec<(AccountId,)> = query(
        "SELECT account FROM membership WHERE kost = $1 AND role = 'owner' AND ended_at IS NULL",
    )
    .bind(kost)
    .all(tx)
    .await?;
    Ok(owners.len())
}

/// Whether somebody lives in this location now. It stays so until the
/// transaction ends.
pub async fn is_lived_in(tx: &mut Tx, kost: KostId, location: LocationId) -> Result<bool> {
    lock(tx, kost).await?;
    let found: Option<(AccountId,)> =
        query("SELECT account FROM membership WHERE location = $1 AND ended_at IS NULL LIMIT 1")
            .bind(location)
            .optional(tx)
            .await?;
    Ok(found.is_some())
}

/// Gives a present member another role or room. Whoever stops being staff also
/// stops taking reports on.
pub async fn change_member(
    tx: &mut Tx,
    kost: KostId,
    account: AccountId,
    role: Role,
    location: Option<LocationId>,
) -> Result<()> {
    query(
        "UPDATE membership
         SET role = $3, location = $4, takes_tickets = CASE WHEN $3 = 'resident' THEN FALSE WHEN role = 'resident' THEN TRUE ELSE takes_tickets END
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
