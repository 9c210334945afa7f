//! `/` sends everybody to the page of their role.

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use http::request::Parts;

use crate::accounts::pages::notice::Notice;
use crate::accounts::store;
use crate::error::Result;
use crate::kosts::{self, Visitor};
use crate::web::{FieldErrors, Form, Page, redirect_to};

/// One way on: the name that somebody knows, what they are there, and the address.
struct Way {
    name: String,
    role: &'static str,
    path: String,
}

#[derive(Template)]
#[template(path = "accounts/choose.html")]
struct ChoosePage<'a> {
    page: &'a Page,
    ways: Vec<Way>,
}

/// Somebody without a kost.
#[derive(Template)]
#[template(path = "accounts/no_kost.html")]
pub(super) struct NoKostPage<'a> {
    page: &'a Page,
    title: &'a str,
    lead: String,
    form: Form,
    errors: FieldErrors,
}

pub async fn show(page: Page, parts: Parts) -> Result<Response> {
    let Some(visitor) = Visitor::of(&parts.extensions) else { return stranger(&page).await };
    // Who is asked somewhere answers first, or later.
    let puts_off = Form::from_query(parts.uri.query().unwrap_or_default()).is_on("later");
    let id = visitor.account.id;
    if !puts_off && !kosts::invitation::of_account(&page.app.db, id).await?.is_empty() {
        return Ok(redirect_to("/invitations"));
    }
    let mut ways = ways(&page, visitor);
    match ways.len() {
        0 => no_kost(&page, visitor, page.form_or(Form::default), FieldErrors::default()).await,
        1 => Ok(redirect_to(&ways.remove(0).path)),
        _ => page.html(&ChoosePage { page: &page, ways }),
    }
}

async fn stranger(page: &Page) -> Result<Response> {
    if !store::is_empty(&page.app.db).await? {
        return Ok(redirect_to("/login"));
    }
    let t = page.t;
    let notice =
        Notice::new(page, t.home_empty_installation_title(), t.home_empty_installation_body());
    Notice { with_keys: false, ..notice }.show(StatusCode::OK)
}

/// All stays of a resident are on one page; every kost one works in has its own.
fn ways(page: &Page, visitor: &Visitor) -> Vec<Way> {
    let t = page.t;
    let mut ways = Vec::new();
    for membership in &visitor.memberships {
        let path = if membership.role.is_staff() {
            format!("/k/{}", membership.slug)
        } else {
            "/tickets".to_owned()
        };
        if !ways.iter().any(|way: &Way| way.path == path) {
            ways.push(Way {
                name: membership.kost_name.clone(),
                role: membership.role.word(t),
                path,
            });
        }
    }
    if visitor.account.is_admin {
        ways.push(Way {
            name: t.role_installation_admin().to_owned(),
            role: t.nav_kost(),
            path: "/admin/kosts".to_owned(),
        });
    }
    ways
}

/// The page of somebody who belongs to no kost: never did, or no longer does.
pub(super) async fn no_kost(
    page: &Page,
    visitor: &Visitor,
    form: Form,
    errors: FieldErrors,
) -> Result<Response> {
    let t = page.t;
    let (title, lead) = match kosts::store::last_ended(&page.app.db, visitor.account.id).await? {
        Some(stay) => (
            t.join_ended_title(),
            t.join_ended_body(
                &stay.kost_name,
                t.day_inline(stay.ended_at, page.now, &stay.timezone.tz()),
            ),
        ),
        None => (t.join_none_title(), t.join_none_body().to_owned()),
    };
    let template = NoKostPage { page, title, lead, form, errors };
    if template.errors.is_empty() { page.html(&template) } else { page.invalid(&template) }
}
