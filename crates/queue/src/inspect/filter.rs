//! Which jobs are asked for, as SQL: what an index finds, and what is looked for
//! among that.

use db::{On, Query};
use jiff::Timestamp;

use crate::{JobId, State};

/// A search looks at this many jobs of each state at most, the newest.
pub(super) const WINDOW: i64 = 10_000;

/// Which jobs. The default is all of them.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Whose; see [`Job::scope`](crate::Job::scope).
    pub scope: Option<i64>,
    /// In any of these states; none are all.
    pub states: Vec<State>,
    pub queue: Option<String>,
    /// The type of job.
    pub name: Option<String>,
    /// Not of these types.
    pub except: &'static [&'static str],
    /// About any of these, if there are any; see [`Job::subject`](crate::Job::subject).
    pub subjects: Vec<String>,
    /// The short word of the last error.
    pub code: Option<String>,
    /// All of these.
    pub words: Vec<Word>,
    /// Enqueued then or later.
    pub since: Option<Timestamp>,
    /// Enqueued before then.
    pub until: Option<Timestamp>,
    /// Those that a list shows after this one, that is, older ones.
    pub after: Option<JobId>,
}

/// A word that is looked for. Any of these is enough.
#[derive(Debug, Clone, Default)]
pub struct Word {
    /// A part of the name or of the last error, whatever the case.
    pub part: String,
    /// The type is one of these.
    pub names: Vec<&'static str>,
    /// The last error is one of these.
    pub codes: Vec<&'static str>,
    /// It is about one of these.
    pub subjects: Vec<String>,
    /// It is of one of these types, and its argument of this name is one of these numbers.
    pub argument: Option<(&'static [&'static str], &'static str, Vec<i64>)>,
}

/// Ids from the first on, up to but without the second: what a time comes to.
pub(super) type Ids = (Option<JobId>, Option<JobId>);

impl Filter {
    /// Whether more is asked for than the indexes know.
    pub(super) fn is_search(&self) -> bool {
        self.queue.is_some() || self.is_looked_for()
    }

    /// Whether more is asked for than is kept as a number, times aside.
    pub(super) fn is_counted(&self) -> bool {
        self.is_looked_for() || !self.subjects.is_empty()
    }

    fn is_looked_for(&self) -> bool {
        self.name.is_some()
            || !self.except.is_empty()
            || self.code.is_some()
            || !self.words.is_empty()
    }
}

/// What an index finds.
pub(super) fn narrow(
    mut query: Query<'static>,
    filter: &Filter,
    (from, before): Ids,
    state: Option<State>,
) -> Query<'static> {
    if let Some(from) = from {
        query = query.push(" AND id >= ").push_bind(from);
    }
    if let Some(before) = before {
        query = query.push(" AND id < ").push_bind(before);
    }
    query = of_scope(query, filter.scope);
    if !filter.subjects.is_empty() {
        query = query.push(" AND subject IN ").push_list(filter.subjects.clone());
    }
    if let Some(after) = filter.after {
        query = query.push(" AND id < ").push_bind(after);
    }
    match state {
        // Literally, and with what the index on all others asks for.
        Some(State::Done) => query.push(" AND state = 'done'"),
        Some(state) => {
            query.push(" AND state <> 'done' AND state = '").push(state.as_str()).push("'")
        }
        None => query,
    }
}

pub(super) fn of_scope(query: Query<'_>, scope: Option<i64>) -> Query<'_> {
    match scope {
        Some(scope) => query.push(" AND scope = ").push_bind(scope),
        None => query,
    }
}

/// What has to be looked for.
pub(super) fn search(mut query: Query<'static>, filter: &Filter) -> Query<'static> {
    if let Some(queue) = &filter.queue {
        query = query.push(" AND queue = ").push_bind(queue);
    }
    if let Some(name) = &filter.name {
        query = query.push(" AND name = ").push_bind(name);
    }
    if !filter.except.is_empty() {
        query = query.push(" AND name NOT IN ").push_list(filter.except.iter().copied());
    }
    if let Some(code) = &filter.code {
        query = query.push(" AND error_code = ").push_bind(code);
    }
    // What went wrong in technical words is for those who see all.
    let detail = if filter.scope.is_none() { "error_detail" } else { "NULL" };
    filter.words.iter().fold(query, |query, word| look_for(query, word, detail))
}

fn look_for(mut query: Query<'static>, word: &Word, detail: &str) -> Query<'static> {
    let pattern = format!("%{}%", escape(&word.part.to_lowercase()));
    query = query
        .push(" AND (LOWER(name || ' ' || COALESCE(error_code, '') || ' ' || COALESCE(")
        .push(detail)
        .push(", '')) LIKE ")
        .push_bind(pattern)
        .push(" ESCAPE '!'");
    if !word.names.is_empty() {
        query = query.push(" OR name IN ").push_list(word.names.iter().copied());
    }
    if !word.codes.is_empty() {
        query = query.push(" OR error_code IN ").push_list(word.codes.iter().copied());
    }
    if !word.subjects.is_empty() {
        query = query.push(" OR subject IN ").push_list(word.subjects.clone());
    }
    if let Some((names, argument, numbers)) = &word.argument {
        query = query
            .push(" OR (name IN ")
            .push_list(names.iter().copied())
            // A number on SQLite, a text on PostgreSQL.
            .push(" AND CAST(args ->> '")
            .push(argument)
            .push("' AS TEXT) IN ")
            .push_list(numbers.iter().map(i64::to_string))
            .push(")");
    }
    query.push(")")
}

/// Text that a pattern takes literally.
fn escape(text: &str) -> String {
    text.replace('!', "!!").replace('%', "!%").replace('_', "!_")
}

/// The ids that the times of the filter come to.
pub(super) async fn ids(on: &mut On<'_>, filter: &Filter) -> db::Result<Ids> {
    let from = match filter.since {
        Some(at) => Some(first_since(on, filter.scope, at).await?),
        None => None,
    };
    let before = match filter.until {
        Some(at) => Some(first_since(on, filter.scope, at).await?),
        None => None,
    };
    Ok((from, before))
}

/// The first job that was enqueued at a time or later. Ids follow the time, so that a
/// few looks at a key find it, and no index has to be kept for those who ask.
async fn first_since(on: &mut On<'_>, scope: Option<i64>, at: Timestamp) -> db::Result<JobId> {
    let last = of_scope(db::query("SELECT MAX(id) FROM job WHERE TRUE"), scope);
    let (last,): (Option<JobId>,) = last.one(&mut *on).await?;
    let (mut low, mut high) = (0, last.map_or(0, JobId::get) + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        let job = db::query("SELECT id, created_at FROM job WHERE id >= ").push_bind(middle);
        let job: Option<(JobId, Timestamp)> =
            of_scope(job, scope).push(" ORDER BY id LIMIT 1").optional(&mut *on).await?;
        match job {
            Some((id, created_at)) if created_at < at => low = id.get() + 1,
            _ => high = middle,
        }
    }
    Ok(JobId(low))
}
