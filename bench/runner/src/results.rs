//! Every figure of a run: per case, variant and contestant, one value for each
//! repetition.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What is measured, with its unit in the name.
pub type Figures = BTreeMap<String, Vec<f64>>;

/// The figures of one contestant in one variant of one case.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Row {
    pub case: String,
    pub variant: String,
    pub who: String,
    pub figures: Figures,
}

/// All of them, in the order in which they came.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Results {
    pub rows: Vec<Row>,
    /// Of each case: which commit was measured, and when.
    pub measured: BTreeMap<String, String>,
    /// Why a case could not be measured when that was tried last.
    #[serde(default)]
    pub failed: BTreeMap<String, String>,
}

impl Results {
    /// A case is measured.
    pub fn begin(&mut self, case: &str, when: String) {
        self.forget(case);
        self.measured.insert(case.to_owned(), when);
    }

    /// It could not be measured.
    pub fn fail(&mut self, case: &str, why: String) {
        self.forget(case);
        self.failed.insert(case.to_owned(), why);
    }

    fn forget(&mut self, case: &str) {
        self.rows.retain(|row| row.case != case);
        self.measured.remove(case);
        self.failed.remove(case);
    }

    /// What was measured later takes the place of what these have of the same cases.
    pub fn renew(&mut self, later: Results) {
        for (case, when) in later.measured {
            self.begin(&case, when);
        }
        self.rows.extend(later.rows);
        self.failed.extend(later.failed);
    }

    /// Notes one repetition, and prints it.
    pub fn note(&mut self, case: &str, variant: &str, who: &str, figures: &[(&'static str, f64)]) {
        let said: Vec<_> =
            figures.iter().map(|(name, value)| format!("{name} {}", plain(*value))).collect();
        println!("   {variant}, {who}: {}", said.join(", "));
        let same = |row: &&mut Row| row.case == case && row.variant == variant && row.who == who;
        let row = match self.rows.iter_mut().find(same) {
            Some(row) => row,
            None => {
                let [case, variant, who] = [case, variant, who].map(str::to_owned);
                self.rows.push(Row { case, variant, who, figures: Figures::new() });
                self.rows.last_mut().unwrap_or_else(|| unreachable!("it was pushed"))
            }
        };
        for (name, value) in figures {
            row.figures.entry((*name).to_owned()).or_default().push(*value);
        }
    }

    /// The median of a figure, if it was measured.
    pub fn median(&self, case: &str, variant: &str, who: &str, figure: &str) -> Option<f64> {
        Some(self.spread(case, variant, who, figure)?.median)
    }

    /// The greatest of a figure, if it was measured.
    pub fn most(&self, case: &str, variant: &str, who: &str, figure: &str) -> Option<f64> {
        Some(self.spread(case, variant, who, figure)?.most)
    }

    fn spread(&self, case: &str, variant: &str, who: &str, figure: &str) -> Option<Spread> {
        let is_it = |row: &&Row| row.case == case && row.variant == variant && row.who == who;
        Some(spread(self.rows.iter().find(is_it)?.figures.get(figure)?))
    }
}

/// The middle of several repetitions, and how far they lie apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    pub median: f64,
    pub least: f64,
    pub most: f64,
}

/// Of at least one value.
pub fn spread(values: &[f64]) -> Spread {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let median = match sorted.len() % 2 {
        0 => f64::midpoint(sorted[middle - 1], sorted[middle]),
        _ => sorted[middle],
    };
    Spread { median, least: sorted[0], most: sorted[sorted.len() - 1] }
}

/// Milliseconds at this percentage of the sorted values.
pub fn percentile(sorted: &[f64], percent: usize) -> f64 {
    sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)]
}

/// `1 client`, `8 clients`
pub fn clients(number: usize) -> String {
    format!("{number} client{}", if number == 1 { "" } else { "s" })
}

/// A number with as many digits as say something: three, or all before the point.
pub fn plain(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        small if small < 1.0 => format!("{value:.3}"),
        small if small < 10.0 => format!("{value:.2}"),
        small if small < 100.0 => format!("{value:.1}"),
        _ => grouped(&format!("{value:.0}")),
    }
}

/// The same text with its long numbers readable: `100000 tickets` as `100,000 tickets`.
pub fn readable(text: &str) -> String {
    let is_digit = |letter: char| letter.is_ascii_digit();
    let mut readable = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(is_digit) {
        let (before, number) = rest.split_at(start);
        let end = number.find(|letter| !is_digit(letter)).unwrap_or(number.len());
        readable.push_str(before);
        readable.push_str(&grouped(&number[..end]));
        rest = &number[end..];
    }
    readable + rest
}

fn grouped(digits: &str) -> String {
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_the_middle_or_between_the_two_of_it() {
        assert_eq!(spread(&[3.0, 1.0, 2.0]), Spread { median: 2.0, least: 1.0, most: 3.0 });
        assert_eq!(spread(&[4.0, 1.0]).median, 2.5);
    }

    #[test]
    fn a_case_that_is_measured_again_leaves_the_others_as_they_were() {
        let mut first = Results::default();
        for case in ["pages", "create"] {
            first.begin(case, "then".to_owned());
            first.note(case, "8 clients", "somebody", &[("per_second", 1.0)]);
        }
        let mut second = Results::default();
        second.begin("create", "now".to_owned());
        second.note("create", "8 clients", "somebody", &[("per_second", 2.0)]);
        second.begin("queue", "now".to_owned());
        second.fail("queue", "no disk".to_owned());
        let mut all = first;
        all.renew(second);
        let rate = |case| all.median(case, "8 clients", "somebody", "per_second");
        assert_eq!([rate("pages"), rate("create")], [Some(1.0), Some(2.0)]);
        let whens: Vec<_> = all.measured.into_iter().collect();
        assert_eq!(
            whens,
            [("create", "now"), ("pages", "then")]
                .map(|(case, when)| (case.to_owned(), when.to_owned()))
        );
    }

    #[test]
    fn a_case_that_failed_is_named_until_it_is_measured_anew() {
        // As it was written before failures were kept.
        let mut all: Results = serde_json::from_str(r#"{"measured": {}, "rows": []}"#).unwrap();
        let mut second = Results::default();
        second.fail("queue", "no disk".to_owned());
        all.renew(second);
        assert_eq!(all.failed["queue"], "no disk");
        let mut third = Results::default();
        third.begin("queue", "now".to_owned());
        all.renew(third);
        assert!(all.failed.is_empty());
    }

    #[test]
    fn long_numbers_in_a_text_are_readable() {
        let text = "worst page, 1000000 tickets beside 5000 of 400";
        assert_eq!(readable(text), "worst page, 1,000,000 tickets beside 5,000 of 400");
    }

    #[test]
    fn numbers_are_as_long_as_they_need_to_be() {
        assert_eq!([0.0, 0.0123, 7.25, 1234567.0].map(plain), ["0", "0.012", "7.25", "1,234,567"]);
    }
}
