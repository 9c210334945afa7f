//! Lists and counts of jobs.

use db::{On, Query};
use jiff::Timestamp;

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
    /// Enqueued then or later.
    pub since: Option<Timestamp>,
    /// Enqueued before then.
    pub until: Option<Timestamp>,
    /// Those that a list shows after this one, that is, older ones.
    pub after: Option<JobId>,
}

impl Filter {
    /// Whether more is asked for than the indexes know.
    fn is_search(&self) -> bool {
        self.queue.is_some() || self.name.is_some() || self.text.is_some()
    }
}

/// Ids from the first on, up to but without the second: what a time comes to.
type Ids = (Option<JobId>, Option<JobId>);

/// How many jobs are in which state. From kept counts, unless a name, a
/// subject, a text or a time is asked for: then they are counted, among the newest
/// 10,000. `after` is ignored.
pub async fn counts(on: impl Into<On<'_>>, filter: &Filter) -> db::Result<Counts> {
    let mut on = on.into();
    let ids = ids(&mut on, filter).await?;
    let is_kept = filter.name.is_none()
        && filter.subject.is_none()
        && filter.text.is_none()
        && ids == (None, None);
    let query = if is_kept { kept_counts(filter) } else { counted(filter, ids) };
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

fn counted(filter: &Filter, ids: Ids) -> Query<'static> {
    let of_all = Filter { after: None, states: Vec::new(), ..filter.clone() };
    let query = db::query("SELECT state, COUNT(*) FROM (SELECT * FROM job WHERE TRUE");
    let query =
        narrow(query, &of_all, ids, None).push(" ORDER BY id DESC LIMIT ").push_bind(WINDOW);
    search(query.push(") AS job WHERE TRUE"), &of_all).push(" GROUP BY state")
}

/// The newest jobs first (of scheduled ones alone: those that are due first), at most `limit`. The next page is `after` the last one.
/// A queue, a name and a text are looked for among 10,000 jobs at a time: a page
/// may come out short though there are older ones.
pub async fn list(
    on: impl Into<On<'_>>,
    filter: &Filter,
    limit: usize,
) -> db::Result<Vec<JobView>> {
    let mut on = on.into();
    let ids = ids(&mut on, filter).await?;
    let mut jobs = Vec::new();
    if filter.states.is_empty() {
        jobs = page(&mut on, filter, ids, None, limit).await?;
    }
    if filter.states == [State::Scheduled] {
        return scheduled(&mut on, filter, ids, limit).await;
    }
    // One search of an index for each state, then merged.
    for state in &filter.states {
        jobs.extend(page(&mut on, filter, ids, Some(*state), limit).await?);
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
    ids: Ids,
    state: Option<State>,
    limit: usize,
) -> db::Result<Vec<JobView>> {
    // Without a search the walk ends after `limit`: the planner would read the whole window.
    let query = if filter.is_search() {
        let window = db::query(COLUMNS).push("FROM (SELECT * FROM job WHERE TRUE");
        let window = narrow(window, filter, ids, state).push(" ORDER BY id DESC LIMIT ");
        search(window.push_bind(WINDOW).push(") AS job WHERE TRUE"), filter)
    } else {
        narrow(db::query(COLUMNS).push("FROM job WHERE TRUE"), filter, ids, state)
    };
    query
        .push(" ORDER BY id DESC LIMIT ")
        .push_bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .all(on)
        .await
}

/// Those that are due first, at the beginning.
async fn scheduled(
    on: &mut On<'_>,
    filter: &Filter,
    ids: Ids,
    limit: usize,
) -> db::Result<Vec<JobView>> {
    let of_all = Filter { after: None, ..filter.clone() };
    let query = db::query(COLUMNS).push("FROM job WHERE TRUE");
    let mut query = search(narrow(query, &of_all, ids, Some(State::Scheduled)), &of_all);
    if let Some(after) = filter.after {
        query = query
            .push(" AND (due_at, id) > (SELECT due_at, id FROM job WHERE id = ")
            .push_bind(after)
            .push(")");
    }
    query
        .push(" ORDER BY due_at, id LIMIT ")
        .push_bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .all(on)
        .await
}

/// What an index finds.
fn narrow(
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

async fn ids(on: &mut On<'_>, filter: &Filter) -> db::Result<Ids> {
    let from = match filter.since {
        Some(at) => Some(first_since(on, at).await?),
        None => None,
    };
    let before = match filter.until {
        Some(at) => Some(first_since(on, at).await?),
        None => None,
    };
    Ok((from, before))
}

/// The first job that was enqueued at a time or later. Ids follow the time, so that a
/// few looks at the primary key find it, and no index has to be kept for those who ask.
async fn first_since(on: &mut On<'_>, at: Timestamp) -> db::Result<JobId> {
    let (last,): (Option<JobId>,) = db::query("SELECT MAX(id) FROM job").one(&mut *on).await?;
    let (mut low, mut high) = (0, last.map_or(0, JobId::get) + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        let job: Option<(JobId, Timestamp)> =
            db::query("SELECT id, created_at FROM job WHERE id >= $1 ORDER BY id LIMIT 1")
                .bind(middle)
                .optional(&mut *on)
                .await?;
        match job {
            Some((id, created_at)) if created_at < at => low = id.get() + 1,
            _ => high = middle,
        }
    }
    Ok(JobId(low))
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
