//! `/k/{kost}`: what staff look at first. How many reports stand where, which
//! ones changed last, what the reader has not read, what the queue still has to do.

use askama::Template;
use axum::extract::RawQuery;
use axum::response::Response;
use queue::State;

use crate::accounts::AccountId;
use crate::admin::filter::{Filter, Part};
use crate::admin::list::{self, Line};
use crate::admin::tasks::{self, Task, Telling};
use crate::error::Result;
use crate::kosts::store::{self as kosts, Person};
use crate::kosts::{Location, Staff};
use crate::notifications::store as notifications;
use crate::tickets::{Category, Pill, Priority, Status};
use crate::web::{Form, Page, Signature};
use crate::words::iso;

/// Lines of the panels beside the list.
const PANEL: usize = 5;
/// A report is new for a day, or until somebody answers it.
const NEW_FOR: jiff::SignedDuration = jiff::SignedDuration::from_hours(24);

#[derive(Template)]
#[template(path = "admin/dashboard.html")]
struct DashboardPage<'a> {
    page: &'a Page,
    staff: &'a Staff,
    today: String,
    tiles: [Tile; 3],
    filter: Filter,
    chips: Vec<(String, String)>,
    panel: Option<Panel>,
    rows: Vec<Row>,
    older: Option<String>,
    is_cut: bool,
    news: Vec<NewsLine>,
    tasks: Vec<Task>,
    waiting: i64,
    failed: i64,
}

struct Tile {
    status: Status,
    count: i64,
    url: String,
    is_current: bool,
}

/// One line of the list, worded.
struct Row {
    url: String,
    line: Line,
    is_new: bool,
    pill: Pill,
    changed: String,
    changed_iso: String,
    assignee: Option<Signature>,
}

struct NewsLine {
    url: String,
    sentence: String,
    about: String,
    kost: Option<String>,
    iso: String,
    ago: String,
}

/// What the filter form offers.
struct Panel {
    people: Vec<Person>,
    locations: Vec<Location>,
}

/// `GET /k/{kost}`
pub async fn show(page: Page, staff: Staff, RawQuery(query): RawQuery) -> Result<Response> {
    let query = query.unwrap_or_default();
    let filter = Filter::parse(&query);
    let db = &page.app.db;
    let panel = if Form::from_query(&query).is_on("filter") {
        Some(panel(&page, &staff).await?)
    } else {
        None
    };
    // None waits for the others: PostgreSQL is asked for all of them at once.
    let (found, (tasks, waiting, failed), news, chips) = tokio::try_join!(
        list::page(db, staff.kost.id, staff.account.id, &filter),
        waiting_tasks(&page, &staff),
        news(&page, &staff),
        chips(&page, &staff, &filter),
    )?;
    page.html(&DashboardPage {
        today: page.t.long_date_time(page.now, &staff.kost.timezone.tz()),
        tiles: tiles(&staff, &filter),
        chips,
        panel,
        rows: found.lines.into_iter().map(|line| row(&page, &staff, line)).collect(),
        older: found.next.map(|key| staff.kost.path() + &filter.after(key).query()),
        is_cut: found.is_cut,
        news,
        tasks,
        waiting,
        failed,
        filter,
        page: &page,
        staff: &staff,
    })
}

impl DashboardPage<'_> {
    fn url(&self, filter: &Filter) -> String {
        self.staff.kost.path() + &filter.query()
    }

    fn top_url(&self) -> String {
        self.url(&self.filter.from_the_top())
    }

    fn panel_url(&self) -> String {
        let url = self.top_url();
        let joint = if url.contains('?') { '&' } else { '?' };
        format!("{url}{joint}filter=1#filter-panel")
    }

    fn mine_url(&self) -> String {
        self.url(&Filter {
            mine: !self.filter.mine,
            unassigned: false,
            ..self.filter.from_the_top()
        })
    }

    fn unassigned_url(&self) -> String {
        self.url(&Filter {
            unassigned: !self.filter.unassigned,
            mine: false,
            ..self.filter.from_the_top()
        })
    }

    fn unfinished_url(&self) -> String {
        self.url(&Filter {
            unfinished: !self.filter.unfinished,
            status: None,
            ..self.filter.from_the_top()
        })
    }

    fn unfinished(&self) -> i64 {
        self.tiles.iter().filter(|tile| tile.status != Status::Done).map(|tile| tile.count).sum()
    }

    fn total(&self) -> i64 {
        self.tiles.iter().map(|tile| tile.count).sum()
    }
}

fn tiles(staff: &Staff, filter: &Filter) -> [Tile; 3] {
    let kost = &staff.kost;
    let counts = [
        (Status::Open, kost.open_count),
        (Status::InProgress, kost.in_progress_count),
        (Status::Done, kost.done_count),
    ];
    counts.map(|(status, count)| {
        let is_current = filter.status == Some(status);
        // Its list is as long as its figure says; the one that is chosen leads back to all.
        let status_alone = Filter { status: Some(status), ..Filter::default() };
        let url = kost.path() + &if is_current { Filter::default() } else { status_alone }.query();
        Tile { status, count, url, is_current }
    })
}

