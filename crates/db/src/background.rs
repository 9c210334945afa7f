//! Work that nobody waits for.

tokio::task_local! {
    static HERE: ();
}

/// Does work that nobody waits for. Where all writers stand in one queue, which is
/// SQLite's, this lets those go first for whom somebody waits: however much of it
/// there is, two at most stand between them.
pub async fn in_background<T>(work: impl Future<Output = T>) -> T {
    HERE.scope((), work).await
}

pub(crate) fn is_here() -> bool {
    HERE.try_with(|()| ()).is_ok()
}
