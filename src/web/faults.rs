//! Turns every refusal into a page in the reader's language: ours and those of
//! the libraries, so that nobody ever meets a blank page or an English default.

use askama::Template;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};

use crate::App;
use crate::error::Fault;
use crate::web::Page;
use crate::words::Words;

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
    reference: Option<&'a str>,
}

/// Middleware around everything: answers without a page of their own get one.
pub async fn render(State(app): State<App>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let asked = parts.clone();
    let response = next.run(Request::from_parts(parts, body)).await;
    match response.extensions().get::<Fault>().cloned().or_else(|| library_fault(&response)) {
        Some(fault) => {
            let page = Page::from_parts(&asked, &app);
            fault_page(&page, &fault, asked.method.is_safe(), response)
        }
        None => response,
    }
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
        StatusCode::FORBIDDEN => Fault::Forbidden,
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

fn fault_page(page: &Page, fault: &Fault, only_read: bool, refused: Response) -> Response {
    let (title, text) = words(page.t, fault, only_read);
    let can_retry =
        matches!(fault, Fault::Unavailable | Fault::Internal { .. } | Fault::TooMany { .. });
    let reference = match fault {
        Fault::Internal { reference } => Some(reference.as_str()),
        _ => None,
    };
    let tone = if can_retry { "lamp" } else { "" };
    let status = fault.status();
    let template =
        FaultPage { page, status: status.as_u16(), title, text, tone, can_retry, reference };
    let Ok(mut answer) = page.html_with(status, &template) else { return refused };
    if let Fault::TooMany { seconds } = fault {
        answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(*seconds));
    }
    answer
}

/// What happened, and what to do about it.
fn words(t: Words, fault: &Fault, only_read: bool) -> (&'static str, String) {
    match fault {
        Fault::NotFound => (t.error_404_title(), t.error_404_body().to_owned()),
        Fault::Forbidden => (t.error_403_title(), t.error_403_body().to_owned()),
        Fault::LogIn => (t.error_login_title(), t.error_login_again().to_owned()),
        Fault::BadRequest => (t.error_400_title(), t.error_400_body().to_owned()),
        Fault::TooLarge => (t.error_413_title(), t.error_413_body().to_owned()),
        Fault::Conflict => (t.error_409_title(), t.error_409_body().to_owned()),
        Fault::TooMany { seconds } => (t.error_429_title(), t.error_429(*seconds as i64)),
        Fault::Unavailable => (t.error_503_title(), t.error_503_body().to_owned()),
        // Something that was sent may have been saved, or not: nobody knows.
        Fault::Internal { .. } if !only_read => {
            (t.error_500_title(), t.error_500_sent().to_owned())
        }
        Fault::Internal { .. } => (t.error_500_title(), t.error_500_body().to_owned()),
    }
}
