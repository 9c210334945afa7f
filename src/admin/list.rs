//! SQL of the dashboard's list. Every page is one walk along an index, at most
//! `WINDOW` entries long, however many reports a kost has.

use db::{On, Query, query};
use jiff::Timestamp;

use crate::accounts::AccountId;
use crate::admin::filter::pattern;
use crate::error::Result;
use crate::kosts::{KostId, LocationKind};
use crate::tickets::{Answer, Before, Category, Priority, Status, TicketId, TicketNumber};

pub use crate::admin::filter::Filter;

/// Reports on one page.
pub const PAGE: usize = 20;
/// How many reports a page looks at where no index knows what is asked for.
const WINDOW: i64 = 1000;

db::row! {
    /// One line of the list.
    #[derive(Debug, Clone)]
    pub struct Line {
        pub id: TicketId,
        pub number: TicketNumber,
        pub title: String,
        pub category: Category,
        pub priority: Priority,
        pub status: Status,
        pub returned: bool,
        pub answer: Option<Answer>,
        pub comment_count: i64,
        pub photo_count: i64,
        pub opened_at: Timestamp,
        pub changed_at: Timestamp,
        pub first_response_at: Option<Timestamp>,
        pub location_kind: LocationKind,
        pub location_name: String,
        pub reporter_name: String,
        pub assignee: Option<AccountId>,
        pub assignee_name: Option<String>,
    }
}

/// A page of the list.
#[derive(Debug)]
pub struct Lines {
    pub lines: Vec<Line>,
    /// Where the next page begins, if there is one.
    pub next: Option<Before>,
    /// The page looked at as many reports as it may, and there are older ones.
    pub is_cut: bool,
}

/// The newest changes first, at most [`PAGE`] of them.
pub async fn page(
    on: impl Into<On<'_>>,
    kost: KostId,
    reader: AccountId,
    filter: &Filter,
) -> Result<Lines> {
    let mut on = on.into();
    let mut lines: Vec<Line> = lines(query(""), kost, reader, filter).all(&mut on).await?;
    if lines.len() > PAGE {
        lines.truncate(PAGE);
        let next = lines.last().map(|line| Before::new(line.changed_at, line.id));
        return Ok(Lines { lines, next, is_cut: false });
    }
    let next = if is_searched(filter) {
        let end: Vec<(Timestamp, TicketId)> = window_end(kost, reader, filter).all(&mut on).await?;
        (end.len() == 2).then(|| Before::new(end[0].0, end[0].1))
    } else {
        None
    };
    Ok(Lines { lines, next, is_cut: next.is_some() })
}

/// The statement of a page, behind what a caller has `begun` (such as EXPLAIN).
/// It reads one report more than a page has, to know whether there is a next one.
pub fn lines(
    begun: Query<'static>,
    kost: KostId,
    reader: AccountId,
    filter: &Filter,
) -> Query<'static> {
    let begun = begun.push(
        "SELECT ticket.id, ticket.number, ticket.title, ticket.category, ticket.priority, ticket.status,
             ticket.returned, ticket.answer, ticket.comment_count, ticket.photo_count,
             ticket.opened_at, ticket.changed_at, ticket.first_response_at,
             location.kind AS location_kind, location.name AS location_name, reporter.name AS reporter_name,
             ticket.assignee, assignee.name AS assignee_name
         FROM ",
    );
    if !is_searched(filter) {
        let found = begun.push("ticket").push(BESIDE).push(" WHERE ");
        return walk(found, kost, reader, filter, PAGE as i64 + 1);
    }
    let seen = begun.push(
        "(SELECT id, kost, number, title, category, priority, status, returned, answer, comment_count,
             photo_count, opened_at, changed_at, first_response_at, location, reporter, assignee, search
         FROM ticket
         WHERE ",
    );
    let seen = walk(seen, kost, reader, filter, WINDOW).push(") AS ticket").push(BESIDE);
    let found = searched(seen.push(" WHERE TRUE"), filter, reader).push(IN_ORDER);
    found.limit(PAGE + 1)
}

/// What stands beside a report.
const BESIDE: &str = "
     JOIN location ON location.kost = ticket.kost AND location.id = ticket.location
     JOIN account AS reporter ON reporter.id = ticket.reporter
     LEFT JOIN account AS assignee ON assignee.id = ticket.assignee";

const IN_ORDER: &str = " ORDER BY ticket.changed_at DESC, ticket.id DESC";

/// The oldest report that a page looked at, and the next older one.
fn window_end(kost: KostId, reader: AccountId, filter: &Filter) -> Query<'static> {
    let seen = query("SELECT changed_at, id FROM ticket WHERE ");
    walk(seen, kost, reader, filter, 2).push(" OFFSET ").push_bind(WINDOW - 1)
}

