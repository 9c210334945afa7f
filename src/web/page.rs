//! What a page knows besides its content: who reads it, in which language, and
//! what stands around it. Handlers take a [`Page`]; templates read its fields.

use std::cell::RefCell;
use std::ops::Deref;
use std::sync::Arc;

use askama::Template;
use axum::extract::FromRequestParts;
use axum::response::{Html, IntoResponse, Response};
use bytes::Bytes;
use http::header::{CACHE_CONTROL, LOCATION, SET_COOKIE};
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use jiff::Timestamp;

use crate::App;
use crate::error::{Error, Result};
use crate::web::{Flash, Form, clear_cookie, cookie, cookie_value};
use crate::words::{Language, Words};

/// The surroundings of one answer.
#[derive(Clone)]
pub struct Page {
    pub app: App,
    reader: Arc<Reader>,
    pub now: Timestamp,
    pub t: Words,
    pub lang: &'static str,
    pub theme: Option<&'static str>,
    /// Without what this very page tells.
    pub unread: i64,
    pub flash: Option<String>,
    /// The request was a form: opening its address anew does not show this again.
    pub answers_a_form: bool,
    /// Path and query of the request, to come back to.
    pub path: String,
    has_flash_cookie: bool,
}

/// Who reads: worked out once a request by `kosts::identify`, and put into the
/// request's extensions. A [`Page`] is read as its reader's.
#[derive(Default)]
pub struct Reader {
    pub language: Option<Language>,
    /// The one they chose, if any.
    pub chosen_theme: Option<&'static str>,
    pub nav: Vec<NavItem>,
    /// Where staff search the reports of the kost in view.
    pub search: Option<String>,
    pub all_unread: i64,
    /// Some kost asks the reader to join.
    pub is_invited: bool,
    /// The reader has several places to go, and is told which one this is.
    pub has_choice: bool,
    /// What live messages call the kost in view; for its staff.
    pub kost_topic: Option<String>,
    /// How far the live messages had come: see `live::Hub::position`.
    pub seen: String,
    pub account: Option<Signature>,
    pub place: Option<Place>,
    /// What was typed into the form of this page before the session ended.
    pub draft: Option<Form>,
}

impl Deref for Page {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.reader
    }
}

/// One entry of the navigation.
#[derive(Clone)]
pub struct NavItem {
    pub key: &'static str,
    pub url: String,
    pub icon: &'static str,
    pub label: &'static str,
    /// `aria-current`: "page" for this very page, "true" for where it belongs.
    pub current: Option<&'static str>,
    pub count: Option<i64>,
}

/// How a person is shown: name, initials, and one of five tones.
#[derive(Clone)]
pub struct Signature {
    pub name: String,
    pub initials: String,
    pub tone: u8,
    pub role: Option<&'static str>,
}

impl Signature {
    /// The signature of an account.
    pub fn new(id: i64, name: &str, role: Option<&'static str>) -> Signature {
        let initials = name
            .split_whitespace()
            .filter_map(|word| word.chars().next())
            .take(2)
            .collect::<String>();
        Signature {
            name: name.to_owned(),
            initials: initials.to_uppercase(),
            tone: (id.rem_euclid(5) + 1) as u8,
            role,
        }
    }
}

/// The kost, and for residents the room, that a page is about.
#[derive(Clone)]
pub struct Place {
    pub kost: String,
    pub plate: Option<String>,
    pub detail: Option<String>,
}

const FLASH_COOKIE: &str = "kt_flash";
const LANGUAGE_COOKIE: &str = "kt_lang";
const THEME_COOKIE: &str = "kt_theme";

impl Page {
    /// The form that a page with a form first shows: what was typed before the
    /// session ended, or else this one.
    pub fn form_or(&self, first: impl FnOnce() -> Form) -> Form {
        self.draft.clone().unwrap_or_else(first)
    }

