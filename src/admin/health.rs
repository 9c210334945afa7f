//! For those who watch over the program, and the address that nothing has.

use axum::extract::State;

use crate::App;
use crate::error::{Error, Result};

/// 200 while the program runs.
pub async fn alive() -> &'static str {
    "ok"
}

/// 200 when database and migrations are there, else 503.
pub async fn ready(State(app): State<App>) -> Result<&'static str> {
    app.db.ping().await?;
    Ok("ok")
}

/// Every address that is not ours.
pub async fn nowhere() -> Error {
    Error::NotFound
}
