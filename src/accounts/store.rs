//! SQL of accounts.

use db::{On, Tx, query};

use crate::accounts::{Account, AccountId, Login, MailKind, NewAccount, Theme};
use crate::activity;
use crate::error::Result;
use crate::secret;
use crate::words::Language;

/// Inserts an account. The address counts only once its link was opened.
///
/// # Errors
/// The constraint `account_username_key` when the name is taken.
pub async fn insert(
    tx: &mut Tx,
    new: &NewAccount,
    password_hash: &str,
    is_admin: bool,
) -> db::Result<AccountId> {
    let now = tx.now();
    query(
        "INSERT INTO account (username, name, pending_email, phone, phone_since, password_hash, language, is_admin, unsubscribe_token, created_at)
         VALUES ($1, $2, $3, $4, $9, $5, $6, $7, $8, $9)",
    )
    .bind(new.username.as_str())
    .bind(new.name.as_str())
    .bind(new.email.clone())
    .bind(new.phone.clone())
    .bind(password_hash)
    .bind(new.language)
    .bind(is_admin)
    .bind(secret::token())
    .bind(now)
    .insert(tx)
    .await
}

/// One account.
pub async fn get(on: impl Into<On<'_>>, id: AccountId) -> Result<Option<Account>> {
    Ok(query("SELECT ")
        .push(Account::COLUMNS)
        .push(" FROM account WHERE id = ")
        .push_bind(id)
        .optional(on)
        .await?)
}

/// The account that has verified this address.
pub async fn with_email(on: impl Into<On<'_>>, email: &str) -> Result<Option<Account>> {
    Ok(query("SELECT ")
        .push(Account::COLUMNS)
        .push(" FROM account WHERE email = ")
        .push_bind(email)
        .optional(on)
        .await?)
}

/// The account with this unsubscribe token.
pub async fn with_unsubscribe_token(on: impl Into<On<'_>>, token: &str) -> Result<Option<Account>> {
    Ok(query("SELECT ")
        .push(Account::COLUMNS)
        .push(" FROM account WHERE unsubscribe_token = ")
        .push_bind(token)
        .optional(on)
        .await?)
}

/// Id and password hash of those who may be meant by `login`, at most
/// [`Login::MOST`].
///
/// Of a telephone number these are the ones who have had it for longest: whoever
/// claims somebody's number later cannot keep them from logging in by it. Who
/// comes fourth logs in by username or e-mail; they are not told, since the
/// answer would say whether anybody has that number.
pub async fn log_in_candidates(
    on: impl Into<On<'_>>,
    login: &Login,
) -> Result<Vec<(AccountId, String)>> {
    let statement = match login {
        Login::Email(email) => {
            query("SELECT id, password_hash FROM account WHERE email = $1").bind(email.as_str())
        }
        Login::Phone(phone) => {
            query("SELECT id, password_hash FROM account WHERE phone = $1 ORDER BY phone_since, id LIMIT 3")
                .bind(phone.as_str())
        }
        Login::Username(name) => {
            query("SELECT id, password_hash FROM account WHERE username = $1").bind(name.as_str())
        }
    };
    Ok(statement.all(on).await?)
}

/// Whether an account has this username.
pub async fn is_taken(on: impl Into<On<'_>>, username: &str) -> Result<bool> {
    let found: Option<(AccountId,)> =
        query("SELECT id FROM account WHERE username = $1").bind(username).optional(on).await?;
    Ok(found.is_some())
}

/// The stored hash of somebody's password.
pub async fn password_hash(on: impl Into<On<'_>>, id: AccountId) -> Result<String> {
    let (hash,) = query("SELECT password_hash FROM account WHERE id = $1").bind(id).one(on).await?;
    Ok(hash)
}

/// The same, and nobody changes it until the transaction ends.
pub async fn lock_password(tx: &mut Tx, id: AccountId) -> Result<String> {
    let (hash,) = query("SELECT password_hash FROM account WHERE id = $1 FOR UPDATE")
        .bind(id)
        .one(tx)
        .await?;
    Ok(hash)
}

pub async fn set_password(tx: &mut Tx, id: AccountId, hash: &str) -> Result<()> {
    query("UPDATE account SET password_hash = $2 WHERE id = $1")
        .bind(id)
        .bind(hash)
        .run(tx)
        .await?;
    Ok(())
}

