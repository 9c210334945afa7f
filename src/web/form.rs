//! A posted form, URL-encoded or multipart, read within limits and kept as it
//! was typed, so that a page can show it again.

use axum::RequestExt;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use http::header::CONTENT_TYPE;

use crate::error::{Error, Result};
use crate::web::Problem;

/// Bytes of an URL-encoded form, and of all text fields of a multipart one.
pub const MAX_TEXT: usize = 1024 * 1024;
/// Bytes of one photo as it is sent.
pub const MAX_FILE: usize = 15 * 1024 * 1024;
/// Bytes of a whole multipart form: six photos and what is around them.
pub const MAX_MULTIPART: usize = 6 * MAX_FILE + MAX_TEXT;
/// Bytes of a form that has no long texts, as it comes over the wire.
pub const MAX_SMALL: usize = 256 * 1024;

/// A file that came with a form.
#[derive(Clone, Debug)]
pub struct Upload {
    pub field: String,
    pub bytes: Bytes,
    /// It was longer than [`MAX_FILE`], or came with a [`TextForm`]; `bytes` is empty.
    pub too_big: bool,
}

/// The fields of a form as typed, and its files.
#[derive(Clone, Debug, Default)]
pub struct Form {
    fields: Vec<(String, String)>,
    pub files: Vec<Upload>,
}

impl Form {
    /// A form with these fields, such as the empty one that a page first shows.
    pub fn of<const N: usize>(fields: [(&str, &str); N]) -> Form {
        Form {
            fields: fields.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
            files: Vec::new(),
        }
    }

    /// A form with fields that were kept, such as a draft's.
    pub fn from_fields(fields: Vec<(String, String)>) -> Form {
        Form { fields, files: Vec::new() }
    }

    /// The form that a query string carries.
    pub fn from_query(query: &str) -> Form {
        let fields = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Form { fields, files: Vec::new() }
    }

    /// A field as typed; empty when it was not sent.
    pub fn value(&self, name: &str) -> &str {
        self.fields.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// A field without the blanks around it.
    pub fn text(&self, name: &str) -> &str {
        self.value(name).trim()
    }

    /// Whether a checkbox is ticked.
    pub fn is_on(&self, name: &str) -> bool {
        !self.text(name).is_empty()
    }

    /// All values of a field that may come several times.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Sets a field, for pages that show a form with values of their own.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.fields.retain(|(key, _)| key != name);
        self.fields.push((name.to_owned(), value.into()));
    }

    /// Name and value of each text field.
    pub fn fields(&self) -> &[(String, String)] {
        &self.fields
    }

    /// A text of at most `most` characters that must not be empty.
    pub fn required(&self, name: &str, most: usize) -> Result<String, Problem> {
        match self.optional(name, most)? {
            Some(text) => Ok(text),
            None => Err(Problem::Required),
        }
    }

    /// A text of at most `most` characters, `None` when it is empty.
    pub fn optional(&self, name: &str, most: usize) -> Result<Option<String>, Problem> {
        let text = clean(self.text(name));
        match text.chars().count() {
            0 => Ok(None),
            length if length > most => Err(Problem::TooLong(length - most)),
            _ => Ok(Some(text)),
        }
    }

    /// One of the choices that a type knows.
    pub fn choice<T: std::str::FromStr>(&self, name: &str) -> Result<T, Problem> {
        match self.text(name) {
            "" => Err(Problem::Required),
            text => text.parse().map_err(|_| Problem::UnknownChoice),
        }
    }
}

