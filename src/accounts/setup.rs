//! The one-time link that sets an empty installation up. Only the server's
//! console shows it; each start of a node makes a new one for its own, and the
//! first account ends them all.

use db::{On, Tx, query};

use crate::accounts::store;
use crate::app::{self, App};
use crate::error::Result;
use crate::secret;

/// Before the name of the node whose console showed it.
const KEY: &str = "setup_token";

/// The link, while nobody has an account; earlier ones of this node stop working.
pub async fn setup_url(app: &App) -> Result<Option<String>> {
    if !store::is_empty(&app.db).await? {
        return Ok(None);
    }
    let token = secret::token();
    let mut tx = app.db.begin().await?;
    query("INSERT INTO setting (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value")
        .bind(format!("{KEY} {} {}", app::machine(), app.config.listen))
        .bind(secret::hash(&token))
        .run(&mut tx)
        .await?;
    tx.commit().await?;
    Ok(Some(app.url(&format!("/setup?token={token}"))))
}

/// Whether this token opens the set-up: nobody has an account, and a console
/// showed this one last.
pub async fn opens_setup(on: impl Into<On<'_>>, token: &str) -> Result<bool> {
    let found: Option<(String,)> = query(
        "SELECT key
         FROM setting
         WHERE key LIKE $1 AND value = $2 AND NOT EXISTS (SELECT id FROM account LIMIT 1)",
    )
    .bind(format!("{KEY} %"))
    .bind(secret::hash(token))
    .optional(on)
    .await?;
    Ok(found.is_some())
}

/// Uses the token up, and those of other nodes: the one caller that gets `true` may set the installation
/// up, and ends the set-up for good by committing.
pub async fn redeem_setup(tx: &mut Tx, token: &str) -> Result<bool> {
    // Others may come with the link of another node.
    tx.lock("setup").await?;
    let opens = opens_setup(&mut *tx, token).await?;
    query("DELETE FROM setting WHERE key LIKE $1").bind(format!("{KEY} %")).run(tx).await?;
    Ok(opens)
}
