//! For those who watch over the program, and the address that nothing has.

use axum::extract::State;
use http::StatusCode;

use crate::App;
use crate::error::Error;
use crate::migrations;

/// 200 while the program runs.
pub async fn alive() -> &'static str {
    "ok"
}

/// 200 when database and migrations are there, else 503 with the reason in a line.
pub async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    match is_ready(&app).await {
        Ok(true) => (StatusCode::OK, "ok"),
        Ok(false) => (StatusCode::SERVICE_UNAVAILABLE, "the schema is not up to date"),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the database cannot be reached")
        }
    }
}

async fn is_ready(app: &App) -> Result<bool, db::Error> {
    app.db.ping().await?;
    app.db.is_migrated(&migrations::all()).await
}

/// Every address that is not ours.
pub async fn nowhere() -> Error {
    Error::NotFound
}
