//! `/notifications`: what one was told, by day; unread until read.

use askama::Template;
use axum::extract::RawQuery;
use axum::response::Response;

use crate::activity::ActivityKind;
use crate::error::Result;
use crate::kosts::SignedIn;
use crate::notifications::NotificationId;
use crate::notifications::store::{self, NotificationView, Shown};
use crate::tickets::{Status, TicketNumber};
use crate::web::{Flash, Form, Page, Signature, TextForm};
use crate::words::{Words, emphasis, iso};

const PAGE: i64 = 30;

#[derive(Template)]
#[template(path = "notifications/list.html")]
struct ListPage<'a> {
    page: &'a Page,
    shown: Shown,
    /// The newest of all, up to which everything can be marked as read.
    newest: Option<NotificationId>,
    days: Vec<Day>,
    /// Back to the first page, from any other.
    first: Option<&'static str>,
    older: Option<String>,
}

/// The notifications of one day.
struct Day {
    name: String,
    notes: Vec<Note>,
}

struct Note {
    is_unread: bool,
    /// Of whoever wrote; events have an icon instead.
    writer: Option<Signature>,
    icon: (&'static str, &'static str),
    sentence: String,
    excerpt: Option<String>,
    url: String,
    title: String,
    number: TicketNumber,
    /// Where, for who is in several kosts: numbers are each kost's own.
    kost: Option<String>,
    iso: String,
    time: String,
}

/// `GET /notifications?show=&before=`
pub async fn list(page: Page, visitor: SignedIn, RawQuery(query): RawQuery) -> Result<Response> {
    let asked = Form::from_query(query.as_deref().unwrap_or(""));
    let shown = match asked.text("show") {
        "unread" => Shown::Unread,
        "ask" => Shown::Ask,
        _ => Shown::All,
    };
    let before = asked.text("before").parse::<NotificationId>().ok();
    // Before the list: what comes meanwhile may show, and stays unread.
    let newest = store::newest(&page.app.db, visitor.account.id).await?;
    let mut found = store::list(&page.app.db, visitor.account.id, shown, before, PAGE + 1).await?;
    let has_older = found.len() as i64 > PAGE;
    found.truncate(PAGE as usize);
    let (start, and) = match shown {
        Shown::All => ("/notifications", '?'),
        Shown::Unread => ("/notifications?show=unread", '&'),
        Shown::Ask => ("/notifications?show=ask", '&'),
    };
    let older = found.last().filter(|_| has_older);
    let older = older.map(|last| format!("{start}{and}before={}", last.id));
    let first = before.map(|_| start);
    let days = by_day(&page, &visitor, found);
    page.html(&ListPage { page: &page, shown, newest, days, first, older })
}

/// `POST /notifications/read` [newest: the last one that the page knew of; all
/// without it]
pub async fn mark_all_read(
    page: Page,
    visitor: SignedIn,
    TextForm(form): TextForm,
) -> Result<Response> {
    let newest = form.choice("newest").unwrap_or(NotificationId(i64::MAX));
    let mut tx = page.app.db.begin().await?;
    store::mark_all_read(&mut tx, visitor.account.id, newest).await?;
    tx.commit().await?;
    Ok(page.done("/notifications", Flash::AllRead))
}

fn by_day(page: &Page, visitor: &SignedIn, found: Vec<NotificationView>) -> Vec<Day> {
    let mut days: Vec<Day> = Vec::new();
    for view in found {
        let name = page.t.day(view.at, page.now, &view.timezone.tz());
        let note = note(page.t, visitor, view);
        match days.last_mut() {
            Some(day) if day.name == name => day.notes.push(note),
            _ => days.push(Day { name, notes: vec![note] }),
        }
    }
    days
}

fn note(t: Words, visitor: &SignedIn, view: NotificationView) -> Note {
    let news = view.news(visitor.account.id, t);
    let has_words =
        matches!(view.kind, ActivityKind::Commented | ActivityKind::Noted | ActivityKind::Returned);
    Note {
        is_unread: view.read_at.is_none(),
        writer: news.actor.filter(|_| has_words).map(|actor| {
            // A colour of one's own would tell neighbours apart.
            let id = if news.viewer.knows(actor) { actor.account.get() } else { 0 };
            Signature::new(id, &news.actor(t), None)
        }),
        icon: icon(view.kind, view.new_value.as_deref()),
        sentence: news.sentence_with(emphasis::strong(&news.actor(t)), t),
        excerpt: view.body.as_deref().filter(|_| has_words).and_then(excerpt),
        url: format!("/k/{}/tickets/{}", view.slug, view.number),
        iso: iso(view.at),
        time: t.time(view.at, &view.timezone.tz()),
        title: view.title,
        number: view.number,
        kost: (visitor.memberships.len() > 1).then_some(view.kost_name),
    }
}

/// Icon and tone of what is no message.
fn icon(kind: ActivityKind, new_value: Option<&str>) -> (&'static str, &'static str) {
    match kind {
        ActivityKind::StatusChanged => match new_value.and_then(|value| value.parse().ok()) {
            Some(Status::Done) => ("s-done", "done"),
            Some(Status::InProgress) => ("s-progress", "progress"),
            Some(Status::Open) | None => ("s-open", "open"),
        },
        ActivityKind::Opened => ("ticket", "open"),
        ActivityKind::Returned => ("s-open", "open"),
        ActivityKind::Confirmed => ("check", "done"),
        ActivityKind::Assigned => ("user", "brand"),
        ActivityKind::Reminded => ("clock", "brand"),
        _ => ("s-closed", ""),
    }
}

/// The beginning of somebody's words, at most 100 characters; nothing of nothing.
fn excerpt(body: &str) -> Option<String> {
    const LONGEST: usize = 100;
    let line = body.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        _ if line.is_empty() => None,
        Some((end, _)) => Some(format!("{}…", line[..end].trim_end())),
        None => Some(line),
    }
}
