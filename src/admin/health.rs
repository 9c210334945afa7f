//! For those who watch over the program, and the address that nothing has.

use std::time::Duration;

use axum::extract::State;
use http::StatusCode;

use crate::App;
use crate::error::Error;
use crate::migrations;

/// Who asks whether we are ready wants an answer soon.
const PATIENCE: Duration = Duration::from_secs(3);

/// 200 while the program runs.
pub async fn alive() -> &'static str {
    "ok"
}

/// 200 when database and migrations are there, else 503 with the reason in a line.
pub async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    let asked = tokio::time::timeout(PATIENCE, is_ready(&app)).await;
    match asked.unwrap_or_else(|_| Err(db::Error::Unavailable("no answer".to_owned()))) {
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
