//! Stopping e-mails of one kind, from the e-mail itself: one tap, no session,
//! no redirect, as mail programs do it (RFC 8058). Opening the link (a mail
//! scanner does) changes nothing.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use http::StatusCode;

use crate::accounts::pages::notice::Notice;
use crate::accounts::{Account, MailKind, store};
use crate::error::Result;
use crate::web::{Page, TextForm};

#[derive(Template)]
#[template(path = "accounts/unsubscribe.html")]
struct UnsubscribePage<'a> {
    page: &'a Page,
    text: String,
    path: String,
}

pub async fn show(page: Page, Path((token, kind)): Path<(String, String)>) -> Result<Response> {
    let Some((account, kind)) = meant(&page, &token, &kind).await? else { return dead(&page) };
    if !account.wants_mail(kind) {
        return stopped(&page, kind);
    }
    let text =
        page.t.unsubscribe_body(kind.inline(page.t), account.email.as_deref().unwrap_or("–"));
    page.html(&UnsubscribePage { page: &page, text, path: format!("/unsubscribe/{token}/{kind}") })
}

/// The form may say `List-Unsubscribe=One-Click`; it does not matter.
pub async fn stop(
    page: Page,
    Path((token, kind)): Path<(String, String)>,
    _: TextForm,
) -> Result<Response> {
    let Some((account, kind)) = meant(&page, &token, &kind).await? else { return dead(&page) };
    let off = MailKind::ALL
        .iter()
        .copied()
        .filter(|each| *each == kind || !account.wants_mail(*each))
        .collect::<Vec<_>>();
    let mut tx = page.app.db.begin().await?;
    store::set_mail_off(&mut tx, account.id, &off).await?;
    tx.commit().await?;
    stopped(&page, kind)
}

fn stopped(page: &Page, kind: MailKind) -> Result<Response> {
    let text = page.t.unsubscribe_done_body(kind.inline(page.t));
    let notice = Notice::new(page, page.t.unsubscribe_done_title(), &text);
    notice.leading_to(page.t.account_mail_title(), "/account/notifications").show(StatusCode::OK)
}

async fn meant(page: &Page, token: &str, kind: &str) -> Result<Option<(Account, MailKind)>> {
    let Ok(kind) = kind.parse() else { return Ok(None) };
    let account = store::with_unsubscribe_token(&page.app.db, token).await?;
    Ok(account.map(|account| (account, kind)))
}

/// The link is cut off, or its account is none of ours.
fn dead(page: &Page) -> Result<Response> {
    let t = page.t;
    Notice::new(page, t.verify_used_title(), t.unsubscribe_dead_body())
        .leading_to(t.account_mail_title(), "/account/notifications")
        .show(StatusCode::NOT_FOUND)
}
