//! Who follows a report: staff add whoever has the same problem, or themselves,
//! and everybody can stop.

use axum::extract::Path;
use axum::response::Response;

use crate::accounts::AccountId;
use crate::error::{Error, Result};
use crate::kosts::store::Person;
use crate::kosts::{LocationKind, location_label};
use crate::tickets::pages::show;
use crate::tickets::pages::staff_side::Choice;
use crate::tickets::{Handling, Reading, Ticket};
use crate::web::{FieldErrors, Flash, Page, Problem, Signature, TextForm};
use crate::words::Words;

/// Who follows a report, and who could, as staff see it.
pub struct Following {
    pub followers: Vec<Follower>,
    /// Whom one can add to them.
    pub candidates: Vec<Choice>,
    /// The reader's own id, where “Ikuti” makes sense.
    pub follow: Option<String>,
}

/// Somebody who follows a report.
pub struct Follower {
    pub account: String,
    pub sign: Signature,
    /// A staff member's role, or a resident's room.
    pub line: String,
    pub is_reader: bool,
}

impl Following {
    /// `people` are the present members of the kost.
    pub(super) fn of(
        ticket: &Ticket,
        people: &[Person],
        followers: &[AccountId],
        reader: AccountId,
        t: Words,
    ) -> Following {
        let (followers, others): (Vec<_>, Vec<_>) =
            people.iter().partition(|person| followers.contains(&person.account));
        let candidates: Vec<_> =
            others.into_iter().filter(|person| person.account != ticket.reporter).collect();
        let follower = |person: &Person| Follower {
            account: person.account.to_string(),
            sign: Signature::new(person.account.get(), &person.name, None),
            line: standing(person, t),
            is_reader: person.account == reader,
        };
        let choice = |person: &&Person| Choice {
            value: person.account.to_string(),
            text: format!("{}, {}", person.name, standing(person, t)),
            is_current: false,
        };
        Following {
            followers: followers.into_iter().map(follower).collect(),
            follow: candidates
                .iter()
                .any(|person| person.account == reader)
                .then(|| reader.to_string()),
            candidates: candidates.iter().map(choice).collect(),
        }
    }
}

fn standing(person: &Person, t: Words) -> String {
    match &person.location_name {
        Some(name) if !person.role.is_staff() => location_label(LocationKind::Room, name, t),
        _ => person.role.word(t).to_owned(),
    }
}

/// `POST …/followers` [account].
pub async fn add(page: Page, handling: Handling, TextForm(form): TextForm) -> Result<Response> {
    let Handling { staff, reading } = handling;
    let (mut tx, ticket) = reading.begin(&page.app.db).await?;
    let added = match form.choice::<AccountId>("account") {
        Ok(account) => ticket.add_follower(&mut tx, account, &staff).await,
        Err(_) => Err(Error::NotFound),
    };
    match added {
        Ok(()) => tx.commit().await?,
        Err(Error::NotFound) => {
            drop(tx);
            let errors = FieldErrors::one("account", Problem::UnknownChoice);
            return show::invalid(page, reading, form, errors).await;
        }
        Err(error) => return Err(error),
    }
    Ok(page.done(&reading.path(), Flash::Saved))
}

/// `POST …/followers/{account}/end`.
pub async fn end(
    page: Page,
    reading: Reading,
    Path((_, _, account)): Path<(String, String, String)>,
) -> Result<Response> {
    let account: AccountId = account.parse().map_err(|_| Error::NotFound)?;
    let (mut tx, ticket) = reading.begin(&page.app.db).await?;
    ticket.end_following(&mut tx, account, &reading.member).await?;
    tx.commit().await?;
    let may_read = reading.member.role.is_staff() || reading.is_reporter();
    let next = if may_read { reading.path() } else { "/tickets".to_owned() };
    Ok(page.done(&next, Flash::Saved))
}
