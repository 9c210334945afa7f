//! One-time links by e-mail: to verify an address, to choose a new password.
//! Opening one (a mail scanner does) changes nothing; the button behind it does.

use db::{Tx, query};
use jiff::{SignedDuration, Timestamp};

use crate::accounts::AccountId;
use crate::error::Result;
use crate::secret;

db::text_enum! {
    /// What a link is for.
    pub enum LinkKind { VerifyEmail = "verify_email", ResetPassword = "reset_password" }
}

impl LinkKind {
    /// How long a link of this kind can be used.
    pub fn lifetime(self) -> SignedDuration {
        match self {
            LinkKind::VerifyEmail => SignedDuration::from_hours(24 * 7),
            LinkKind::ResetPassword => SignedDuration::from_hours(1),
        }
    }
}

db::row! {
    /// A link that can still be used.
    #[derive(Debug, Clone)]
    pub struct Link {
        pub account: AccountId,
        /// The address that it was made for; empty where there was none.
        pub email: String,
    }
}

/// Makes a link's token. Links of the same kind from before `since`, when it was
/// asked for, stop working; those of earlier attempts to send it do not, since
/// their mails may have arrived after all.
pub async fn create(
    tx: &mut Tx,
    kind: LinkKind,
    account: AccountId,
    email: &str,
    since: Timestamp,
) -> Result<String> {
    query("DELETE FROM account_link WHERE account = $1 AND kind = $2 AND created_at < $3")
        .bind(account)
        .bind(kind)
        .bind(since)
        .run(tx)
        .await?;
    let token = secret::token();
    query(
        "INSERT INTO account_link (account, kind, token_hash, email, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(account)
    .bind(kind)
    .bind(secret::hash(&token))
    .bind(email)
    .bind(tx.now())
    .bind(tx.now() + kind.lifetime())
    .run(tx)
    .await?;
    Ok(token)
}

/// The link behind a token, unused and in time.
pub async fn find(
    on: impl Into<db::On<'_>>,
    kind: LinkKind,
    token: &str,
    now: Timestamp,
) -> Result<Option<Link>> {
    Ok(query(
        "SELECT account, email
         FROM account_link
         WHERE token_hash = $1 AND kind = $2 AND expires_at > $3",
    )
    .bind(secret::hash(token))
    .bind(kind)
    .bind(now)
    .optional(on)
    .await?)
}

/// Uses a link up, and the others of its kind with it: the one caller that gets
/// it may act on it.
pub async fn redeem(tx: &mut Tx, kind: LinkKind, token: &str) -> Result<Option<Link>> {
    let now = tx.now();
    let link: Option<Link> = query(
        "DELETE FROM account_link
         WHERE token_hash = $1 AND kind = $2 AND expires_at > $3
         RETURNING account, email",
    )
    .bind(secret::hash(token))
    .bind(kind)
    .bind(now)
    .optional(&mut *tx)
    .await?;
    if let Some(link) = &link {
        withdraw(tx, kind, link.account).await?;
    }
    Ok(link)
}

/// Ends the links of this kind that an account has.
pub async fn withdraw(tx: &mut Tx, kind: LinkKind, account: AccountId) -> Result<()> {
    query("DELETE FROM account_link WHERE account = $1 AND kind = $2")
        .bind(account)
        .bind(kind)
        .run(tx)
        .await?;
    Ok(())
}

/// Forgets links that nobody can use any more.
pub async fn delete_expired(tx: &mut Tx) -> Result<u64> {
    Ok(query("DELETE FROM account_link WHERE expires_at <= $1").bind(tx.now()).run(tx).await?)
}
