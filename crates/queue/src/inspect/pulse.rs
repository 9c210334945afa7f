//! How much the queue gets done, and how long jobs wait for it.

use db::On;
use jiff::{SignedDuration, Timestamp};

/// How long minutes are kept: a day, and what a chart rounds.
pub(crate) const PULSE_KEPT: SignedDuration = SignedDuration::from_hours(25);

db::row! {
    /// What the attempts that ended in one minute came to.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Minute {
        /// Its beginning.
        pub at: Timestamp,
        /// Jobs that were done.
        pub done: i64,
        /// Attempts that failed.
        pub failed: i64,
        /// How long they had been due before they began, added up; in milliseconds.
        pub waited: i64,
        /// The longest of these waits, in milliseconds.
        pub longest_wait: i64,
        /// How long they ran, added up; in milliseconds.
        pub ran: i64,
    }
}

/// The minutes since then in which an attempt ended, in order; a day is kept. Of one
/// scope, or of all.
pub async fn pulse(
    on: impl Into<On<'_>>,
    scope: Option<i64>,
    since: Timestamp,
) -> db::Result<Vec<Minute>> {
    db::query(
        "SELECT minute AS at, CAST(SUM(done) AS BIGINT) AS done,
                CAST(SUM(failed) AS BIGINT) AS failed, CAST(SUM(waited) AS BIGINT) AS waited,
                MAX(longest_wait) AS longest_wait, CAST(SUM(ran) AS BIGINT) AS ran
         FROM job_minute
         WHERE scope = $1
           AND minute >= $2
         GROUP BY minute
         ORDER BY minute",
    )
    .bind(scope.unwrap_or(0))
    .bind(since)
    .all(on)
    .await
}
