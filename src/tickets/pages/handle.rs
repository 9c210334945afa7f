//! What staff set on a report: status, assignee, priority. A form carries the
//! version it was shown with: what somebody else changed meanwhile is never
//! overwritten unseen.

use axum::response::Response;
use db::Tx;

use crate::accounts::AccountId;
use crate::error::{Error, Result};
use crate::kosts::Staff;
use crate::tickets::pages::show::{self, Refusal, Stale};
use crate::tickets::{Handling, Priority, Status, Ticket};
use crate::web::{FieldErrors, Flash, Form, Page, Problem, TextForm};

/// One change of one property, checked.
enum Change {
    Status(Status),
    Assignee(Option<AccountId>),
    Priority(Priority),
}

/// `POST …/status` [status, version].
pub async fn status(page: Page, handling: Handling, TextForm(form): TextForm) -> Result<Response> {
    let change = form.choice("status").map(Change::Status);
    save(page, handling, form, "status", change).await
}

/// `POST …/assignee` [assignee, version]; an empty assignee is nobody.
pub async fn assignee(
    page: Page,
    handling: Handling,
    TextForm(form): TextForm,
) -> Result<Response> {
    let change = match form.text("assignee") {
        "" => Ok(Change::Assignee(None)),
        text => match text.parse::<AccountId>() {
            Ok(account) => Ok(Change::Assignee(Some(account))),
            Err(_) => Err(Problem::UnknownChoice),
        },
    };
    save(page, handling, form, "assignee", change).await
}

/// `POST …/priority` [priority, version].
pub async fn priority(
    page: Page,
    handling: Handling,
    TextForm(form): TextForm,
) -> Result<Response> {
    let change = form.choice("priority").map(Change::Priority);
    save(page, handling, form, "priority", change).await
}

async fn save(
    page: Page,
    handling: Handling,
    form: Form,
    field: &'static str,
    change: Result<Change, Problem>,
) -> Result<Response> {
    let change = match change {
        Ok(change) => change,
        Err(problem) => {
            let errors = FieldErrors::one(field, problem);
            return show::invalid(page, handling.reading, form, errors).await;
        }
    };
    let (mut tx, mut ticket) = handling.reading.begin(&page.app.db).await?;
    // Who wants what is there already wants nothing that could overwrite.
    if form.text("version") != ticket.version.to_string() && !change.is_made(&ticket) {
        drop(tx);
        let stale = Stale { field, value: form.text(field).to_owned() };
        return show::refuse(page, handling.reading, form, Refusal::Stale(stale)).await;
    }
    match change.make(&mut tx, &mut ticket, &handling.staff).await {
        Ok(()) => tx.commit().await?,
        Err(Error::NotFound) => {
            drop(tx);
            let errors = FieldErrors::one(field, Problem::UnknownChoice);
            return show::invalid(page, handling.reading, form, errors).await;
        }
        Err(error) => return Err(error),
    }
    Ok(page.done(&handling.reading.path(), Flash::Saved))
}

impl Change {
    fn is_made(&self, ticket: &Ticket) -> bool {
        match self {
            Change::Status(status) => ticket.status == *status,
            Change::Assignee(assignee) => ticket.assignee == *assignee,
            Change::Priority(priority) => ticket.priority == *priority,
        }
    }

    async fn make(&self, tx: &mut Tx, ticket: &mut Ticket, by: &Staff) -> Result<()> {
        match self {
            Change::Status(status) => ticket.change_status(tx, *status, by).await,
            Change::Assignee(assignee) => ticket.reassign(tx, *assignee, by).await,
            Change::Priority(priority) => ticket.change_priority(tx, *priority, by).await,
        }
    }
}
