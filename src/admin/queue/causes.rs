//! Tasks that do not get on, by what stopped them: failed, put off, or held back.

use queue::{Cause, State};

use crate::admin::queue::acts::Act;
use crate::admin::queue::{Asked, View};
use crate::error::Result;
use crate::web::Page;

/// Tasks in one state that have one cause.
pub(super) struct Group {
    pub cause: String,
    pub code: String,
    pub state: State,
    /// What has them tried again, and the words for doing it to all.
    pub act: Act,
    pub all: String,
    pub lead: Option<String>,
    /// What to do.
    pub remedy: &'static str,
    /// The list of them.
    pub url: String,
}

impl Group {
    /// Whether it does not go on by itself.
    pub fn is_bad(&self) -> bool {
        self.state != State::Retrying
    }
}

/// The tasks of a view by their cause, the most frequent first; whatever its list is
/// narrowed down to.
pub(super) async fn groups(page: &Page, view: &View) -> Result<Vec<Group>> {
    let db = &page.app.db;
    let of_view = queue::Filter { scope: view.scope(), ..queue::Filter::default() };
    let counts = queue::counts(db, &of_view).await?;
    let mut groups = Vec::new();
    for state in [State::Failed, State::Retrying, State::Parked] {
        if counts.of(state) == 0 {
            continue;
        }
        let (causes, is_cut) = queue::causes(db, view.scope(), state, "account").await?;
        groups.extend(causes.iter().filter_map(|cause| group(page, view, state, cause, is_cut)));
    }
    Ok(groups)
}

fn group(page: &Page, view: &View, state: State, cause: &Cause, is_cut: bool) -> Option<Group> {
    let t = page.t;
    let code = cause.code.clone()?;
    let are_mails = cause.queues == 1 && cause.queue == "mail";
    let words = t.cause(&code);
    let heading = match (state, are_mails) {
        (State::Retrying, true) => t.queue_delayed(cause.jobs, words),
        (State::Retrying, false) => t.queue_delayed_tasks(cause.jobs, words),
        (State::Parked, _) => t.queue_held(cause.jobs, words),
        (_, true) => t.queue_failed(cause.jobs, words),
        (_, false) => t.queue_failed_tasks(cause.jobs, words),
    };
    let telling = view.telling(page);
    let lead = (are_mails && cause.differing > 0).then(|| {
        let since = t.date_time_inline(cause.since, telling.now, &telling.zone);
        t.queue_failed_lead(cause.differing, since)
    });
    let asked = Asked { state: Some(state), cause: Some(code.clone()), ..Asked::default() };
    Some(Group {
        cause: if is_cut { t.queue_failed_least(heading) } else { heading },
        remedy: t.remedy(&code),
        act: if state == State::Retrying { Act::RunNow } else { Act::Retry },
        all: if is_cut {
            t.queue_failed_retry_all().to_owned()
        } else {
            t.queue_failed_retry(cause.jobs)
        },
        url: view.path() + &asked.query(),
        code,
        state,
        lead,
    })
}
