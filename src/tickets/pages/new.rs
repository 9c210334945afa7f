//! Reporting a problem: one short form, sent with one tap. Sent twice it makes
//! one ticket, and what was typed and photographed survives every mistake.

use askama::Template;
use axum::response::Response;
use db::On;

use crate::accounts::AccountId;
use crate::error::{Error, Result};
use crate::kosts::{self, Location, LocationKind, Member};
use crate::secret;
use crate::tickets::photos::KeptPhoto;
use crate::tickets::{self, Category, NewTicket, Priority, Ticket, photos, store};
use crate::web::{FieldErrors, Flash, Form, Page};

#[derive(Template)]
#[template(path = "tickets/new.html")]
struct NewPage {
    page: Page,
    /// Whose draft it is.
    reader: AccountId,
    kost: String,
    kost_name: String,
    is_staff: bool,
    /// Where the problem may be: rooms, and shared facilities.
    rooms: Vec<Location>,
    shared: Vec<Location>,
    /// The place is known already: the own room.
    has_room: bool,
    /// Photos that came with an attempt that was not taken.
    kept: Vec<KeptPhoto>,
    form: Form,
    errors: FieldErrors,
}

impl NewPage {
    async fn load(page: Page, member: &Member, form: Form) -> Result<NewPage> {
        let locations = kosts::store::locations(&page.app.db, member.kost.id).await?;
        let offered = locations
            .into_iter()
            .filter(|place| place.archived_at.is_none() && member.may_report(place));
        let (rooms, shared): (Vec<_>, Vec<_>) =
            offered.partition(|place| place.kind == LocationKind::Room);
        Ok(NewPage {
            page,
            reader: member.account.id,
            kost: member.kost.slug.clone(),
            kost_name: member.kost.name.clone(),
            is_staff: member.role.is_staff(),
            has_room: !member.role.is_staff() && rooms.len() == 1,
            rooms,
            shared,
            kept: Vec::new(),
            form,
            errors: FieldErrors::default(),
        })
    }

    fn back_url(&self) -> String {
        if self.is_staff { format!("/k/{}", self.kost) } else { "/tickets".to_owned() }
    }

    fn categories(&self) -> &'static [Category] {
        Category::ALL
    }

    fn priorities(&self) -> &'static [Priority] {
        Priority::ALL
    }

    fn is_chosen(&self, name: &str, value: &str) -> bool {
        self.form.text(name) == value
    }

    /// What is folded shows itself when it holds something, or something is wrong with it.
    fn is_unfolded(&self) -> bool {
        let is_wrong = |name: &str| self.errors.of(name).is_some();
        let is_other_place = self.has_room && !self.is_chosen("location", &self.own_room());
        !self.form.text("description").is_empty()
            || !matches!(self.form.text("priority"), "" | "medium")
            || is_other_place
            || ["description", "location", "priority"].into_iter().any(is_wrong)
    }

    fn own_room(&self) -> String {
        self.rooms.first().map(|room| room.id.to_string()).unwrap_or_default()
    }

    fn note(&self, priority: &Priority) -> &'static str {
        let t = self.page.t;
        match priority {
            Priority::Low => t.priority_low_hint(),
            Priority::Medium => t.priority_medium_hint(),
            Priority::High => t.priority_high_hint(),
            Priority::Emergency => t.priority_emergency_hint(),
        }
    }
}

/// `GET /k/{kost}/tickets/new`.
pub async fn show(page: Page, member: Member) -> Result<Response> {
    must_live_or_work_here(&member)?;
    let mut form = page.form_or(Form::default);
    form.set("submission", secret::token());
    fill_in(&mut form, &member);
    let new = NewPage::load(page.clone(), &member, form).await?;
    page.html(&new)
}

/// Nobody else would hear what becomes of the report.
fn must_live_or_work_here(member: &Member) -> Result<()> {
    if member.is_visiting_admin { Err(Error::Forbidden) } else { Ok(()) }
}

/// Everything that has a default: the own room, and medium.
fn fill_in(form: &mut Form, member: &Member) {
    if let (true, Some(room), false) =
        (form.text("location").is_empty(), member.location, member.role.is_staff())
    {
        form.set("location", room.to_string());
    }
    if form.text("priority").is_empty() {
        form.set("priority", Priority::Medium.as_str());
    }
}

/// `POST /k/{kost}/tickets`.
pub async fn create(page: Page, member: Member, mut form: Form) -> Result<Response> {
    must_live_or_work_here(&member)?;
    if form.text("submission").is_empty() {
        form.set("submission", secret::token());
    }
    if let Some(made) = made_before(&page, &member, &form).await? {
        return Ok(made);
    }
    page.app.limits.report.check(member.account.id).await?;
    let parsed = NewTicket::parse(&page.app.db, &member, &form).await?;
    let (stored, problem) = photos::store(&page.app, member.account.id, &form).await?;
    let new = match (parsed, problem) {
        (Ok(new), None) => new,
        (parsed, problem) => {
            let mut errors = FieldErrors::default();
            problem.into_iter().for_each(|problem| errors.add("photos", problem));
            parsed
                .err()
                .iter()
                .flat_map(FieldErrors::iter)
                .for_each(|(field, problem)| errors.add(field, problem.clone()));
            let mut refused = NewPage::load(page.clone(), &member, form).await?;
            refused.kept = stored.to_keep();
            refused.errors = errors;
            return page.invalid(&refused);
        }
    };
    let mut tx = member.begin(&page.app.db).await?;
    let (ticket, activity) = match tickets::open(&mut tx, &member.kost, &member.account, &new).await
    {
        Ok(opened) => opened,
        // The same form, sent twice at once: the other one was a moment earlier.
        Err(error) => {
            drop(tx);
            return made_just_now(&page, &member, &form).await?.ok_or(error);
        }
    };
    stored.attach(&mut tx, &ticket, activity).await?;
    tx.commit().await?;
    Ok(sent(&page, &member, &ticket))
}

fn sent(page: &Page, member: &Member, ticket: &Ticket) -> Response {
    page.done_with(&ticket.path(&member.kost.slug), Flash::ReportSent, ticket.number.get())
}

/// The answer to a form that made a ticket before: the same as then.
async fn made_before(page: &Page, member: &Member, form: &Form) -> Result<Option<Response>> {
    let made = made(&page.app.db, member, form).await?;
    Ok(made.map(|ticket| sent(page, member, &ticket)))
}

/// As [`made_before`], within the writer: it sees what is about to be committed,
/// and its own commit comes after that.
async fn made_just_now(page: &Page, member: &Member, form: &Form) -> Result<Option<Response>> {
    let mut tx = page.app.db.begin().await?;
    let made = made(&mut tx, member, form).await?;
    tx.commit().await?;
    Ok(made.map(|ticket| sent(page, member, &ticket)))
}

async fn made(on: impl Into<On<'_>>, member: &Member, form: &Form) -> Result<Option<Ticket>> {
    store::with_submission(on, member.kost.id, member.account.id, form.text("submission")).await
}
