//! One report: what, where, who is on it, and now? Its timeline, and what this
//! reader can do with it. A refused attempt shows the same page, with what was
//! typed and what is wrong.

use axum::extract::RawQuery;
use axum::response::Response;
use http::{HeaderMap, Method, StatusCode};

use crate::accounts::AccountId;
use crate::activity::ActivityId;
use crate::error::{Error, Result};
use crate::kosts::KostId;
use crate::tickets::pages::ticket_page::TicketPage;
use crate::tickets::photos::{KeptPhoto, StoredPhotos};
use crate::tickets::{Reading, Ticket, TicketId, store, timeline};
use crate::web::{FieldErrors, Form, Page};

/// Why the page is not the answer that was asked for.
#[derive(Debug)]
pub enum Refusal {
    /// The state has changed since the page was shown.
    Moved,
    /// A comment on a done report: return it first.
    /// With the photos that came along.
    CommentRefused(Vec<KeptPhoto>),
    Stale(Stale),
}

/// A change to a property that somebody else has changed meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stale {
    pub field: &'static str,
    /// What was to be set.
    pub value: String,
}

/// Somebody looks at a report that they have unread notifications about. The
/// page's answer carries it in its extensions; `notifications`, which stands
/// above reports, marks these as read.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    pub account: AccountId,
    pub kost: KostId,
    pub ticket: TicketId,
}

/// `GET /k/{kost}/tickets/{number}?before=`: the part of a long timeline before
/// this activity.
pub async fn show(
    mut page: Page,
    reading: Reading,
    RawQuery(query): RawQuery,
    method: Method,
    headers: HeaderMap,
) -> Result<Response> {
    let account = reading.member.account.id;
    let seen = Seen { account, kost: reading.ticket.kost, ticket: reading.ticket.id };
    let unread = timeline::unread(&page.app.db, account, &reading.ticket).await?;
    let is_seen = unread > 0 && is_looked_at(&method, &headers);
    if is_seen {
        page.unread = (page.unread - unread).max(0);
    }
    let form = page.form_or(Form::default);
    let query = Form::from_query(query.as_deref().unwrap_or(""));
    let before = query.text("before").parse::<ActivityId>().ok();
    let shown = TicketPage::load(page.clone(), reading, form, before).await?;
    let mut response = page.html(&shown)?;
    if is_seen {
        response.extensions_mut().insert(seen);
    }
    Ok(response)
}

/// Browsers fetch pages ahead of anybody's wish. Scripts fetch parts anew only
/// while the page is visible: what they fetch is looked at.
fn is_looked_at(method: &Method, headers: &HeaderMap) -> bool {
    let is_ahead = |name| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.contains("prefetch"))
    };
    method == Method::GET && !is_ahead("sec-purpose") && !is_ahead("purpose")
}

/// The answer 422: the page again, with what is wrong and everything typed.
pub(super) async fn invalid(
    page: Page,
    reading: Reading,
    form: Form,
    errors: FieldErrors,
) -> Result<Response> {
    invalid_with_photos(page, reading, form, errors, &StoredPhotos::default()).await
}

/// As [`invalid`]; the photos that came along and are fine stay with the form.
pub(super) async fn invalid_with_photos(
    page: Page,
    reading: Reading,
    form: Form,
    errors: FieldErrors,
    photos: &StoredPhotos,
) -> Result<Response> {
    let mut shown = TicketPage::load(page.clone(), reading, form, None).await?;
    shown.errors = errors;
    shown.kept = photos.to_keep();
    page.invalid(&shown)
}

/// The answer 409: the page as it is now, and why the attempt was not taken.
pub(super) async fn refuse(
    page: Page,
    mut reading: Reading,
    form: Form,
    refusal: Refusal,
) -> Result<Response> {
    let Ticket { kost, id, .. } = reading.ticket;
    reading.ticket = store::get(&page.app.db, kost, id).await?.ok_or(Error::NotFound)?;
    let mut shown = TicketPage::load(page.clone(), reading, form, None).await?;
    shown.refuse(refusal).await?;
    page.html_with(StatusCode::CONFLICT, &shown)
}
