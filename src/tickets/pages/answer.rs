//! The reporter's answer to "selesai": sudah beres, or belum beres.

use axum::response::Response;

use crate::error::{Error, Result};
use crate::tickets::pages::show::{self, Refusal};
use crate::tickets::{Answer, NewComment, Reading, Status, photos};
use crate::web::{FieldErrors, Flash, Form, Page, TextForm};

/// `POST …/confirmation`.
pub async fn confirm(page: Page, reading: Reading) -> Result<Response> {
    let (mut tx, mut ticket) = reading.begin(&page.app.db).await?;
    match ticket.confirm(&mut tx, &reading.member.account).await {
        Ok(()) => tx.commit().await?,
        // Tapped twice: it is confirmed, as asked.
        Err(Error::Conflict) if ticket.answer == Some(Answer::Confirmed) => drop(tx),
        Err(Error::Conflict) => {
            drop(tx);
            return show::refuse(page, reading, Form::default(), Refusal::Moved).await;
        }
        Err(error) => return Err(error),
    }
    Ok(page.done(&reading.path(), Flash::Confirmed))
}

/// `POST …/return` [reason, kept…: photos of a comment that came too late].
pub async fn return_ticket(
    page: Page,
    reading: Reading,
    TextForm(form): TextForm,
) -> Result<Response> {
    let reason = match form.lines("reason", NewComment::BODY) {
        Ok(reason) => reason,
        Err(problem) => {
            return show::invalid(page, reading, form, FieldErrors::one("reason", problem)).await;
        }
    };
    let (photos, _) = photos::store(&page.app, reading.member.account.id, &form).await?;
    let (mut tx, mut ticket) = reading.begin(&page.app.db).await?;
    match ticket.return_ticket(&mut tx, &reading.member.account, reason.as_deref()).await {
        Ok(activity) => {
            photos.attach(&mut tx, &ticket, activity).await?;
            tx.commit().await?;
        }
        // Tapped twice: it is open again, as asked.
        Err(Error::Conflict) if ticket.status == Status::Open && ticket.returned => drop(tx),
        Err(Error::Conflict) => {
            drop(tx);
            return show::refuse(page, reading, form, Refusal::Moved).await;
        }
        Err(error) => return Err(error),
    }
    Ok(page.done(&reading.path(), Flash::Returned))
}