/// What the list is narrowed down to: a word, and the address without it.
async fn chips(page: &Page, staff: &Staff, filter: &Filter) -> Result<Vec<(String, String)>> {
    let (t, db, kost) = (page.t, &page.app.db, staff.kost.id);
    let mut chips = Vec::new();
    let mut chip =
        |part, word: String| chips.push((word, staff.kost.path() + &filter.without(part).query()));
    if let Some(term) = &filter.q {
        chip(Part::Search, t.filter_term(term));
    }
    if let Some(status) = filter.status {
        chip(Part::Status, status.word(t).to_owned());
    }
    if filter.unfinished {
        chip(Part::Unfinished, t.filter_active().to_owned());
    }
    if let Some(category) = filter.category {
        chip(Part::Category, category.word(t).to_owned());
    }
    if let Some(priority) = filter.priority {
        chip(Part::Priority, priority.word(t).to_owned());
    }
    if let Some(assignee) = filter.assignee {
        let person = kosts::person(db, kost, assignee).await?;
        chip(
            Part::Assignee,
            person.map_or_else(|| t.common_unknown().to_owned(), |person| person.name),
        );
    }
    if let Some(location) = filter.location {
        let location = kosts::any_location(db, kost, location).await?;
        chip(
            Part::Location,
            location.map_or_else(|| t.common_unknown().to_owned(), |location| location.label(t)),
        );
    }
    if filter.mine {
        chip(Part::Mine, t.filter_mine().to_owned());
    }
    if filter.unassigned {
        chip(Part::Unassigned, t.filter_unassigned().to_owned());
    }
    Ok(chips)
}

async fn panel(page: &Page, staff: &Staff) -> Result<Panel> {
    let db = &page.app.db;
    Ok(Panel {
        people: kosts::staff(db, staff.kost.id).await?,
        locations: kosts::locations(db, staff.kost.id).await?,
    })
}

fn row(page: &Page, staff: &Staff, line: Line) -> Row {
    let (t, now) = (page.t, page.now);
    let is_untouched =
        line.status == Status::Open && line.first_response_at.is_none() && !line.returned;
    Row {
        url: line.number.path(&staff.kost.slug),
        is_new: is_untouched && now.duration_since(line.opened_at) < NEW_FOR,
        pill: Pill::of(line.status, line.returned, line.answer, t),
        changed: t.changed(line.changed_at, now, &staff.kost.timezone.tz()),
        changed_iso: iso(line.changed_at),
        assignee: line
            .assignee
            .zip(line.assignee_name.as_deref())
            .map(|(id, name)| Signature::new(id.get(), name, None)),
        line,
    }
}

/// The newest news that the reader has not read; not looked for when there are none.
async fn news(page: &Page, staff: &Staff) -> Result<Vec<NewsLine>> {
    if staff.account.unread == 0 {
        return Ok(Vec::new());
    }
    let unread = notifications::list(
        &page.app.db,
        staff.account.id,
        notifications::Shown::Unread,
        None,
        PANEL as i64,
    )
    .await?;
    Ok(unread.iter().map(|view| news_line(page, staff.account.id, view)).collect())
}

fn news_line(page: &Page, reader: AccountId, view: &notifications::NotificationView) -> NewsLine {
    let t = page.t;
    NewsLine {
        url: view.number.path(&view.slug),
        sentence: view.news(reader, t).sentence(t),
        about: t.notif_about(&view.title, view.number),
        kost: page.has_choice.then(|| view.kost_name.clone()),
        iso: iso(view.at),
        ago: t.changed(view.at, page.now, &view.timezone.tz()),
    }
}

/// What the queue still has to do for this kost, and how much it could not do.
async fn waiting_tasks(page: &Page, staff: &Staff) -> Result<(Vec<Task>, i64, i64)> {
    let db = &page.app.db;
    let scope = Some(staff.kost.id.get());
    let counts = queue::counts(db, &queue::Filter { scope, ..queue::Filter::default() }).await?;
    let mut jobs = tasks_in(db, scope, &counts, &PRESSING, PANEL).await?;
    if jobs.len() < PANEL && counts.scheduled > 0 {
        jobs.extend(queue::upcoming(db, staff.kost.id.get(), PANEL - jobs.len()).await?);
    }
    let telling =
        Telling { t: page.t, now: page.now, zone: staff.kost.timezone.tz(), names_kosts: false };
    let waiting = counts.waiting + counts.running + counts.retrying + counts.scheduled;
    Ok((tasks::worded(db, &jobs, &telling).await?, waiting, counts.failed))
}

/// States that somebody may want to hear of before what is merely planned.
const PRESSING: [State; 4] = [State::Failed, State::Retrying, State::Running, State::Waiting];

/// The newest tasks in these states; nothing is asked where none are.
async fn tasks_in(
    db: &db::Db,
    scope: Option<i64>,
    counts: &queue::Counts,
    states: &[State],
    most: usize,
) -> Result<Vec<queue::JobView>> {
    let states = states.iter().copied().filter(|state| counts.of(*state) > 0).collect::<Vec<_>>();
    if states.is_empty() {
        return Ok(Vec::new());
    }
    let filter = queue::Filter { scope, states, ..queue::Filter::default() };
    Ok(queue::list(db, &filter, most).await?)
}
