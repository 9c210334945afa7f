//! Which tasks are listed, from the URL.

use db::Db;
use form_urlencoded::Serializer;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use queue::{Counts, Filter, JobId, State};

use crate::admin::queue::pulse::Span;
use crate::admin::queue::{QUEUES, View};
use crate::error::Result;
use crate::tickets::{TicketNumber, store};
use crate::web::Form;

/// Longest text that is looked for, in characters.
const TEXT: usize = 100;

/// What somebody asked for; what is nonsense is as good as not asked.
#[derive(Debug, Clone, Default)]
pub(super) struct Asked {
    pub state: Option<State>,
    pub queue: Option<String>,
    /// The type of task.
    pub name: Option<String>,
    pub text: Option<String>,
    /// A report of the view's kost, by its number as typed: what is no number finds nothing.
    pub ticket: Option<String>,
    /// Enqueued on that day or later, by the clock of the view.
    pub from: Option<Date>,
    /// Enqueued on that day or before.
    pub to: Option<Date>,
    /// How far back the charts go; an hour unless asked for.
    pub span: Option<Span>,
    pub after: Option<JobId>,
}

impl Asked {
    pub fn parse(query: &str) -> Asked {
        let form = Form::from_query(query);
        let given = |name| form.optional(name, TEXT).ok().flatten();
        Asked {
            state: form.choice("state").ok(),
            queue: given("queue").filter(|queue| QUEUES.contains(&queue.as_str())),
            name: given("name"),
            text: given("q"),
            ticket: given("ticket"),
            from: form.text("from").parse().ok(),
            to: form.text("to").parse().ok(),
            span: form.choice("span").ok(),
            after: form.choice("after").ok(),
        }
    }

    /// With its question mark; empty when nothing is asked for.
    pub fn query(&self) -> String {
        let pairs = [
            ("state", self.state.map(|state| state.to_string())),
            ("queue", self.queue.clone()),
            ("name", self.name.clone()),
            ("q", self.text.clone()),
            ("ticket", self.ticket.clone()),
            ("from", self.from.map(|date| date.to_string())),
            ("to", self.to.map(|date| date.to_string())),
            ("span", self.span.map(|span| span.to_string())),
            ("after", self.after.map(|after| after.to_string())),
        ];
        let mut query = Serializer::new(String::new());
        for (name, value) in &pairs {
            query.extend_pairs(value.iter().map(|value| (name, value)));
        }
        match query.finish() {
            query if query.is_empty() => query,
            query => format!("?{query}"),
        }
    }

    /// Whether more is asked for than a state.
    pub fn is_search(&self) -> bool {
        self.queue.is_some() || self.is_found()
    }

    /// Whether the search form is filled in.
    pub fn is_found(&self) -> bool {
        self.name.is_some()
            || self.text.is_some()
            || self.ticket.is_some()
            || self.from.is_some()
            || self.to.is_some()
    }

    /// Everything that is asked for but the states.
    pub async fn narrowed(&self, db: &Db, view: &View) -> Result<Filter> {
        let zone = view.zone();
        let subject = match (&self.ticket, &view.kost) {
            (Some(typed), Some(kost)) => {
                let ticket = match typed.trim_start_matches('#').parse::<TicketNumber>() {
                    Ok(number) => store::with_number(db, kost.id, number).await?,
                    Err(_) => None,
                };
                // No task is about the report 0.
                Some(format!("ticket:{}", ticket.map_or(0, |ticket| ticket.id.get())))
            }
            _ => None,
        };
        Ok(Filter {
            scope: view.scope(),
            queue: self.queue.clone(),
            name: self.name.clone(),
            text: self.text.clone(),
            subject,
            since: self.from.and_then(|date| beginning(date, &zone)),
            until: self.to.and_then(|date| beginning(date.tomorrow().ok()?, &zone)),
            ..Filter::default()
        })
    }

    /// The states that are listed: what is done only when it is asked for.
    pub fn states(&self, counts: &Counts) -> Vec<State> {
        let is_listed = |state: &State| match self.state {
            Some(asked) => *state == asked,
            None => !matches!(state, State::Done | State::Cancelled) && counts.of(*state) > 0,
        };
        State::ALL.iter().copied().filter(is_listed).collect()
    }
}

/// When a day begins.
fn beginning(date: Date, zone: &TimeZone) -> Option<Timestamp> {
    zone.to_timestamp(date.at(0, 0, 0, 0)).ok()
}
