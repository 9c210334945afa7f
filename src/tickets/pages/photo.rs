//! `GET …/photos/{file}`: a photo, for whoever may read the report it belongs to.

use axum::extract::{Path, RawPathParams};
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

use crate::error::{Error, Result};
use crate::kosts::SignedIn;
use crate::tickets::{Reading, photos, timeline};
use crate::web::Page;

/// A photo never changes under its name; only its reader's browser keeps it.
const FOR_EVER: &str = "private, max-age=31536000, immutable";

/// `GET /photos/kept/{file}`: the small version of a photo that no report has
/// yet, for whoever brought it.
pub async fn kept(
    page: Page,
    SignedIn(visitor): SignedIn,
    Path(file): Path<String>,
) -> Result<Response> {
    let name = file.strip_suffix("-small.jpg").ok_or(Error::NotFound)?;
    if !photos::is_waiting(&page.app, visitor.account.id, name).await? {
        return Err(Error::NotFound);
    }
    // It may have been cleaned up meanwhile.
    let bytes = page.app.photo_store.get(&file).await?.ok_or(Error::NotFound)?;
    Ok(([(CONTENT_TYPE, "image/jpeg"), (CACHE_CONTROL, "private, no-store")], bytes)
        .into_response())
}

/// Sends `<name>.jpg`, or `<name>-small.jpg`.
pub async fn show(page: Page, reading: Reading, path: RawPathParams) -> Result<Response> {
    let file =
        path.iter().find_map(|(name, value)| (name == "file").then_some(value)).unwrap_or("");
    let name = file.strip_suffix(".jpg").ok_or(Error::NotFound)?;
    let photo = name.strip_suffix("-small").unwrap_or(name);
    let is_staff = reading.member.role.is_staff();
    if !timeline::has_photo(&page.app.db, &reading.ticket, photo, is_staff).await? {
        return Err(Error::NotFound);
    }
    let Some(bytes) = page.app.photo_store.get(file).await? else {
        tracing::warn!(file, "a photo's file is gone");
        return Err(Error::NotFound);
    };
    Ok(([(CONTENT_TYPE, "image/jpeg"), (CACHE_CONTROL, FOR_EVER)], bytes).into_response())
}
