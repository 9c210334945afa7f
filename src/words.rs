//! What the program says, in the reader's language. Every text is a method,
//! made from `locales/` when compiling: one that is missing in a language, or
//! that takes other arguments there, does not build.

use std::fmt::Display;

mod causes;
mod durations;
pub mod emphasis;
pub mod jobs;
mod language;
mod numbers;
mod times;

#[cfg(test)]
#[path = "../build/words/generate.rs"]
mod generate;
#[cfg(test)]
mod generate_tests;
#[cfg(test)]
#[path = "../build/words/text.rs"]
mod text;
#[cfg(test)]
mod tone_tests;
#[cfg(test)]
pub mod use_tests;

pub use causes::capitalised;
pub use language::Language;
pub use times::{Moment, iso};

/// The texts of one language: a method for each key of `locales/`, its dots as
/// underscores (`"login.title"` is `login_title()`), and the ways in which the
/// language writes times, numbers and durations.
///
/// A text without arguments is a `&'static str`. Arguments come in the order in
/// which the Indonesian text first uses them; the method's documentation shows
/// both texts. `{n}` is an `i64` and gets the language's separators; in English
/// it chooses between one and many. Texts never contain `<`, `>` or `&`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    language: Language,
}

impl Words {
    /// The texts of a language.
    pub fn new(language: Language) -> Words {
        Words { language }
    }

    /// The language they are in.
    pub fn language(self) -> Language {
        self.language
    }
}

include!(concat!(env!("OUT_DIR"), "/words.rs"));
