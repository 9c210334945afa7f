//! `GET …/photos/{file}`: a photo, for whoever may read the report it belongs to.

use std::io::ErrorKind;

use axum::extract::RawPathParams;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

use crate::error::{Error, Result};
use crate::tickets::{Reading, timeline};
use crate::web::Page;

/// A photo never changes under its name; only its reader's browser keeps it.
const FOR_EVER: &str = "private, max-age=31536000, immutable";

/// Sends `<name>.jpg`, or `<name>-small.jpg`.
pub async fn show(page: Page, reading: Reading, path: RawPathParams) -> Result<Response> {
    let file =
        path.iter().find_map(|(name, value)| (name == "file").then_some(value)).unwrap_or("");
    let name = file.strip_suffix(".jpg").ok_or(Error::NotFound)?;
    let photo = name.strip_suffix("-small").unwrap_or(name);
    let is_staff = reading.member.role.is_staff();
    if !timeline::has_photo(&page.app.db, reading.ticket.id, photo, is_staff).await? {
        return Err(Error::NotFound);
    }
    // The name is one of ours: it stands in the database.
    let bytes = match tokio::fs::read(page.app.photo_folder().join(file)).await {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            tracing::warn!(file, "a photo's file is gone");
            return Err(Error::NotFound);
        }
        read => read?,
    };
    Ok(([(CONTENT_TYPE, "image/jpeg"), (CACHE_CONTROL, FOR_EVER)], bytes).into_response())
}
