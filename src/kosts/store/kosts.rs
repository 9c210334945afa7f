//! The table of kosts.

use db::{On, Tx, query};

use super::add_location;
use crate::error::Result;
use crate::kosts::{Kost, KostId, LocationKind, Registration, Timezone, slug_of};
use crate::secret;
use crate::words::Words;

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

/// A code as it is kept, however people write it down: in groups, in small letters.
fn invite_code(typed: &str) -> String {
    typed.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_uppercase()
}

/// The kost whose invite code this is, unless registration is closed.
pub async fn with_invite_code(on: impl Into<On<'_>>, code: &str) -> Result<Option<Kost>> {
    Ok(query("SELECT ")
        .push(Kost::COLUMNS)
        .push(" FROM kost WHERE registration <> 'closed' AND invite_code = ")
        .push_bind(invite_code(code))
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

/// Whether nobody can register: no kost is open, and none invites.
pub async fn is_closed_to_all(on: impl Into<On<'_>>) -> Result<bool> {
    let not_closed: Option<(KostId,)> =
        query("SELECT id FROM kost WHERE registration <> 'closed' LIMIT 1").optional(on).await?;
    Ok(not_closed.is_none())
}

/// Kosts on one page of [`list`].
pub const LISTED: usize = 100;

/// All kosts, for the installation admin, by their names in URLs, after `after`.
pub async fn list(on: impl Into<On<'_>>, after: &str) -> Result<Vec<Kost>> {
    Ok(query("SELECT ")
        .push(Kost::COLUMNS)
        .push(" FROM kost WHERE slug > ")
        .push_bind(after)
        .push(" ORDER BY slug")
        .limit(LISTED)
        .all(on)
        .await?)
}

/// Makes a kost with rooms 01, 02 … and no residents. The name in URLs is made
/// free by a number behind it.
pub async fn create(tx: &mut Tx, name: &str, timezone: Timezone, rooms: i64) -> Result<KostId> {
    let now = tx.now();
    let slug = free_slug(tx, name).await?;
    let kost = query(
        "INSERT INTO kost (slug, name, timezone, registration, invite_code, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(slug)
    .bind(name)
    .bind(timezone)
    .bind(Registration::Invite)
    .bind(secret::readable(8))
    .bind(now)
    .insert(tx)
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
    let wanted = slug_of(name);
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

/// Locks the kost until the transaction ends: who is there, where they live and
/// what they have to do changes by one transaction at a time. A ticket is locked
/// before its kost, never after.
pub async fn lock(tx: &mut Tx, kost: KostId) -> db::Result<()> {
    query("SELECT id FROM kost WHERE id = $1 FOR UPDATE")
        .bind(kost)
        .optional::<(KostId,)>(tx)
        .await
        .map(drop)
}
