//! One's e-mail address. The password can be reset through it, so changing it
//! takes the password.

use askama::Template;
use axum::response::Response;
use http::request::Parts;

use crate::accounts::link::{self, LinkKind};
use crate::accounts::pages::password::Proof;
use crate::accounts::pages::{limited, seconds_to_wait};
use crate::accounts::{Account, email, parse_email, store};
use crate::error::{Error, Result};
use crate::kosts::{SignedIn, Visitor};
use crate::web::{FieldErrors, Flash, Form, Page, Problem, TextForm};

#[derive(Template)]
#[template(path = "accounts/email.html")]
struct EmailPage<'a> {
    page: &'a Page,
    account: &'a Account,
    form: Form,
    errors: FieldErrors,
    notice: Option<String>,
}

fn template<'a>(
    page: &'a Page,
    visitor: &'a Visitor,
    form: Form,
    errors: FieldErrors,
) -> EmailPage<'a> {
    EmailPage { page, account: &visitor.account, form, errors, notice: None }
}

pub async fn show(page: Page, SignedIn(visitor): SignedIn) -> Result<Response> {
    let form = page.form_or(Form::default);
    page.html(&template(&page, &visitor, form, FieldErrors::default()))
}

/// Form: [email, password], or with the button `remove` the password only.
pub async fn change(
    page: Page,
    SignedIn(visitor): SignedIn,
    parts: Parts,
    TextForm(form): TextForm,
) -> Result<Response> {
    let mut errors = FieldErrors::default();
    let removes = form.is_on("remove");
    let address = if removes { None } else { errors.take("email", given(form.text("email"))) };
    let mut proof = None;
    if errors.is_empty() {
        let given = Proof::of(&page, &parts, &visitor.account, form.value("password")).await?;
        proof = errors.take("password", given);
    }
    let Some(proof) = proof else {
        return page.invalid(&template(&page, &visitor, form, errors));
    };
    if let Some(address) = &address
        && let Some(seconds) = wait_for(&page, address).await?
    {
        let template = template(&page, &visitor, form, FieldErrors::default());
        return limited(&page, seconds, |notice| EmailPage { notice, ..template });
    }
    let id = visitor.account.id;
    let mut tx = page.app.db.begin().await?;
    proof.must_hold(&mut tx, visitor.session).await?;
    link::withdraw(&mut tx, LinkKind::VerifyEmail, id).await?;
    match &address {
        // Giving up the change to another address.
        Some(address) if visitor.account.email.as_ref() == Some(address) => {
            store::set_pending_email(&mut tx, id, None).await?;
        }
        Some(address) => email::give(&mut tx, id, address).await?,
        None => {
            link::withdraw(&mut tx, LinkKind::ResetPassword, id).await?;
            store::remove_email(&mut tx, id).await?;
            email::tell_email_changed(&mut tx, id, visitor.account.email.as_deref()).await?;
        }
    }
    tx.commit().await?;
    let is_sent = address.is_some() && address != visitor.account.email;
    Ok(page.done("/account", if is_sent { Flash::EmailLinkSent } else { Flash::Saved }))
}

/// Sends the link of the address that waits once more.
pub async fn resend(page: Page, SignedIn(visitor): SignedIn) -> Result<Response> {
    let Some(address) = visitor.account.pending_email.clone() else {
        return Ok(page.done("/account", Flash::EmailVerified));
    };
    if let Some(seconds) = wait_for(&page, &address).await? {
        let template = template(&page, &visitor, Form::default(), FieldErrors::default());
        return limited(&page, seconds, |notice| EmailPage { notice, ..template });
    }
    let mut tx = page.app.db.begin().await?;
    email::send_link(&mut tx, visitor.account.id, &address).await?;
    tx.commit().await?;
    Ok(page.done("/account", Flash::EmailLinkSent))
}

fn given(text: &str) -> Result<String, Problem> {
    if text.is_empty() { Err(Problem::Required) } else { parse_email(text) }
}

async fn wait_for(page: &Page, address: &str) -> Result<Option<u64>, Error> {
    seconds_to_wait(page.app.limits.verify_receiver.check(address).await)
}
