//! Which reports the dashboard lists: read from the URL, written back into it,
//! so that every view of the list has an address.

use db::Value;

use crate::accounts::AccountId;
use crate::kosts::LocationId;
use crate::tickets::{Before, Category, Priority, Status};
use crate::web::Form;

/// Longest text that is searched for, in characters; what is beyond is ignored.
const LONGEST_SEARCH: usize = 100;

/// What stands for both states that are not done.
const UNFINISHED: &str = "unfinished";

/// What the list is narrowed down to. All of it combines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    pub status: Option<Status>,
    /// Only what is not done: `status=unfinished`.
    pub unfinished: bool,
    pub category: Option<Category>,
    pub priority: Option<Priority>,
    pub assignee: Option<AccountId>,
    pub location: Option<LocationId>,
    /// Only what the reader is in charge of.
    pub mine: bool,
    /// Only what nobody is in charge of.
    pub unassigned: bool,
    /// Words that all occur in title, description, place, reporter or number; `#12`
    /// is that number and no other.
    pub q: Option<String>,
    /// The list goes on behind this place.
    pub after: Option<Before>,
}

/// One part of a filter that can be taken away by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Status,
    Unfinished,
    Category,
    Priority,
    Assignee,
    Location,
    Mine,
    Unassigned,
    Search,
}

impl Filter {
    /// Reads a query string. What it does not understand it leaves out: an old
    /// bookmark still shows a list.
    pub fn parse(query: &str) -> Filter {
        let form = Form::from_query(query);
        let search = form.optional("q", usize::MAX).ok().flatten();
        Filter {
            status: form.choice("status").ok(),
            unfinished: form.text("status") == UNFINISHED,
            category: form.choice("category").ok(),
            priority: form.choice("priority").ok(),
            assignee: form.choice("assignee").ok(),
            location: form.choice("location").ok(),
            mine: form.is_on("mine"),
            unassigned: form.is_on("unassigned"),
            q: search.map(|text| text.chars().take(LONGEST_SEARCH).collect()),
            after: form.text("after").parse().ok(),
        }
    }

    /// The filter as a query string with its question mark; empty for everything.
    pub fn query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let mut pair = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                query.append_pair(name, &value);
            }
        };
        let unfinished = self.unfinished.then(|| UNFINISHED.to_owned());
        pair("status", self.status.map(|status| status.to_string()).or(unfinished));
        pair("category", self.category.map(|category| category.to_string()));
        pair("priority", self.priority.map(|priority| priority.to_string()));
        pair("assignee", self.assignee.map(|assignee| assignee.to_string()));
        pair("location", self.location.map(|location| location.to_string()));
        pair("mine", self.mine.then(|| "1".to_owned()));
        pair("unassigned", self.unassigned.then(|| "1".to_owned()));
        pair("q", self.q.clone());
        pair("after", self.after.map(|after| after.to_string()));
        let query = query.finish();
        if query.is_empty() { query } else { format!("?{query}") }
    }

    /// The same from the beginning of the list.
    pub fn from_the_top(&self) -> Filter {
        Filter { after: None, ..self.clone() }
    }

    /// The same list further on.
    pub fn after(&self, key: Before) -> Filter {
        Filter { after: Some(key), ..self.clone() }
    }

    /// The same without one of its parts.
    pub fn without(&self, part: Part) -> Filter {
        let mut filter = self.from_the_top();
        match part {
            Part::Status => filter.status = None,
            Part::Unfinished => filter.unfinished = false,
            Part::Category => filter.category = None,
            Part::Priority => filter.priority = None,
            Part::Assignee => filter.assignee = None,
            Part::Location => filter.location = None,
            Part::Mine => filter.mine = false,
            Part::Unassigned => filter.unassigned = false,
            Part::Search => filter.q = None,
        }
        filter
    }

    /// Nothing is left out.
    pub fn is_everything(&self) -> bool {
        self.from_the_top() == Filter::default()
    }

    /// What is not done, or has nobody, and nothing else: if there is none, all is well.
    pub fn is_all_done(&self) -> bool {
        let asked = self.from_the_top();
        let open = Filter { unfinished: true, ..Filter::default() };
        let unassigned = Filter { unassigned: true, ..Filter::default() };
        asked == open || asked == unassigned
    }

    /// The words to search for, as typed; and the number, where one is meant.
    pub(super) fn words(&self) -> (Vec<String>, Option<i64>) {
        let mut number = None;
        let mut words = Vec::new();
        for word in self.q.as_deref().unwrap_or_default().split_whitespace() {
            match word.strip_prefix('#').and_then(|digits| digits.parse().ok()) {
                Some(digits) => number = Some(digits),
                None => words.push(word.to_owned()),
            }
        }
        (words, number)
    }
}

/// A word as a pattern that takes it literally, with `!` as escape.
pub(super) fn pattern(word: &str) -> Value {
    let literal = word.replace('!', "!!").replace('%', "!%").replace('_', "!_");
    Value::from(format!("%{literal}%"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_survives_the_way_through_the_url() {
        let query = "?status=open&category=water&priority=high&assignee=3&location=9&mine=1&unassigned=1&q=keran+%26+pipa&after=1700000000000.12";
        let filter = Filter::parse(&query[1..]);
        assert_eq!(filter.query(), query);
        assert!(filter.after.is_some());
        assert!(!filter.is_everything());
    }

    #[test]
    fn what_is_not_done_is_a_status_of_its_own() {
        let filter = Filter::parse("status=unfinished&mine=1");
        assert!(filter.unfinished && filter.status.is_none());
        assert_eq!(filter.query(), "?status=unfinished&mine=1");
        assert_eq!(filter.without(Part::Unfinished).query(), "?mine=1");
    }

    #[test]
    fn what_is_not_understood_is_left_out() {
        let filter = Filter::parse("status=closed&assignee=rani&after=yesterday&x=%ff&q=%20%20");
        assert_eq!(filter, Filter::default());
        assert_eq!(filter.query(), "");
        assert!(filter.is_everything());
    }

    #[test]
    fn a_search_knows_words_and_numbers() {
        let filter = Filter::parse("q=Keran+%2312+100%25");
        assert_eq!(filter.words(), (vec!["Keran".to_owned(), "100%".to_owned()], Some(12)));
        assert_eq!(pattern("100%"), Value::from("%100!%%"));
    }

    #[test]
    fn a_part_is_taken_away_and_the_list_begins_anew() {
        let filter = Filter::parse("status=done&mine=1&after=1.2");
        assert_eq!(filter.without(Part::Status).query(), "?mine=1");
        assert_eq!(filter.without(Part::Mine).query(), "?status=done");
    }
}
