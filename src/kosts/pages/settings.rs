//! `/k/{kost}/settings`: what the kost is called, whom to call, who may register.

use askama::Template;
use axum::response::Response;

use crate::accounts::parse_phone;
use crate::error::Result;
use crate::kosts::store::{self, KostSettings};
use crate::kosts::{Kost, Manager, Registration, Timezone};
use crate::web::{FieldErrors, Flash, Form, Page, Problem, TextForm};

/// Longest texts, in characters.
const CONTACT: usize = 60;
const ADDRESS: usize = 200;
const ABOUT: usize = 2000;

#[derive(Template)]
#[template(path = "kosts/settings.html")]
struct SettingsPage<'a> {
    page: &'a Page,
    kost: &'a Kost,
    form: Form,
    errors: FieldErrors,
    invite_url: String,
}

impl<'a> SettingsPage<'a> {
    fn new(page: &'a Page, kost: &'a Kost, form: Form, errors: FieldErrors) -> Self {
        let invite_url = page.app.url(&format!("/join/{}", kost.invite_code));
        SettingsPage { page, kost, form, errors, invite_url }
    }
}

/// `GET /k/{kost}/settings`
pub async fn show(page: Page, manager: Manager) -> Result<Response> {
    let kost = &manager.kost;
    let form = page.form_or(|| form_of(kost));
    page.html(&SettingsPage::new(&page, kost, form, FieldErrors::default()))
}

fn form_of(kost: &Kost) -> Form {
    Form::of([
        ("name", &kost.name),
        ("address", &kost.address),
        ("contact_name", &kost.contact_name),
        ("contact_phone", &kost.contact_phone),
        ("about", &kost.about),
        ("timezone", kost.timezone.as_str()),
        ("registration", kost.registration.as_str()),
    ])
}

/// `POST /k/{kost}/settings` [name, address, contact_name, contact_phone, about, timezone, registration]
pub async fn save(page: Page, manager: Manager, TextForm(form): TextForm) -> Result<Response> {
    let kost = &manager.kost;
    let settings = match parse(&form) {
        Ok(settings) => settings,
        Err(errors) => return page.invalid(&SettingsPage::new(&page, kost, form, errors)),
    };
    let mut tx = manager.begin(&page.app.db).await?;
    store::update(&mut tx, kost.id, &settings).await?;
    tx.commit().await?;
    Ok(page.done(&kost.path_to("/settings"), Flash::Saved))
}

fn parse(form: &Form) -> Result<KostSettings, FieldErrors> {
    let mut errors = FieldErrors::default();
    let name = errors.take("name", form.required("name", Kost::LONGEST_NAME));
    let address = errors.take("address", form.optional("address", ADDRESS));
    let contact_name = errors.take("contact_name", form.optional("contact_name", CONTACT));
    let contact_phone = errors.take("contact_phone", phone(form));
    let about = errors.take("about", form.lines("about", ABOUT));
    let timezone = errors.take("timezone", form.choice::<Timezone>("timezone"));
    let registration = errors.take("registration", form.choice::<Registration>("registration"));
    match (name, address, contact_name, contact_phone, about, timezone, registration) {
        (
            Some(name),
            Some(address),
            Some(contact_name),
            Some(contact_phone),
            Some(about),
            Some(timezone),
            Some(registration),
        ) => Ok(KostSettings {
            name,
            address: address.unwrap_or_default(),
            contact_name: contact_name.unwrap_or_default(),
            contact_phone,
            about: about.unwrap_or_default(),
            timezone,
            registration,
        }),
        _ => Err(errors),
    }
}

fn phone(form: &Form) -> Result<String, Problem> {
    match form.text("contact_phone") {
        "" => Ok(String::new()),
        text => parse_phone(text),
    }
}
