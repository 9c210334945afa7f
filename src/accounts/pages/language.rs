//! The language switch: in the account of who has one, else in a cookie.

use axum::response::Response;
use http::request::Parts;

use crate::accounts::pages::{came_from, with_cookie};
use crate::accounts::store;
use crate::error::{Error, Result};
use crate::kosts::Visitor;
use crate::web::{Page, TextForm, redirect_to};
use crate::words::Language;

/// Form: [language]. Comes back to where one was.
pub async fn switch(page: Page, parts: Parts, TextForm(form): TextForm) -> Result<Response> {
    let language = Language::parse(form.text("language")).ok_or(Error::BadRequest)?;
    if let Some(visitor) = Visitor::of(&parts.extensions) {
        let mut tx = page.app.db.begin().await?;
        store::set_language(&mut tx, visitor.account.id, language).await?;
        tx.commit().await?;
    }
    let back = came_from(&parts, &page.app.config.base_url).unwrap_or("/");
    // The cookie as well: the log-in page after this session speaks the same language.
    Ok(with_cookie(redirect_to(back), page.language_cookie(language)))
}
