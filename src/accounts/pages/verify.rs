//! Making an e-mail address count, through the link that was sent to it.
//! Opening the link shows a button; only pressing it uses the link up.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use http::StatusCode;
use http::request::Parts;

use crate::accounts::link::{self, Link, LinkKind};
use crate::accounts::pages::notice::Notice;
use crate::accounts::{Account, email, store};
use crate::error::Result;
use crate::kosts::Visitor;
use crate::web::{Flash, Page};

#[derive(Template)]
#[template(path = "accounts/verify.html")]
struct VerifyPage<'a> {
    page: &'a Page,
    account: &'a Account,
    email: &'a str,
    token: &'a str,
}

pub async fn show(page: Page, Path(token): Path<String>) -> Result<Response> {
    match link_of(&page, &token).await? {
        Some((link, account)) => page.html(&VerifyPage {
            page: &page,
            account: &account,
            email: &link.email,
            token: &token,
        }),
        None => unusable(&page),
    }
}

pub async fn verify(page: Page, Path(token): Path<String>, parts: Parts) -> Result<Response> {
    let Some((_, account)) = link_of(&page, &token).await? else { return unusable(&page) };
    let mut tx = page.app.db.begin().await?;
    let Some(link) = link::redeem(&mut tx, LinkKind::VerifyEmail, &token).await? else {
        return unusable(&page);
    };
    match store::verify_email(&mut tx, link.account, &link.email).await {
        Ok(()) => {}
        // Another account proved first that the address is its own.
        Err(error) if error.constraint() == Some("account_email_key") => return unusable(&page),
        Err(error) => return Err(error.into()),
    }
    // The same account's address may be verified anew; that is no change.
    let before = account.email.as_deref().filter(|before| *before != link.email);
    email::tell_email_changed(&mut tx, link.account, before).await?;
    tx.commit().await?;
    match Visitor::of(&parts.extensions) {
        Some(visitor) if visitor.account.id == link.account => {
            Ok(page.done("/account", Flash::EmailVerified))
        }
        // It is somebody else who is logged in here.
        Some(_) => {
            let text = page.t.verify_done_body(&link.email);
            Notice::new(&page, page.t.verify_done_title(), &text)
                .leading_to(page.t.nav_home(), "/")
                .show(StatusCode::OK)
        }
        None => Ok(page.done("/", Flash::EmailVerified)),
    }
}

/// The link and its account, while the address still waits to be verified.
async fn link_of(page: &Page, token: &str) -> Result<Option<(Link, Account)>> {
    let Some(link) = link::find(&page.app.db, LinkKind::VerifyEmail, token, page.now).await? else {
        return Ok(None);
    };
    let account = store::get(&page.app.db, link.account).await?;
    let account = account.filter(|account| account.pending_email.as_deref() == Some(&link.email));
    Ok(account.map(|account| (link, account)))
}

fn unusable(page: &Page) -> Result<Response> {
    let t = page.t;
    let notice = Notice::new(page, t.verify_used_title(), t.verify_used_body());
    notice.leading_to(t.account_title(), "/account").show(StatusCode::NOT_FOUND)
}
