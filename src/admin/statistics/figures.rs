//! The numbers themselves, worked out of rows; nothing here reads or words anything.

use jiff::SignedDuration;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::admin::statistics::span::{Span, day, monday};
use crate::admin::statistics::store::{Opened, Resolved};
use crate::kosts::LocationId;
use crate::tickets::{Answer, Category, Status};

/// What a span looked like.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    pub opened: i64,
    pub resolved: i64,
    /// Where the reports stand now that were opened within the span.
    pub by_status: [(Status, i64); 3],
    pub weeks: Vec<Week>,
    /// The most frequent first; those without a report are left out.
    pub by_category: Vec<(Category, i64)>,
    pub by_location: Vec<(LocationId, i64)>,
    /// From opened to the first thing that the reporter saw staff do, for
    /// reports opened within the span.
    pub first_response: Times,
    /// From opened to done, for reports done within the span.
    pub resolution: Times,
    /// How the residents answered to what was done within the span.
    pub confirmed: i64,
    pub silent: i64,
    pub awaiting: i64,
}

/// A week, by its Monday. Weeks at the edges count only days of the span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Week {
    pub monday: Date,
    pub opened: i64,
    pub resolved: i64,
}

/// How long something took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Times {
    pub count: i64,
    pub median: Option<SignedDuration>,
    /// Nine of ten took no longer.
    pub p90: Option<SignedDuration>,
}

impl Figures {
    /// Works the figures out.
    pub fn of(span: Span, zone: &TimeZone, opened: &[Opened], resolved: &[Resolved]) -> Figures {
        let answered =
            |answer| resolved.iter().filter(|report| report.answer == answer).count() as i64;
        let responses = opened
            .iter()
            .filter_map(|report| Some(report.first_response_at?.duration_since(report.opened_at)));
        Figures {
            opened: opened.len() as i64,
            resolved: resolved.len() as i64,
            by_status: [Status::Open, Status::InProgress, Status::Done].map(|status| {
                (status, opened.iter().filter(|report| report.status == status).count() as i64)
            }),
            weeks: weeks(span, zone, opened, resolved),
            by_category: by_frequency(opened.iter().map(|report| report.category)),
            by_location: by_frequency(opened.iter().map(|report| report.location)),
            first_response: Times::of(responses.collect()),
            resolution: Times::of(
                resolved
                    .iter()
                    .map(|report| report.done_at.duration_since(report.opened_at))
                    .collect(),
            ),
            confirmed: answered(Some(Answer::Confirmed)),
            silent: answered(Some(Answer::Silent)),
            awaiting: answered(None),
        }
    }
}

fn weeks(span: Span, zone: &TimeZone, opened: &[Opened], resolved: &[Resolved]) -> Vec<Week> {
    let mut weeks = span
        .weeks()
        .into_iter()
        .map(|monday| Week { monday, opened: 0, resolved: 0 })
        .collect::<Vec<_>>();
    let position = |weeks: &[Week], at| {
        weeks.binary_search_by_key(&monday(day(at, zone)), |week| week.monday).ok()
    };
    for report in opened {
        if let Some(week) = position(&weeks, report.opened_at) {
            weeks[week].opened += 1;
        }
    }
    for report in resolved {
        if let Some(week) = position(&weeks, report.done_at) {
            weeks[week].resolved += 1;
        }
    }
    weeks
}

/// How often each occurs, the most frequent first, then in the order of coming.
fn by_frequency<T: PartialEq + Copy>(all: impl Iterator<Item = T>) -> Vec<(T, i64)> {
    let mut counts: Vec<(T, i64)> = Vec::new();
    for one in all {
        match counts.iter_mut().find(|(known, _)| *known == one) {
            Some((_, count)) => *count += 1,
            None => counts.push((one, 1)),
        }
    }
    counts.sort_by_key(|(_, count)| -count);
    counts
}

impl Times {
    /// Median and 90th percentile, in between two of them where they fall there.
    pub fn of(mut times: Vec<SignedDuration>) -> Times {
        times.sort_unstable();
        Times {
            count: times.len() as i64,
            median: percentile(&times, 50),
            p90: percentile(&times, 90),
        }
    }
}

