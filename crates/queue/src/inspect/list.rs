//! Lists of jobs.

use db::{On, Query};

use super::filter::{Filter, Ids, WINDOW, ids, narrow, of_scope, search};
use super::{Attempt, JobView};
use crate::store::NOBODYS;
use crate::{JobId, State};

/// The newest jobs first (of scheduled ones alone: those that are due first), at most
/// `limit`. The next page is `after` the last one. What no index knows is looked for
/// among 10,000 jobs of each state: a page may come out short though there are older ones.
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

const COLUMNS: &str = "SELECT id, name, queue, state, NULLIF(scope, 0) AS scope, subject, args, attempt, max_attempts,
    priority, created_at, due_at, started_at, ended_at, error_code, error_detail, node, caused_by,
    unique_key, order_key ";

async fn page(
    on: &mut On<'_>,
    filter: &Filter,
    ids: Ids,
    state: Option<State>,
    limit: usize,
) -> db::Result<Vec<JobView>> {
    matching(filter, ids, state).push(" ORDER BY id DESC").limit(limit).all(on).await
}

/// Those that are due first, at the beginning.
async fn scheduled(
    on: &mut On<'_>,
    filter: &Filter,
    ids: Ids,
    limit: usize,
) -> db::Result<Vec<JobView>> {
    let of_all = Filter { after: None, ..filter.clone() };
    let mut query = if filter.scope.is_none() && !filter.is_search() {
        // Along the index of times, and with nothing that lets SQLite prefer another.
        matching(&of_all, ids, None).push(" AND awaits = 'time' AND state = 'scheduled'")
    } else {
        matching(&of_all, ids, Some(State::Scheduled))
    };
    if let Some(after) = filter.after {
        query = query
            .push(" AND (due_at, id) > (SELECT due_at, id FROM job WHERE id = ")
            .push_bind(after);
        query = of_scope(query, filter.scope).push(")");
    }
    query.push(" ORDER BY due_at, id").limit(limit).all(on).await
}

/// What the filter matches, to be put in order: what has to be looked for within a window.
fn matching(filter: &Filter, ids: Ids, state: Option<State>) -> Query<'static> {
    // Without a search the walk ends with the page: the planner would read the whole window.
    if filter.is_search() {
        let window = db::query(COLUMNS).push("FROM (SELECT * FROM job WHERE TRUE");
        let window = narrow(window, filter, ids, state).push(" ORDER BY id DESC");
        search(window.limit(WINDOW).push(") AS job WHERE TRUE"), filter)
    } else {
        narrow(db::query(COLUMNS).push("FROM job WHERE TRUE"), filter, ids, state)
    }
}

/// A step of a walk through all jobs of one state that a filter matches.
#[derive(Debug)]
pub struct Step {
    pub jobs: Vec<JobView>,
    /// Where to go on, as [`Filter::after`]; `None` at the end.
    pub next: Option<JobId>,
}

/// Looks at the next `most` jobs of one state, the newest first, and gives those that
/// match. However many there are, the walk comes to its end.
pub async fn step(
    on: impl Into<On<'_>>,
    filter: &Filter,
    state: State,
    most: usize,
) -> db::Result<Step> {
    let mut on = on.into();
    let (from, before) = ids(&mut on, filter).await?;
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let window = db::query("SELECT MIN(id), COUNT(*) FROM (SELECT id FROM job WHERE TRUE");
    let (last, seen): (Option<JobId>, i64) = narrow(window, filter, (from, before), Some(state))
        .push(" ORDER BY id DESC")
        .limit(most)
        .push(") AS job")
        .one(&mut on)
        .await?;
    let Some(last) = last else { return Ok(Step { jobs: Vec::new(), next: None }) };
    let jobs = db::query(COLUMNS).push("FROM job WHERE TRUE");
    let jobs = narrow(jobs, filter, (Some(last), before), Some(state));
    let jobs = search(jobs, filter).push(" ORDER BY id DESC").all(on).await?;
    Ok(Step { jobs, next: (seen == most).then_some(last) })
}

/// The scheduled jobs of a scope, those that are due first at the beginning.
pub async fn upcoming(on: impl Into<On<'_>>, scope: i64, limit: usize) -> db::Result<Vec<JobView>> {
    db::query(COLUMNS)
        .push("FROM job WHERE scope = ")
        .push_bind(scope)
        .push(" AND state = 'scheduled' ORDER BY due_at, id")
        .limit(limit)
        .all(on)
        .await
}

/// One job, if it has not been pruned; of this scope, if one is given.
pub async fn get(
    on: impl Into<On<'_>>,
    scope: Option<i64>,
    id: JobId,
) -> db::Result<Option<JobView>> {
    let query = db::query(COLUMNS).push("FROM job WHERE id = ").push_bind(id);
    of_scope(query, scope).optional(on).await
}

/// Those of these jobs that have not been pruned or discarded; of this scope, if one is given.
pub async fn get_all(
    on: impl Into<On<'_>>,
    scope: Option<i64>,
    ids: impl IntoIterator<Item = JobId>,
) -> db::Result<Vec<JobView>> {
    let ids: Vec<JobId> = ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    of_scope(db::query(COLUMNS).push("FROM job WHERE id IN ").push_list(ids), scope).all(on).await
}

/// The attempts of a job that did not end well, in order.
pub async fn attempts(on: impl Into<On<'_>>, job: &JobView) -> db::Result<Vec<Attempt>> {
    db::query(
        "SELECT attempt, delays, started_at, ended_at, node, error_code, error_detail
         FROM job_attempt
         WHERE scope = $1
           AND job = $2
         ORDER BY id",
    )
    .bind(job.scope.unwrap_or(NOBODYS))
    .bind(job.id)
    .all(on)
    .await
}

/// The jobs that this one enqueued, in order, at most `limit`.
pub async fn caused(on: impl Into<On<'_>>, id: JobId, limit: usize) -> db::Result<Vec<JobView>> {
    db::query(COLUMNS)
        .push("FROM job WHERE caused_by = ")
        .push_bind(id)
        .push(" ORDER BY id")
        .limit(limit)
        .all(on)
        .await
}
