//! One act on everything that a filter matches, after a question with its count.

use askama::Template;
use axum::extract::RawQuery;
use axum::response::Response;
use db::Tx;
use queue::{Filter, State};

use crate::admin::queue::acts::{self, Act};
use crate::admin::queue::{Asked, View};
use crate::error::{Error, Result};
use crate::kosts::{InstallationAdmin, Manager};
use crate::web::{Form, Page};

/// So many tasks change at once, the newest; the rest takes another round.
const MOST: usize = 10_000;
/// So many are read at a time.
const BATCH: usize = 500;

#[derive(Template)]
#[template(path = "admin/queue_all.html")]
struct AskPage<'a> {
    page: &'a Page,
    view: &'a View,
    act: Act,
    count: i64,
    /// What is asked for, to go with the act and to come back to.
    query: String,
}

/// `GET /k/{kost}/queue/all`
pub async fn ask_in_kost(
    page: Page,
    manager: Manager,
    RawQuery(query): RawQuery,
) -> Result<Response> {
    ask(&page, &View::of(&manager.kost, true), &query.unwrap_or_default()).await
}

/// `GET /admin/queue/all`
pub async fn ask_on_all(
    page: Page,
    _: InstallationAdmin,
    RawQuery(query): RawQuery,
) -> Result<Response> {
    ask(&page, &View::all(), &query.unwrap_or_default()).await
}

async fn ask(page: &Page, view: &View, query: &str) -> Result<Response> {
    let act: Act = Form::from_query(query).choice("do").map_err(|_| Error::BadRequest)?;
    let asked = Asked { after: None, ..Asked::parse(query) };
    let filter = filter(page, view, &asked, act).await?;
    let counts = queue::counts(&page.app.db, &filter).await?;
    let count = counts.total().min(MOST as i64);
    page.html(&AskPage { page, view, act, count, query: asked.query() })
}

/// What the act can be done to, of what is asked for.
async fn filter(page: &Page, view: &View, asked: &Asked, act: Act) -> Result<Filter> {
    let fits = |state: &State| asked.state.is_none_or(|asked| asked == *state);
    let states: Vec<_> = act.states().iter().copied().filter(fits).collect();
    if !act.is_button() || states.is_empty() {
        return Err(Error::BadRequest);
    }
    Ok(Filter { states, ..asked.narrowed(&page.app.db, view).await? })
}

/// Does it, and says to how many.
///
/// # Errors
/// [`Error::BadRequest`] when the act is for no task that is asked for.
pub(super) async fn act_on(
    page: &Page,
    tx: &mut Tx,
    view: &View,
    asked: &Asked,
    act: Act,
) -> Result<i64> {
    let mut filter = filter(page, view, asked, act).await?;
    let (mut seen, mut changed) = (0, 0);
    while seen < MOST {
        let jobs = queue::list(&mut *tx, &filter, BATCH).await?;
        let Some(last) = jobs.last() else { break };
        filter.after = Some(last.id);
        seen += jobs.len();
        for job in &jobs {
            changed += i64::from(acts::on_one(tx, job, act, page.now).await?);
        }
    }
    Ok(changed)
}
