//! The devices on which somebody is logged in, and “log out there”.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;

use crate::accounts::{SessionId, device, session};
use crate::error::Result;
use crate::kosts::{SignedIn, Timezone};
use crate::web::{Flash, Page};

/// One device in words.
struct Device {
    id: SessionId,
    name: String,
    icon: &'static str,
    is_this: bool,
    seen: String,
    address: String,
    since: String,
}

#[derive(Template)]
#[template(path = "accounts/sessions.html")]
struct SessionsPage<'a> {
    page: &'a Page,
    devices: Vec<Device>,
}

pub async fn show(page: Page, SignedIn(visitor): SignedIn) -> Result<Response> {
    let t = page.t;
    let zone =
        visitor.memberships.first().map_or(Timezone::Wib, |membership| membership.timezone).tz();
    let sessions = session::of_account(&page.app.db, visitor.account.id, page.now).await?;
    let mut devices = sessions
        .into_iter()
        .map(|session| Device {
            id: session.id,
            name: device::word(&session.agent, t),
            icon: if device::is_phone(&session.agent) { "phone" } else { "globe" },
            is_this: session.id == visitor.session,
            seen: t.sessions_used(t.ago(session.seen_at, page.now)),
            address: session.address,
            since: t.sessions_since(t.date_time_inline(session.created_at, page.now, &zone)),
        })
        .collect::<Vec<_>>();
    devices.sort_by_key(|device| !device.is_this);
    page.html(&SessionsPage { page: &page, devices })
}

/// Ends one of one's own sessions.
pub async fn end(page: Page, SignedIn(visitor): SignedIn, Path(id): Path<i64>) -> Result<Response> {
    let mut tx = page.app.db.begin().await?;
    session::end(&mut tx, visitor.account.id, SessionId(id)).await?;
    tx.commit().await?;
    Ok(page.done("/account/sessions", Flash::LoggedOutThere))
}

/// Ends all of one's sessions but this one.
pub async fn end_others(page: Page, SignedIn(visitor): SignedIn) -> Result<Response> {
    let mut tx = page.app.db.begin().await?;
    session::end_others(&mut tx, visitor.account.id, Some(visitor.session)).await?;
    tx.commit().await?;
    Ok(page.done("/account/sessions", Flash::LoggedOutOthers))
}
