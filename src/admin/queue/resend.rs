//! “Kirim ulang”, on a report: the mail goes by its task, or by another one where
//! that was discarded or pruned.

use axum::extract::Path;
use axum::response::Response;
use queue::Job;

use crate::admin::queue::audit::{self, Deed};
use crate::error::{Error, Result};
use crate::kosts::Manager;
use crate::notifications::DeliveryId;
use crate::notifications::jobs::{DeliverEmail, send_again};
use crate::web::{Flash, Page};

/// `POST /k/{kost}/queue/deliveries/{delivery}`
pub async fn resend(
    page: Page,
    manager: Manager,
    Path((_, delivery)): Path<(String, String)>,
) -> Result<Response> {
    let delivery: DeliveryId = delivery.parse().map_err(|_| Error::NotFound)?;
    let mut tx = manager.begin(&page.app.db).await?;
    let again = send_again(&mut tx, manager.kost.id, delivery).await?.ok_or(Error::NotFound)?;
    let count = i64::from(again.is_due);
    let (by, job) = (manager.account.id, Some(again.job));
    let about = Some(format!("ticket:{}", again.ticket));
    let (subject, about) = (DeliverEmail::NAME, about.as_deref());
    let deed = Deed { by, act: audit::RESEND, job, subject, about, moved: None, count };
    deed.note(&mut tx, Some(manager.kost.id.get())).await?;
    tx.commit().await?;
    let flash = if again.is_due { Flash::TasksRetried } else { Flash::TaskMovedOn };
    let back = manager.kost.path_to(&format!("/tickets/{}#sent", again.number));
    Ok(page.done_with(&back, flash, count))
}
