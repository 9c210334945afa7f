//! How long something took, how long ago it was, when it will be.

use jiff::{SignedDuration, Timestamp};

use super::Words;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const MONTH: i64 = 30 * DAY;
const YEAR: i64 = 365 * DAY;

impl Words {
    /// A duration for tables and labels: `kurang dari 1 dtk`, `0,8 dtk`, `5 mnt`,
    /// `2 j 5 mnt`, `2 jam`, `1 hari 6 j`. What is left of it after its two
    /// largest units is cut off; the sign too.
    pub fn duration(self, duration: SignedDuration) -> String {
        let milliseconds = duration.as_millis().unsigned_abs();
        if (1..10_000).contains(&milliseconds) && milliseconds % 1000 >= 100 {
            let tenths = (milliseconds / 100) as f64 / 10.0;
            return self.duration_seconds_short(self.decimal(tenths, 1));
        }
        let seconds = duration.as_secs().saturating_abs();
        let (days, hours) = (seconds / DAY, seconds % DAY / HOUR);
        let minutes = seconds % HOUR / MINUTE;
        match (days, hours, minutes) {
            (0, 0, 0) if seconds == 0 => self.duration_under_a_second().to_owned(),
            (0, 0, 0) => self.duration_seconds_short(self.number(seconds)),
            (0, 0, minutes) => self.duration_minutes_short(minutes),
            (0, hours, 0) => self.duration_hours_short(hours),
            (0, hours, minutes) => {
                let minutes = self.duration_minutes_short(minutes);
                format!("{} {minutes}", self.duration_hours_shortest(hours))
            }
            (days, 0, _) => self.duration_days(days),
            (days, hours, _) => {
                format!("{} {}", self.duration_days(days), self.duration_hours_shortest(hours))
            }
        }
    }

    /// A duration in full words: `40 detik`, `2 jam 5 menit`, `2 hari 8 jam`.
    /// What is left of it after its two largest units is cut off.
    pub fn duration_in_words(self, duration: SignedDuration) -> String {
        let seconds = duration.as_secs().saturating_abs();
        let (days, hours) = (seconds / DAY, seconds % DAY / HOUR);
        let minutes = seconds % HOUR / MINUTE;
        match (days, hours, minutes) {
            (0, 0, 0) => self.duration_seconds(seconds),
            (0, 0, minutes) => self.duration_minutes(minutes),
            (0, hours, 0) => self.duration_hours(hours),
            (0, hours, minutes) => {
                format!("{} {}", self.duration_hours(hours), self.duration_minutes(minutes))
            }
            (days, 0, _) => self.duration_days(days),
            (days, hours, _) => {
                format!("{} {}", self.duration_days(days), self.duration_hours(hours))
            }
        }
    }

    /// A duration for a sentence, rounded to its largest unit: `5 menit`,
    /// `2 jam`, `2 hari`. Less than a minute is `kurang dari 1 menit`.
    pub fn duration_roughly(self, duration: SignedDuration) -> String {
        let seconds = duration.as_secs().saturating_abs();
        let rounded = |unit: i64| (seconds + unit / 2) / unit;
        if seconds < MINUTE {
            self.duration_under_a_minute().to_owned()
        } else if rounded(MINUTE) < 60 {
            self.duration_minutes(rounded(MINUTE))
        } else if rounded(HOUR) < 24 {
            self.duration_hours(rounded(HOUR))
        } else {
            self.duration_days(rounded(DAY))
        }
    }

    /// How long ago something was: `baru saja`, `1 mnt lalu`, `2 jam lalu`,
    /// `3 hari lalu`. The future, of another node's clock, is `baru saja`.
    pub fn ago(self, then: Timestamp, now: Timestamp) -> String {
        match now.duration_since(then).as_secs() {
            ..MINUTE => self.ago_now().to_owned(),
            _ => self.ago_before(self.age(then, now)),
        }
    }

    /// How old something is, in one unit, for the narrow columns of lists:
    /// `1 mnt`, `2 jam`, `3 hari`.
    pub fn age(self, then: Timestamp, now: Timestamp) -> String {
        match now.duration_since(then).as_secs().max(0) {
            seconds @ ..MINUTE => self.duration_seconds_short(self.number(seconds)),
            seconds @ ..HOUR => self.duration_minutes_short(seconds / MINUTE),
            seconds @ ..DAY => self.duration_hours_short(seconds / HOUR),
            seconds if seconds < 2 * MONTH => self.duration_days(seconds / DAY),
            seconds if seconds < 2 * YEAR => self.duration_months_short(seconds / MONTH),
            seconds => self.duration_years_short(seconds / YEAR),
        }
    }

