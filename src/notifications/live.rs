//! Open pages: one WebSocket each, told at once what changed. Commit publishes
//! (`tx.notify`), [`bridge`] carries it to the hub, the hub to the sockets.
//!
//! Messages to the browser, JSON: `hello` {unread, behind} once per connection, `unread`
//! {unread}, `toast` {title, body, url, plate, urgent}, `changed` {topics}.
//! A page that connects again asks for the present state, and one that connects for
//! the first time is told whether it is behind already, so nothing is missed.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{State, WebSocketUpgrade};
use axum::response::Response;
use http::HeaderMap;
use http::header::{HOST, ORIGIN};
use http::request::Parts;
use jiff::Timestamp;
use live::{Cut, Limits, Subscription, serve_socket};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::App;
use crate::accounts::{SessionId, session};
use crate::error::{Error, Result};
use crate::kosts::Visitor;
use crate::web::Form;

/// The session ended: the page goes to the log-in.
const SESSION_ENDED: Cut = Cut { code: 4401, reason: "session ended" };
/// A membership ended: the page connects again and loads anew.
const ACCESS_CHANGED: Cut = Cut { code: 4403, reason: "access changed" };
/// Notices were missed, among them perhaps a cut: the page connects again (RFC
/// 6455 calls 1012 a restart), is checked anew, and catches up.
const MISSED: Cut = Cut { code: 1012, reason: "missed" };

/// `GET /live`; `?seen=` is how far the hub had come when the page was made.
pub async fn connect(
    State(app): State<App>,
    upgrade: std::result::Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    parts: Parts,
) -> Result<Response> {
    let visitor = Visitor::of(&parts.extensions).cloned();
    let Ok(upgrade) = upgrade else {
        return Err(if visitor.is_some() { Error::BadRequest } else { Error::LogIn });
    };
    // Browsers send cookies along with a socket from any site; only Origin tells.
    if !is_ours(&app, &parts.headers) {
        return Err(Error::Forbidden);
    }
    let limits = Limits::default();
    let upgrade = live::upgrade(upgrade, &limits);
    let Some(visitor) = visitor else {
        // A page that slept while its session ended.
        return Ok(upgrade.on_upgrade(|socket| live::refuse(socket, SESSION_ENDED)));
    };
    // A page that is not let in tries again, ever more slowly.
    let guest = app.limits.sockets.admit(visitor.account.id.get());
    let guest = guest.ok_or(Error::TooMany { seconds: 30 })?;
    let subscription = subscribe(&app, &visitor, &parts).await?;
    let Visitor { session, expires_at, .. } = *visitor;
    Ok(upgrade.on_upgrade(move |socket| async move {
        let _guest = guest;
        tokio::select! {
            _ = serve_socket(socket, subscription, limits) => {}
            never = cut_when_expired(&app, session, expires_at) => match never {},
        }
    }))
}

/// Listens for a visitor, and says hello. What they may hear is looked up once
/// more after that: a session or membership that ended since the request was
/// looked at would have been cut before there was anything to cut.
///
/// # Errors
/// [`Error::LogIn`] and [`Error::Conflict`] when it has changed.
pub async fn subscribe(app: &App, visitor: &Visitor, parts: &Parts) -> Result<Subscription> {
    let subscription = app.hub.subscribe(topics(visitor));
    db::moment_is_over();
    let now = Visitor::load(app, parts).await?.ok_or(Error::LogIn)?;
    if topics(&now) != topics(visitor) {
        return Err(Error::Conflict);
    }
    let query = Form::from_query(parts.uri.query().unwrap_or(""));
    let hello = serde_json::json!({
        "type": "hello",
        "unread": now.account.unread,
        "behind": subscription.is_behind(query.text("seen")),
    });
    subscription.tell(hello.to_string());
    Ok(subscription)
}

/// Cuts the sockets of a session when its time is over; each use puts that off.
async fn cut_when_expired(app: &App, session: SessionId, mut end: Timestamp) -> Infallible {
    loop {
        let left = end.duration_since(app.clock.now()).unsigned_abs();
        tokio::time::sleep(left.max(Duration::from_secs(1))).await;
        // A socket mostly waits: what it needs once in a while takes no memory until then.
        match Box::pin(session::expires_at(&app.db, session)).await {
            Ok(Some(later)) if later > app.clock.now() => end = later,
            Ok(_) => {
                app.hub.cut(&format!("session:{session}"), SESSION_ENDED);
            }
            Err(error) => {
                tracing::warn!(error = error.in_full(), "the end of a session is not known");
            }
        }
    }
}

fn is_ours(app: &App, headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(ORIGIN).and_then(|origin| origin.to_str().ok()) else {
        return false;
    };
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("");
    let origin_host = origin.split_once("://").map_or("", |(_, host)| host);
    origin == app.config.base_url || (!host.is_empty() && origin_host == host)
}

/// What a visitor hears of. Residents hear of their tickets through their account.
fn topics(visitor: &Visitor) -> Vec<String> {
    let account = visitor.account.id;
    let mut topics = vec![
        format!("account:{account}"),
        format!("session:{}", visitor.session),
        "everybody".to_owned(),
    ];
    for membership in &visitor.memberships {
        topics.push(format!("member:{account}:{}", membership.kost));
        if membership.role.is_staff() {
            topics.push(format!("kost:{}", membership.kost));
        }
    }
    if visitor.account.is_admin {
        topics.push("admin".to_owned());
    }
    topics
}

#[derive(Deserialize)]
struct Published<'a> {
    to: &'a str,
    #[serde(borrow)]
    message: &'a RawValue,
}

#[derive(Deserialize)]
struct JobNotice {
    scope: Option<i64>,
}

/// Carries committed notices to the sockets, for as long as the program runs.
pub async fn bridge(app: App) {
    let mut notices = app.db.notices();
    loop {
        let Ok(notice) = notices.recv().await else {
            app.hub.cut("everybody", MISSED);
            continue;
        };
        match notice.channel.as_str() {
            "live" => {
                if let Ok(published) = serde_json::from_str::<Published>(&notice.payload) {
                    let message = published.message.get();
                    app.hub.publish(published.to, message.to_owned());
                    // The installation's admin visits every kost.
                    if published.to.starts_with("kost:") {
                        app.hub.publish("admin", message.to_owned());
                    }
                }
            }
            "cut" => {
                let why = if notice.payload.starts_with("session:") {
                    SESSION_ENDED
                } else {
                    ACCESS_CHANGED
                };
                app.hub.cut(&notice.payload, why);
            }
            "job" => job_changed(&app, &notice.payload),
            _ => {}
        }
    }
}

/// A task changed its state: whoever looks at the queue sees it.
fn job_changed(app: &App, payload: &str) {
    let scope = serde_json::from_str::<JobNotice>(payload).ok().and_then(|notice| notice.scope);
    let message = |topic: &str| format!(r#"{{"type":"changed","topics":["{topic}"]}}"#);
    app.hub.publish("admin", message("queue"));
    if let Some(kost) = scope {
        let message = message(&format!("queue:{kost}"));
        app.hub.publish("admin", message.clone());
        app.hub.publish(&format!("kost:{kost}"), message);
    }
}
