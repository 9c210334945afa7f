//! A commit group: transactions that reach the disk with one `COMMIT`.

use std::sync::Arc;

use tokio::sync::watch;

use crate::notice::Notice;
use crate::{Error, Result};

/// What became of a group: its commit, or why nothing of it was kept.
type Outcome = Option<Result<(), Arc<str>>>;

/// The group that is open on the writer's connection.
pub(super) struct Group {
    pub(super) fate: Arc<Fate>,
    /// What the released members want to be told, in order.
    pub(super) notices: Vec<Notice>,
}

impl Group {
    pub(super) fn new() -> Self {
        Self { fate: Arc::new(Fate(watch::Sender::new(None))), notices: Vec::new() }
    }
}

/// Where its commit was given up, the members learn that nothing was kept.
impl Drop for Group {
    fn drop(&mut self) {
        self.fate.seal(Err("the commit was given up".into()));
    }
}

/// The shared outcome of a group, set once.
pub(super) struct Fate(watch::Sender<Outcome>);

impl Fate {
    /// Tells every member. The first outcome stays.
    pub(super) fn seal(&self, outcome: Result<(), Arc<str>>) {
        self.0.send_if_modified(|current| {
            let first = current.is_none();
            if first {
                *current = Some(outcome);
            }
            first
        });
    }

    pub(super) async fn wait(&self) -> Result<()> {
        let mut receiver = self.0.subscribe();
        let outcome = receiver.wait_for(Option::is_some).await;
        match outcome.as_deref() {
            Ok(Some(Ok(()))) => Ok(()),
            Ok(Some(Err(reason))) => Err(Error::Unavailable(reason.to_string())),
            // We hold the sender, and waited for Some.
            Ok(None) | Err(_) => Err(Error::Unavailable("the commit was given up".to_owned())),
        }
    }
}
