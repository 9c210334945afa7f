//! The rooms and shared facilities of a kost.

use db::{On, Tx, query};

use super::lock;
use crate::accounts::AccountId;
use crate::error::Result;
use crate::kosts::{KostId, Location, LocationId, LocationKind, sort_key};
use crate::web::Problem;

/// The locations of a kost: rooms first, each kind by name, in which numbers
/// count as such: 9 before 10.
pub async fn locations(on: impl Into<On<'_>>, kost: KostId) -> Result<Vec<Location>> {
    let mut locations: Vec<Location> = query(
        "SELECT id, kind, name, archived_at
         FROM location
         WHERE kost = $1
         ORDER BY kind",
    )
    .bind(kost)
    .all(on)
    .await?;
    locations.sort_by_cached_key(|place| (place.kind.as_str(), sort_key(&place.name)));
    Ok(locations)
}

/// A location of this kost that something is known to be in.
pub async fn location_of(on: impl Into<On<'_>>, kost: KostId, id: LocationId) -> Result<Location> {
    Ok(query("SELECT id, kind, name, archived_at FROM location WHERE id = $1 AND kost = $2")
        .bind(id)
        .bind(kost)
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

/// The room that somebody chose by its number in the database; none was, if
/// `chosen` is empty.
pub async fn room_of(
    on: impl Into<On<'_>>,
    kost: KostId,
    chosen: &str,
) -> Result<Result<Option<LocationId>, Problem>> {
    if chosen.is_empty() {
        return Ok(Ok(None));
    }
    let Ok(id) = chosen.parse() else { return Ok(Err(Problem::UnknownChoice)) };
    let room = location(on, kost, id).await?.filter(|room| room.kind.is_room());
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
    query("INSERT INTO location (kost, kind, name) VALUES ($1, $2, $3)")
        .bind(kost)
        .bind(kind)
        .bind(name)
        .insert(tx)
        .await
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

/// Whether somebody lives in this location now. It stays so until the
/// transaction ends.
pub async fn is_lived_in(tx: &mut Tx, kost: KostId, location: LocationId) -> Result<bool> {
    lock(tx, kost).await?;
    let found: Option<(AccountId,)> = query(
        "SELECT account
         FROM membership
         WHERE kost = $1 AND location = $2 AND ended_at IS NULL
         LIMIT 1",
    )
    .bind(kost)
    .bind(location)
    .optional(tx)
    .await?;
    Ok(found.is_some())
}
