//! SQL of a person's own reports, as their home shows them. Only of kosts where
//! they are now: what ended shows nothing any more.

use std::str::FromStr;

use db::{On, Query, query};
use jiff::Timestamp;

use crate::accounts::AccountId;
use crate::error::Result;
use crate::kosts::Timezone;
use crate::tickets::{Answer, Category, Status, TicketId, TicketNumber};

/// More than this of each list nobody looks at; the newest are shown.
const MOST: i64 = 50;

db::row! {
    /// One report as a card.
    #[derive(Debug, Clone)]
    pub struct Card {
        pub id: TicketId,
        pub number: TicketNumber,
        pub slug: String,
        pub kost_name: String,
        pub timezone: Timezone,
        pub title: String,
        pub category: Category,
        pub status: Status,
        pub returned: bool,
        pub answer: Option<Answer>,
        pub opened_at: Timestamp,
        pub changed_at: Timestamp,
        pub done_at: Option<Timestamp>,
        pub assignee_name: Option<String>,
        /// Who said that it is done.
        pub done_by: Option<String>,
        /// The file of its first photo.
        pub photo: Option<String>,
        /// Notifications about it that the reader has not read.
        pub news: i64,
    }
}

/// A place in a list of reports, the last changed first: those changed before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Before {
    changed_at: Timestamp,
    id: TicketId,
}

impl Before {
    /// The place just after a report.
    pub fn new(changed_at: Timestamp, id: TicketId) -> Before {
        Before { changed_at, id }
    }

    /// Narrows a list of reports down to what comes after this place.
    pub fn narrow<'q>(&self, list: Query<'q>) -> Query<'q> {
        list.push(" AND (ticket.changed_at, ticket.id) < (")
            .push_bind(self.changed_at)
            .push(", ")
            .push_bind(self.id)
            .push(")")
    }
}

impl std::fmt::Display for Before {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.changed_at.as_millisecond(), self.id)
    }
}

impl FromStr for Before {
    type Err = ();

    fn from_str(text: &str) -> Result<Before, ()> {
        let (changed_at, id) = text.split_once('.').ok_or(())?;
        let changed_at =
            Timestamp::from_millisecond(changed_at.parse().map_err(|_| ())?).map_err(|_| ())?;
        Ok(Before { changed_at, id: id.parse().map_err(|_| ())? })
    }
}

/// Done, and waiting for the reader's answer.
pub async fn waiting(on: impl Into<On<'_>>, reader: AccountId) -> Result<Vec<Card>> {
    let list = reported(reader).push(" AND ticket.status = 'done' AND ticket.answer IS NULL");
    Ok(newest(list, MOST).all(on).await?)
}

/// Open or in progress.
pub async fn running(on: impl Into<On<'_>>, reader: AccountId) -> Result<Vec<Card>> {
    Ok(newest(reported(reader).push(" AND ticket.status <> 'done'"), MOST).all(on).await?)
}

/// Done and answered, or closed by silence; `limit` of those before `before`.
pub async fn past(
    on: impl Into<On<'_>>,
    reader: AccountId,
    before: Option<Before>,
    limit: i64,
) -> Result<Vec<Card>> {
    let mut list = reported(reader).push(" AND ticket.answer IS NOT NULL");
    if let Some(before) = before {
        list = before.narrow(list);
    }
    Ok(newest(list, limit).all(on).await?)
}

/// Reports of others that the reader follows.
pub async fn followed(on: impl Into<On<'_>>, reader: AccountId) -> Result<Vec<Card>> {
    let followed = "follower
         JOIN ticket ON ticket.kost = follower.kost AND ticket.id = follower.ticket";
    let list = cards(reader, followed)
        .push("follower.account = ")
        .push_bind(reader)
        .push(" AND ticket.reporter <> ")
        .push_bind(reader);
    Ok(newest(list, MOST).all(on).await?)
}

fn reported(reader: AccountId) -> Query<'static> {
    cards(reader, "ticket").push("ticket.reporter = ").push_bind(reader)
}

fn cards(reader: AccountId, tickets: &'static str) -> Query<'static> {
    query(CARD).bind(reader).push(" FROM ").push(tickets).push(BESIDE).push(" WHERE ")
}

fn newest(list: Query<'static>, limit: i64) -> Query<'static> {
    list.push(" ORDER BY ticket.changed_at DESC, ticket.id DESC").limit(limit)
}

const CARD: &str = "SELECT ticket.id, ticket.number, kost.slug, kost.name AS kost_name, kost.timezone,
         ticket.title, ticket.category, ticket.status, ticket.returned, ticket.answer,
         ticket.opened_at, ticket.changed_at, ticket.done_at, assignee.name AS assignee_name,
         (SELECT account.name
          FROM activity
          JOIN account ON account.id = activity.actor
          WHERE activity.kost = ticket.kost AND activity.ticket = ticket.id AND activity.kind = 'status_changed' AND activity.new_value = 'done'
          ORDER BY activity.id DESC
          LIMIT 1) AS done_by,
         (SELECT photo.file
          FROM photo
          JOIN activity ON activity.kost = photo.kost AND activity.id = photo.activity
          WHERE photo.kost = ticket.kost AND photo.ticket = ticket.id AND activity.kind <> 'noted'
          ORDER BY photo.id
          LIMIT 1) AS photo,
         (SELECT COUNT(*)
          FROM notification
          WHERE notification.account = $1 AND notification.kost = ticket.kost AND notification.ticket = ticket.id AND notification.read_at IS NULL) AS news";

/// What stands beside a report; `$1` is the reader.
const BESIDE: &str = "
     JOIN kost ON kost.id = ticket.kost
     JOIN membership ON membership.account = $1 AND membership.kost = ticket.kost AND membership.ended_at IS NULL
     LEFT JOIN account assignee ON assignee.id = ticket.assignee";
