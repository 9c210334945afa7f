//! Which tasks are listed, from the URL.

use db::Db;
use form_urlencoded::Serializer;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use queue::{Counts, Filter, JobId, State};

use crate::admin::queue::pulse::Span;
use crate::admin::queue::{QUEUES, View, looked_for};
use crate::admin::tasks::{name_word, queue_word, state_word};
use crate::error::Result;
use crate::web::Form;
use crate::words::{Words, capitalised};

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
    /// The short word for what went wrong last.
    pub cause: Option<String>,
    /// Reports of the view, by their number as typed: what is no number finds nothing.
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
            cause: given("cause"),
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
            ("cause", self.cause.clone()),
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
            || self.cause.is_some()
            || self.ticket.is_some()
            || self.from.is_some()
            || self.to.is_some()
    }

    /// Everything that is asked for but the states.
    pub async fn narrowed(&self, db: &Db, view: &View) -> Result<Filter> {
        let zone = view.zone();
        let subjects = match &self.ticket {
            // No task is about the report 0.
            Some(typed) => match looked_for::reports(db, view, typed).await? {
                none if none.is_empty() => vec!["ticket:0".to_owned()],
                subjects => subjects,
            },
            None => Vec::new(),
        };
        let words = match &self.text {
            Some(text) => looked_for::words(db, view, text).await?,
            None => Vec::new(),
        };
        Ok(Filter {
            scope: view.scope(),
            queue: self.queue.clone(),
            name: self.name.clone(),
            code: self.cause.clone(),
            words,
            subjects,
            since: self.from.and_then(|date| beginning(date, &zone)),
            until: self.to.and_then(|date| beginning(date.tomorrow().ok()?, &zone)),
            ..Filter::default()
        })
    }

    /// Whether tasks in this state are listed: what is done or given up only when it is
    /// asked for.
    pub fn lists(&self, state: State) -> bool {
        match self.state {
            Some(asked) => state == asked,
            None => !matches!(state, State::Done | State::Cancelled),
        }
    }

    /// Of the states that are listed those in which there is something.
    pub fn states(&self, counts: &Counts) -> Vec<State> {
        let is_there =
            |state: &State| self.state.is_some() || counts.of(*state) > 0 || counts.is_cut(*state);
        State::ALL.iter().copied().filter(|state| self.lists(*state)).filter(is_there).collect()
    }

    /// What is asked for, in words.
    pub fn words(&self, t: Words) -> String {
        let dated = |word: &str, date: Date| format!("{} {}", word.to_lowercase(), t.date(date));
        let parts = [
            self.state.map(|state| state_word(state, t).to_owned()),
            self.queue.as_deref().map(|queue| t.queue_asked_queue(queue_word(queue, t))),
            self.name.as_deref().map(|name| name_word(name, t)),
            self.cause.as_deref().map(|code| t.cause(code)),
            self.ticket.as_deref().map(|typed| t.queue_about(typed.trim_start_matches('#'))),
            self.text.as_deref().map(|text| t.queue_asked_text(text)),
            self.from.map(|date| dated(t.queue_search_from(), date)),
            self.to.map(|date| dated(t.queue_search_to(), date)),
        ];
        capitalised(&parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
    }
}

/// When a day begins.
fn beginning(date: Date, zone: &TimeZone) -> Option<Timestamp> {
    zone.to_timestamp(date.at(0, 0, 0, 0)).ok()
}
