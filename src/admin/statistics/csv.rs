//! The statistics as a file for spreadsheets: RFC 4180, every field quoted, a
//! byte order mark so that Excel reads it as UTF-8, and nothing in it that a
//! spreadsheet would take for a formula.

use jiff::SignedDuration;

use crate::admin::statistics::figures::{Figures, Times};
use crate::words::Words;

/// The file: what is counted, of what, how much. `places` names the locations.
pub fn file(figures: &Figures, places: &[(String, i64)], t: Words) -> String {
    let mut file = String::from("\u{feff}");
    let mut line = |group: &str, item: &str, value: &str| {
        let fields = [group, item, value].map(field);
        file.push_str(&fields.join(","));
        file.push_str("\r\n");
    };
    line(t.stats_group(), t.stats_item(), t.stats_value());
    line(t.stats_opened(), "", &figures.opened.to_string());
    line(t.stats_resolved(), "", &figures.resolved.to_string());
    for (status, count) in figures.by_status {
        line(t.stats_by_status(), status.word(t), &count.to_string());
    }
    for week in &figures.weeks {
        line(t.stats_opened_in_week(), &week.monday.to_string(), &week.opened.to_string());
    }
    for week in &figures.weeks {
        line(t.stats_resolved_in_week(), &week.monday.to_string(), &week.resolved.to_string());
    }
    for (category, count) in &figures.by_category {
        line(t.stats_by_category(), category.word(t), &count.to_string());
    }
    for (place, count) in places {
        line(t.stats_by_location(), place, &count.to_string());
    }
    for (name, times) in [
        (t.stats_first_response_hours(), figures.first_response),
        (t.stats_resolution_hours(), figures.resolution),
    ] {
        let Times { median, p90, .. } = times;
        line(name, t.stats_median(), &hours(median));
        line(name, t.stats_p90(), &hours(p90));
    }
    for (name, count) in [
        (t.stats_confirmed(), figures.confirmed),
        (t.stats_silent(), figures.silent),
        (t.stats_awaiting(), figures.awaiting),
    ] {
        line(t.stats_outcome(), name, &count.to_string());
    }
    file
}

/// Hours with two decimals; empty where there is nothing to measure.
fn hours(time: Option<SignedDuration>) -> String {
    time.map(|time| format!("{:.2}", time.as_secs_f64() / 3600.0)).unwrap_or_default()
}

/// A quoted field. One that a spreadsheet would calculate gets an apostrophe.
fn field(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let apostrophe = if is_formula { "'" } else { "" };
    format!("\"{apostrophe}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_and_never_formulas() {
        assert_eq!(field("Dapur, \"atas\""), "\"Dapur, \"\"atas\"\"\"");
        assert_eq!(field("=HYPERLINK(1)"), "\"'=HYPERLINK(1)\"");
        assert_eq!(field("@SUM(A1)"), "\"'@SUM(A1)\"");
        assert_eq!(field("12"), "\"12\"");
    }

    #[test]
    fn hours_have_two_decimals() {
        assert_eq!(hours(Some(SignedDuration::from_mins(90))), "1.50");
        assert_eq!(hours(None), "");
    }
}
