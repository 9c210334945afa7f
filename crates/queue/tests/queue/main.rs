//! The queue's promise, sentence by sentence, on each database.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "these are tests")]

mod crowd;
mod inspect;
mod jobs;
mod limit;
mod order;
mod promise;
mod races;
mod schedule;
mod support;
mod upkeep;
mod versions;
mod workers;
