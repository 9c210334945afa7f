//! Somebody is asked into a kost by their username. Nobody belongs to a kost
//! without having said yes, and whoever asks learns nothing before: not even
//! whether anybody has that username.

use db::{On, Tx, query};

use crate::accounts::AccountId;
use crate::activity;
use crate::error::{Error, Result};
use crate::kosts::{KostId, LocationId, Role, change, join, store};

db::id! {
    /// One invitation.
    pub struct InvitationId;
}

db::row! {
    /// As the one who is asked sees it.
    #[derive(Debug, Clone)]
    pub struct Invitation {
        pub id: InvitationId,
        pub kost_name: String,
        pub role: Role,
    }
}

db::row! {
    /// As the kost sees it, while there is no answer.
    #[derive(Debug, Clone)]
    pub struct Waiting {
        pub id: InvitationId,
        pub username: String,
        pub role: Role,
    }
}

/// Asks whoever has this username now. Asked again, the last role and room count.
pub async fn invite(
    tx: &mut Tx,
    kost: KostId,
    username: &str,
    role: Role,
    location: Option<LocationId>,
) -> Result<()> {
    let now = tx.now();
    let (invited,): (Option<AccountId>,) = query(
        "INSERT INTO invitation (kost, username, account, role, location, created_at)
         VALUES ($1, $2, (SELECT id FROM account WHERE username = $2), $3, $4, $5)
         ON CONFLICT (kost, username) DO UPDATE
         SET account = excluded.account, role = excluded.role, location = excluded.location
         RETURNING account",
    )
    .bind(kost)
    .bind(username)
    .bind(role)
    .bind(location)
    .bind(now)
    .one(&mut *tx)
    .await?;
    if let Some(invited) = invited {
        activity::refresh(tx, &format!("account:{invited}"), &["invitations".to_owned()]);
    }
    Ok(())
}

/// Where somebody is asked to come, the first first.
pub async fn of_account(on: impl Into<On<'_>>, account: AccountId) -> Result<Vec<Invitation>> {
    Ok(query(
        "SELECT invitation.id, kost.name AS kost_name, invitation.role
         FROM invitation
         JOIN kost ON kost.id = invitation.kost
         WHERE invitation.account = $1
         ORDER BY invitation.id",
    )
    .bind(account)
    .all(on)
    .await?)
}

/// Those of a kost that wait for an answer, the first first.
pub async fn of_kost(on: impl Into<On<'_>>, kost: KostId) -> Result<Vec<Waiting>> {
    Ok(query("SELECT id, username, role FROM invitation WHERE kost = $1 ORDER BY id")
        .bind(kost)
        .all(on)
        .await?)
}

db::row! {
    struct Offer {
        kost: KostId,
        role: Role,
        location: Option<LocationId>,
    }
}

/// Yes: the membership begins. Who belongs to the kost already gets the role that
/// is offered, unless they have a higher one.
///
/// # Errors
/// [`Error::NotFound`] when there is no such invitation of this account.
pub async fn accept(tx: &mut Tx, account: AccountId, invitation: InvitationId) -> Result<()> {
    let offer = take(tx, account, invitation).await?;
    store::lock(tx, offer.kost).await?;
    match store::person(&mut *tx, offer.kost, account).await? {
        None => join(tx, account, offer.kost, offer.role, offer.location).await?,
        Some(person) if person.role < offer.role => {
            // A higher role than some other is staff's, who live in no room.
            change(tx, offer.kost, &person, offer.role, None).await?;
        }
        Some(_) => {}
    }
    Ok(())
}

/// No: as if it had never been.
///
/// # Errors
/// As [`accept`].
pub async fn decline(tx: &mut Tx, account: AccountId, invitation: InvitationId) -> Result<()> {
    take(tx, account, invitation).await.map(drop)
}

async fn take(tx: &mut Tx, account: AccountId, invitation: InvitationId) -> Result<Offer> {
    query("DELETE FROM invitation WHERE id = $1 AND account = $2 RETURNING kost, role, location")
        .bind(invitation)
        .bind(account)
        .optional(tx)
        .await?
        .ok_or(Error::NotFound)
}

/// Somebody has come by another way: what was asked of their name and cannot be
/// answered, or would change nothing, waits no longer.
pub async fn forget_answered(
    tx: &mut Tx,
    kost: KostId,
    account: AccountId,
    role: Role,
) -> db::Result<()> {
    let offer: Option<(InvitationId, Option<AccountId>, Role)> = query(
        "SELECT id, account, role FROM invitation
         WHERE kost = $1 AND username = (SELECT username FROM account WHERE id = $2)",
    )
    .bind(kost)
    .bind(account)
    .optional(&mut *tx)
    .await?;
    match offer {
        Some((id, invited, offered)) if invited.is_none() || offered <= role => {
            withdraw(tx, kost, id).await
        }
        _ => Ok(()),
    }
}

/// The kost takes it back.
pub async fn withdraw(tx: &mut Tx, kost: KostId, invitation: InvitationId) -> db::Result<()> {
    query("DELETE FROM invitation WHERE id = $1 AND kost = $2")
        .bind(invitation)
        .bind(kost)
        .run(tx)
        .await?;
    Ok(())
}

/// The same for all that wait for somebody's answer in the kost.
pub async fn withdraw_from(tx: &mut Tx, kost: KostId, account: AccountId) -> db::Result<()> {
    query("DELETE FROM invitation WHERE account = $1 AND kost = $2")
        .bind(account)
        .bind(kost)
        .run(tx)
        .await?;
    Ok(())
}
