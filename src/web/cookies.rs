//! Cookies, few and plain: HttpOnly, SameSite=Lax, for the whole site.

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

use crate::config::Config;

/// The value of the cookie `name`, where the browser sent one.
pub fn cookie_value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

/// A `Set-Cookie` value. `max_age` in seconds; `None` lasts as long as the
/// browser stays open. `value` must be made of cookie characters.
#[expect(clippy::expect_used, reason = "names are constants, values base64url, digits or words")]
pub fn cookie(config: &Config, name: &str, value: &str, max_age: Option<i64>) -> HeaderValue {
    let secure = if config.is_secure() { "; Secure" } else { "" };
    let age = max_age.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
    HeaderValue::from_str(&format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}"))
        .expect("cookie characters only")
}

/// A `Set-Cookie` value that makes the browser forget `name`.
pub fn clear_cookie(config: &Config, name: &str) -> HeaderValue {
    cookie(config, name, "", Some(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_cookie_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("a=1; kt_session=x_y; b=2"));
        assert_eq!(cookie_value(&headers, "kt_session"), Some("x_y"));
        assert_eq!(cookie_value(&headers, "session"), None);
    }
}
