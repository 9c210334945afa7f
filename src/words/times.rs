//! Points in time as people write them. The zone belongs to the kost, not to
//! the reader, so every function is given one; its name stands once a view.

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::{Language, Words};

/// The form for `<time datetime>`: `2026-11-24T06:20:00Z`.
pub fn iso(at: Timestamp) -> String {
    format!("{at:.0}")
}

/// A point in time: for machines and for people.
#[derive(Debug, Clone)]
pub struct Moment {
    pub iso: String,
    pub words: String,
}

impl Words {
    /// A time of day: `13.20`, in English `13:20`.
    pub fn time(self, at: Timestamp, zone: &TimeZone) -> String {
        self.time_of_day(zone.to_datetime(at).time())
    }

    /// A day as a label: `Hari ini`, `Besok`, `Kemarin`, `Sen, 23 Nov`; of
    /// another year `1 Agu 2025`.
    pub fn day(self, at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
        let (date, today) = (zone.to_datetime(at).date(), zone.to_datetime(now).date());
        match days_from(today, date) {
            Some(0) => self.day_today().to_owned(),
            Some(1) => self.day_tomorrow().to_owned(),
            Some(-1) => self.day_yesterday().to_owned(),
            _ => self.far_day(date, today),
        }
    }

    /// A day within a sentence: `hari ini`, `besok`, `kemarin`, `Sen, 23 Nov`.
    pub fn day_inline(self, at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
        let (date, today) = (zone.to_datetime(at).date(), zone.to_datetime(now).date());
        match days_from(today, date) {
            Some(0) => self.day_inline_today().to_owned(),
            Some(1) => self.day_inline_tomorrow().to_owned(),
            Some(-1) => self.day_inline_yesterday().to_owned(),
            _ => self.far_day(date, today),
        }
    }

    /// A point in time as timelines and lists show it.
    pub fn stamp(self, at: Timestamp, now: Timestamp, zone: &TimeZone) -> Moment {
        Moment { iso: iso(at), words: self.moment(at, now, zone) }
    }

    /// When something happened, for timelines and lists: today only `13.20`,
    /// else `Kemarin, 16.38` or `Sab, 21 Nov, 08.15`.
    pub fn moment(self, at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
        let (date, today) = (zone.to_datetime(at).date(), zone.to_datetime(now).date());
        if date == today { self.time(at, zone) } else { self.date_time(at, now, zone) }
    }

    /// The same within a sentence: `13.20`, `kemarin, 16.40`.
    pub fn moment_inline(self, at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
        let (date, today) = (zone.to_datetime(at).date(), zone.to_datetime(now).date());
        if date == today { self.time(at, zone) } else { self.date_time_inline(at, now, zone) }
    }

    /// When something of a list changed: `2 jam lalu`, and the day once that is
    /// more than a week ago: `Rab, 4 Nov`.
    pub fn changed(self, at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
        let is_recent = now.duration_since(at) < SignedDuration::from_hours(7 * 24);
        if is_recent { self.ago(at, now) } else { self.day(at, now, zone) }
    }

    /// When a step was taken, where there is little room: today only `13.20`,
    /// else `21 Nov, 08.15`.
    pub fn step(self, at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
        let (date, today) = (zone.to_datetime(at).date(), zone.to_datetime(now).date());
        let time = self.time(at, zone);
        if date == today { time } else { format!("{}, {time}", self.day_and_month(date)) }
    }

    /// Day and time as a label: `Hari ini, 13.20`, `Sab, 21 Nov, 08.15`.
    pub fn date_time(self, at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
        format!("{}, {}", self.day(at, now, zone), self.time(at, zone))
    }

    /// Day and time within a sentence: `kemarin, 16.40`.
    pub fn date_time_inline(self, at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
        format!("{}, {}", self.day_inline(at, now, zone), self.time(at, zone))
    }

    /// The head of a page: `Selasa, 24 November, 13.20 WIB`.
    pub fn long_date_time(self, at: Timestamp, zone: &TimeZone) -> String {
        let date = zone.to_datetime(at).date();
        let (weekday, month) = (self.weekday(date.weekday()), self.month(date.month()));
        let (time, zone) = (self.time(at, zone), zone_name(at, zone));
        format!("{weekday}, {} {month}, {time} {zone}", date.day())
    }

