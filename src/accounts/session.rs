//! One device on which somebody is logged in: an opaque token in a cookie, of
//! which only the hash is stored.

use db::{Db, Tx, query};
use http::HeaderValue;
use http::request::Parts;
use jiff::{SignedDuration, Timestamp};

use crate::App;
use crate::accounts::{Account, AccountId};
use crate::error::Result;
use crate::secret;
use crate::web::{clear_cookie, client_address, cookie, cookie_value};

db::id! {
    /// One session.
    pub struct SessionId;
}

/// How long a session lives that is to be remembered; each use renews it.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24 * 90);
/// How long one lives that is not: its cookie goes with the browser.
const PASSING: SignedDuration = SignedDuration::from_hours(24);
/// Uses are noted once in so long, so that reading pages writes nothing.
const NOTE_EVERY: SignedDuration = SignedDuration::from_mins(10);

db::row! {
    /// One device of a person.
    #[derive(Debug, Clone)]
    pub struct Session {
        pub id: SessionId,
        pub account: AccountId,
        /// The browser's `User-Agent`.
        pub agent: String,
        pub address: String,
        pub created_at: Timestamp,
        pub seen_at: Timestamp,
        pub expires_at: Timestamp,
    }
}

/// The cookie's name; browsers take a `__Host-` cookie from nobody but us.
fn cookie_name(app: &App) -> &'static str {
    if app.config.is_secure() { "__Host-kt_session" } else { "kt_session" }
}

/// Starts a session and gives the `Set-Cookie` that holds its token.
pub async fn start(
    tx: &mut Tx,
    app: &App,
    parts: &Parts,
    account: AccountId,
    remember: bool,
) -> Result<HeaderValue> {
    let token = secret::token();
    let agent = parts
        .headers
        .get(http::header::USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    let lifetime = if remember { REMEMBERED } else { PASSING };
    query(
        "INSERT INTO session (account, token_hash, agent, address, created_at, seen_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $5, $6)",
    )
    .bind(account)
    .bind(secret::hash(&token))
    .bind(agent.chars().take(300).collect::<String>())
    .bind(client_address(&app.config, &parts.headers, &parts.extensions).to_string())
    .bind(tx.now())
    .bind(tx.now() + lifetime)
    .run(tx)
    .await?;
    Ok(cookie(&app.config, cookie_name(app), &token, remember.then_some(REMEMBERED.as_secs())))
}

/// The `Set-Cookie` of somebody who logged out.
pub fn ended_cookie(app: &App) -> HeaderValue {
    clear_cookie(&app.config, cookie_name(app))
}

db::row! {
    struct Found {
        session: SessionId,
        seen_at: Timestamp,
        created_at: Timestamp,
        expires_at: Timestamp,
    }
}

/// Who sends this request, if anybody.
pub async fn current(app: &App, parts: &Parts) -> Result<Option<(SessionId, Account)>> {
    let Some(token) =
        cookie_value(&parts.headers, cookie_name(app)).filter(|token| token.len() == 43)
    else {
        return Ok(None);
    };
    let hash = secret::hash(token);
    let now = app.clock.now();
    let found: Option<Found> = query(
        "SELECT id AS session, seen_at, created_at, expires_at
         FROM session
         WHERE token_hash = $1 AND expires_at > $2",
    )
    .bind(hash)
    .bind(now)
    .optional(&app.db)
    .await?;
    let Some(found) = found else { return Ok(None) };
    let account: Option<Account> = query("SELECT ")
        .push(Account::COLUMNS)
        .push(" FROM account WHERE id = (SELECT account FROM session WHERE id = ")
        .push_bind(found.session)
        .push(")")
        .optional(&app.db)
        .await?;
    if now.duration_since(found.seen_at) > NOTE_EVERY {
        note_use(&app.db, &found, now).await?;
    }
    Ok(account.map(|account| (found.session, account)))
}

/// A remembered session lives on from its last use, a passing one from its start.
async fn note_use(db: &Db, found: &Found, now: Timestamp) -> Result<()> {
    let is_remembered = found.expires_at.duration_since(found.created_at) > PASSING;
    let expires_at = if is_remembered { now + REMEMBERED } else { found.expires_at };
    let mut tx = db.begin().await?;
    query("UPDATE session SET seen_at = $2, expires_at = $3 WHERE id = $1")
        .bind(found.session)
        .bind(now)
        .bind(expires_at)
        .run(&mut tx)
        .await?;
    Ok(tx.commit().await?)
}

/// The devices of a person, the last used first.
pub async fn of_account(db: &Db, account: AccountId, now: Timestamp) -> Result<Vec<Session>> {
    Ok(query(
        "SELECT id, account, agent, address, created_at, seen_at, expires_at
         FROM session
         WHERE account = $1 AND expires_at > $2
         ORDER BY seen_at DESC, id DESC",
    )
    .bind(account)
    .bind(now)
    .all(db)
    .await?)
}

/// Ends one of a person's sessions, open sockets included.
pub async fn end(tx: &mut Tx, account: AccountId, session: SessionId) -> Result<()> {
    let ended = query("DELETE FROM session WHERE id = $1 AND account = $2")
        .bind(session)
        .bind(account)
        .run(tx)
        .await?;
    if ended > 0 {
        tx.notify("cut", format!("session:{session}"));
    }
    Ok(())
}

/// Ends all of a person's sessions but `keep`: after a change of password.
pub async fn end_others(tx: &mut Tx, account: AccountId, keep: Option<SessionId>) -> Result<()> {
    let ended: Vec<(SessionId,)> =
        query("DELETE FROM session WHERE account = $1 AND id <> $2 RETURNING id")
            .bind(account)
            .bind(keep.unwrap_or(SessionId(0)))
            .all(&mut *tx)
            .await?;
    for (session,) in ended {
        tx.notify("cut", format!("session:{session}"));
    }
    Ok(())
}

/// Forgets sessions that have expired.
pub async fn delete_expired(tx: &mut Tx) -> Result<u64> {
    Ok(query("DELETE FROM session WHERE expires_at <= $1").bind(tx.now()).run(tx).await?)
}