/// What one index finds, in the order of the list: the reports of the kost, of
/// one of its locations, of one assignee, or of one status.
fn walk(
    begun: Query<'static>,
    kost: KostId,
    reader: AccountId,
    filter: &Filter,
    limit: i64,
) -> Query<'static> {
    let begun = begun.push("ticket.kost = ").push_bind(kost);
    let narrowed = match Narrow::of(filter) {
        Narrow::Number(number) => begun.push(" AND ticket.number = ").push_bind(number),
        Narrow::Location => begun
            .push(" AND ticket.location = ")
            .push_bind(filter.location.map_or(0, |id| id.get())),
        Narrow::Unassigned => begun.push(" AND ticket.assignee IS NULL"),
        Narrow::Assignee => {
            begun.push(" AND ticket.assignee = ").push_bind(assignee(filter, reader))
        }
        Narrow::Status => {
            begun.push(" AND ticket.status = ").push_bind(filter.status.unwrap_or(Status::Open))
        }
        Narrow::Unfinished => begun.push(" AND ticket.status <> 'done'"),
        Narrow::Nothing => begun,
    };
    let further = match filter.after {
        Some(place) => place.narrow(narrowed),
        None => narrowed,
    };
    further.push(IN_ORDER).limit(limit)
}

/// What has to be looked for among what the index found.
fn searched(seen: Query<'static>, filter: &Filter, reader: AccountId) -> Query<'static> {
    let mut found = seen;
    if let Some(status) = filter.status {
        found = found.push(" AND ticket.status = ").push_bind(status);
    }
    if filter.unfinished {
        found = found.push(" AND ticket.status <> 'done'");
    }
    if let Some(category) = filter.category {
        found = found.push(" AND ticket.category = ").push_bind(category);
    }
    if let Some(priority) = filter.priority {
        found = found.push(" AND ticket.priority = ").push_bind(priority);
    }
    if let Some(location) = filter.location {
        found = found.push(" AND ticket.location = ").push_bind(location);
    }
    if let Some(assignee) = filter.assignee {
        found = found.push(" AND ticket.assignee = ").push_bind(assignee);
    }
    if filter.mine {
        found = found.push(" AND ticket.assignee = ").push_bind(reader);
    }
    if filter.unassigned {
        found = found.push(" AND ticket.assignee IS NULL");
    }
    for word in filter.words().0 {
        found = found
            .push(" AND (ticket.search LIKE ")
            .push_bind(pattern(&word.to_lowercase()))
            .push(" ESCAPE '!'");
        for name in ["location.name", "reporter.name"] {
            found = found.push(" OR LOWER(").push(name).push(") LIKE LOWER(");
            found = found.push_bind(pattern(&word)).push(") ESCAPE '!'");
        }
        if let Ok(number) = word.parse::<i64>() {
            found = found.push(" OR ticket.number = ").push_bind(number);
        }
        // As rooms are called in the interface: “Kamar 12”, “Room 12”.
        if matches!(word.to_lowercase().as_str(), "kamar" | "room") {
            found = found.push(" OR location.kind = 'room'");
        }
        found = found.push(")");
    }
    found
}

fn assignee(filter: &Filter, reader: AccountId) -> AccountId {
    filter.assignee.unwrap_or(reader)
}

/// The one part of a filter that the walk follows an index for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Narrow {
    Number(i64),
    Location,
    Unassigned,
    Assignee,
    Status,
    Unfinished,
    Nothing,
}

impl Narrow {
    fn of(filter: &Filter) -> Narrow {
        match filter.words().1 {
            Some(number) => Narrow::Number(number),
            None if filter.location.is_some() => Narrow::Location,
            None if filter.unassigned => Narrow::Unassigned,
            None if filter.assignee.is_some() || filter.mine => Narrow::Assignee,
            None if filter.status.is_some() => Narrow::Status,
            None if filter.unfinished => Narrow::Unfinished,
            None => Narrow::Nothing,
        }
    }
}

/// Whether more is asked for than the one index knows.
fn is_searched(filter: &Filter) -> bool {
    let mut rest = filter.from_the_top();
    match Narrow::of(filter) {
        Narrow::Number(_) => {}
        Narrow::Location => rest.location = None,
        Narrow::Unassigned => rest.unassigned = false,
        Narrow::Assignee if filter.assignee.is_some() => rest.assignee = None,
        Narrow::Assignee => rest.mine = false,
        Narrow::Status => rest.status = None,
        Narrow::Unfinished => rest.unfinished = false,
        Narrow::Nothing => {}
    }
    rest != Filter::default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_filter_needs_no_search_and_two_do() {
        for single in [
            "",
            "status=open",
            "status=unfinished",
            "assignee=3",
            "mine=1",
            "unassigned=1",
            "location=2",
            "after=5-6",
        ] {
            assert!(!is_searched(&Filter::parse(single)), "{single}");
        }
        for searched in [
            "category=ac",
            "q=keran",
            "status=open&mine=1",
            "mine=1&assignee=3",
            "location=2&status=done",
        ] {
            assert!(is_searched(&Filter::parse(searched)), "{searched}");
        }
    }
}
