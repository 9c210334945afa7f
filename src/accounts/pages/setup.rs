//! Setting an empty installation up, through the link that its console showed:
//! the owner's account and the first kost.

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use http::request::Parts;

use crate::accounts::pages::notice::Notice;
use crate::accounts::pages::with_cookie;
use crate::accounts::{NewAccount, email, opens_setup, redeem_setup, session, store};
use crate::error::Result;
use crate::kosts::{self, NewKost, Role, Timezone};
use crate::web::{FieldErrors, Flash, Form, Page, TextForm};

/// An owner's kost has a room.
const LEAST_ROOMS: i64 = 1;

#[derive(Template)]
#[template(path = "accounts/setup.html")]
struct SetupPage<'a> {
    page: &'a Page,
    form: Form,
    errors: FieldErrors,
}

impl SetupPage<'_> {
    /// The number of the last room, as the hint names it.
    fn last_room(&self) -> String {
        format!("{:02}", NewKost::rooms(&self.form, LEAST_ROOMS).unwrap_or(12))
    }

    fn is_zone(&self, zone: &str) -> bool {
        self.form.value("timezone") == zone
    }
}

/// Shows the form. A mail scanner or a preview that opens the link changes nothing.
pub async fn show(page: Page, parts: Parts) -> Result<Response> {
    let query = Form::from_query(parts.uri.query().unwrap_or(""));
    let token = query.text("token");
    if !opens_setup(&page.app.db, token).await? {
        return unusable(&page);
    }
    let form = Form::of([("token", token), ("rooms", "12"), ("timezone", Timezone::Wib.as_str())]);
    page.html(&SetupPage { page: &page, form, errors: FieldErrors::default() })
}

/// Form: [username, name, email, password, password_again, kost_name, timezone,
/// rooms]; the token in the address or the form.
pub async fn set_up(page: Page, parts: Parts, TextForm(mut form): TextForm) -> Result<Response> {
    let query = Form::from_query(parts.uri.query().unwrap_or(""));
    if form.text("token").is_empty() {
        form.set("token", query.text("token"));
    }
    let token = form.text("token").to_owned();
    if !opens_setup(&page.app.db, &token).await? {
        return unusable(&page);
    }
    let owner = NewAccount::parse(&form, page.t.language());
    let mut errors = FieldErrors::default();
    let kost = NewKost::parse(&form, LEAST_ROOMS, &mut errors);
    let (Ok(owner), Some(kost)) = (&owner, kost) else {
        let mut all = owner.err().unwrap_or_default();
        all.extend(Some(errors));
        return page.invalid(&SetupPage { page: &page, form, errors: all });
    };
    let hash = page.app.passwords.hash(owner.password.clone()).await?;
    let mut tx = page.app.db.begin().await?;
    if !redeem_setup(&mut tx, &token).await? {
        return unusable(&page);
    }
    let account = store::insert(&mut tx, owner, &hash, false).await?;
    let kost = kost.found(&mut tx, page.t).await?;
    kosts::join(&mut tx, account, kost, Role::Owner, None).await?;
    if let Some(email) = &owner.email {
        email::send_link(&mut tx, account, email).await?;
    }
    let cookie = session::start(&mut tx, &page.app, &parts, account, true).await?;
    tx.commit().await?;
    Ok(with_cookie(page.done("/", Flash::Welcome), cookie))
}

fn unusable(page: &Page) -> Result<Response> {
    let t = page.t;
    let notice = Notice::new(page, t.setup_unknown_title(), t.setup_unknown_body());
    notice.leading_to(t.forgot_back(), "/login").show(StatusCode::NOT_FOUND)
}
