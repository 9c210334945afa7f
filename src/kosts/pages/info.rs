//! `/k/{kost}/info`: where the house is and whom to call. Every member may
//! read it; it names staff, never neighbours.

use std::cmp::Reverse;

use askama::Template;
use axum::response::Response;

use crate::error::Result;
use crate::kosts::store::{self, Person};
use crate::kosts::{Location, Member, Role};
use crate::web::{Page, Signature};

#[derive(Template)]
#[template(path = "kosts/info.html")]
struct InfoPage<'a> {
    page: &'a Page,
    member: &'a Member,
    room: Option<Location>,
    staff: Vec<(Role, Signature)>,
}

/// `GET /k/{kost}/info`
pub async fn show(page: Page, member: Member) -> Result<Response> {
    let db = &page.app.db;
    let room = match member.location {
        Some(id) => store::any_location(db, member.kost.id, id).await?,
        None => None,
    };
    let mut staff = store::staff(db, member.kost.id).await?;
    staff.sort_by_key(|person| Reverse(person.role));
    let sign = |person: Person| {
        let role = Some(person.role.word(page.t));
        (person.role, Signature::new(person.account.get(), &person.name, role))
    };
    let staff = staff.into_iter().map(sign).collect();
    page.html(&InfoPage { page: &page, member: &member, room, staff })
}
