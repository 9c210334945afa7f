//! `/k/{kost}/members`: who is in the kost, by role and room, and asking somebody in.

use askama::Template;
use axum::response::Response;

use crate::error::Result;
use crate::kosts::invitation::{self, Waiting};
use crate::kosts::store::{self, Person};
use crate::kosts::{Kost, Location, Manager, Registration, Role};
use crate::web::{FieldErrors, Flash, Form, Page, Problem, Signature, TextForm};

#[derive(Template)]
#[template(path = "kosts/members.html")]
struct MembersPage<'a> {
    page: &'a Page,
    manager: &'a Manager,
    kost: &'a Kost,
    staff: Vec<Person>,
    resident_count: i64,
    residents: Vec<Person>,
    /// Those who were asked and have not answered.
    waiting: Vec<Waiting>,
    rooms: Vec<Location>,
    form: Form,
    errors: FieldErrors,
}

impl<'a> MembersPage<'a> {
    async fn load(
        page: &'a Page,
        manager: &'a Manager,
        form: Form,
        errors: FieldErrors,
    ) -> Result<MembersPage<'a>> {
        let (db, kost) = (&page.app.db, &manager.kost);
        let people = store::people(db, kost.id).await?;
        let (staff, residents): (Vec<_>, Vec<_>) =
            people.into_iter().partition(|person| person.role.is_staff());
        let resident_count = residents.len() as i64;
        let rooms = store::rooms(db, kost.id).await?;
        let waiting = invitation::of_kost(db, kost.id).await?;
        Ok(MembersPage {
            page,
            manager,
            kost,
            staff,
            resident_count,
            residents,
            waiting,
            rooms,
            form,
            errors,
        })
    }

    fn nobody_takes_tickets(&self) -> bool {
        !self.staff.iter().any(|person| person.takes_tickets)
    }
}

/// The roles that somebody may give: only owners make owners.
pub(super) fn roles_of(manager: &Manager) -> &'static [Role] {
    if manager.role == Role::Owner {
        Role::ALL
    } else {
        &[Role::Resident, Role::Caretaker, Role::Manager]
    }
}

/// How a person is shown.
pub(super) fn signature(person: &Person) -> Signature {
    Signature::new(person.account.get(), &person.name, None)
}

/// `GET /k/{kost}/members`
pub async fn show(page: Page, manager: Manager) -> Result<Response> {
    let form = page.form_or(Form::default);
    page.html(&MembersPage::load(&page, &manager, form, FieldErrors::default()).await?)
}

/// `POST /k/{kost}/members` [username, role, location]: asks somebody to join.
/// A username that nobody has gets the same answer.
pub async fn add(page: Page, manager: Manager, TextForm(form): TextForm) -> Result<Response> {
    let kost = &manager.kost;
    let mut errors = FieldErrors::default();
    let username = errors.take("username", username(&page, kost, &form).await?);
    let role =
        errors.take("role", form.choice::<Role>("role").and_then(|role| given(&manager, role)));
    let room = errors.take("location", room(&page, &manager, &form, role).await?);
    let (Some(username), Some(role), Some(room)) = (username, role, room) else {
        return page.invalid(&MembersPage::load(&page, &manager, form, errors).await?);
    };
    let mut tx = manager.begin(&page.app.db).await?;
    invitation::invite(&mut tx, kost.id, &username, role, room).await?;
    tx.commit().await?;
    Ok(page.done(&kost.path_to("/members"), Flash::Invited))
}

/// A username, whether or not anybody has it; only who is here already is said.
async fn username(page: &Page, kost: &Kost, form: &Form) -> Result<Result<String, Problem>> {
    let Ok(username) = form.required("username", 30).map(|name| name.to_lowercase()) else {
        return Ok(form.required("username", 30));
    };
    let is_here = store::is_here(&page.app.db, kost.id, &username).await?;
    Ok(if is_here { Err(Problem::AlreadyMember) } else { Ok(username) })
}

/// The role, if this manager may give it.
pub(super) fn given(manager: &Manager, role: Role) -> Result<Role, Problem> {
    if roles_of(manager).contains(&role) { Ok(role) } else { Err(Problem::UnknownChoice) }
}

/// The room that a form names; only residents live in one.
pub(super) async fn room(
    page: &Page,
    manager: &Manager,
    form: &Form,
    role: Option<Role>,
) -> Result<Result<Option<crate::kosts::LocationId>, Problem>> {
    if role.is_some_and(Role::is_staff) {
        return Ok(Ok(None));
    }
    store::room_of(&page.app.db, manager.kost.id, form.text("location")).await
}