/// Line ends as `\n`, and none of the characters that only disturb: NUL and
/// the other controls, and the marks that turn the direction of writing.
fn clean(text: &str) -> String {
    text.replace("\r\n", "\n")
        .chars()
        .filter(|&c| {
            c == '\n'
                || c == '\t'
                || !(c.is_control()
                    || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
        })
        .collect()
}

/// The text fields of a small form; files are read past, never kept. For pages
/// that strangers can send to: they cost no more memory than a form needs.
#[derive(Clone, Debug, Default)]
pub struct TextForm(pub Form);

/// What becomes of files.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Files {
    Keep,
    /// Noted as sent, without their bytes.
    Skip,
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Error;

    async fn from_request(request: Request, _: &S) -> Result<Form> {
        read(request, MAX_TEXT, Files::Keep).await
    }
}

impl<S: Send + Sync> FromRequest<S> for TextForm {
    type Rejection = Error;

    async fn from_request(request: Request, _: &S) -> Result<TextForm> {
        read(request, MAX_SMALL, Files::Skip).await.map(TextForm)
    }
}

async fn read(mut request: Request, most: usize, files: Files) -> Result<Form> {
    let kind =
        request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    if kind.starts_with("application/x-www-form-urlencoded") {
        url_encoded(request.into_body(), most).await
    } else if kind.starts_with("multipart/form-data") {
        DefaultBodyLimit::max(MAX_MULTIPART).apply(&mut request);
        multipart(request.extract().await.map_err(|_| Error::BadRequest)?, most, files).await
    } else if kind.is_empty() {
        Ok(Form::default()) // a button without fields
    } else {
        Err(Error::BadRequest)
    }
}

async fn url_encoded(body: Body, most: usize) -> Result<Form> {
    let bytes = axum::body::to_bytes(body, most).await.map_err(|_| Error::TooLarge)?;
    let fields = form_urlencoded::parse(&bytes).into_owned().collect::<Vec<_>>();
    // The parser puts U+FFFD where the bytes were no UTF-8; browsers never send such a form.
    if fields.iter().any(|(name, value)| name.contains('\u{fffd}') || value.contains('\u{fffd}')) {
        return Err(Error::BadRequest);
    }
    Ok(Form { fields, files: Vec::new() })
}

async fn multipart(mut parts: Multipart, most_text: usize, files: Files) -> Result<Form> {
    let mut form = Form::default();
    let mut room = most_text;
    while let Some(mut part) = parts.next_field().await.map_err(unreadable)? {
        let name = part.name().unwrap_or("").to_owned();
        let is_file = part.file_name().is_some();
        let most = match (is_file, files) {
            (false, _) => room,
            (true, Files::Keep) => MAX_FILE,
            (true, Files::Skip) => 0,
        };
        let mut bytes = Vec::new();
        let mut too_big = false;
        while let Some(chunk) = part.chunk().await.map_err(unreadable)? {
            too_big |= bytes.len() + chunk.len() > most;
            if !too_big {
                bytes.extend_from_slice(&chunk);
            }
        }
        if is_file {
            if too_big {
                bytes.clear();
            }
            // A file input that was left empty comes as a file of no bytes.
            if too_big || !bytes.is_empty() {
                form.files.push(Upload { field: name, bytes: bytes.into(), too_big });
            }
        } else {
            if too_big {
                return Err(Error::TooLarge);
            }
            room -= bytes.len();
            form.fields.push((name, String::from_utf8(bytes).map_err(|_| Error::BadRequest)?));
        }
    }
    Ok(form)
}

fn unreadable(error: axum::extract::multipart::MultipartError) -> Error {
    if error.status() == http::StatusCode::PAYLOAD_TOO_LARGE {
        Error::TooLarge
    } else {
        Error::BadRequest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_trimmed_counted_in_characters_and_cleaned() {
        let form = Form::of([("title", "  keran\u{202e} bocor\r\nlagi\0 "), ("long", "ééé")]);
        assert_eq!(form.required("title", 80).unwrap(), "keran bocor\nlagi");
        assert_eq!(form.required("long", 2), Err(Problem::TooLong(1)));
        assert_eq!(form.required("none", 2), Err(Problem::Required));
        assert_eq!(form.optional("none", 2), Ok(None));
    }
}
