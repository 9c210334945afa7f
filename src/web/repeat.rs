//! A verb that the database undid, because two of them stood in each other's way,
//! runs once more: of what it wrote nothing is left, as each is one transaction. What
//! its first attempt used up of rate limits stays used up.

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use form_urlencoded::Serializer;
use http::HeaderValue;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::request::Parts;

use crate::App;
use crate::error::Fault;
use crate::web::Sent;

/// So often, after the first time.
const MOST: usize = 3;

/// Middleware around the handlers.
pub async fn rolled_back<F: Future<Output = Response>>(
    app: &App,
    request: Request,
    next: impl Fn(Request) -> F,
) -> Response {
    if request.method().is_safe() {
        return next(request).await;
    }
    let (parts, body) = request.into_parts();
    let asked = parts.clone();
    let mut response = next(Request::from_parts(parts, body)).await;
    for _ in 0..MOST {
        if response.extensions().get() != Some(&Fault::RolledBack) {
            break;
        }
        let Some(request) = same(app, &asked).await else { break };
        response = next(request).await;
    }
    response
}

/// The same request. Photos were stored the first time, and their names are among
/// the fields since then; with files that were not, or half a form, it cannot be
/// made again.
async fn same(app: &App, asked: &Parts) -> Option<Request> {
    let mut parts = asked.clone();
    let Some(sent) = asked.extensions.get::<Sent>() else {
        return Some(Request::from_parts(parts, Body::empty()));
    };
    let form = sent.whole_form(app, asked).await?;
    let body = Serializer::new(String::new()).extend_pairs(form.fields()).finish();
    let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
    parts.headers.insert(CONTENT_TYPE, kind);
    parts.headers.remove(CONTENT_LENGTH);
    Some(Request::from_parts(parts, Body::from(body)))
}
