//! Numbers: 1.284 and 4,6 in Indonesian, 1,284 and 4.6 in English.

use super::{Language, Words};

impl Words {
    /// A telephone number as people here write it: `+6281234567890` is
    /// `0812-3456-7890`; one of another country stays as it is.
    pub fn phone(self, number: &str) -> String {
        let Some(national) = number.strip_prefix("+62").filter(|rest| rest.is_ascii()) else {
            return number.to_owned();
        };
        let national = format!("0{national}");
        let (first, rest) = national.split_at(national.len().min(4));
        let (second, third) = rest.split_at(rest.len().min(4));
        [first, second, third]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("-")
    }

    /// A whole number with its thousands set apart: 1.284.
    pub fn number(self, number: i64) -> String {
        let digits = number.unsigned_abs().to_string();
        let mut text = String::with_capacity(digits.len() * 4 / 3 + 1);
        if number < 0 {
            text.push('−');
        }
        for (position, digit) in digits.chars().enumerate() {
            if position > 0 && (digits.len() - position).is_multiple_of(3) {
                text.push(self.thousands());
            }
            text.push(digit);
        }
        text
    }

    /// A number with this many decimals: 4,6.
    pub fn decimal(self, number: f64, places: usize) -> String {
        let text = format!("{:.places$}", number.abs());
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let is_zero = text.chars().all(|c| c == '0' || c == '.');
        let mut result = String::from(if number < 0.0 && !is_zero { "−" } else { "" });
        match whole.parse() {
            Ok(whole) => result.push_str(&self.number(whole)),
            Err(_) => result.push('–'),
        }
        if !fraction.is_empty() {
            result.push(self.decimal_mark());
            result.push_str(fraction);
        }
        result
    }

    /// A share of a whole in whole per cent: 86%. A whole of nothing is “–”.
    pub fn percent(self, part: i64, whole: i64) -> String {
        if whole == 0 {
            return "–".to_owned();
        }
        format!("{}%", self.decimal(part as f64 * 100.0 / whole as f64, 0))
    }

    fn thousands(self) -> char {
        match self.language {
            Language::Id => '.',
            Language::En => ',',
        }
    }

    fn decimal_mark(self) -> char {
        match self.language {
            Language::Id => ',',
            Language::En => '.',
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Language, Words};

    const ID: Words = Words { language: Language::Id };
    const EN: Words = Words { language: Language::En };

    #[test]
    fn thousands_are_set_apart() {
        let cases = [
            (0, "0", "0"),
            (7, "7", "7"),
            (999, "999", "999"),
            (1_284, "1.284", "1,284"),
            (150_000, "150.000", "150,000"),
            (1_000_000, "1.000.000", "1,000,000"),
            (-1_284, "−1.284", "−1,284"),
            (i64::MIN, "−9.223.372.036.854.775.808", "−9,223,372,036,854,775,808"),
        ];
        for (number, id, en) in cases {
            assert_eq!((ID.number(number).as_str(), EN.number(number).as_str()), (id, en));
        }
    }

    #[test]
    fn decimals_follow_the_language() {
        let cases = [
            (4.6, 1, "4,6", "4.6"),
            (4.64, 1, "4,6", "4.6"),
            (0.8, 1, "0,8", "0.8"),
            (1284.5, 2, "1.284,50", "1,284.50"),
            (85.7, 0, "86", "86"),
            (-0.04, 1, "0,0", "0.0"),
            (-2.5, 1, "−2,5", "−2.5"),
            (f64::NAN, 1, "–", "–"),
        ];
        for (number, places, id, en) in cases {
            assert_eq!(
                (ID.decimal(number, places), EN.decimal(number, places)),
                (id.into(), en.into())
            );
        }
    }

    #[test]
    fn shares_are_whole_per_cents() {
        assert_eq!(ID.percent(31, 36), "86%");
        assert_eq!(ID.percent(0, 36), "0%");
        assert_eq!(ID.percent(0, 0), "–");
    }
}