    /// The answer 200 with this page.
    pub fn html(&self, template: &impl Template) -> Result<Response> {
        self.html_with(StatusCode::OK, template)
    }

    /// The answer 422: the form again, with what is wrong.
    pub fn invalid(&self, template: &impl Template) -> Result<Response> {
        self.html_with(StatusCode::UNPROCESSABLE_ENTITY, template)
    }

    /// This page with this status. Pages are about one person: nobody may keep them.
    pub fn html_with(&self, status: StatusCode, template: &impl Template) -> Result<Response> {
        let mut response = (status, Html(written(template)?)).into_response();
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.has_flash_cookie {
            response.headers_mut().append(SET_COOKIE, clear_cookie(&self.app.config, FLASH_COOKIE));
        }
        Ok(response)
    }

    /// The answer 303 to `path`, whose page then shows what was done.
    pub fn done(&self, path: &str, flash: Flash) -> Response {
        self.done_with(path, flash, 0)
    }

    /// The same, for what counts or names something by its number.
    pub fn done_with(&self, path: &str, flash: Flash, number: i64) -> Response {
        let mut response = redirect_to(path);
        let code = format!("{flash}.{number}");
        let cookie = cookie(&self.app.config, FLASH_COOKIE, &code, Some(60));
        response.headers_mut().append(SET_COOKIE, cookie);
        response
    }

    /// A `Set-Cookie` that remembers the language of somebody without an account.
    pub fn language_cookie(&self, language: Language) -> HeaderValue {
        cookie(&self.app.config, LANGUAGE_COOKIE, language.as_str(), Some(31_536_000))
    }

    pub(crate) fn from_parts(parts: &Parts, app: &App) -> Page {
        let reader = parts.extensions.get::<Arc<Reader>>().cloned().unwrap_or_default();
        let language = reader.language.unwrap_or_else(|| stranger_language(parts));
        let t = Words::new(language);
        // A part of another page that looks anew would take the flash from the page
        // that is about to show it.
        let is_part = parts.headers.contains_key("hx-request");
        let flash_code =
            cookie_value(&parts.headers, FLASH_COOKIE).filter(|code| !code.is_empty() && !is_part);
        let theme =
            reader.chosen_theme.or_else(|| match cookie_value(&parts.headers, THEME_COOKIE) {
                Some("dark") => Some("dark"),
                Some("light") => Some("light"),
                _ => None,
            });
        Page {
            app: app.clone(),
            now: app.clock.now(),
            t,
            lang: language.as_str(),
            theme,
            unread: reader.all_unread,
            reader,
            flash: flash_code.and_then(|code| {
                let (code, number) = code.split_once('.')?;
                Some(code.parse::<Flash>().ok()?.word(number.parse().ok()?, t))
            }),
            path: parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
            answers_a_form: !parts.method.is_safe(),
            has_flash_cookie: flash_code.is_some(),
        }
    }
}

/// A template's text. It is put together where others were before: a string that
/// grows moves all that it holds, again and again.
fn written(template: &impl Template) -> askama::Result<Bytes> {
    thread_local!(static SHEET: RefCell<String> = const { RefCell::new(String::new()) });
    SHEET.with_borrow_mut(|sheet| {
        sheet.clear();
        template.render_into(sheet)?;
        Ok(Bytes::copy_from_slice(sheet.as_bytes()))
    })
}

fn stranger_language(parts: &Parts) -> Language {
    let chosen = cookie_value(&parts.headers, LANGUAGE_COOKIE).and_then(Language::parse);
    chosen.unwrap_or_else(|| {
        let accepted =
            parts.headers.get(http::header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        Language::from_accept_language(accepted.unwrap_or(""))
    })
}

impl FromRequestParts<App> for Page {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Page> {
        Ok(Page::from_parts(parts, app))
    }
}

/// The answer 303 to a path of ours.
pub fn redirect_to(path: &str) -> Response {
    let location = HeaderValue::from_str(path).unwrap_or_else(|_| HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response()
}
