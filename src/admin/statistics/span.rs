//! The span of days that statistics are about, in the kost's own time zone.

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span as Time, Timestamp};

use crate::web::{FieldErrors, Form, Problem};

/// Longest span, in days: two years and a day.
const LONGEST: i32 = 731;

/// From the first to the last day, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub from: Date,
    pub to: Date,
}

/// A span that can be had with one tap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    Week,
    Month,
    TwelveWeeks,
    Year,
}

impl Preset {
    /// All of them, the shortest first.
    pub const ALL: [Preset; 4] = [Preset::Week, Preset::Month, Preset::TwelveWeeks, Preset::Year];

    /// The span that ends today.
    pub fn span(self, today: Date) -> Span {
        let from = match self {
            Preset::Week => today.saturating_sub(Time::new().days(6)),
            Preset::Month => today.saturating_sub(Time::new().days(29)),
            Preset::TwelveWeeks => monday(today).saturating_sub(Time::new().weeks(11)),
            Preset::Year => today.first_of_year(),
        };
        Span { from, to: today }
    }
}

impl Span {
    /// Reads the form [from, to]; twelve weeks where nothing is asked for.
    ///
    /// # Errors
    /// No dates, the wrong way round, or more than two years apart.
    pub fn parse(form: &Form, today: Date) -> Result<Span, FieldErrors> {
        let usual = Preset::TwelveWeeks.span(today);
        let mut errors = FieldErrors::default();
        let to = errors.take("to", date(form.text("to"), usual.to));
        // Only an end was given: twelve weeks up to there.
        let usual_from = to.map_or(usual.from, |to| Preset::TwelveWeeks.span(to).from);
        let from = errors.take("from", date(form.text("from"), usual_from));
        let (Some(from), Some(to)) = (from, to) else { return Err(errors) };
        if from > to {
            return Err(FieldErrors::one("to", Problem::EndBeforeStart));
        }
        let span = Span { from, to };
        if span.days() > LONGEST {
            return Err(FieldErrors::one("from", Problem::SpanTooLong));
        }
        Ok(span)
    }

    /// How many days it has.
    pub fn days(self) -> i32 {
        // Both lie between 2000 and 2100.
        self.from.until(self.to).map_or(0, |time| time.get_days()) + 1
    }

    /// The span of the same length that ends the day before.
    pub fn before(self) -> Span {
        let back = Time::new().days(self.days());
        Span {
            from: self.from.saturating_sub(back),
            to: self.from.saturating_sub(Time::new().days(1)),
        }
    }

    /// Its first moment, and the first one after it.
    pub fn moments(self, zone: &TimeZone) -> (Timestamp, Timestamp) {
        let begin = |day: Date| {
            zone.to_ambiguous_zoned(day.at(0, 0, 0, 0))
                .compatible()
                .map_or(Timestamp::MAX, |at| at.timestamp())
        };
        (begin(self.from), begin(self.to.saturating_add(Time::new().days(1))))
    }

    /// The Mondays of the weeks that it touches.
    pub fn weeks(self) -> Vec<Date> {
        monday(self.from)
            .series(Time::new().weeks(1))
            .take_while(|monday| *monday <= self.to)
            .collect()
    }
}

/// The Monday of the week of a day.
pub fn monday(day: Date) -> Date {
    let since = day.weekday().since(Weekday::Monday);
    day.saturating_sub(Time::new().days(since))
}

/// The day of a moment, in a zone.
pub fn day(at: Timestamp, zone: &TimeZone) -> Date {
    at.to_zoned(zone.clone()).date()
}

fn date(text: &str, usual: Date) -> Result<Date, Problem> {
    if text.is_empty() {
        return Ok(usual);
    }
    let date: Date = text.parse().map_err(|_| Problem::NotADate)?;
    // Only whole dates: the parser also takes a time behind one.
    let is_plain = text.len() == 10 && (2000..2100).contains(&date.year());
    if is_plain { Ok(date) } else { Err(Problem::NotADate) }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use jiff::tz::offset;

    use super::*;

    const TODAY: Date = date(2026, 11, 24); // a Tuesday

    fn parse(from: &str, to: &str) -> Result<Span, FieldErrors> {
        Span::parse(&Form::of([("from", from), ("to", to)]), TODAY)
    }

    #[test]
    fn without_dates_it_is_twelve_weeks_from_a_monday_on() {
        let span = parse("", "").unwrap();
        assert_eq!(span, Span { from: date(2026, 9, 7), to: TODAY });
        let weeks = span.weeks();
        assert_eq!((weeks.len(), weeks[0], weeks[11]), (12, date(2026, 9, 7), date(2026, 11, 23)));
    }

    #[test]
    fn presets_end_today() {
        let spans = Preset::ALL.map(|preset| preset.span(TODAY).from);
        assert_eq!(
            spans,
            [date(2026, 11, 18), date(2026, 10, 26), date(2026, 9, 7), date(2026, 1, 1)]
        );
        assert_eq!(Preset::Week.span(TODAY).days(), 7);
        assert_eq!(Preset::Month.span(TODAY).days(), 30);
    }

    #[test]
    fn wrong_dates_are_named() {
        assert_eq!(
            parse("2026-13-01", "").unwrap_err(),
            FieldErrors::one("from", Problem::NotADate)
        );
        assert_eq!(parse("", "kemarin").unwrap_err(), FieldErrors::one("to", Problem::NotADate));
        assert_eq!(
            parse("2026-11-20T10:00", "").unwrap_err(),
            FieldErrors::one("from", Problem::NotADate)
        );
        assert_eq!(
            parse("0001-01-01", "").unwrap_err(),
            FieldErrors::one("from", Problem::NotADate)
        );
        assert_eq!(parse("9999-12-31", "9999-12-31").unwrap_err().len(), 2);
        assert_eq!(
            parse("2026-11-20", "2026-11-19").unwrap_err(),
            FieldErrors::one("to", Problem::EndBeforeStart)
        );
        assert_eq!(
            parse("2020-01-01", "2026-01-01").unwrap_err(),
            FieldErrors::one("from", Problem::SpanTooLong)
        );
        assert_eq!(parse("2026-11-20", "2026-11-20").unwrap().days(), 1);
    }

    #[test]
    fn days_begin_and_end_in_the_zone_of_the_kost() {
        let span = Span { from: TODAY, to: TODAY };
        let (begin, end) = span.moments(&TimeZone::fixed(offset(7)));
        assert_eq!(begin.to_string(), "2026-11-23T17:00:00Z");
        assert_eq!(end.to_string(), "2026-11-24T17:00:00Z");
        let late = "2026-11-22T16:30:00Z".parse().unwrap(); // Sunday, 23.30 in Jakarta, Monday in Jayapura
        assert_eq!(monday(day(late, &TimeZone::fixed(offset(7)))), date(2026, 11, 16));
        assert_eq!(monday(day(late, &TimeZone::fixed(offset(9)))), date(2026, 11, 23));
    }

    #[test]
    fn the_span_before_has_the_same_length_and_touches() {
        let before = Span { from: date(2026, 11, 18), to: TODAY }.before();
        assert_eq!(before, Span { from: date(2026, 11, 11), to: date(2026, 11, 17) });
    }
}
