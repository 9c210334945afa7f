//! Somebody without a session opens or sends something that needs one. Who
//! opens a page logs in first; who sent a form gets the log-in page with
//! everything typed, which comes back as a draft: nothing typed is ever lost.

use axum::extract::Request;
use axum::response::{Html, IntoResponse, Response};
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode};

use crate::App;
use crate::accounts::Typed;
use crate::accounts::pages::login::LoginPage;
use crate::accounts::pages::{came_from, local_path};
use crate::error::{Fault, Result};
use crate::web::{Form, Page, Sent, redirect_to};

/// The field of a draft that had photos, which are not kept: its page says so.
const PHOTOS_AGAIN: &str = "photos_again";

/// Middleware around all pages: answers “log-in needed” with a way to do so.
pub async fn ask_to_log_in<F: Future<Output = Response>>(
    app: &App,
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    let (parts, body) = request.into_parts();
    let asked = parts.clone();
    let response = next(Request::from_parts(parts, body)).await;
    if response.extensions().get::<Fault>() != Some(&Fault::LogIn) {
        return response;
    }
    if asked.method == Method::GET || asked.method == Method::HEAD {
        return log_in_first(app, &asked).unwrap_or(response);
    }
    log_in_again(app, &asked).await.unwrap_or_else(IntoResponse::into_response)
}

/// A page leads to the log-in and comes back; what is no page (a photo, the
/// socket) is just refused.
fn log_in_first(app: &App, asked: &Parts) -> Option<Response> {
    let header = |name: &str| asked.headers.get(name).and_then(|value| value.to_str().ok());
    if header("hx-request").is_some() {
        // A part of a page refreshes itself: the whole page has to go.
        let path = login_path(came_from(asked, &app.config.base_url).unwrap_or("/"));
        let mut response = (StatusCode::UNAUTHORIZED, Html("")).into_response();
        response.headers_mut().insert("hx-redirect", HeaderValue::from_str(&path).ok()?);
        return Some(response);
    }
    let is_page = header("upgrade").is_none()
        && header("sec-fetch-mode").is_none_or(|mode| mode == "navigate");
    let path = asked.uri.path_and_query().map_or("/", |path| path.as_str());
    is_page.then(|| redirect_to(&login_path(path)))
}

fn login_path(next: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
    format!("/login?{query}")
}

async fn log_in_again(app: &App, asked: &Parts) -> Result<Response> {
    let page = Page::from_parts(asked, app);
    let next = form_page(asked, &app.config.base_url);
    let sent = asked.extensions.get::<Sent>().cloned().unwrap_or_default();
    let (mut form, had_files) = sent.form(app, asked).await;
    if had_files {
        form.set(PHOTOS_AGAIN, "true");
    }
    let typed = Typed::of(&form);
    let had_text = form.fields().iter().any(|(_, value)| !value.is_empty());
    let mut notice = match (&typed, had_text) {
        (None, true) => page.t.login_not_kept().to_owned(),
        (None, false) => page.t.error_login_first().to_owned(),
        (Some(_), _) => page.t.error_login_again().to_owned(),
    };
    if had_files {
        notice = format!("{notice} {}", page.t.login_photos_again());
    }
    let mut form = Form::of([("remember", "true"), ("next", &next)]);
    if let Some(typed) = typed {
        form.set("typed", typed.json());
    }
    LoginPage { notice: Some(notice), ..LoginPage::new(&page, form).await? }
        .show(StatusCode::UNAUTHORIZED)
}

/// The page whose form was sent: the one it came from, unless that is the
/// answer to an earlier attempt, which nobody can open again.
fn form_page(asked: &Parts, base_url: &str) -> String {
    let path = asked.uri.path();
    let from = came_from(asked, base_url).filter(|from| from.split('?').next() != Some(path));
    from.or(local_path(&page_above(path))).unwrap_or("/").to_owned()
}

/// The page that has the form whose address this is.
fn page_above(path: &str) -> String {
    match path.split('/').skip(1).collect::<Vec<_>>()[..] {
        ["k", _, "tickets"] => format!("{path}/new"),
        ["k", kost, "tickets", number, _, ..] => format!("/k/{kost}/tickets/{number}"),
        ["k", kost, "invitations", ..] => format!("/k/{kost}/members"),
        ["k", kost, "settings", _] => format!("/k/{kost}/settings"),
        ["k", _, "availability"] | ["account", "theme"] => "/account".to_owned(),
        ["account", "sessions", ..] => "/account/sessions".to_owned(),
        ["account", "email", ..] => "/account/email".to_owned(),
        ["notifications", ..] => "/notifications".to_owned(),
        ["invitations", ..] => "/invitations".to_owned(),
        ["join" | "language" | "logout"] => "/".to_owned(),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page_of(path: &str, referer: &str) -> String {
        let request = http::Request::post(path).header("referer", referer).body(()).unwrap();
        form_page(&request.into_parts().0, "https://kost.example")
    }

    #[test]
    fn the_page_of_a_form_is_where_it_was_sent_from() {
        let at = "https://kost.example/k/melati/tickets/new?room=12";
        assert_eq!(page_of("/k/melati/tickets", at), "/k/melati/tickets/new?room=12");
    }

    #[test]
    fn without_a_referer_or_after_a_mistake_it_is_known_too() {
        let sent = |path: &str| page_of(path, &format!("https://kost.example{path}"));
        for ask in
            [&sent as &dyn Fn(&str) -> String, &|path| page_of(path, "https://evil.example/x")]
        {
            assert_eq!(ask("/k/melati/tickets"), "/k/melati/tickets/new");
            assert_eq!(ask("/k/melati/tickets/12/comments"), "/k/melati/tickets/12");
            assert_eq!(ask("/account"), "/account");
            for (form, page) in [
                ("/join", "/"),
                ("/notifications/read", "/notifications"),
                ("/account/sessions/7/end", "/account/sessions"),
                ("/account/theme", "/account"),
                ("/k/melati/availability", "/account"),
                ("/invitations/7", "/invitations"),
                ("/k/melati/invitations/7/withdraw", "/k/melati/members"),
                ("/k/melati/tickets/12/followers/7/end", "/k/melati/tickets/12"),
            ] {
                assert_eq!(ask(form), page);
            }
        }
    }
}
