//! Choosing a new password through a link from an e-mail. Opening the link
//! shows a form; only sending it uses the link up.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use http::StatusCode;
use http::request::Parts;

use crate::accounts::link::{self, Link, LinkKind};
use crate::accounts::pages::notice::Notice;
use crate::accounts::pages::with_cookie;
use crate::accounts::{Account, email, parse_password, session, store};
use crate::error::Result;
use crate::web::{FieldErrors, Flash, Form, Page, Problem, TextForm, client_network};

#[derive(Template)]
#[template(path = "accounts/reset.html")]
struct ResetPage<'a> {
    page: &'a Page,
    errors: FieldErrors,
    account: &'a Account,
    token: &'a str,
}

pub async fn show(page: Page, Path(token): Path<String>) -> Result<Response> {
    match account_of(&page, &token).await? {
        Some(account) => page.html(&ResetPage {
            page: &page,
            errors: FieldErrors::default(),
            account: &account,
            token: &token,
        }),
        None => unusable(&page),
    }
}

/// Form: [password, password_again].
pub async fn reset(
    page: Page,
    Path(token): Path<String>,
    parts: Parts,
    TextForm(form): TextForm,
) -> Result<Response> {
    let network = client_network(&page.app.config, &parts);
    page.app.limits.reset.check(network).await?;
    let Some(account) = account_of(&page, &token).await? else { return unusable(&page) };
    let password = match new_password(&form, &account.username) {
        Ok(password) => password,
        Err(errors) => {
            return page.invalid(&ResetPage {
                page: &page,
                errors,
                account: &account,
                token: &token,
            });
        }
    };
    let hash = page.app.passwords.hash(password).await?;
    let mut tx = page.app.db.begin().await?;
    let Some(link) = link::redeem(&mut tx, LinkKind::ResetPassword, &token).await? else {
        return unusable(&page);
    };
    store::set_password(&mut tx, link.account, &hash).await?;
    session::end_others(&mut tx, link.account, None).await?;
    email::give_up_pending(&mut tx, link.account).await?;
    let email = Some(link.email.as_str()).filter(|email| !email.is_empty());
    email::tell_password_changed(&mut tx, link.account, email).await?;
    let cookie = session::start(&mut tx, &page.app, &parts, link.account, true).await?;
    tx.commit().await?;
    Ok(with_cookie(page.done("/", Flash::PasswordChanged), cookie))
}

/// A new password, typed twice [password, password_again].
pub(super) fn new_password(form: &Form, username: &str) -> Result<String, FieldErrors> {
    let mut errors = FieldErrors::default();
    let password = errors.take("password", parse_password(form.value("password"), username));
    if form.value("password") != form.value("password_again") {
        errors.add("password_again", Problem::PasswordsDiffer);
    }
    password.filter(|_| errors.is_empty()).ok_or(errors)
}

/// Whose link this is: unused, in time, and made for the address that still counts
/// (for none, where there is none: a link from the console).
async fn account_of(page: &Page, token: &str) -> Result<Option<Account>> {
    let link: Option<Link> =
        link::find(&page.app.db, LinkKind::ResetPassword, token, page.now).await?;
    let Some(link) = link else { return Ok(None) };
    let account = store::get(&page.app.db, link.account).await?;
    Ok(account.filter(|account| account.email.as_deref().unwrap_or("") == link.email))
}

fn unusable(page: &Page) -> Result<Response> {
    let t = page.t;
    let notice = Notice::new(page, t.reset_used_title(), t.reset_used_body());
    notice.leading_to(t.reset_used_again(), "/forgot").show(StatusCode::NOT_FOUND)
}
