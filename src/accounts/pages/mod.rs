//! The pages of people: getting an account, proving who one is, and one's own
//! settings. Pages are leaves: only the router knows them, so that these may use
//! kosts although accounts lie below.

pub mod account;
pub mod email;
mod expired;
pub mod forgot;
pub mod home;
pub mod join;
pub mod language;
pub mod login;
mod notice;
pub mod notifications;
pub mod password;
pub mod register;
pub mod reset;
pub mod sessions;
pub mod setup;
pub mod unsubscribe;
pub mod verify;

pub use expired::ask_to_log_in;

use askama::Template;
use axum::response::Response;
use http::header::{RETRY_AFTER, SET_COOKIE};
use http::request::Parts;
use http::{HeaderValue, StatusCode};

use crate::error::Error;
use crate::web::Page;

/// A path of ours out of a form or a header: never another site's.
fn local_path(path: &str) -> Option<&str> {
    let is_ours = path.starts_with('/')
        && !path.starts_with("//")
        && path.len() <= 2000
        && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    is_ours.then_some(path)
}

/// The page from which this request came, if it is one of ours.
fn came_from<'a>(parts: &'a Parts, base_url: &str) -> Option<&'a str> {
    let referer = parts.headers.get(http::header::REFERER)?.to_str().ok()?;
    let host = parts.headers.get(http::header::HOST).and_then(|host| host.to_str().ok());
    let of_host =
        |host: &str| referer.split_once("://").and_then(|(_, rest)| rest.strip_prefix(host));
    let path = referer.strip_prefix(base_url).or_else(|| host.and_then(of_host))?;
    local_path(path)
}

fn with_cookie(mut response: Response, cookie: HeaderValue) -> Response {
    response.headers_mut().append(SET_COOKIE, cookie);
    response
}

/// The seconds of a rate limit; every other error passes on.
fn seconds_to_wait(limited: Result<(), Error>) -> Result<Option<u64>, Error> {
    match limited {
        Ok(()) => Ok(None),
        Err(Error::TooMany { seconds }) => Ok(Some(seconds)),
        Err(error) => Err(error),
    }
}

/// The form again, with a notice of how long to wait.
fn limited<T: Template>(
    page: &Page,
    seconds: u64,
    form: impl FnOnce(Option<String>) -> T,
) -> Result<Response, Error> {
    let notice = page.t.login_limited(seconds.div_ceil(60) as i64);
    let mut response = page.html_with(StatusCode::TOO_MANY_REQUESTS, &form(Some(notice)))?;
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_ours_are_followed() {
        assert_eq!(local_path("/k/melati?status=open"), Some("/k/melati?status=open"));
        for foreign in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\r\nb",
            "k/melati",
            "/ruang kosong",
        ] {
            assert_eq!(local_path(foreign), None, "{foreign}");
        }
    }
}
