//! Whoever looks at a report has read what they were told about it.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::App;
use crate::error::Result;
use crate::notifications::store;
use crate::tickets::Seen;

/// Middleware around the page of a report: once that has answered, marks the
/// reader's notifications about it as read. The page is shown even where this
/// cannot be written.
pub async fn mark_read(State(app): State<App>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    if let Some(seen) = response.extensions().get::<Seen>().copied()
        && let Err(error) = mark(&app, seen).await
    {
        tracing::warn!(error = error.in_full(), "notifications stay unread");
    }
    response
}

async fn mark(app: &App, seen: Seen) -> Result<()> {
    let mut tx = app.db.begin().await?;
    store::mark_ticket_read(&mut tx, seen).await?;
    Ok(tx.commit().await?)
}
