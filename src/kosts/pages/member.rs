//! `/k/{kost}/members/{account}`: one person's role and room, whether they take
//! reports on, and the end of their membership.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use db::On;

use crate::accounts::AccountId;
use crate::error::{Error, Result};
use crate::kosts::pages::members::{given, roles_of, room, signature};
use crate::kosts::store::{self, Person};
use crate::kosts::{Kost, Location, Manager, Role, change, end, set_takes_tickets};
use crate::web::{FieldErrors, Flash, Form, Page, Problem, Signature, TextForm};

#[derive(Template)]
#[template(path = "kosts/member.html")]
struct MemberPage<'a> {
    page: &'a Page,
    kost: &'a Kost,
    person: &'a Person,
    sign: Signature,
    since: String,
    roles: &'static [Role],
    rooms: Vec<Location>,
    form: Form,
    errors: FieldErrors,
    may_change: bool,
}

impl<'a> MemberPage<'a> {
    async fn load(
        page: &'a Page,
        manager: &'a Manager,
        person: &'a Person,
        form: Form,
        errors: FieldErrors,
    ) -> Result<MemberPage<'a>> {
        let kost = &manager.kost;
        let since = page.t.date(person.started_at.to_zoned(kost.timezone.tz()).date());
        Ok(MemberPage {
            page,
            kost,
            person,
            sign: signature(person),
            since: page.t.settings_member_since(since),
            roles: roles_of(manager),
            rooms: store::rooms(&page.app.db, kost.id).await?,
            form,
            errors,
            may_change: may_change(manager, person),
        })
    }

    fn path(&self) -> String {
        path(self.kost, self.person.account)
    }
}

fn path(kost: &Kost, account: AccountId) -> String {
    kost.path_to(&format!("/members/{account}"))
}

/// Only owners change owners.
fn may_change(manager: &Manager, person: &Person) -> bool {
    person.role != Role::Owner || manager.role == Role::Owner
}

/// Somebody who is in the kost of this manager.
async fn person_of(on: impl Into<On<'_>>, manager: &Manager, account: &str) -> Result<Person> {
    let account = account.parse().map_err(|_| Error::NotFound)?;
    store::person(on, manager.kost.id, account).await?.ok_or(Error::NotFound)
}

/// The same, if this manager may change them.
async fn changeable(on: impl Into<On<'_>>, manager: &Manager, account: &str) -> Result<Person> {
    let person = person_of(on, manager, account).await?;
    if may_change(manager, &person) { Ok(person) } else { Err(Error::Forbidden) }
}

/// `GET /k/{kost}/members/{account}`
pub async fn show(
    page: Page,
    manager: Manager,
    Path((_, account)): Path<(String, String)>,
) -> Result<Response> {
    let person = person_of(&page.app.db, &manager, &account).await?;
    let room = person.location.map(|room| room.to_string()).unwrap_or_default();
    let takes = if person.takes_tickets { "true" } else { "" };
    let form = page.form_or(|| {
        Form::of([("role", person.role.as_str()), ("location", &room), ("takes_tickets", takes)])
    });
    page.html(&MemberPage::load(&page, &manager, &person, form, FieldErrors::default()).await?)
}

/// `POST /k/{kost}/members/{account}` [role, location, takes_tickets]
pub async fn save(
    page: Page,
    manager: Manager,
    Path((_, account)): Path<(String, String)>,
    TextForm(form): TextForm,
) -> Result<Response> {
    let mut errors = FieldErrors::default();
    let role =
        errors.take("role", form.choice::<Role>("role").and_then(|role| given(&manager, role)));
    let room = errors.take("location", room(&page, &manager, &form, role).await?);
    let (Some(role), Some(room)) = (role, room) else {
        let person = changeable(&page.app.db, &manager, &account).await?;
        return page.invalid(&MemberPage::load(&page, &manager, &person, form, errors).await?);
    };
    let takes = form.is_on("takes_tickets");
    let mut tx = manager.begin_alone(&page.app.db).await?;
    let person = changeable(&mut tx, &manager, &account).await?;
    let is_last = person.role == Role::Owner
        && role != Role::Owner
        && store::owners(&mut tx, manager.kost.id).await? <= 1;
    if is_last {
        drop(tx);
        let errors = FieldErrors::one("role", Problem::LastOwner);
        return page.invalid(&MemberPage::load(&page, &manager, &person, form, errors).await?);
    }
    change(&mut tx, manager.kost.id, &person, role, room).await?;
    if role.is_staff() && person.role.is_staff() && takes != person.takes_tickets {
        set_takes_tickets(&mut tx, manager.kost.id, person.account, takes).await?;
    }
    tx.commit().await?;
    let stays = role.runs_the_kost() || person.account != manager.account.id;
    let next = if stays { manager.kost.path_to("/members") } else { "/".to_owned() };
    Ok(page.done(&next, Flash::Saved))
}

#[derive(Template)]
#[template(path = "kosts/member_end.html")]
struct EndPage<'a> {
    page: &'a Page,
    kost: &'a Kost,
    person: &'a Person,
    is_last: bool,
}

impl EndPage<'_> {
    fn question(&self) -> String {
        let (t, name) = (self.page.t, self.person.name.as_str());
        if self.person.role.is_staff() {
            t.settings_member_end_ask(name)
        } else {
            t.settings_stay_end_ask(name)
        }
    }

    fn path(&self) -> String {
        path(self.kost, self.person.account)
    }
}

/// `GET /k/{kost}/members/{account}/end`: asks first.
pub async fn ask_end(
    page: Page,
    manager: Manager,
    Path((_, account)): Path<(String, String)>,
) -> Result<Response> {
    let person = changeable(&page.app.db, &manager, &account).await?;
    page.html(&EndPage { page: &page, kost: &manager.kost, person: &person, is_last: false })
}

/// `POST /k/{kost}/members/{account}/end`: takes effect at once, open sockets included.
pub async fn end_now(
    page: Page,
    manager: Manager,
    Path((_, account)): Path<(String, String)>,
) -> Result<Response> {
    let kost = &manager.kost;
    let mut tx = manager.begin_alone(&page.app.db).await?;
    let person = changeable(&mut tx, &manager, &account).await?;
    if person.role == Role::Owner && store::owners(&mut tx, kost.id).await? <= 1 {
        drop(tx);
        return page.invalid(&EndPage { page: &page, kost, person: &person, is_last: true });
    }
    end(&mut tx, kost.id, person.account).await?;
    tx.commit().await?;
    let left = person.account == manager.account.id && !manager.is_visiting_admin;
    let next = if left { "/".to_owned() } else { kost.path_to("/members") };
    Ok(page.done(&next, Flash::MembershipEnded))
}
