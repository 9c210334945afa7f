//! `/k/{kost}/settings/invite`: a new invite code; asks first, since the old
//! one then opens nothing any more.

use askama::Template;
use axum::response::Response;

use crate::error::Result;
use crate::kosts::{Kost, Manager, store};
use crate::web::{Flash, Page};

#[derive(Template)]
#[template(path = "kosts/invite.html")]
struct InvitePage<'a> {
    page: &'a Page,
    kost: &'a Kost,
}

/// `GET /k/{kost}/settings/invite`
pub async fn ask(page: Page, manager: Manager) -> Result<Response> {
    page.html(&InvitePage { page: &page, kost: &manager.kost })
}

/// `POST /k/{kost}/settings/invite`
pub async fn renew(page: Page, manager: Manager) -> Result<Response> {
    let mut tx = manager.begin(&page.app.db).await?;
    store::renew_invite_code(&mut tx, manager.kost.id).await?;
    tx.commit().await?;
    Ok(page.done(&manager.kost.path_to("/settings"), Flash::InviteRenewed))
}
