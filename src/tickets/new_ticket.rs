//! What somebody typed to report a problem, checked: the only way to a ticket.

use db::Db;

use crate::error::Result;
use crate::kosts::{Location, LocationId, Member, store};
use crate::tickets::{Category, Priority};
use crate::web::{FieldErrors, Form, Problem};

/// A report that can be opened.
#[derive(Debug, Clone)]
pub struct NewTicket {
    pub title: String,
    pub description: String,
    pub category: Category,
    pub location: Location,
    pub priority: Priority,
    /// One for each form shown: the same twice makes one ticket.
    pub submission: String,
}

impl NewTicket {
    /// Longest title, in characters.
    pub const TITLE: usize = 100;
    /// Longest description, in characters.
    pub const DESCRIPTION: usize = 5000;

    /// Checks a report form [title, description, category, location, priority,
    /// submission]. A priority may be left out: it is medium then.
    ///
    /// # Errors
    /// Inside: what is wrong, field by field. Outside: the database.
    pub async fn parse(
        db: &Db,
        member: &Member,
        form: &Form,
    ) -> Result<Result<NewTicket, FieldErrors>> {
        let mut errors = FieldErrors::default();
        let category = errors.take("category", form.choice::<Category>("category"));
        let title = errors.take("title", form.required("title", Self::TITLE));
        let description = errors.take("description", form.lines("description", Self::DESCRIPTION));
        let location = errors.take("location", parse_location(db, member, form).await?);
        let priority = match form.text("priority") {
            "" => Some(Priority::Medium),
            _ => errors.take("priority", form.choice::<Priority>("priority")),
        };
        let submission = errors.take("submission", form.required("submission", 64));
        Ok(match (title, description, category, location, priority, submission) {
            (
                Some(title),
                Some(description),
                Some(category),
                Some(location),
                Some(priority),
                Some(submission),
            ) if errors.is_empty() => {
                let description = description.unwrap_or_default();
                Ok(NewTicket { title, description, category, location, priority, submission })
            }
            _ => Err(errors),
        })
    }

    /// What the text search looks into, besides the names of place and reporter:
    /// these can change.
    pub fn search_text(&self) -> String {
        format!("{}\n{}", self.title, self.description).to_lowercase()
    }
}

async fn parse_location(
    db: &Db,
    member: &Member,
    form: &Form,
) -> Result<Result<Location, Problem>> {
    let text = form.text("location");
    if text.is_empty() {
        return Ok(Err(Problem::Required));
    }
    let Ok(id) = text.parse::<LocationId>() else { return Ok(Err(Problem::UnknownChoice)) };
    Ok(match store::location(db, member.kost.id, id).await? {
        Some(location) if member.may_report(&location) => Ok(location),
        _ => Err(Problem::UnknownChoice),
    })
}
