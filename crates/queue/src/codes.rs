//! The short words for what went wrong that the queue itself writes, for the
//! application to put into sentences. Jobs add their own.

/// An error of the job that says no more.
pub(crate) const INTERNAL: &str = "internal";
/// The database was not available.
pub(crate) const DATABASE: &str = "database";
/// The attempt took longer than it may.
pub(crate) const TIMEOUT: &str = "timeout";
/// The attempt panicked.
pub(crate) const PANIC: &str = "panic";
/// The worker went silent during the attempt.
pub(crate) const WORKER_LOST: &str = "worker_lost";
/// The job ended itself in a transaction that was not committed.
pub(crate) const NOT_COMMITTED: &str = "not_committed";
/// The job gave itself up.
pub(crate) const CANCELLED: &str = "cancelled";
/// Parked: the program does not know the job's name or version.
pub(crate) const UNKNOWN_TYPE: &str = "unknown_type";
/// Parked: the program cannot read the job's arguments.
pub(crate) const BAD_ARGUMENTS: &str = "bad_arguments";

/// All of them.
pub const CODES: [&str; 9] = [
    INTERNAL,
    DATABASE,
    TIMEOUT,
    PANIC,
    WORKER_LOST,
    NOT_COMMITTED,
    CANCELLED,
    UNKNOWN_TYPE,
    BAD_ARGUMENTS,
];