    /// Day, year and time, for e-mails and files, which people keep:
    /// `Selasa, 24 November 2026, 12.05 WIB`.
    pub fn full_date_time(self, at: Timestamp, zone: &TimeZone) -> String {
        let date = zone.to_datetime(at).date();
        format!("{}, {} {}", self.full_date(date), self.time(at, zone), zone_name(at, zone))
    }

    /// `Selasa, 24 November 2026`.
    pub fn full_date(self, date: Date) -> String {
        let (weekday, month) = (self.weekday(date.weekday()), self.month(date.month()));
        format!("{weekday}, {} {month} {}", date.day(), date.year())
    }

    /// `24 Nov 2026`.
    pub fn date(self, date: Date) -> String {
        format!("{} {}", self.day_and_month(date), date.year())
    }

    /// `24 Nov`, for the axis of a chart.
    pub fn day_and_month(self, date: Date) -> String {
        format!("{} {}", date.day(), self.month_short(date.month()))
    }

    /// `Selamat siang, Rani`, by the hour in the kost.
    pub fn greeting(self, name: &str, now: Timestamp, zone: &TimeZone) -> String {
        match zone.to_datetime(now).hour() {
            4..=10 => self.home_greeting_morning(name),
            11..=14 => self.home_greeting_noon(name),
            15..=17 => self.home_greeting_afternoon(name),
            _ => self.home_greeting_evening(name),
        }
    }

    fn time_of_day(self, time: Time) -> String {
        let mark = match self.language {
            Language::Id => '.',
            Language::En => ':',
        };
        format!("{:02}{mark}{:02}", time.hour(), time.minute())
    }

    /// A day that has no name of its own, like today has.
    fn far_day(self, date: Date, today: Date) -> String {
        if date.year() == today.year() {
            format!("{}, {}", self.weekday_short(date.weekday()), self.day_and_month(date))
        } else {
            self.date(date)
        }
    }

    fn weekday(self, weekday: Weekday) -> &'static str {
        match weekday {
            Weekday::Monday => self.weekday_mon(),
            Weekday::Tuesday => self.weekday_tue(),
            Weekday::Wednesday => self.weekday_wed(),
            Weekday::Thursday => self.weekday_thu(),
            Weekday::Friday => self.weekday_fri(),
            Weekday::Saturday => self.weekday_sat(),
            Weekday::Sunday => self.weekday_sun(),
        }
    }

    /// The names' first three letters are what both languages abbreviate to.
    fn weekday_short(self, weekday: Weekday) -> &'static str {
        let name = self.weekday(weekday);
        name.get(..3).unwrap_or(name)
    }

    fn month(self, month: i8) -> &'static str {
        match month {
            1 => self.month_jan(),
            2 => self.month_feb(),
            3 => self.month_mar(),
            4 => self.month_apr(),
            5 => self.month_may(),
            6 => self.month_jun(),
            7 => self.month_jul(),
            8 => self.month_aug(),
            9 => self.month_sep(),
            10 => self.month_oct(),
            11 => self.month_nov(),
            _ => self.month_dec(),
        }
    }

    /// Three letters; `Agu` is one of them.
    fn month_short(self, month: i8) -> &'static str {
        let name = self.month(month);
        name.get(..3).unwrap_or(name)
    }
}

/// From −1, yesterday, to 1, tomorrow; nothing for other days.
fn days_from(today: Date, date: Date) -> Option<i32> {
    [-1, 0, 1].into_iter().find(|days| today.checked_add(days.days()).ok() == Some(date))
}

/// What people call a kost's zone: Indonesia has these three.
fn zone_name(at: Timestamp, zone: &TimeZone) -> &'static str {
    match zone.to_offset(at).seconds() {
        28_800 => "WITA",
        32_400 => "WIT",
        _ => "WIB",
    }
}

#[cfg(test)]
#[path = "times_tests.rs"]
mod tests;
