//! `/k/{kost}/locations`: the rooms and shared facilities of a kost.

use askama::Template;
use axum::response::Response;

use crate::error::Result;
use crate::kosts::{Kost, Location, LocationKind, Manager, room_name, store};
use crate::web::{FieldErrors, Flash, Form, Page, Problem, TextForm};

/// Longest name of a location, in characters.
pub(super) const NAME: usize = 40;

#[derive(Template)]
#[template(path = "kosts/locations.html")]
struct LocationsPage<'a> {
    page: &'a Page,
    kost: &'a Kost,
    rooms: Vec<Location>,
    shared: Vec<Location>,
    form: Form,
    errors: FieldErrors,
}

impl<'a> LocationsPage<'a> {
    async fn load(
        page: &'a Page,
        kost: &'a Kost,
        form: Form,
        errors: FieldErrors,
    ) -> Result<LocationsPage<'a>> {
        let locations = store::locations(&page.app.db, kost.id).await?;
        let (rooms, shared) = locations.into_iter().partition(|location| location.kind.is_room());
        Ok(LocationsPage { page, kost, rooms, shared, form, errors })
    }
}

/// `GET /k/{kost}/locations`
pub async fn show(page: Page, manager: Manager) -> Result<Response> {
    let form = page.form_or(|| Form::of([("kind", LocationKind::Room.as_str())]));
    page.html(&LocationsPage::load(&page, &manager.kost, form, FieldErrors::default()).await?)
}

/// `POST /k/{kost}/locations` [kind, name]
pub async fn add(page: Page, manager: Manager, TextForm(form): TextForm) -> Result<Response> {
    let kost = &manager.kost;
    let mut errors = FieldErrors::default();
    let kind = errors.take("kind", form.choice::<LocationKind>("kind"));
    let name = errors.take("name", form.required("name", NAME));
    let (Some(kind), Some(name)) = (kind, name) else {
        return page.invalid(&LocationsPage::load(&page, kost, form, errors).await?);
    };
    let name = if kind.is_room() { room_name(&name) } else { &name };
    let mut tx = manager.begin(&page.app.db).await?;
    match store::add_location(&mut tx, kost.id, kind, name).await {
        Ok(_) => tx.commit().await?,
        Err(error) if error.constraint() == Some("location_kost_kind_name_key") => {
            drop(tx);
            let errors = FieldErrors::one("name", Problem::NameTaken);
            return page.invalid(&LocationsPage::load(&page, kost, form, errors).await?);
        }
        Err(error) => return Err(error.into()),
    }
    Ok(page.done(&kost.path_to("/locations"), Flash::Saved))
}
