//! Every URL of the program, readable on one page, and what surrounds them all.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use tower_http::csrf::CsrfLayer;

use crate::App;
use crate::web::{assets, faults, headers};
use crate::{admin, kosts};

/// The whole program as a service.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/healthz", get(admin::health::alive))
        .route("/readyz", get(admin::health::ready))
        // The dashboard of a kost
        .route("/k/{kost}", get(admin::dashboard::show))
        .fallback(admin::health::nowhere)
        .layer(DefaultBodyLimit::disable()) // `web::Form` has limits of its own, field by field
        .layer(CsrfLayer::new())
        .layer(from_fn_with_state(app.clone(), faults::render))
        .layer(from_fn_with_state(app.clone(), kosts::identify))
        .with_state(app)
        .merge(assets::router())
        .layer(from_fn(headers::secure))
}