/// An address that counts once its link is opened.
pub async fn set_pending_email(tx: &mut Tx, id: AccountId, email: Option<&str>) -> Result<()> {
    query("UPDATE account SET pending_email = $2 WHERE id = $1")
        .bind(id)
        .bind(email.map(str::to_owned))
        .run(tx)
        .await?;
    Ok(())
}

/// The link was opened: from now on the address counts.
///
/// # Errors
/// The constraint `account_email_key` when another account verified it first.
pub async fn verify_email(tx: &mut Tx, id: AccountId, email: &str) -> db::Result<()> {
    query("UPDATE account SET email = $2, pending_email = NULL WHERE id = $1")
        .bind(id)
        .bind(email)
        .run(tx)
        .await?;
    Ok(())
}

/// Takes the verified address away.
pub async fn remove_email(tx: &mut Tx, id: AccountId) -> Result<()> {
    query("UPDATE account SET email = NULL, pending_email = NULL WHERE id = $1")
        .bind(id)
        .run(tx)
        .await?;
    Ok(())
}

pub async fn set_profile(
    tx: &mut Tx,
    id: AccountId,
    name: &str,
    phone: Option<&str>,
) -> Result<()> {
    let now = tx.now();
    query(
        "UPDATE account
         SET name = $2, phone = $3, phone_since = CASE WHEN phone = $3 THEN phone_since ELSE $4 END
         WHERE id = $1",
    )
    .bind(id)
    .bind(name)
    .bind(phone.map(str::to_owned))
    .bind(now)
    .run(tx)
    .await?;
    Ok(())
}

pub async fn set_language(tx: &mut Tx, id: AccountId, language: Language) -> Result<()> {
    query("UPDATE account SET language = $2 WHERE id = $1").bind(id).bind(language).run(tx).await?;
    Ok(())
}

pub async fn set_theme(tx: &mut Tx, id: AccountId, theme: Option<Theme>) -> Result<()> {
    query("UPDATE account SET theme = $2 WHERE id = $1").bind(id).bind(theme).run(tx).await?;
    Ok(())
}

/// Switches e-mails off: these kinds and no others.
pub async fn set_mail_off(tx: &mut Tx, id: AccountId, off: &[MailKind]) -> Result<()> {
    let off = off.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(" ");
    query("UPDATE account SET mail_off = $2 WHERE id = $1").bind(id).bind(off).run(tx).await?;
    Ok(())
}

/// Whether nobody has an account yet: the installation waits for its set-up.
pub async fn is_empty(on: impl Into<On<'_>>) -> Result<bool> {
    let first: Option<(AccountId,)> = query("SELECT id FROM account LIMIT 1").optional(on).await?;
    Ok(first.is_none())
}

/// What was typed into a form when the session had expired, as JSON, kept for
/// the page at `path`.
pub async fn keep_draft(tx: &mut Tx, account: AccountId, path: &str, fields: &str) -> Result<i64> {
    let now = tx.now();
    Ok(query("INSERT INTO draft (account, path, fields, created_at) VALUES ($1, $2, $3, $4)")
        .bind(account)
        .bind(path)
        .bind(fields)
        .bind(now)
        .insert(tx)
        .await?)
}

/// One's own draft for the page at `path`.
pub async fn draft(
    on: impl Into<On<'_>>,
    account: AccountId,
    id: i64,
    path: &str,
) -> Result<Option<String>> {
    let found: Option<(String,)> =
        query("SELECT fields FROM draft WHERE id = $1 AND account = $2 AND path = $3")
            .bind(id)
            .bind(account)
            .bind(path)
            .optional(on)
            .await?;
    Ok(found.map(|(fields,)| fields))
}

/// Forgets drafts after a day.
pub async fn delete_old_drafts(tx: &mut Tx) -> Result<u64> {
    let old = tx.now() - jiff::SignedDuration::from_hours(24);
    Ok(query("DELETE FROM draft WHERE created_at < $1").bind(old).run(tx).await?)
}

/// Takes what was read off an account's count of unread news, rather than setting
/// it: something new may be announced meanwhile. Open pages learn the new count.
pub async fn count_read(tx: &mut Tx, account: AccountId, read: u64) -> Result<()> {
    let (unread,): (i64,) =
        query("UPDATE account SET unread = unread - $2 WHERE id = $1 RETURNING unread")
            .bind(account)
            .bind(read as i64)
            .one(&mut *tx)
            .await?;
    let message = serde_json::json!({ "type": "unread", "unread": unread });
    activity::publish(tx, &format!("account:{account}"), &message);
    Ok(())
}
