//! The one-time link that sets an empty installation up. Only the server's
//! console shows it; each start makes a new one, and the first account ends it.

use db::{On, Tx, query};

use crate::App;
use crate::accounts::store;
use crate::error::Result;
use crate::secret;

const KEY: &str = "setup_token";

/// The link, while nobody has an account; earlier ones stop working.
pub async fn setup_url(app: &App) -> Result<Option<String>> {
    if !store::is_empty(&app.db).await? {
        return Ok(None);
    }
    let token = secret::token();
    let mut tx = app.db.begin().await?;
    query("INSERT INTO setting (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value")
        .bind(KEY)
        .bind(secret::hash(&token))
        .run(&mut tx)
        .await?;
    tx.commit().await?;
    Ok(Some(app.url(&format!("/setup?token={token}"))))
}

/// Whether this token opens the set-up: nobody has an account, and the console
/// showed this one last.
pub async fn opens_setup(on: impl Into<On<'_>>, token: &str) -> Result<bool> {
    let found: Option<(String,)> = query(
        "SELECT key
         FROM setting
         WHERE key = $1 AND value = $2 AND NOT EXISTS (SELECT id FROM account LIMIT 1)",
    )
    .bind(KEY)
    .bind(secret::hash(token))
    .optional(on)
    .await?;
    Ok(found.is_some())
}

/// Uses the token up: the one caller that gets `true` may set the installation
/// up, and ends the set-up for good by committing.
pub async fn redeem_setup(tx: &mut Tx, token: &str) -> Result<bool> {
    let taken = query("DELETE FROM setting WHERE key = $1 AND value = $2 AND NOT EXISTS (SELECT id FROM account LIMIT 1)")
        .bind(KEY)
        .bind(secret::hash(token))
        .run(tx)
        .await?;
    Ok(taken > 0)
}
