//! One act on everything that a filter matches, after a question with its count. The
//! question counts what the list shows and the act can do, and the act does no more.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::RawQuery;
use axum::response::Response;
use queue::{Counts, Filter, State};

use crate::admin::queue::acts::{self, Act, Actor, NEVER_EARLY};
use crate::admin::queue::audit::Many;
use crate::admin::queue::{Asked, View};
use crate::error::{Error, Result};
use crate::kosts::{InstallationAdmin, Manager};
use crate::web::{Form, Page};

/// So many tasks are looked at in one transaction: others who write wait for it.
const BATCH: usize = 200;
/// So many change at once; the rest takes another round.
const MOST: i64 = 100_000;

#[derive(Template)]
#[template(path = "admin/queue_all.html")]
struct AskPage<'a> {
    page: &'a Page,
    view: &'a View,
    act: Act,
    reach: Reach,
    /// What is asked for, to go with the act and to come back to.
    query: String,
}

impl AskPage<'_> {
    fn question(&self) -> String {
        let (t, Reach { count, is_cut }) = (self.page.t, self.reach);
        let act = self.act.word(t);
        if is_cut { t.queue_all_ask_least(act, count) } else { t.queue_all_ask(act, count) }
    }

    fn is_empty(&self) -> bool {
        self.reach.count == 0 && !self.reach.is_cut
    }
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
    if states(&asked, act).is_empty() {
        return Err(Error::BadRequest);
    }
    let narrowed = asked.narrowed(&page.app.db, view).await?;
    let counts = queue::counts(&page.app.db, &narrowed).await?;
    let reach = reach(page, &narrowed, &counts, &asked, act).await?;
    page.html(&AskPage { page, view, act, reach, query: asked.query() })
}

/// How many tasks an act can be done to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Reach {
    pub count: i64,
    /// Whether it may be more.
    pub is_cut: bool,
}

/// What the act can be done to, of what is asked for; `counts` are those of `narrowed`.
pub(super) async fn reach(
    page: &Page,
    narrowed: &Filter,
    counts: &Counts,
    asked: &Asked,
    act: Act,
) -> Result<Reach> {
    let mut reach = Reach::default();
    for state in states(asked, act) {
        let filter = filter(narrowed, state, act);
        let counts = match filter.except {
            [] => *counts,
            _ if counts.of(state) == 0 => continue,
            _ => queue::counts(&page.app.db, &filter).await?,
        };
        reach.count += counts.of(state);
        reach.is_cut |= counts.is_cut(state);
    }
    Ok(reach)
}

/// The states in which the act can be done, of those that are listed.
fn states(asked: &Asked, act: Act) -> Vec<State> {
    let states = act.states().iter().copied().filter(|state| asked.lists(*state));
    states.filter(|_| act.is_button()).collect()
}

fn filter(narrowed: &Filter, state: State, act: Act) -> Filter {
    let is_fixed = state == State::Scheduled && act != Act::Cancel;
    let except: &[&str] = if is_fixed { &NEVER_EARLY } else { &[] };
    Filter { states: vec![state], except, ..narrowed.clone() }
}

/// Does it, a few hundred at a time, and says to how many.
///
/// # Errors
/// [`Error::BadRequest`] when the act is for no task that is asked for.
pub(super) async fn act_on(actor: &Actor<'_>, asked: &Asked, act: Act) -> Result<i64> {
    let states = states(asked, act);
    if states.is_empty() {
        return Err(Error::BadRequest);
    }
    let narrowed = asked.narrowed(&actor.page.app.db, actor.view).await?;
    let subject = asked.query();
    let mut deed = Many::new(actor.by, act.as_str(), &subject, actor.view.scope());
    for state in states {
        let mut filter = filter(&narrowed, state, act);
        while deed.count < MOST {
            let mut tx = actor.begin().await?;
            let step = queue::step(&mut tx, &filter, state, BATCH).await?;
            let mut changed = BTreeMap::new();
            for job in &step.jobs {
                if acts::on_one(&mut tx, job, act, actor.page.now).await? {
                    *changed.entry(job.scope).or_insert(0) += 1;
                }
            }
            deed.note(&mut tx, &changed).await?;
            tx.commit().await?;
            let Some(next) = step.next else { break };
            filter.after = Some(next);
        }
    }
    Ok(deed.count)
}
