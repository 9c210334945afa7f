//! `Prefer: return=minimal` (RFC 7240): a script that sends a form learns that it
//! was taken and where the result stands, and opens that page by itself.

use axum::extract::Request;
use axum::response::Response;
use http::StatusCode;
use http::header::HeaderName;

const PREFER: HeaderName = HeaderName::from_static("prefer");

/// Middleware: 303 becomes 204 with the same `Location`, which a script can read.
pub async fn minimal<F: Future<Output = Response>>(
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    let is_minimal = request.headers().get(PREFER).is_some_and(|value| value == "return=minimal");
    let mut response = next(request).await;
    if is_minimal && response.status() == StatusCode::SEE_OTHER {
        *response.status_mut() = StatusCode::NO_CONTENT;
    }
    response
}
