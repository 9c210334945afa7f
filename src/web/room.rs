//! The memory that forms take while they come in and are answered.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The memory that photos and long texts may take, for all requests together.
pub struct UploadRoom(Arc<Semaphore>);

impl UploadRoom {
    /// What each permit stands for.
    const BYTES: usize = 1024;

    /// So many megabytes.
    pub fn new(megabytes: usize) -> UploadRoom {
        UploadRoom(Arc::new(Semaphore::new(megabytes * 1024 * 1024 / UploadRoom::BYTES)))
    }

    #[cfg(test)]
    pub(super) fn of_kilobytes(kilobytes: usize) -> UploadRoom {
        UploadRoom(Arc::new(Semaphore::new(kilobytes)))
    }

    /// In kilobytes.
    #[cfg(test)]
    pub(super) fn left(&self) -> usize {
        self.0.available_permits()
    }

    /// Makes `held` worth so many bytes; `false` when there is no room for them.
    pub(super) fn grow(&self, held: &mut Option<OwnedSemaphorePermit>, bytes: usize) -> bool {
        let has = held.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let more = bytes.div_ceil(UploadRoom::BYTES).saturating_sub(has);
        let Ok(permit) = self.0.clone().try_acquire_many_owned(more as u32) else { return false };
        match held {
            Some(held) => held.merge(permit),
            None => *held = Some(permit),
        }
        true
    }
}
