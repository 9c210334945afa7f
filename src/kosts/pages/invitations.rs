//! `/invitations`: the kosts that ask somebody to join, and the answer to each.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;

use crate::error::{Error, Result};
use crate::kosts::invitation::{self, Invitation};
use crate::kosts::{Manager, SignedIn};
use crate::web::{Flash, Page, TextForm, redirect_to};

#[derive(Template)]
#[template(path = "kosts/invitations.html")]
struct InvitationsPage<'a> {
    page: &'a Page,
    invitations: Vec<Invitation>,
}

/// `GET /invitations`
pub async fn show(page: Page, SignedIn(visitor): SignedIn) -> Result<Response> {
    let invitations = invitation::of_account(&page.app.db, visitor.account.id).await?;
    if invitations.is_empty() {
        return Ok(redirect_to("/"));
    }
    page.html(&InvitationsPage { page: &page, invitations })
}

/// `POST /invitations/{invitation}` [answer: accept or decline]
pub async fn answer(
    page: Page,
    SignedIn(visitor): SignedIn,
    Path(id): Path<String>,
    TextForm(form): TextForm,
) -> Result<Response> {
    let id = id.parse().map_err(|_| Error::NotFound)?;
    let account = visitor.account.id;
    let mut tx = page.app.db.begin().await?;
    let flash = match form.text("answer") {
        "accept" => {
            invitation::accept(&mut tx, account, id).await?;
            Flash::Joined
        }
        "decline" => {
            invitation::decline(&mut tx, account, id).await?;
            Flash::Saved
        }
        _ => return Err(Error::BadRequest),
    };
    tx.commit().await?;
    Ok(page.done("/", flash))
}

/// `POST /k/{kost}/invitations/{invitation}/withdraw`
pub async fn withdraw(
    page: Page,
    manager: Manager,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response> {
    let id = id.parse().map_err(|_| Error::NotFound)?;
    let mut tx = manager.begin(&page.app.db).await?;
    invitation::withdraw(&mut tx, manager.kost.id, id).await?;
    tx.commit().await?;
    Ok(page.done(&manager.kost.path_to("/members"), Flash::Saved))
}
