//! What staff set on a report: status, assignee, priority. A form carries the
//! version it was shown with: what somebody else changed meanwhile is never
//! overwritten unseen.

use axum::response::Response;
use db::Tx;

use crate::accounts::AccountId;
use crate::error::Result;
use crate::kosts;
use crate::tickets::pages::show::{self, Notice, Stale};
use crate::tickets::{Handling, Priority, Reading, Status, Ticket, load_for_change};
use crate::web::{FieldErrors, Flash, Form, Page, Problem};

/// One change of one property, checked.
enum Change {
    Status(Status),
    Assignee(Option<AccountId>),
    Priority(Priority),
}

/// `POST …/status` [status, version].
pub async fn status(page: Page, handling: Handling, form: Form) -> Result<Response> {
    let change = form.choice("status").map(Change::Status);
    save(page, handling, form, "status", change).await
}

/// `POST …/assignee` [assignee, version]; an empty assignee is nobody.
pub async fn assignee(page: Page, handling: Handling, form: Form) -> Result<Response> {
    let change = match form.text("assignee") {
        "" => Ok(Change::Assignee(None)),
        text => match text.parse::<AccountId>() {
            Ok(account) if is_staff(&page, &handling, account).await? => {
                Ok(Change::Assignee(Some(account)))
            }
            _ => Err(Problem::UnknownChoice),
        },
    };
    save(page, handling, form, "assignee", change).await
}

/// `POST …/priority` [priority, version].
pub async fn priority(page: Page, handling: Handling, form: Form) -> Result<Response> {
    let change = form.choice("priority").map(Change::Priority);
    save(page, handling, form, "priority", change).await
}

async fn is_staff(page: &Page, handling: &Handling, account: AccountId) -> Result<bool> {
    let person = kosts::store::person(&page.app.db, handling.ticket.kost, account).await?;
    Ok(person.is_some_and(|person| person.role.is_staff()))
}

async fn save(
    page: Page,
    handling: Handling,
    form: Form,
    field: &'static str,
    change: Result<Change, Problem>,
) -> Result<Response> {
    page.app.limits.write.check(handling.staff.account.id.get())?;
    let reading = Reading { member: (*handling.staff).clone(), ticket: handling.ticket.clone() };
    let change = match change {
        Ok(change) => change,
        Err(problem) => {
            return show::invalid(page, reading, form, FieldErrors::one(field, problem)).await;
        }
    };
    let mut tx = page.app.db.begin().await?;
    let mut ticket = load_for_change(&mut tx, reading.ticket.id).await?;
    // Who wants what is there already wants nothing that could overwrite.
    if form.text("version") != ticket.version.to_string() && !change.is_made(&ticket) {
        drop(tx);
        let stale = Stale { field, value: form.text(field).to_owned() };
        return show::refuse(page, Reading { ticket, ..reading }, form, Notice::Stale(stale)).await;
    }
    change.make(&mut tx, &mut ticket, &handling).await?;
    tx.commit().await?;
    Ok(page.done(&reading.path(), Flash::Saved))
}

impl Change {
    fn is_made(&self, ticket: &Ticket) -> bool {
        match self {
            Change::Status(status) => ticket.status == *status,
            Change::Assignee(assignee) => ticket.assignee == *assignee,
            Change::Priority(priority) => ticket.priority == *priority,
        }
    }

    async fn make(&self, tx: &mut Tx, ticket: &mut Ticket, handling: &Handling) -> Result<()> {
        match self {
            Change::Status(status) => ticket.change_status(tx, *status, &handling.staff).await,
            Change::Assignee(assignee) => ticket.reassign(tx, *assignee, &handling.staff).await,
            Change::Priority(priority) => {
                ticket.change_priority(tx, *priority, &handling.staff).await
            }
        }
    }
}
