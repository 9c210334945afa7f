//! The look of times, against the examples of the design.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::super::{Language, Words, iso};

const ID: Words = Words { language: Language::Id };
const EN: Words = Words { language: Language::En };
/// A Tuesday, 13.20 in Jakarta.
const NOW: &str = "2026-11-24T06:20:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn jakarta() -> TimeZone {
    TimeZone::fixed(jiff::tz::offset(7))
}

#[test]
fn times_have_the_mark_of_the_language() {
    assert_eq!(ID.time(at(NOW), &jakarta()), "13.20");
    assert_eq!(EN.time(at(NOW), &jakarta()), "13:20");
    assert_eq!(ID.time(at("2026-11-23T22:05:59Z"), &jakarta()), "05.05");
}

#[test]
fn days_near_today_have_names() {
    let cases = [
        ("2026-11-23T17:00:00Z", "Hari ini", "Today"),
        ("2026-11-24T16:59:59Z", "Hari ini", "Today"),
        ("2026-11-24T17:00:00Z", "Besok", "Tomorrow"),
        ("2026-11-23T16:59:59Z", "Kemarin", "Yesterday"),
        ("2026-11-22T16:59:59Z", "Min, 22 Nov", "Sun, 22 Nov"),
        ("2026-11-20T05:00:00Z", "Jum, 20 Nov", "Fri, 20 Nov"),
        ("2026-08-01T05:00:00Z", "Sab, 1 Agu", "Sat, 1 Aug"),
        ("2026-05-04T05:00:00Z", "Sen, 4 Mei", "Mon, 4 May"),
        ("2025-08-01T05:00:00Z", "1 Agu 2025", "1 Aug 2025"),
        ("2027-01-12T05:00:00Z", "12 Jan 2027", "12 Jan 2027"),
    ];
    for (moment, id, en) in cases {
        let day = |t: Words| t.day(at(moment), at(NOW), &jakarta());
        assert_eq!((day(ID).as_str(), day(EN).as_str()), (id, en), "{moment}");
    }
    assert_eq!(ID.day_inline(at(NOW), at(NOW), &jakarta()), "hari ini");
}

#[test]
fn a_moment_says_no_more_than_needed() {
    let cases = [
        ("2026-11-24T05:31:00Z", "12.31", "Hari ini, 12.31", "hari ini, 12.31"),
        ("2026-11-23T09:38:00Z", "Kemarin, 16.38", "Kemarin, 16.38", "kemarin, 16.38"),
        ("2026-11-21T01:15:00Z", "Sab, 21 Nov, 08.15", "Sab, 21 Nov, 08.15", "Sab, 21 Nov, 08.15"),
    ];
    for (moment, short, label, inline) in cases {
        let (then, now, zone) = (at(moment), at(NOW), jakarta());
        assert_eq!(ID.moment(then, now, &zone), short);
        assert_eq!(ID.date_time(then, now, &zone), label);
        assert_eq!(ID.date_time_inline(then, now, &zone), inline);
    }
}

#[test]
fn long_forms_name_the_zone() {
    let zone = jakarta();
    assert_eq!(ID.long_date_time(at(NOW), &zone), "Selasa, 24 November, 13.20 WIB");
    assert_eq!(EN.long_date_time(at(NOW), &zone), "Tuesday, 24 November, 13:20 WIB");
    assert_eq!(ID.full_date_time(at(NOW), &zone), "Selasa, 24 November 2026, 13.20 WIB");
    let date = zone.to_datetime(at(NOW)).date();
    assert_eq!(ID.full_date(date), "Selasa, 24 November 2026");
    assert_eq!(ID.date(date), "24 Nov 2026");
    assert_eq!(ID.day_and_month(date), "24 Nov");
}

#[test]
fn zones_have_the_names_that_people_use() {
    for (hours, time) in [(7, "13.20 WIB"), (8, "14.20 WITA"), (9, "15.20 WIT")] {
        let said = ID.full_date_time(at(NOW), &TimeZone::fixed(jiff::tz::offset(hours)));
        assert!(said.ends_with(time), "{said}");
    }
}

#[test]
fn every_month_and_weekday_has_three_letters() {
    let id = "Jan Feb Mar Apr Mei Jun Jul Agu Sep Okt Nov Des";
    let en = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec";
    let months =
        |t: Words| (1..=12).map(|month| t.month_short(month)).collect::<Vec<_>>().join(" ");
    assert_eq!((months(ID).as_str(), months(EN).as_str()), (id, en));
    let week = |t: Words| {
        let monday = jiff::civil::Weekday::Monday;
        let days = (0..7).map(|day| t.weekday_short(monday.wrapping_add(day)));
        days.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(week(ID), "Sen Sel Rab Kam Jum Sab Min");
    assert_eq!(week(EN), "Mon Tue Wed Thu Fri Sat Sun");
}

#[test]
fn a_greeting_knows_the_hour() {
    let cases = [
        ("2026-11-23T20:00:00Z", "Selamat malam, Rani", "Good evening, Rani"),
        ("2026-11-23T23:00:00Z", "Selamat pagi, Rani", "Good morning, Rani"),
        (NOW, "Selamat siang, Rani", "Good afternoon, Rani"),
        ("2026-11-24T09:00:00Z", "Selamat sore, Rani", "Good afternoon, Rani"),
        ("2026-11-24T12:00:00Z", "Selamat malam, Rani", "Good evening, Rani"),
    ];
    for (now, id, en) in cases {
        let greeting = |t: Words| t.greeting("Rani", at(now), &jakarta());
        assert_eq!((greeting(ID).as_str(), greeting(EN).as_str()), (id, en), "{now}");
    }
}

#[test]
fn machines_read_utc() {
    assert_eq!(iso(at("2026-11-24T06:20:00.789Z")), "2026-11-24T06:20:00Z");
}
