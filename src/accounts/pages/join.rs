//! An invitation: a link or a code. Strangers register with it; who has an
//! account joins with one tap.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use http::StatusCode;
use http::request::Parts;

use crate::accounts::pages::home::no_kost;
use crate::accounts::pages::notice::Notice;
use crate::accounts::pages::register::{self, RegisterPage};
use crate::error::Result;
use crate::kosts::{self, Kost, Location, LocationId, Role, SignedIn, Visitor};
use crate::web::{FieldErrors, Flash, Form, Page, Problem, TextForm, client_network, redirect_to};

#[derive(Template)]
#[template(path = "accounts/join.html")]
struct JoinPage<'a> {
    page: &'a Page,
    kost: &'a Kost,
    name: &'a str,
    rooms: Vec<Location>,
    form: Form,
    errors: FieldErrors,
}

impl JoinPage<'_> {
    async fn show(
        page: &Page,
        kost: &Kost,
        visitor: &Visitor,
        form: Form,
        errors: FieldErrors,
    ) -> Result<Response> {
        let rooms = kosts::store::rooms(&page.app.db, kost.id).await?;
        let status =
            if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        page.html_with(
            status,
            &JoinPage { page, kost, name: &visitor.account.name, rooms, form, errors },
        )
    }
}

pub async fn show(page: Page, Path(code): Path<String>, parts: Parts) -> Result<Response> {
    let Some(kost) = kost_of(&page, &parts, &code).await? else { return unknown(&page) };
    match Visitor::of(&parts.extensions) {
        Some(visitor) if belongs_to(visitor, &kost) => Ok(redirect_to("/")),
        Some(visitor) => {
            JoinPage::show(&page, &kost, visitor, Form::default(), FieldErrors::default()).await
        }
        None => {
            let form = Form::of([("invite", &code)]);
            RegisterPage::new(&page, form, Some(kost)).await?.show(StatusCode::OK)
        }
    }
}

/// The button of an invitation [location]; strangers send the form of `/register`.
pub async fn accept(
    page: Page,
    Path(code): Path<String>,
    parts: Parts,
    TextForm(mut form): TextForm,
) -> Result<Response> {
    let Some(visitor) = Visitor::of(&parts.extensions).cloned() else {
        form.set("invite", code);
        return register::register(page, parts, TextForm(form)).await;
    };
    let Some(kost) = kost_of(&page, &parts, &code).await? else { return unknown(&page) };
    match kosts::store::room_of(&page.app.db, kost.id, form.text("location")).await? {
        Ok(room) => join(&page, &visitor, &kost, room).await,
        Err(problem) => {
            let errors = FieldErrors::one("location", problem);
            JoinPage::show(&page, &kost, &visitor, form, errors).await
        }
    }
}

/// A code that somebody with an account typed. Form: [invite].
pub async fn by_code(
    page: Page,
    SignedIn(visitor): SignedIn,
    parts: Parts,
    TextForm(form): TextForm,
) -> Result<Response> {
    let code = form.text("invite").to_owned();
    if code.is_empty() {
        return no_kost(&page, &visitor, form, FieldErrors::one("invite", Problem::Required)).await;
    }
    match kost_of(&page, &parts, &code).await? {
        Some(kost) => join(&page, &visitor, &kost, None).await,
        None => {
            no_kost(&page, &visitor, form, FieldErrors::one("invite", Problem::InviteUnknown)).await
        }
    }
}

/// The kost of a code. Every look counts, so that nobody tries them all: were the
/// right ones free, they would be told from the wrong ones.
pub(super) async fn kost_of(page: &Page, parts: &Parts, code: &str) -> Result<Option<Kost>> {
    let network = client_network(&page.app.config, parts);
    page.app.limits.invite.check(network).await?;
    kosts::store::with_invite_code(&page.app.db, code).await
}

fn unknown(page: &Page) -> Result<Response> {
    let t = page.t;
    let notice = Notice::new(page, t.join_unknown_title(), t.join_unknown_body());
    notice.leading_to(t.error_home(), "/").show(StatusCode::NOT_FOUND)
}

fn belongs_to(visitor: &Visitor, kost: &Kost) -> bool {
    visitor.memberships.iter().any(|membership| membership.kost == kost.id)
}

async fn join(
    page: &Page,
    visitor: &Visitor,
    kost: &Kost,
    room: Option<LocationId>,
) -> Result<Response> {
    let mut tx = page.app.db.begin().await?;
    match kosts::join(&mut tx, visitor.account.id, kost.id, Role::Resident, room).await {
        Ok(_) => tx.commit().await?,
        // Joined already: the second tap shows what the first one did.
        Err(error) if error.constraint() == Some("membership_account_kost_key") => {}
        Err(error) => return Err(error.into()),
    }
    Ok(page.done("/", Flash::Joined))
}
