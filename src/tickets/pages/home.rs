//! `/tickets`: what somebody reported, what waits for their answer, and one
//! line for each that says what happens next.

use askama::Template;
use axum::extract::RawQuery;
use axum::response::Response;

use crate::error::Result;
use crate::kosts::{self, Kost, Membership, SignedIn};
use crate::tickets::list::{self, Before, Card};
use crate::tickets::{Answer, Pill, Status};
use crate::web::{Form, Page, redirect_to};
use crate::words::{Words, iso};

/// How many past reports a page shows.
const PAST: usize = 10;

#[derive(Template)]
#[template(path = "tickets/home.html")]
struct HomePage {
    page: Page,
    greeting: String,
    /// Where to report, and the kost's name where there are several.
    doors: Vec<(String, Option<String>)>,
    waiting: Vec<Report>,
    running: Vec<Report>,
    followed: Vec<Report>,
    past: Vec<Report>,
    is_first: bool,
    first: Option<&'static str>,
    older: Option<String>,
    kost: Option<Kost>,
}

impl HomePage {
    fn is_empty(&self) -> bool {
        self.is_first
            && [&self.waiting, &self.running, &self.followed, &self.past]
                .iter()
                .all(|list| list.is_empty())
    }
}

/// One report as the page shows it.
struct Report {
    card: Card,
    path: String,
    thumbnail: Option<String>,
    pill: Pill,
    /// The answer to "and now?".
    next: String,
    next_icon: &'static str,
    when: (String, String),
    /// The kost's name, where there are several.
    kost: Option<String>,
}

/// `GET /tickets?before=`: past reports older than that.
pub async fn show(
    page: Page,
    SignedIn(visitor): SignedIn,
    RawQuery(query): RawQuery,
) -> Result<Response> {
    if visitor.memberships.is_empty() {
        // `/` says why, and what one can do.
        return Ok(redirect_to("/"));
    }
    let (db, reader) = (&page.app.db, visitor.account.id);
    let query = Form::from_query(query.as_deref().unwrap_or(""));
    let before: Option<Before> = query.text("before").parse().ok();
    let is_first = before.is_none();
    let shows_kost = visitor.memberships.len() > 1;
    let reports = |cards: Vec<Card>, is_own| -> Vec<Report> {
        cards.into_iter().map(|card| Report::new(card, &page, is_own, shows_kost)).collect()
    };
    let (mut waiting, mut running, mut followed) = (Vec::new(), Vec::new(), Vec::new());
    if is_first {
        waiting = reports(list::waiting(db, reader).await?, true);
        running = reports(list::running(db, reader).await?, true);
        followed = reports(list::followed(db, reader).await?, false);
    }
    let mut past = list::past(db, reader, before, PAST as i64 + 1).await?;
    let has_older = past.len() > PAST;
    past.truncate(PAST);
    let older = past
        .last()
        .filter(|_| has_older)
        .map(|card| format!("/tickets?before={}", Before::new(card.changed_at, card.id)));
    let past = reports(past, true);
    let kost = match visitor.memberships.first() {
        Some(membership) => Some(kosts::store::get(db, membership.kost).await?),
        None => None,
    };
    let first_name =
        visitor.account.name.split_whitespace().next().unwrap_or(&visitor.account.name);
    let zone = kost.as_ref().map_or(kosts::Timezone::Wib, |kost| kost.timezone).tz();
    page.clone().html(&HomePage {
        greeting: page.t.greeting(first_name, page.now, &zone),
        doors: doors(&visitor.memberships),
        waiting,
        running,
        followed,
        past,
        is_first,
        first: (!is_first).then_some("/tickets"),
        older,
        kost: kost.filter(|kost| !kost.contact_phone.is_empty() || !kost.contact_name.is_empty()),
        page,
    })
}

fn doors(memberships: &[Membership]) -> Vec<(String, Option<String>)> {
    let several = memberships.len() > 1;
    let door = |membership: &Membership| {
        let name = several.then(|| membership.kost_name.clone());
        (format!("/k/{}/tickets/new", membership.slug), name)
    };
    memberships.iter().map(door).collect()
}

impl Report {
    fn new(card: Card, page: &Page, is_own: bool, shows_kost: bool) -> Report {
        let t = page.t;
        let path = card.number.path(&card.slug);
        let (next_icon, next) = next(&card, page, is_own);
        Report {
            thumbnail: card.photo.as_ref().map(|file| format!("{path}/photos/{file}-small.jpg")),
            pill: Pill::of(card.status, card.returned, card.answer, t),
            when: (iso(card.changed_at), t.changed(card.changed_at, page.now, &card.timezone.tz())),
            kost: shows_kost.then(|| card.kost_name.clone()),
            next,
            next_icon,
            path,
            card,
        }
    }
}

fn next(card: &Card, page: &Page, is_own: bool) -> (&'static str, String) {
    let t = page.t;
    let zone = card.timezone.tz();
    match (card.status, card.answer, card.done_at) {
        // The question is the reporter's to answer.
        (Status::Done, None, Some(_)) if !is_own => {
            ("clock", t.ticket_next_awaiting(t.delivery_to_reporter()))
        }
        (Status::Done, None, Some(done_at)) => {
            let who = card.done_by.as_deref().unwrap_or(&card.kost_name);
            ("check", t.home_done_by(who, t.date_time_inline(done_at, page.now, &zone)))
        }
        (Status::Done, Some(Answer::Silent), _) => {
            ("s-closed", t.home_closed_on(t.day_inline(card.changed_at, page.now, &zone)))
        }
        (Status::Done, _, done_at) => {
            let done_at = done_at.unwrap_or(card.changed_at);
            let taken = t.duration_roughly(done_at.duration_since(card.opened_at));
            ("s-done", t.home_fixed_in(t.day(done_at, page.now, &zone), taken))
        }
        (status, ..) => unfinished(status, card.returned, card.assignee_name.as_deref(), t),
    }
}

/// What happens next with a report that is not done: an icon and a line.
pub(super) fn unfinished(
    status: Status,
    returned: bool,
    assignee: Option<&str>,
    t: Words,
) -> (&'static str, String) {
    match (status, assignee) {
        (Status::InProgress, Some(name)) => ("wrench", t.ticket_next_in_progress(name)),
        (Status::InProgress, None) => ("wrench", t.ticket_next_in_progress_nobody().to_owned()),
        (_, Some(name)) if returned => ("reply", t.ticket_next_returned(name)),
        (_, None) if returned => ("reply", t.ticket_next_returned_nobody().to_owned()),
        (_, Some(name)) => ("user", t.ticket_next_assigned(name)),
        (_, None) => ("clock", t.ticket_next_unassigned().to_owned()),
    }
}
