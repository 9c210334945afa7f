//! Work that nobody waits for.

tokio::task_local! {
    static HERE: ();
}

/// Does work that nobody waits for. Where all writers stand in one queue, which is
/// SQLite's, those go first for whom somebody waits; but nothing waits much longer
/// for that than a tenth of a second.
pub async fn in_background<T>(work: impl Future<Output = T>) -> T {
    HERE.scope((), work).await
}

pub(crate) fn is_here() -> bool {
    HERE.try_with(|()| ()).is_ok()
}
