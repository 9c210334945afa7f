//! How many jobs there are: kept numbers, or what a bounded look finds.

use db::{On, Query};
use jiff::Timestamp;

use super::filter::{Filter, Ids, WINDOW, ids, narrow, search};
use crate::State;

/// How many jobs are in which state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub waiting: i64,
    pub scheduled: i64,
    pub running: i64,
    pub retrying: i64,
    pub done: i64,
    pub failed: i64,
    pub cancelled: i64,
    pub parked: i64,
    /// For which of [`State::ALL`] there may be more: only the newest were looked at.
    pub cut: [bool; State::ALL.len()],
}

impl Counts {
    /// The number of jobs in one state.
    pub const fn of(&self, state: State) -> i64 {
        match state {
            State::Waiting => self.waiting,
            State::Scheduled => self.scheduled,
            State::Running => self.running,
            State::Retrying => self.retrying,
            State::Done => self.done,
            State::Failed => self.failed,
            State::Cancelled => self.cancelled,
            State::Parked => self.parked,
        }
    }

    /// Whether there may be more in this state.
    pub const fn is_cut(&self, state: State) -> bool {
        self.cut[state as usize]
    }

    /// All of them.
    pub fn total(&self) -> i64 {
        State::ALL.iter().map(|state| self.of(*state)).sum()
    }

    pub(super) fn add(&mut self, state: State, n: i64) {
        *match state {
            State::Waiting => &mut self.waiting,
            State::Scheduled => &mut self.scheduled,
            State::Running => &mut self.running,
            State::Retrying => &mut self.retrying,
            State::Done => &mut self.done,
            State::Failed => &mut self.failed,
            State::Cancelled => &mut self.cancelled,
            State::Parked => &mut self.parked,
        } += n;
    }
}

/// How many jobs are in which state. From kept numbers, unless more is asked for than
/// a scope and a queue: then they are counted, among the newest 10,000 of each state,
/// where [`list`](super::list) looks for them too. `after` is ignored.
pub async fn counts(on: impl Into<On<'_>>, filter: &Filter) -> db::Result<Counts> {
    let mut on = on.into();
    let filter = Filter { after: None, ..filter.clone() };
    let ids = ids(&mut on, &filter).await?;
    let kept: Vec<(State, i64)> = kept(&filter).all(&mut on).await?;
    let is_kept = !filter.is_counted() && ids == (None, None);
    let mut counts = Counts::default();
    for (state, n) in kept {
        if n == 0 || !(filter.states.is_empty() || filter.states.contains(&state)) {
            continue;
        }
        if is_kept {
            counts.add(state, n);
            continue;
        }
        let (found, seen): (i64, i64) = counted(&filter, ids, state).one(&mut on).await?;
        counts.add(state, found);
        if seen == WINDOW {
            counts.cut[state as usize] = true;
        }
    }
    Ok(counts)
}

fn kept(filter: &Filter) -> Query<'static> {
    let query = db::query("SELECT state, CAST(SUM(n) AS BIGINT) FROM job_count WHERE scope = ")
        .push_bind(filter.scope.unwrap_or(0));
    let query = match &filter.queue {
        Some(queue) => query.push(" AND queue = ").push_bind(queue),
        None => query,
    };
    query.push(" GROUP BY state")
}

/// How many were found, and among how many.
fn counted(filter: &Filter, ids: Ids, state: State) -> Query<'static> {
    let query = search(db::query("SELECT COALESCE(SUM(CASE WHEN TRUE"), filter)
        .push(" THEN 1 ELSE 0 END), 0), COUNT(*) FROM (SELECT * FROM job WHERE TRUE");
    narrow(query, filter, ids, Some(state)).push(" ORDER BY id DESC").limit(WINDOW).push(") AS job")
}

db::row! {
    /// Jobs of one state that one thing stopped.
    #[derive(Debug, Clone)]
    pub struct Cause {
        /// The short word for it; `None` if nothing went wrong.
        pub code: Option<String>,
        pub jobs: i64,
        /// Their queue, or one of them.
        pub queue: String,
        /// How many queues they are in.
        pub queues: i64,
        /// How many different values an argument has.
        pub differing: i64,
        /// When the first of them was enqueued.
        pub since: Timestamp,
    }
}

/// What stopped the newest 10,000 jobs of one state, the most frequent first, and
/// whether there may be more. `argument` is the one whose values are counted.
pub async fn causes(
    on: impl Into<On<'_>>,
    scope: Option<i64>,
    state: State,
    argument: &'static str,
) -> db::Result<(Vec<Cause>, bool)> {
    let filter = Filter { scope, ..Filter::default() };
    let query = db::query("SELECT error_code AS code, COUNT(*) AS jobs, MIN(queue) AS queue, ")
        .push("COUNT(DISTINCT queue) AS queues, COUNT(DISTINCT args ->> '")
        .push(argument)
        .push("') AS differing, MIN(created_at) AS since FROM (SELECT * FROM job WHERE TRUE");
    let causes: Vec<Cause> = narrow(query, &filter, (None, None), Some(state))
        .push(" ORDER BY id DESC")
        .limit(WINDOW)
        .push(") AS job GROUP BY error_code ORDER BY jobs DESC, code")
        .all(on)
        .await?;
    let seen: i64 = causes.iter().map(|cause| cause.jobs).sum();
    Ok((causes, seen == WINDOW))
}
