//! One's own account: name, number, address, language, look, kosts, and the way
//! to everything else about oneself.

use askama::Template;
use axum::response::Response;

use crate::Error;
use crate::accounts::{Account, NewAccount, Theme, optional, parse_phone, store};
use crate::error::Result;
use crate::kosts::{self, Membership, SignedIn, Staff, Visitor};
use crate::web::{FieldErrors, Flash, Form, Page, TextForm, redirect_to};

#[derive(Template)]
#[template(path = "accounts/account.html")]
struct AccountPage<'a> {
    page: &'a Page,
    account: &'a Account,
    memberships: &'a [Membership],
    form: Form,
    errors: FieldErrors,
}

impl AccountPage<'_> {
    fn theme_is(&self, theme: &str) -> bool {
        self.account.theme.map_or("auto", |theme| theme.as_str()) == theme
    }

    /// “Penghuni, Kamar 12” or “Pengelola”.
    fn role(&self, membership: &Membership) -> String {
        let role = membership.role.word(self.page.t);
        match (membership.location_kind, &membership.location_name) {
            (Some(kind), Some(name)) => {
                format!("{role}, {}", kosts::location_label(kind, name, self.page.t))
            }
            _ => role.to_owned(),
        }
    }

    fn path(&self, membership: &Membership) -> String {
        if membership.role.is_staff() {
            format!("/k/{}", membership.slug)
        } else {
            "/tickets".to_owned()
        }
    }
}

pub async fn show(page: Page, SignedIn(visitor): SignedIn) -> Result<Response> {
    let account = &visitor.account;
    let phone = account.phone.as_deref().unwrap_or("");
    let saved = || Form::of([("name", account.name.as_str()), ("phone", phone)]);
    // The other form of this page asks for the code of another kost.
    let mut form = saved();
    let draft = page.form_or(Form::default);
    for name in ["name", "phone", "invite"] {
        if let Some(typed) = draft.values(name).next() {
            form.set(name, typed);
        }
    }
    page.html(&template(&page, &visitor, form, FieldErrors::default()))
}

/// Form: [name, phone].
pub async fn save(
    page: Page,
    SignedIn(visitor): SignedIn,
    TextForm(form): TextForm,
) -> Result<Response> {
    let mut errors = FieldErrors::default();
    let name = errors.take("name", form.required("name", NewAccount::NAME));
    let phone = errors.take("phone", optional(form.text("phone"), parse_phone));
    let (Some(name), Some(phone)) = (name, phone) else {
        return page.invalid(&template(&page, &visitor, form, errors));
    };
    let mut tx = page.app.db.begin().await?;
    store::set_profile(&mut tx, visitor.account.id, &name, phone.as_deref()).await?;
    tx.commit().await?;
    Ok(page.done("/account", Flash::Saved))
}

fn template<'a>(
    page: &'a Page,
    visitor: &'a Visitor,
    form: Form,
    errors: FieldErrors,
) -> AccountPage<'a> {
    AccountPage { page, account: &visitor.account, memberships: &visitor.memberships, form, errors }
}

/// Form: [theme], one of light, dark and auto.
pub async fn set_theme(
    page: Page,
    SignedIn(visitor): SignedIn,
    TextForm(form): TextForm,
) -> Result<Response> {
    let theme = match form.text("theme") {
        "auto" => None,
        other => Some(other.parse::<Theme>().map_err(|_| Error::BadRequest)?),
    };
    let mut tx = page.app.db.begin().await?;
    store::set_theme(&mut tx, visitor.account.id, theme).await?;
    tx.commit().await?;
    Ok(redirect_to("/account#look")) // everybody sees that it was done
}

/// “Menerima tugas”, on or off. Form: [takes_tickets].
pub async fn set_takes_tickets(
    page: Page,
    staff: Staff,
    TextForm(form): TextForm,
) -> Result<Response> {
    if staff.is_visiting_admin {
        return Err(Error::NotFound); // reports go to members only
    }
    let takes = form.is_on("takes_tickets");
    let mut tx = staff.begin(&page.app.db).await?;
    kosts::set_takes_tickets(&mut tx, staff.kost.id, staff.account.id, takes).await?;
    tx.commit().await?;
    Ok(page.done("/account", if takes { Flash::TakesTasks } else { Flash::TakesNoTasks }))
}
