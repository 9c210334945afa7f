//! For those who watch over the program, and the address that nothing has.

use axum::extract::State;

use crate::App;
use crate::error::{Error, Result};
use crate::migrations;

/// 200 while the program runs.
pub async fn alive() -> &'static str {
    "ok"
}

/// 200 when database and migrations are there, else 503.
pub async fn ready(State(app): State<App>) -> Result<&'static str> {
    app.db.ping().await?;
    if app.db.is_migrated(&migrations::all()).await? {
        Ok("ok")
    } else {
        Err(Error::Unavailable("the schema is not up to date".to_owned()))
    }
}

/// Every address that is not ours.
pub async fn nowhere() -> Error {
    Error::NotFound
}
