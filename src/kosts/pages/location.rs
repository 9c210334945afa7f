//! `/k/{kost}/locations/{location}`: rename a place, take it out of use or back.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;

use crate::error::{Error, Result};
use crate::kosts::pages::locations::NAME;
use crate::kosts::{Kost, Location, Manager, room_name, store};
use crate::web::{FieldErrors, Flash, Form, Page, Problem, TextForm};

#[derive(Template)]
#[template(path = "kosts/location.html")]
struct LocationPage<'a> {
    page: &'a Page,
    kost: &'a Kost,
    location: &'a Location,
    form: Form,
    errors: FieldErrors,
}

async fn location_of(page: &Page, manager: &Manager, id: &str) -> Result<Location> {
    let id = id.parse().map_err(|_| Error::NotFound)?;
    store::any_location(&page.app.db, manager.kost.id, id).await?.ok_or(Error::NotFound)
}

/// `GET /k/{kost}/locations/{location}`
pub async fn show(
    page: Page,
    manager: Manager,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response> {
    let location = location_of(&page, &manager, &id).await?;
    let form = page.form_or(|| Form::of([("name", location.name.as_str())]));
    let errors = FieldErrors::default();
    page.html(&LocationPage { page: &page, kost: &manager.kost, location: &location, form, errors })
}

/// `POST /k/{kost}/locations/{location}` [name, use: in or out; as it was when not sent]
pub async fn save(
    page: Page,
    manager: Manager,
    Path((_, id)): Path<(String, String)>,
    TextForm(form): TextForm,
) -> Result<Response> {
    let location = location_of(&page, &manager, &id).await?;
    let kost = &manager.kost;
    let in_use = match form.text("use") {
        "in" => true,
        "out" => false,
        _ => location.archived_at.is_none(),
    };
    let mut errors = FieldErrors::default();
    let name = errors.take("name", form.required("name", NAME));
    let mut tx = manager.begin(&page.app.db).await?;
    if !in_use && store::is_lived_in(&mut tx, kost.id, location.id).await? {
        errors.add("name", Problem::RoomLivedIn);
    }
    if let Some(name) = name.filter(|_| errors.is_empty()) {
        let name = if location.kind.is_room() { room_name(&name) } else { &name };
        match store::change_location(&mut tx, kost.id, location.id, name, in_use).await {
            Ok(()) => {
                tx.commit().await?;
                return Ok(page.done(&kost.path_to("/locations"), Flash::Saved));
            }
            Err(error) if error.constraint() == Some("location_kost_kind_name_key") => {
                errors.add("name", Problem::NameTaken);
            }
            Err(error) => return Err(error.into()),
        }
    }
    drop(tx);
    page.invalid(&LocationPage { page: &page, kost, location: &location, form, errors })
}
