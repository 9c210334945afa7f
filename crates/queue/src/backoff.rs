//! How long a job waits after a failed attempt. A function of the job and the
//! attempt alone, so that it can be tested, and needs no source of randomness.

use jiff::SignedDuration;

use crate::JobId;

const FIRST_MS: i64 = 15_000;
const LONGEST_MS: i64 = 3_600_000;
/// Jitter of up to 10 % either way, in thousandths.
const JITTER: i64 = 100;

/// 15 s × 2^(attempt − 1), at most an hour, ± 10 %.
pub(crate) fn after(job: JobId, attempt: i32) -> SignedDuration {
    let doublings = u32::try_from(attempt.saturating_sub(1)).unwrap_or(0).min(20);
    spread(job, attempt, SignedDuration::from_millis((FIRST_MS << doublings).min(LONGEST_MS)))
}

/// `wait` ± 10 %, so that what failed together does not come back together.
pub(crate) fn spread(job: JobId, attempt: i32, wait: SignedDuration) -> SignedDuration {
    let thousandths = i64::from(mix(job, attempt)) % (2 * JITTER + 1) - JITTER;
    let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX / 1000);
    SignedDuration::from_millis(wait + wait / 1000 * thousandths)
}

/// 31 well-mixed bits (the finalizer of splitmix64, by Sebastiano Vigna).
fn mix(job: JobId, attempt: i32) -> i32 {
    let seed = (job.get() as u64) ^ (u64::from(attempt.unsigned_abs()) << 48);
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 33) as i32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn stays_within_a_tenth_of_the_doubled_wait(id in 1..i64::MAX, attempt in 1..60) {
            let middle = (15.0 * 2f64.powi(attempt - 1)).min(3600.0);
            let wait = after(JobId(id), attempt).as_secs_f64();
            prop_assert!(wait >= middle * 0.899 && wait <= middle * 1.101, "{wait} for {middle}");
        }

        #[test]
        fn is_the_same_each_time(id in 1..i64::MAX, attempt in 1..60) {
            prop_assert_eq!(after(JobId(id), attempt), after(JobId(id), attempt));
        }
    }

    #[test]
    fn spreads_jobs_that_failed_together() {
        let waits: std::collections::HashSet<_> =
            (1..=1000).map(|id| after(JobId(id), 1).as_millis()).collect();
        assert!(waits.len() > 150, "only {} different waits", waits.len());
    }
}
