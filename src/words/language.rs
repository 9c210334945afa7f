//! The languages of the interface, and how a browser asks for one.

use std::fmt;

/// A language of the interface. Indonesian is the first, and the answer to
/// every doubt.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Language {
    #[default]
    Id,
    En,
}

impl Language {
    /// All of them, in the order in which a person chooses from them.
    pub const ALL: [Language; 2] = [Language::Id, Language::En];

    /// Its tag (BCP 47), as in `<html lang>`, in the database and in forms.
    pub fn as_str(self) -> &'static str {
        match self {
            Language::Id => "id",
            Language::En => "en",
        }
    }

    /// Its own name for itself.
    pub fn name(self) -> &'static str {
        match self {
            Language::Id => "Indonesia",
            Language::En => "English",
        }
    }

    /// The language with exactly this tag.
    pub fn parse(tag: &str) -> Option<Language> {
        Language::ALL.into_iter().find(|language| language.as_str() == tag)
    }

    /// What an `Accept-Language` header prefers among our languages;
    /// Indonesian if it names none of them or cannot be read.
    pub fn from_accept_language(header: &str) -> Language {
        let mut best = (Language::default(), 0);
        for range in header.split(',') {
            let mut parts = range.split(';');
            let tag = parts.next().unwrap_or_default().trim();
            let quality =
                parts.find_map(|part| part.trim().strip_prefix("q=")).map_or(1000, weight);
            if let Some(language) = Language::of_range(tag)
                && quality > best.1
            {
                best = (language, quality);
            }
        }
        best.0
    }

    /// `en-GB` is English; `in` is what old Android calls Indonesian.
    fn of_range(tag: &str) -> Option<Language> {
        let primary = tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        match primary.as_str() {
            "in" | "*" => Some(Language::Id),
            other => Language::parse(other),
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A quality of 0 to 1 in thousandths; 0, which refuses, if it is nonsense.
fn weight(quality: &str) -> u32 {
    match quality.trim().parse::<f32>() {
        Ok(value) if (0.0..=1.0).contains(&value) => (value * 1000.0) as u32,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::Language::{self, En, Id};

    #[test]
    fn a_browser_gets_the_language_it_prefers() {
        let cases = [
            ("", Id),
            ("id", Id),
            ("id-ID,id;q=0.9,en-US;q=0.8,en;q=0.7", Id),
            ("en-GB,en;q=0.9,id;q=0.8", En),
            ("in-ID, en;q=0.5", Id),
            ("EN-us", En),
            ("jv-ID, en;q=0.4, id;q=0.6", Id),
            ("de, fr;q=0.8", Id),
            ("de, en;q=0.1", En),
            ("*, en;q=0.5", Id),
            ("en;q=0", Id),
            ("en;q=nonsense, ;;;,=", Id),
        ];
        for (header, expected) in cases {
            assert_eq!(Language::from_accept_language(header), expected, "{header}");
        }
    }

    #[test]
    fn a_tag_reads_back_as_its_language() {
        for language in Language::ALL {
            assert_eq!(Language::parse(language.as_str()), Some(language));
        }
        assert_eq!(Language::parse("de"), None);
    }
}
