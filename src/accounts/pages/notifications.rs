//! Which news also comes by e-mail.

use askama::Template;
use axum::response::Response;

use crate::accounts::{Account, MailKind, store};
use crate::error::Result;
use crate::kosts::{Role, SignedIn, Visitor};
use crate::web::{Flash, Form, Page, TextForm};
use crate::words::Words;

/// Those that a resident hears of.
const OF_RESIDENTS: [MailKind; 2] = [MailKind::Status, MailKind::Comment];

/// One switch.
struct Switch {
    name: &'static str,
    label: &'static str,
    is_on: bool,
}

#[derive(Template)]
#[template(path = "accounts/notifications.html")]
struct NotificationsPage<'a> {
    page: &'a Page,
    account: &'a Account,
    switches: Vec<Switch>,
}

pub async fn show(page: Page, SignedIn(visitor): SignedIn) -> Result<Response> {
    let account = &visitor.account;
    let kinds = kinds(&visitor);
    let form = page.form_or(|| {
        let on = kinds.iter().filter(|kind| account.wants_mail(**kind));
        Form::from_fields(on.map(|kind| (kind.to_string(), "on".to_owned())).collect())
    });
    let switch = |kind: &MailKind| Switch {
        name: kind.as_str(),
        label: label(*kind, page.t),
        is_on: form.is_on(kind.as_str()),
    };
    let switches = kinds.iter().map(switch).collect();
    page.html(&NotificationsPage { page: &page, account, switches })
}

/// Form: a field for each kind that is on. Kinds that the page does not show
/// stay as they are.
pub async fn save(
    page: Page,
    SignedIn(visitor): SignedIn,
    TextForm(form): TextForm,
) -> Result<Response> {
    let shown = kinds(&visitor);
    let is_off = |kind: &MailKind| {
        if shown.contains(kind) {
            !form.is_on(kind.as_str())
        } else {
            !visitor.account.wants_mail(*kind)
        }
    };
    let off = MailKind::ALL.iter().copied().filter(is_off).collect::<Vec<_>>();
    let mut tx = page.app.db.begin().await?;
    store::set_mail_off(&mut tx, visitor.account.id, &off).await?;
    tx.commit().await?;
    Ok(page.done("/account/notifications", Flash::Saved))
}

fn kinds(visitor: &Visitor) -> &'static [MailKind] {
    let is_resident = |role: Role| !role.is_staff();
    let only_resident = !visitor.memberships.is_empty()
        && visitor.memberships.iter().all(|membership| is_resident(membership.role));
    if only_resident && !visitor.account.is_admin { &OF_RESIDENTS } else { MailKind::ALL }
}

fn label(kind: MailKind, t: Words) -> &'static str {
    match kind {
        MailKind::Opened => t.account_mail_opened(),
        MailKind::Assigned => t.account_mail_assigned(),
        MailKind::Status => t.account_mail_status(),
        MailKind::Comment => t.account_mail_comment(),
        MailKind::Note => t.account_mail_note(),
        MailKind::Confirmed => t.account_mail_confirmed(),
    }
}