/// The percentile of sorted values, interpolated between the two nearest ranks
/// (as spreadsheets' PERCENTILE.INC does); `None` of nothing.
fn percentile(sorted: &[SignedDuration], percent: i64) -> Option<SignedDuration> {
    let last = sorted.len().checked_sub(1)?;
    let rank = last as i64 * percent;
    let (below, rest) = ((rank / 100) as usize, rank % 100);
    let low = sorted[below].as_millis() as i64;
    let high = sorted[(below + 1).min(last)].as_millis() as i64;
    Some(SignedDuration::from_millis(low + (high - low) * rest / 100))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use jiff::tz::offset;

    use super::*;

    fn hours(hours: &[i64]) -> Vec<SignedDuration> {
        hours.iter().map(|hours| SignedDuration::from_hours(*hours)).collect()
    }

    #[test]
    fn percentiles_of_nothing_one_two_and_many() {
        assert_eq!(Times::of(Vec::new()), Times::default());
        let one = Times::of(hours(&[3]));
        assert_eq!(
            (one.count, one.median, one.p90),
            (1, Some(SignedDuration::from_hours(3)), Some(SignedDuration::from_hours(3)))
        );
        let two = Times::of(hours(&[4, 2]));
        assert_eq!(two.median, Some(SignedDuration::from_hours(3)));
        assert_eq!(two.p90, Some(SignedDuration::from_mins(228)));
        let eleven = Times::of(hours(&[10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]));
        assert_eq!(
            (eleven.median, eleven.p90),
            (Some(SignedDuration::from_hours(5)), Some(SignedDuration::from_hours(9)))
        );
    }

    fn opened(at: &str, category: Category, status: Status, answered_after: Option<i64>) -> Opened {
        let opened_at: jiff::Timestamp = at.parse().unwrap();
        let first_response_at =
            answered_after.map(|mins| opened_at + SignedDuration::from_mins(mins));
        Opened { opened_at, category, location: LocationId(1), status, first_response_at }
    }

    fn resolved(opened_at: &str, done_at: &str, answer: Option<Answer>) -> Resolved {
        Resolved {
            opened_at: opened_at.parse().unwrap(),
            done_at: done_at.parse().unwrap(),
            answer,
        }
    }

    #[test]
    fn a_span_is_counted_by_week_in_the_zone_of_the_kost() {
        let span = Span { from: date(2026, 11, 16), to: date(2026, 11, 24) };
        // Sunday late in Jakarta is Monday in Jayapura: another week.
        let reports = [
            opened("2026-11-22T16:30:00Z", Category::Ac, Status::Open, Some(30)),
            opened("2026-11-23T05:00:00Z", Category::Water, Status::Done, Some(90)),
            opened("2026-11-23T06:00:00Z", Category::Water, Status::InProgress, None),
        ];
        let done = [
            resolved("2026-11-17T00:00:00Z", "2026-11-17T10:00:00Z", Some(Answer::Confirmed)),
            resolved("2026-11-23T05:00:00Z", "2026-11-23T09:00:00Z", None),
            resolved("2026-11-10T05:00:00Z", "2026-11-24T05:00:00Z", Some(Answer::Silent)),
        ];
        let wib = Figures::of(span, &TimeZone::fixed(offset(7)), &reports, &done);
        let week = |figures: &Figures, number: usize| {
            (figures.weeks[number].opened, figures.weeks[number].resolved)
        };
        assert_eq!((week(&wib, 0), week(&wib, 1)), ((1, 1), (2, 2)));
        let wit = Figures::of(span, &TimeZone::fixed(offset(9)), &reports, &done);
        assert_eq!((week(&wit, 0), week(&wit, 1)), ((0, 1), (3, 2)));
        assert_eq!(wib.by_category, [(Category::Water, 2), (Category::Ac, 1)]);
        assert_eq!(wib.by_status, [(Status::Open, 1), (Status::InProgress, 1), (Status::Done, 1)]);
        assert_eq!((wib.confirmed, wib.silent, wib.awaiting), (1, 1, 1));
        assert_eq!(wib.first_response.median, Some(SignedDuration::from_mins(60)));
        assert_eq!(wib.resolution.median, Some(SignedDuration::from_hours(10)));
        assert_eq!(wib.resolution.count, 3);
    }
}
