//! Work that nobody waits for.

tokio::task_local! {
    static HERE: Crowd;
}

/// How many do such work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crowd {
    /// A few, for which the many wait.
    Few,
    /// As many as like. On PostgreSQL they hold at most a third of the connections that write.
    Many,
    /// The same, who are late: they may hold all of them but one.
    Late,
}

/// Does work that nobody waits for. Where all writers stand in one queue, which is
/// SQLite's, those go first for whom somebody waits; but nothing waits much longer
/// for that than a tenth of a second. On PostgreSQL one of many waits for its place.
pub async fn in_background<T>(crowd: Crowd, work: impl Future<Output = T>) -> T {
    HERE.scope(crowd, work).await
}

/// Which work this is; `None` when somebody waits for it.
pub(crate) fn here() -> Option<Crowd> {
    HERE.try_with(|crowd| *crowd).ok()
}
