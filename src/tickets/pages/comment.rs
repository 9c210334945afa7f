//! Comments and internal notes.

use axum::response::Response;

use crate::error::{Error, Result};
use crate::tickets::pages::show::{self, Refusal};
use crate::tickets::{NewComment, Reading, photos, timeline};
use crate::web::{FieldErrors, Flash, Form, Page};

/// `POST …/comments` [body, internal, photos…, submission].
pub async fn create(page: Page, reading: Reading, form: Form) -> Result<Response> {
    page.app.limits.comment.check(reading.member.account.id).await?;
    let mut errors = FieldErrors::default();
    let (stored, problem) = photos::store(&page.app, reading.member.account.id, &form).await?;
    // A photo that is no good is what is wrong then, not the missing words.
    let has_photos = !stored.is_empty() || problem.is_some();
    problem.into_iter().for_each(|problem| errors.add("photos", problem));
    let new = errors.take("body", NewComment::parse(&form, has_photos));
    let submission = errors.take("submission", form.optional("submission", 64));
    let (Some(new), Some(submission), true) = (new, submission, errors.is_empty()) else {
        return show::invalid_with_photos(page, reading, form, errors, &stored).await;
    };
    let flash = if new.is_internal { Flash::Saved } else { Flash::CommentSent };
    let (mut tx, mut ticket) = reading.begin(&page.app.db).await?;
    let by = reading.member.account.id;
    // The same form, sent twice: its comment is there, whatever has happened since.
    if let Some(submission) = &submission
        && timeline::is_submitted(&mut tx, ticket.kost, by, submission).await?
    {
        return Ok(page.done(&reading.path(), flash));
    }
    let activity = match ticket.comment(&mut tx, &reading.member, &new).await {
        Ok(activity) => activity,
        Err(Error::Conflict) => {
            drop(tx);
            return show::refuse(page, reading, form, Refusal::CommentRefused(stored.to_keep()))
                .await;
        }
        Err(error) => return Err(error),
    };
    if let Some(submission) = submission {
        timeline::note_submission(&mut tx, ticket.kost, activity, &submission).await?;
    }
    stored.attach(&mut tx, &ticket, activity).await?;
    tx.commit().await?;
    Ok(page.done(&format!("{}#m{activity}", reading.path()), flash))
}
