//! The page: counts by state, the list, and what stands around it.

use askama::Template;
use axum::extract::RawQuery;
use axum::response::Response;
use queue::{Counts, Filter, State};

use crate::admin::queue::acts::Act;
use crate::admin::queue::audit::{self, Told};
use crate::admin::queue::causes::{self, Group};
use crate::admin::queue::machinery::Machinery;
use crate::admin::queue::pulse::{Pulse, Span};
use crate::admin::queue::{Asked, QUEUES, View, bulk};
use crate::admin::tasks::{self, Task};
use crate::error::Result;
use crate::kosts::{InstallationAdmin, Staff};
use crate::web::Page;

/// Tasks on one page.
const PAGE: usize = 30;
/// Deeds of people on it.
const DEEDS: i64 = 10;

#[derive(Template)]
#[template(path = "admin/queue.html")]
struct QueuePage<'a> {
    page: &'a Page,
    view: &'a View,
    asked: Asked,
    tiles: Vec<Tile>,
    groups: Vec<Group>,
    tasks: Vec<Task>,
    older: Option<String>,
    /// What can be done to all that is asked for.
    acts: Vec<(Act, String)>,
    machinery: Machinery,
    pulse: Pulse,
    /// What people did last, for those who may do it too, and whether there was more.
    deeds: (Vec<Told>, bool),
    /// Only the newest tasks were looked at.
    is_cut: bool,
}

pub(super) struct Tile {
    state: State,
    count: i64,
    /// There may be more.
    is_cut: bool,
    url: String,
    is_current: bool,
}

/// `GET /k/{kost}/queue`
pub async fn of_kost(page: Page, staff: Staff, RawQuery(query): RawQuery) -> Result<Response> {
    show(&page, &View::of(&staff.kost, staff.role.runs_the_kost()), &query.unwrap_or_default())
        .await
}

/// `GET /admin/queue`
pub async fn of_all(
    page: Page,
    _: InstallationAdmin,
    RawQuery(query): RawQuery,
) -> Result<Response> {
    show(&page, &View::all(), &query.unwrap_or_default()).await
}

async fn show(page: &Page, view: &View, query: &str) -> Result<Response> {
    let db = &page.app.db;
    let asked = Asked::parse(query);
    let narrowed = asked.narrowed(db, view).await?;
    let counts = queue::counts(db, &narrowed).await?;
    let acts =
        if view.may_act { acts_for(page, &asked, &narrowed, &counts).await? } else { Vec::new() };
    let filter = Filter { states: asked.states(&counts), after: asked.after, ..narrowed };
    let mut jobs = match filter.states.as_slice() {
        [] => Vec::new(),
        _ => queue::list(db, &filter, PAGE + 1).await?,
    };
    let has_more = jobs.len() > PAGE;
    jobs.truncate(PAGE);
    let older =
        jobs.last().filter(|_| has_more).map(|job| Asked { after: Some(job.id), ..asked.clone() });
    page.html(&QueuePage {
        tiles: tiles(view, &asked, &counts),
        groups: causes::groups(page, view).await?,
        acts,
        is_cut: filter.states.iter().any(|state| counts.is_cut(*state)),
        tasks: tasks::worded(db, &jobs, &view.telling(page)).await?,
        older: older.map(|asked| view.path() + &asked.query()),
        machinery: Machinery::load(page, view).await?,
        pulse: Pulse::load(page, view, asked.span.unwrap_or(Span::Hour)).await?,
        deeds: deeds(page, view).await?,
        asked,
        page,
        view,
    })
}

/// Acts on everything that is asked for, with the addresses of their questions:
/// those that can be done to something, once something is asked for.
async fn acts_for(
    page: &Page,
    asked: &Asked,
    narrowed: &Filter,
    counts: &Counts,
) -> Result<Vec<(Act, String)>> {
    let mut acts = Vec::new();
    if asked.state.is_none() && !asked.is_search() {
        return Ok(acts);
    }
    let query = Asked { after: None, ..asked.clone() }.query();
    let rest = query.trim_start_matches('?');
    for act in Act::ALL.iter().copied() {
        let reach = bulk::reach(page, narrowed, counts, asked, act).await?;
        if reach.count > 0 || reach.is_cut {
            acts.push((act, format!("/all?do={act}&{rest}")));
        }
    }
    Ok(acts)
}

async fn deeds(page: &Page, view: &View) -> Result<(Vec<Told>, bool)> {
    if !view.may_act {
        return Ok((Vec::new(), false));
    }
    let (deeds, older) = audit::recent(page, view, None, DEEDS).await?;
    Ok((deeds, older.is_some()))
}

impl Tile {
    fn is_bad(&self) -> bool {
        self.state == State::Failed && self.count > 0
    }
}

impl QueuePage<'_> {
    /// Where the page of an action leads back to.
    fn back(&self) -> String {
        self.query().trim_start_matches('?').to_owned()
    }

    /// What is asked for, with its question mark: it goes along to where one can go.
    fn query(&self) -> String {
        self.asked.query()
    }

    fn url_of_queue(&self, queue: &str) -> String {
        let queue = Some(queue.to_owned()).filter(|queue| !queue.is_empty());
        self.view.path() + &Asked { queue, after: None, ..self.asked.clone() }.query()
    }

    /// How far back the charts may go.
    fn spans(&self) -> [(&'static str, String, bool); 2] {
        let t = self.page.t;
        [(t.queue_pulse_hour(), None), (t.queue_pulse_day(), Some(Span::Day))].map(
            |(word, span)| {
                let asked = Asked { span, ..self.asked.clone() };
                (word, self.view.path() + &asked.query() + "#pulse", span == self.asked.span)
            },
        )
    }

    /// The types of task, by their words.
    fn names(&self) -> Vec<(&'static str, String)> {
        let mut names: Vec<_> =
            tasks::NAMES.iter().map(|name| (*name, tasks::name_word(name, self.page.t))).collect();
        names.sort_by(|one, other| one.1.cmp(&other.1));
        names
    }

    fn is_queue(&self, queue: &str) -> bool {
        self.asked.queue.as_deref().unwrap_or_default() == queue
    }

    fn top_url(&self) -> String {
        self.view.path() + &Asked { after: None, ..self.asked.clone() }.query()
    }
}

fn tiles(view: &View, asked: &Asked, counts: &Counts) -> Vec<Tile> {
    use State::{Cancelled, Done, Failed, Parked, Retrying, Running, Scheduled, Waiting};
    // The last two are rare; their tiles come with them.
    let is_there = |state: &State| counts.of(*state) > 0 || counts.is_cut(*state);
    let rare = [Cancelled, Parked].into_iter().filter(is_there);
    let states = [Waiting, Scheduled, Running, Retrying, Failed, Done].into_iter().chain(rare);
    let tile = |state| {
        let is_current = asked.state == Some(state);
        let other = Asked { state: (!is_current).then_some(state), after: None, ..asked.clone() };
        let (count, is_cut) = (counts.of(state), counts.is_cut(state));
        Tile { state, count, is_cut, url: view.path() + &other.query(), is_current }
    };
    states.map(tile).collect()
}