    /// When something will be: `dalam 40 dtk`, `dalam 2 j 5 mnt`; `sebentar
    /// lagi` if that is less than a second away or over.
    pub fn until(self, then: Timestamp, now: Timestamp) -> String {
        let left = SignedDuration::from_secs(then.duration_since(now).as_secs());
        if left.is_positive() {
            self.ago_until(self.duration(left))
        } else {
            self.ago_soon().to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::super::{Language, Words};

    const ID: Words = Words { language: Language::Id };
    const EN: Words = Words { language: Language::En };

    fn seconds(seconds: i64) -> SignedDuration {
        SignedDuration::from_secs(seconds)
    }

    #[test]
    fn short_durations_have_two_units_at_most() {
        let cases = [
            (0, "kurang dari 1 dtk", "under 1 s"),
            (40, "40 dtk", "40 s"),
            (60, "1 mnt", "1 min"),
            (14 * 60 + 59, "14 mnt", "14 min"),
            (2 * 3600, "2 jam", "2 h"),
            (2 * 3600 + 5 * 60, "2 j 5 mnt", "2 h 5 min"),
            (24 * 3600, "1 hari", "1 day"),
            (30 * 3600 + 59, "1 hari 6 j", "1 day 6 h"),
            (49 * 3600, "2 hari 1 j", "2 days 1 h"),
            (1_284 * 86_400, "1.284 hari", "1,284 days"),
            (-65 * 60, "1 j 5 mnt", "1 h 5 min"),
        ];
        for (length, id, en) in cases {
            assert_eq!(
                (ID.duration(seconds(length)), EN.duration(seconds(length))),
                (id.into(), en.into())
            );
        }
    }

    #[test]
    fn a_few_seconds_have_a_decimal() {
        let cases = [
            (84, "kurang dari 1 dtk"),
            (800, "0,8 dtk"),
            (3_000, "3 dtk"),
            (3_250, "3,2 dtk"),
            (12_900, "12 dtk"),
        ];
        for (length, id) in cases {
            assert_eq!(ID.duration(SignedDuration::from_millis(length)), id);
        }
    }

    #[test]
    fn durations_in_words_are_spelled_out() {
        let cases = [
            (1, "1 detik", "1 second"),
            (300, "5 menit", "5 minutes"),
            (3600, "1 jam", "1 hour"),
            (3600 + 60, "1 jam 1 menit", "1 hour 1 minute"),
            (56 * 3600, "2 hari 8 jam", "2 days 8 hours"),
            (48 * 3600 + 60, "2 hari", "2 days"),
        ];
        for (length, id, en) in cases {
            let length = seconds(length);
            assert_eq!(
                (ID.duration_in_words(length), EN.duration_in_words(length)),
                (id.into(), en.into())
            );
        }
    }

    #[test]
    fn a_sentence_gets_one_rounded_unit() {
        let cases = [
            (12, "kurang dari 1 menit", "less than 1 minute"),
            (89, "1 menit", "1 minute"),
            (59 * 60 + 40, "1 jam", "1 hour"),
            (5 * 3600 - 600, "5 jam", "5 hours"),
            (23 * 3600 + 2400, "1 hari", "1 day"),
            (47 * 3600, "2 hari", "2 days"),
        ];
        for (length, id, en) in cases {
            let length = seconds(length);
            assert_eq!(
                (ID.duration_roughly(length), EN.duration_roughly(length)),
                (id.into(), en.into())
            );
        }
    }

    #[test]
    fn what_was_is_some_time_ago() {
        let now: Timestamp = "2026-11-24T06:20:00Z".parse().unwrap();
        let cases = [
            (-30, "baru saja", "just now"),
            (0, "baru saja", "just now"),
            (59, "baru saja", "just now"),
            (60, "1 mnt lalu", "1 min ago"),
            (2 * 3600 + 3599, "2 jam lalu", "2 h ago"),
            (24 * 3600, "1 hari lalu", "1 day ago"),
            (59 * 86_400, "59 hari lalu", "59 days ago"),
            (61 * 86_400, "2 bln lalu", "2 mo ago"),
            (800 * 86_400, "2 thn lalu", "2 yr ago"),
        ];
        for (before, id, en) in cases {
            let then = now - seconds(before);
            assert_eq!((ID.ago(then, now), EN.ago(then, now)), (id.into(), en.into()));
        }
        assert_eq!(ID.age(now - seconds(3 * 3600), now), "3 jam");
        assert_eq!(ID.age(now + seconds(3), now), "0 dtk");
    }

    #[test]
    fn what_comes_is_some_time_away() {
        let now: Timestamp = "2026-11-24T06:20:00Z".parse().unwrap();
        let cases = [
            (-5, "sebentar lagi", "any moment"),
            (0, "sebentar lagi", "any moment"),
            (40, "dalam 40 dtk", "in 40 s"),
            (7_500, "dalam 2 j 5 mnt", "in 2 h 5 min"),
        ];
        for (after, id, en) in cases {
            let then = now + seconds(after);
            assert_eq!((ID.until(then, now), EN.until(then, now)), (id.into(), en.into()));
        }
    }
}
