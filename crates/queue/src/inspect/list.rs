//! Lists and counts of jobs.

use db::{On, Query};

use super::{Attempt, Counts, JobView};
use crate::{JobId, State};

/// A search for text, name or queue looks at this many jobs at most, the newest.
const WINDOW: i64 = 10_000;

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
    /// What it is about; see [`Job::subject`](crate::Job::subject).
    pub subject: Option<String>,
    /// Part of the name, the subject or the last error, whatever the case.
    pub text: Option<String>,
    /// Those that a list shows after this one, that is, older ones.
    pub after: Option<JobId>,
}

impl Filter {
    /// Whether more is asked for than the indexes know.
    fn is_search(&self) -> bool {
        self.queue.is_some() || self.name.is_some() || self.text.is_some()
    }
}

/// How many jobs are in which state. From kept counts, unless a name, a
/// subject or a text is asked for: then they are counted, among the newest
/// 10,000. `after` is ignored.
pub async fn counts(on: impl Into<On<'_>>, filter: &Filter) -> db::Result<Counts> {
    let is_kept = filter.name.is_none() && filter.subject.is_none() && filter.text.is_none();
    let query = if is_kept { kept_counts(filter) } else { counted(filter) };
    let sums: Vec<(State, i64)> = query.all(on).await?;
    let mut counts = Counts::default();
    for (state, n) in sums {
        if filter.states.is_empty() || filter.states.contains(&state) {
            counts.add(state, n);
        }
    }
    Ok(counts)
}

fn kept_counts(filter: &Filter) -> Query<'static> {
    let query = db::query("SELECT state, CAST(SUM(n) AS BIGINT) FROM job_count WHERE scope = ")
        .push_bind(filter.scope.unwrap_or(0));
    let query = match &filter.queue {
        Some(queue) => query.push(" AND queue = ").push_bind(queue),
        None => query,
    };
    query.push(" GROUP BY state")
}

fn counted(filter: &Filter) -> Query<'static> {
    let of_all = Filter { after: None, states: Vec::new(), ..filter.clone() };
    let query = db::query("SELECT state, COUNT(*) FROM (SELECT * FROM job WHERE TRUE");
    let query = narrow(query, &of_all, None).push(" ORDER BY id DESC LIMIT ").push_bind(WINDOW);
    search(query.push(") AS job WHERE TRUE"), &of_all).push(" GROUP BY state")
}

/// The newest jobs first, at most `limit`. The next page is `after` the last one.
/// A queue, a name and a text are looked for among 10,000 jobs at a time: a page
/// may come out short though there are older ones.
pub async fn list(
    on: impl Into<On<'_>>,
    filter: &Filter,
    limit: usize,
) -> db::Result<Vec<JobView>> {
    let mut on = on.into();
    let mut jobs = Vec::new();
    if filter.states.is_empty() {
        jobs = page(&mut on, filter, None, limit).await?;
    }
    // One search of an index for each state, then merged.
    for state in &filter.states {
        jobs.extend(page(&mut on, filter, Some(*state), limit).await?);
    }
    jobs.sort_unstable_by_key(|job| std::cmp::Reverse(job.id));
    jobs.truncate(limit);
    Ok(jobs)
}

const COLUMNS: &str = "SELECT id, name, queue, state, scope, subject, args, attempt, max_attempts,
    priority, created_at, due_at, started_at, ended_at, error_code, error_detail, node, caused_by,
    unique_key, order_key ";

async fn page(
    on: &mut On<'_>,
    filter: &Filter,
    state: Option<State>,
    limit: usize,
) -> db::Result<Vec<JobView>> {
    // Without a search the walk ends after `limit`: the planner would read the whole window.
    let query = if filter.is_search() {
        let window = db::query(COLUMNS).push("FROM (SELECT * FROM job WHERE TRUE");
        let window = narrow(window, filter, state).push(" ORDER BY id DESC LIMIT ");
        search(window.push_bind(WINDOW).push(") AS job WHERE TRUE"), filter)
    } else {
        narrow(db::query(COLUMNS).push("FROM job WHERE TRUE"), filter, state)
    };
    query
        .push(" ORDER BY id DESC LIMIT ")
        .push_bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .all(on)
        .await
}

/// What an index finds.
fn narrow(mut query: Query<'static>, filter: &Filter, state: Option<State>) -> Query<'static> {
    if let Some(scope) = filter.scope {
        query = query.push(" AND scope = ").push_bind(scope);
    }
    if let Some(subject) = &filter.subject {
        query = query.push(" AND subject = ").push_bind(subject);
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

/// What has to be looked for.
fn search(mut query: Query<'static>, filter: &Filter) -> Query<'static> {
    if let Some(queue) = &filter.queue {
        query = query.push(" AND queue = ").push_bind(queue);
    }
    if let Some(name) = &filter.name {
        query = query.push(" AND name = ").push_bind(name);
    }
    if let Some(text) = &filter.text {
        let pattern = format!("%{}%", escape(&text.to_lowercase()));
        query = query
            .push(" AND LOWER(name || ' ' || COALESCE(subject, '') || ' ' || COALESCE(error_code, '') || ' ' || COALESCE(error_detail, '')) LIKE ")
            .push_bind(pattern)
            .push(" ESCAPE '!'");
    }
    query
}

/// Text that a pattern takes literally.
fn escape(text: &str) -> String {
    text.replace('!', "!!").replace('%', "!%").replace('_', "!_")
}

/// The scheduled jobs of a scope, those that are due first at the beginning.
pub async fn upcoming(on: impl Into<On<'_>>, scope: i64, limit: usize) -> db::Result<Vec<JobView>> {
    db::query(COLUMNS)
        .push("FROM job WHERE scope = ")
        .push_bind(scope)
        .push(" AND state = 'scheduled' ORDER BY due_at, id LIMIT ")
        .push_bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .all(on)
        .await
}

/// One job, if it has not been pruned.
pub async fn get(on: impl Into<On<'_>>, id: JobId) -> db::Result<Option<JobView>> {
    db::query(COLUMNS).push("FROM job WHERE id = ").push_bind(id).optional(on).await
}

/// Those of these jobs that have not been pruned or discarded.
pub async fn get_all(
    on: impl Into<On<'_>>,
    ids: impl IntoIterator<Item = JobId>,
) -> db::Result<Vec<JobView>> {
    let ids: Vec<JobId> = ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    db::query(COLUMNS).push("FROM job WHERE id IN ").push_list(ids).all(on).await
}

/// The attempts of a job that did not end well, in order.
pub async fn attempts(on: impl Into<On<'_>>, id: JobId) -> db::Result<Vec<Attempt>> {
    db::query(
        "SELECT attempt, started_at, ended_at, node, error_code, error_detail
         FROM job_attempt
         WHERE job = $1
         ORDER BY id",
    )
    .bind(id)
    .all(on)
    .await
}

/// The jobs that this one enqueued, in order, at most `limit`.
pub async fn caused(on: impl Into<On<'_>>, id: JobId, limit: usize) -> db::Result<Vec<JobView>> {
    db::query(COLUMNS)
        .push("FROM job WHERE caused_by = ")
        .push_bind(id)
        .push(" ORDER BY id LIMIT ")
        .push_bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .all(on)
        .await
}
