//! Failed tasks by what stopped them.

use queue::State;

use crate::admin::queue::View;
use crate::error::Result;
use crate::web::Page;

/// How many failed tasks are grouped by their cause.
pub(super) const FAILED: usize = 100;

/// Failed tasks that have one cause.
pub(super) struct Group {
    pub cause: String,
    pub code: String,
    pub count: i64,
    pub lead: Option<String>,
    /// What to do.
    pub remedy: &'static str,
}

/// The failed tasks by their cause, the most frequent first. Of `total` these
/// may be the newest only.
pub(super) async fn groups(page: &Page, view: &View, total: i64) -> Result<Vec<Group>> {
    if total == 0 {
        return Ok(Vec::new());
    }
    let filter = queue::Filter {
        scope: view.scope(),
        states: vec![State::Failed],
        ..queue::Filter::default()
    };
    let failed = queue::list(&page.app.db, &filter, FAILED).await?;
    let t = page.t;
    let are_all = failed.len() as i64 >= total;
    let mut codes = failed.iter().filter_map(|job| job.error_code.clone()).collect::<Vec<_>>();
    codes.sort_unstable();
    codes.dedup();
    let group = |code: String| {
        let of_code = failed
            .iter()
            .filter(|job| job.error_code.as_deref() == Some(&code))
            .collect::<Vec<_>>();
        let count = of_code.len() as i64;
        let cause = t.cause(&code);
        let are_mails = of_code.iter().all(|job| job.queue == "mail");
        let heading = if are_mails {
            t.queue_failed(count, cause)
        } else {
            t.queue_failed_tasks(count, cause)
        };
        let heading = if are_all { heading } else { t.queue_failed_least(heading) };
        let since = of_code.iter().filter_map(|job| job.ended_at).min().filter(|_| are_mails);
        let mut people =
            of_code.iter().filter_map(|job| job.args.get("account")?.as_i64()).collect::<Vec<_>>();
        people.sort_unstable();
        people.dedup();
        let telling = view.telling(page);
        let lead = since.map(|since| {
            t.queue_failed_lead(
                people.len() as i64,
                t.date_time_inline(since, telling.now, &telling.zone),
            )
        });
        Group { cause: heading, remedy: t.remedy(&code), code, count, lead }
    };
    let mut groups = codes.into_iter().map(group).collect::<Vec<_>>();
    groups.sort_by_key(|group| -group.count);
    Ok(groups)
}
