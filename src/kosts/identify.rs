//! Middleware that works out who sends a request and what stands around the
//! page: once for each request, before anything else asks.

use std::sync::Arc;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::Extensions;
use http::request::Parts;
use jiff::Timestamp;

use crate::App;
use crate::accounts::{Account, SessionId, draft_of, session};
use crate::error::{Fault, Result};
use crate::kosts::{Membership, Role, location_label, navigation, store};
use crate::web::{Form, Place, Reader, Sender};
use crate::words::Words;

/// Who sends this request: in the request's extensions while somebody is logged in.
#[derive(Debug, Clone)]
pub struct Visitor {
    pub session: SessionId,
    /// When that ends, unless it is used meanwhile.
    pub expires_at: Timestamp,
    pub account: Account,
    pub memberships: Vec<Membership>,
    /// Some kost asks this person to join.
    pub is_invited: bool,
}

/// Puts [`Visitor`] and [`Reader`] into the request. What only shows something is
/// read at one moment; a form may take long to arrive.
pub async fn identify<F: Future<Output = Response>>(
    app: &App,
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    if request.method().is_safe() {
        db::at_one_moment(identified(app, request, next)).await
    } else {
        identified(app, request, next).await
    }
}

async fn identified<F: Future<Output = Response>>(
    app: &App,
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    let (mut parts, body) = request.into_parts();
    // Before anything is read: what changes meanwhile comes after it.
    let seen = app.hub.position();
    match visitor(app, &parts).await {
        Ok(Some((visitor, reader))) => {
            parts.extensions.insert(Arc::new(Reader { seen, ..reader }));
            parts.extensions.insert(Sender::Account(visitor.account.id.get()));
            parts.extensions.insert(Arc::new(visitor));
        }
        Ok(None) => {}
        // Refused by `admit`, within all that makes a page of it.
        Err(error) => {
            parts.extensions.insert(Fault::from(error));
        }
    }
    next(Request::from_parts(parts, body)).await
}

/// Refuses what need not come to a handler: nobody knows who sends it, or they
/// send too much. Bodies are not read before this.
pub async fn admit<F: Future<Output = Response>>(
    app: &App,
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    if let Some(fault) = request.extensions().get::<Fault>() {
        return fault.clone().into_response();
    }
    // Whoever wants to go may always go.
    if !request.method().is_safe()
        && request.uri().path() != "/logout"
        && let Some(visitor) = Visitor::of(request.extensions())
        && let Err(error) = app.limits.write.check(visitor.account.id).await
    {
        return error.into_response();
    }
    next(request).await
}

async fn visitor(app: &App, parts: &Parts) -> Result<Option<(Visitor, Reader)>> {
    let Some(visitor) = Visitor::load(app, parts).await? else { return Ok(None) };
    let draft = draft_of(app, parts, visitor.account.id).await?;
    let reader = reader(&visitor, parts.uri.path(), draft);
    Ok(Some((visitor, reader)))
}

impl Visitor {
    /// Who sends this request, if that is known.
    pub fn of(request: &Extensions) -> Option<&Arc<Visitor>> {
        request.get()
    }

    /// Who sends a request, if anybody, as it is now.
    pub async fn load(app: &App, parts: &Parts) -> Result<Option<Visitor>> {
        let Some((found, account)) = session::current(app, parts).await? else { return Ok(None) };
        let memberships = store::memberships_of(&app.db, account.id).await?;
        let session::Found { session, expires_at, is_invited, .. } = found;
        Ok(Some(Visitor { session, expires_at, account, memberships, is_invited }))
    }
}

/// What stands around a page: the kost of its address, or else the first one.
fn reader(visitor: &Visitor, path: &str, draft: Option<Form>) -> Reader {
    let account = &visitor.account;
    let t = Words::new(account.language);
    let slug = path.strip_prefix("/k/").map(|rest| rest.split('/').next().unwrap_or(rest));
    let membership = slug
        .and_then(|slug| visitor.memberships.iter().find(|membership| membership.slug == slug))
        .or_else(|| visitor.memberships.first().filter(|_| slug.is_none() || !account.is_admin));
    let role = membership.map(|membership| membership.role);
    let is_staff = role.is_some_and(Role::is_staff);
    Reader {
        language: Some(account.language),
        chosen_theme: account.theme.map(|theme| theme.as_str()),
        nav: navigation::items(t, membership, account.is_admin, slug, path),
        search: match (membership, slug) {
            (Some(membership), _) if is_staff => Some(format!("/k/{}", membership.slug)),
            (None, Some(slug)) if account.is_admin => Some(format!("/k/{slug}")),
            _ => None,
        },
        all_unread: account.unread,
        is_invited: visitor.is_invited && path != "/invitations",
        kost_topic: membership.filter(|_| is_staff).map(|m| format!("kost:{}", m.kost)),
        has_choice: visitor.memberships.len() > 1 || account.is_admin,
        seen: String::new(),
        account: Some(account.signature(match role {
            Some(role) => Some(role.word(t)),
            None => account.is_admin.then(|| t.role_installation_admin()),
        })),
        draft,
        place: membership.map(|membership| Place {
            kost: membership.kost_name.clone(),
            plate: membership.location_name.clone().filter(|_| !is_staff),
            detail: match (&membership.location_name, membership.location_kind) {
                (Some(name), Some(kind)) if !is_staff => Some(location_label(kind, name, t)),
                _ => Some(membership.role.word(t).to_owned()),
            },
        }),
    }
}
