//! Turns every refusal into a page in the reader's language: ours and those of
//! the libraries, so that nobody ever meets a blank page or an English default.

use askama::Template;
use axum::extract::Request;
use axum::response::Response;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::request::Parts;
use http::{HeaderValue, StatusCode};

use crate::App;
use crate::error::Fault;
use crate::web::{Page, Sent};

/// Until a database that cannot be reached is likely to be there again.
const UNAVAILABLE_SECONDS: u64 = 10;

#[derive(Template)]
#[template(path = "errors/fault.html")]
struct FaultPage<'a> {
    page: &'a Page,
    status: u16,
    title: &'static str,
    text: String,
    /// Of the key tag: solid, or "lamp" where waiting helps.
    tone: &'static str,
    can_retry: bool,
    /// The form that was not taken, to be sent once more.
    again: Option<Again>,
    reference: Option<&'a str>,
}

/// A form that was not taken through no fault of its sender: everything typed
/// goes into hidden fields, and what they wrote in words is to be seen.
struct Again {
    encoding: &'static str,
    fields: Vec<(String, String)>,
    had_password: bool,
    had_files: bool,
}

/// Fields that hold what somebody wrote, be it one word.
const WRITTEN: [&str; 5] = ["title", "description", "body", "reason", "name"];

impl Again {
    async fn of(app: &App, sent: &Sent, asked: &Parts) -> Again {
        let (form, had_files) = sent.form(app, asked).await;
        let is_password = |name: &str| name.contains("password");
        let mut fields = form.fields().to_vec();
        fields.retain(|(name, _)| !is_password(name));
        let kind = asked.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let is_multipart =
            kind.is_some_and(|kind| kind.to_ascii_lowercase().starts_with("multipart/"));
        Again {
            encoding: if is_multipart {
                "multipart/form-data"
            } else {
                "application/x-www-form-urlencoded"
            },
            had_password: fields.len() < form.fields().len(),
            had_files,
            fields,
        }
    }

    /// What somebody wrote, other than choices and marks of ours.
    fn texts(&self) -> impl Iterator<Item = &str> {
        let is_text = |(name, value): &&(String, String)| {
            let is_written = WRITTEN.contains(&name.as_str());
            !value.trim().is_empty() && (is_written || value.trim().contains(char::is_whitespace))
        };
        self.fields.iter().filter(is_text).map(|(_, value)| value.as_str())
    }
}

/// Middleware around everything: answers without a page of their own get one.
pub async fn render<F: Future<Output = Response>>(
    app: &App,
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    let (mut parts, mut body) = request.into_parts();
    let mut sent = None;
    if !parts.method.is_safe() {
        let (lender, lent) = Sent::lend(body);
        parts.extensions.insert(lender.clone());
        (sent, body) = (Some(lender), lent);
    }
    let asked = parts.clone();
    let response = next(Request::from_parts(parts, body)).await;
    let Some(fault) =
        response.extensions().get::<Fault>().cloned().or_else(|| library_fault(&response))
    else {
        return response;
    };
    let again = match sent {
        // Another site's words are not ours to show.
        Some(sent) if fault != Fault::OtherSite => Some(Again::of(app, &sent, &asked).await),
        _ => None,
    };
    // What cannot be sent again can at least be copied.
    let again = again.filter(|again| fault.passes() || again.texts().next().is_some());
    let page = Page::from_parts(&asked, app);
    fault_page(&page, &fault, again, response)
}

/// A refusal that is not ours: no HTML, and a status that says so.
fn library_fault(response: &Response) -> Option<Fault> {
    let is_page =
        response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(
            |kind| kind.starts_with("text/html") || kind.starts_with("application/json"),
        );
    if is_page {
        return None;
    }
    Some(match response.status() {
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => Fault::NotFound,
        // Ours say so themselves: this is the CSRF layer.
        StatusCode::FORBIDDEN => Fault::OtherSite,
        StatusCode::PAYLOAD_TOO_LARGE => Fault::TooLarge,
        StatusCode::SERVICE_UNAVAILABLE => Fault::Unavailable,
        StatusCode::REQUEST_TIMEOUT => Fault::BadRequest,
        status if status.is_client_error() => Fault::BadRequest,
        status if status.is_server_error() => {
            Fault::from(crate::Error::Internal(anyhow::anyhow!("status {status}")))
        }
        _ => return None,
    })
}

fn fault_page(page: &Page, fault: &Fault, again: Option<Again>, refused: Response) -> Response {
    let (title, text) = words(page, fault, again.is_none());
    let can_retry = fault.passes();
    let reference = match fault {
        Fault::Internal { reference } => Some(reference.as_str()),
        _ => None,
    };
    let tone = if can_retry { "lamp" } else { "" };
    let status = fault.status();
    let template =
        FaultPage { page, status: status.as_u16(), title, text, tone, can_retry, again, reference };
    let Ok(mut answer) = page.html_with(status, &template) else { return refused };
    let wait = match fault {
        Fault::TooMany { seconds } | Fault::Busy { seconds } => Some(*seconds),
        Fault::Unavailable | Fault::RolledBack => Some(UNAVAILABLE_SECONDS),
        _ => None,
    };
    if let Some(seconds) = wait {
        answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    answer
}

/// What happened, and what to do about it.
fn words(page: &Page, fault: &Fault, only_read: bool) -> (&'static str, String) {
    let t = page.t;
    match fault {
        Fault::NotFound => (t.error_404_title(), t.error_404_body().to_owned()),
        Fault::Forbidden => (t.error_403_title(), t.error_403_body().to_owned()),
        Fault::LogIn => (t.error_login_title(), t.error_login_again().to_owned()),
        Fault::BadRequest => (t.error_400_title(), t.error_400_body().to_owned()),
        Fault::TooLarge => (t.error_413_title(), t.error_413_body().to_owned()),
        Fault::Conflict => (t.error_409_title(), t.error_409_body().to_owned()),
        Fault::TooMany { seconds } => (t.error_429_title(), t.error_429(*seconds as i64)),
        Fault::OtherSite => {
            (t.error_other_site_title(), t.error_other_site(page.app.config.base_url.as_str()))
        }
        Fault::Busy { .. } => (t.error_busy_title(), t.error_busy().to_owned()),
        Fault::Unavailable | Fault::RolledBack => {
            let title = if only_read { t.error_503_read() } else { t.error_503_title() };
            (title, t.error_503_body().to_owned())
        }
        // Something that was sent may have been saved, or not: nobody knows.
        Fault::Internal { .. } if !only_read => {
            (t.error_500_title(), t.error_500_sent().to_owned())
        }
        Fault::Internal { .. } => (t.error_500_title(), t.error_500_body().to_owned()),
    }
}
