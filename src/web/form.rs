//! A posted form, kept as it was typed, so that a page can show it again.

use std::sync::Arc;

use axum::body::Bytes;

use crate::web::Problem;
use crate::web::room::Held;
use crate::web::sent::Sent;

/// A file that came with a form.
#[derive(Clone, Debug)]
pub struct Upload {
    pub bytes: Bytes,
    /// It was longer than a photo may be, or came with a [`TextForm`]; `bytes` is empty.
    pub too_big: bool,
    /// The memory that it takes from all requests.
    pub(super) room: Option<Arc<Held>>,
}

impl Upload {
    /// A file that did not come over the wire.
    pub fn new(bytes: Bytes) -> Upload {
        Upload { bytes, too_big: false, room: None }
    }

    pub(super) fn empty(&mut self) {
        (self.bytes, self.room) = (Bytes::new(), None);
    }
}

/// Names and values.
pub(super) type Fields = Vec<(String, String)>;

/// The fields of a form as typed, and its files.
#[derive(Clone, Debug, Default)]
pub struct Form {
    /// Shared with [`Sent`].
    fields: Arc<Fields>,
    pub files: Vec<Upload>,
    /// The request that it came with.
    pub(super) sent: Sent,
}

impl Form {
    /// A form with these fields, such as the empty one that a page first shows.
    pub fn of<const N: usize>(fields: [(&str, &str); N]) -> Form {
        Form::from_fields(fields.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec())
    }

    /// A form with fields that were kept, such as a draft's.
    pub fn from_fields(fields: Vec<(String, String)>) -> Form {
        Form::sharing(fields.into())
    }

    pub(super) fn sharing(fields: Arc<Fields>) -> Form {
        Form { fields, ..Form::default() }
    }

    pub(super) fn shared_fields(&self) -> Arc<Fields> {
        self.fields.clone()
    }

    /// The form that a query string carries.
    pub fn from_query(query: &str) -> Form {
        Form::from_fields(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    /// A field as typed; empty when it was not sent.
    pub fn value(&self, name: &str) -> &str {
        self.fields.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// A field without the blanks around it.
    pub fn text(&self, name: &str) -> &str {
        self.value(name).trim()
    }

    /// Whether a checkbox is ticked; programs may also send that it is not.
    pub fn is_on(&self, name: &str) -> bool {
        !matches!(self.text(name), "" | "0" | "false" | "off")
    }

    /// All values of a field that may come several times.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Sets a field, for pages that show a form with values of their own.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        let fields = Arc::make_mut(&mut self.fields);
        fields.retain(|(key, _)| key != name);
        fields.push((name.to_owned(), value.into()));
    }

    pub(super) fn push(&mut self, name: String, value: String) {
        Arc::make_mut(&mut self.fields).push((name, value));
    }

    /// Tells the page that may have to answer instead of ours that a file of this
    /// form is stored: such a field stands for it when the form is sent again.
    pub fn stored(&self, name: &str, value: String) {
        self.sent.stored(name, value);
    }

    /// Name and value of each text field.
    pub fn fields(&self) -> &[(String, String)] {
        &self.fields
    }

    /// A line of at most `most` characters that must not be empty.
    pub fn required(&self, name: &str, most: usize) -> Result<String, Problem> {
        self.optional(name, most)?.ok_or(Problem::Required)
    }

    /// A line of at most `most` characters, `None` when it is empty.
    pub fn optional(&self, name: &str, most: usize) -> Result<Option<String>, Problem> {
        fitting(one_line(self.value(name)), most)
    }

    /// A text of several lines, of at most `most` characters; `None` when it is empty.
    pub fn lines(&self, name: &str, most: usize) -> Result<Option<String>, Problem> {
        fitting(clean(self.value(name)), most)
    }

    /// One of the choices that a type knows.
    pub fn choice<T: std::str::FromStr>(&self, name: &str) -> Result<T, Problem> {
        match self.text(name) {
            "" => Err(Problem::Required),
            text => text.parse().map_err(|_| Problem::UnknownChoice),
        }
    }
}

fn fitting(text: String, most: usize) -> Result<Option<String>, Problem> {
    match text.chars().count() {
        _ if !text.chars().any(is_visible) => Ok(None),
        length if length > most => Err(Problem::TooLong(length - most)),
        _ => Ok(Some(text)),
    }
}

/// As [`clean`], with blanks for line breaks and tabs.
fn one_line(text: &str) -> String {
    let is_break = |c| matches!(c, '\n' | '\t' | '\u{2028}' | '\u{2029}');
    clean(text).replace(is_break, " ").trim().to_owned()
}

/// Line ends as `\n`, and none of the characters that only disturb: controls, what
/// takes no room, and the marks that turn the direction of writing.
fn clean(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.chars().filter(|&c| !disturbs(c)).collect::<String>().trim().to_owned()
}

fn disturbs(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{180e}' | '\u{200b}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
        || c.is_control() && !matches!(c, '\n' | '\t')
}

/// Whether it shows by itself. Joiners and selectors stay within emoji and scripts
/// that need them; alone, as the blanks that count as letters, they are nothing.
fn is_visible(c: char) -> bool {
    !c.is_whitespace()
        && !matches!(c,
            '\u{115f}' | '\u{1160}' | '\u{200c}'..='\u{200f}' | '\u{2800}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{e0000}'..='\u{e01ef}')
}

/// A form without photos: files are read past, never kept, so that it costs no
/// more memory than its texts.
#[derive(Clone, Debug, Default)]
pub struct TextForm(pub Form);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_trimmed_counted_in_characters_and_cleaned() {
        let form = Form::of([("title", "  keran\u{202e} bocor\r\nlagi\0 "), ("long", "ééé")]);
        assert_eq!(form.required("title", 80).unwrap(), "keran bocor lagi");
        assert_eq!(form.lines("title", 80).unwrap().unwrap(), "keran bocor\nlagi");
        assert_eq!(form.required("long", 2), Err(Problem::TooLong(1)));
        assert_eq!(form.required("none", 2), Err(Problem::Required));
        assert_eq!(form.optional("none", 2), Ok(None));
    }

    #[test]
    fn what_nobody_can_see_is_nothing() {
        for text in ["\u{200b}\u{2060} \u{feff}", "\u{200d}", "\u{3164}", "\u{fe0f}\n", "\u{2800}"]
        {
            let form = Form::of([("title", text)]);
            assert_eq!(form.required("title", 80), Err(Problem::Required), "{text:?}");
            assert_eq!(form.lines("title", 80), Ok(None), "{text:?}");
        }
        let family = Form::of([("title", "\u{200b}👨‍👩‍👧 ke\u{200b}ran ")]);
        assert_eq!(family.required("title", 80).unwrap(), "👨‍👩‍👧 keran");
    }
}
