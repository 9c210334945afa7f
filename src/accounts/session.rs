//! One device on which somebody is logged in: an opaque token in a cookie, of
//! which only the hash is stored.

use db::{Db, On, Tx, query};
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

/// How long a session lives that is to be remembered, from its last use on.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24 * 90);
/// How long browsers keep the cookie of such a session, in seconds: as long as
/// they keep any. When it ends the row decides, which each use renews.
const COOKIE: i64 = 400 * 24 * 60 * 60;
/// How long a session lives that is not: its cookie goes with the browser.
const PASSING: SignedDuration = SignedDuration::from_hours(24);
/// So many devices somebody is logged in on; on the next one, the one that was not
/// used for longest is out.
pub const MOST: usize = 50;
/// So many are forgotten in one transaction: whoever listens keeps up, and nobody waits.
pub const AT_A_TIME: usize = 500;
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

/// Starts a session and gives the `Set-Cookie` that holds its token. Beyond [`MOST`]
/// the account's oldest end.
pub async fn start(
    tx: &mut Tx,
    app: &App,
    parts: &Parts,
    account: AccountId,
    remember: bool,
) -> Result<HeaderValue> {
    let token = format!("{account}.{}", secret::token());
    let agent = parts
        .headers
        .get(http::header::USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    let lifetime = if remember { REMEMBERED } else { PASSING };
    end_oldest(tx, account, MOST - 1).await?;
    query(
        "INSERT INTO session (account, token_hash, agent, address, created_at, seen_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $5, $6)",
    )
    .bind(account)
    .bind(secret::hash(&token))
    .bind(agent.chars().take(300).collect::<String>())
    .bind(client_address(&app.config, parts).to_string())
    .bind(tx.now())
    .bind(tx.now() + lifetime)
    .run(tx)
    .await?;
    Ok(cookie(&app.config, cookie_name(app), &token, remember.then_some(COOKIE)))
}

/// Ends all of a person's sessions but those `left` that were used last.
async fn end_oldest(tx: &mut Tx, account: AccountId, left: usize) -> Result<()> {
    let ended = query(
        "DELETE FROM session
         WHERE id IN (
             SELECT id FROM session WHERE account = $1 ORDER BY seen_at DESC, id DESC LIMIT $2 OFFSET $3
         )
         RETURNING id",
    )
    .bind(account)
    .bind(AT_A_TIME as i64)
    .bind(left as i64)
    .all(&mut *tx)
    .await?;
    cut(tx, ended);
    Ok(())
}

/// Closes the sockets of sessions that have ended.
fn cut(tx: &mut Tx, ended: Vec<(SessionId,)>) {
    for (session,) in ended {
        tx.notify("cut", format!("session:{session}"));
    }
}

/// Whose session this device has or had last, by what its cookie says: no proof of
/// anything, but enough to keep one person's unsent text from the next.
pub fn last_holder(app: &App, parts: &Parts) -> Option<AccountId> {
    cookie_value(&parts.headers, cookie_name(app))?.split_once('.')?.0.parse().ok()
}

/// The `Set-Cookie` of somebody who logged out.
pub fn ended_cookie(app: &App) -> HeaderValue {
    clear_cookie(&app.config, cookie_name(app))
}

db::row! {
    /// A session that has not expired, as a request of its device finds it.
    #[derive(Debug, Clone, Copy)]
    pub struct Found {
        pub session: SessionId,
        pub created_at: Timestamp,
        pub seen_at: Timestamp,
        pub expires_at: Timestamp,
        /// Some kost asks this person to join. Read along, since every page tells.
        pub is_invited: bool,
    }
}

/// Session and account, read in one go.
struct Current(Found, Account);

impl db::FromRow for Current {
    const COLUMNS: &'static [&'static str] = &[];

    fn from_row(cells: &mut db::Cells<'_>) -> db::Result<Current> {
        Ok(Current(Found::from_row(cells)?, Account::from_row(cells)?))
    }
}

/// Who sends this request, if anybody.
pub async fn current(app: &App, parts: &Parts) -> Result<Option<(Found, Account)>> {
    let token = cookie_value(&parts.headers, cookie_name(app));
    let is_ours = |token: &&str| {
        token.split_once('.').is_some_and(|(_, secret)| secret.len() == 43) && token.len() < 80
    };
    let Some(token) = token.filter(is_ours) else { return Ok(None) };
    let now = app.clock.now();
    let current: Option<Current> = query(
        "SELECT session.id AS session, session.created_at, session.seen_at, session.expires_at,
             EXISTS (SELECT 1 FROM invitation WHERE invitation.account = session.account) AS is_invited, ",
    )
    .push(Account::COLUMNS)
    .push(" FROM session JOIN account ON account.id = session.account WHERE session.token_hash = ")
    .push_bind(secret::hash(token))
    .push(" AND session.expires_at > ")
    .push_bind(now)
    .optional(&app.db)
    .await?;
    let Some(Current(found, account)) = current else { return Ok(None) };
    if now.duration_since(found.seen_at) > NOTE_EVERY
        // Pages can be read on a full disk too.
        && let Err(error) = note_use(&app.db, &found, now).await
    {
        tracing::warn!(error = error.in_full(), "the use of a session is not noted");
    }
    Ok(Some((found, account)))
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

/// When a session ends, unless it is used meanwhile; `None` when it has ended.
pub async fn expires_at(on: impl Into<On<'_>>, session: SessionId) -> Result<Option<Timestamp>> {
    let found: Option<(Timestamp,)> =
        query("SELECT expires_at FROM session WHERE id = $1").bind(session).optional(on).await?;
    Ok(found.map(|(at,)| at))
}

/// The devices of a person, the last used first: at most 100.
pub async fn of_account(db: &Db, account: AccountId, now: Timestamp) -> Result<Vec<Session>> {
    Ok(query(
        "SELECT id, account, agent, address, created_at, seen_at, expires_at
         FROM session
         WHERE account = $1 AND expires_at > $2
         ORDER BY seen_at DESC, id DESC
         LIMIT 100",
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
    let ended = query("DELETE FROM session WHERE account = $1 AND id <> $2 RETURNING id")
        .bind(account)
        .bind(keep.unwrap_or(SessionId(0)))
        .all(&mut *tx)
        .await?;
    cut(tx, ended);
    Ok(())
}

/// Forgets sessions that have expired, [`AT_A_TIME`] of them; whether that were all.
pub async fn delete_expired(tx: &mut Tx) -> Result<bool> {
    let expired = query(
        "DELETE FROM session
         WHERE id IN (SELECT id FROM session WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)
         RETURNING id",
    )
    .bind(tx.now())
    .bind(AT_A_TIME as i64)
    .all(&mut *tx)
    .await?;
    let are_all = expired.len() < AT_A_TIME;
    cut(tx, expired);
    Ok(are_all)
}
