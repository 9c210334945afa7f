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
        // Tasks: of one kost, and all of them
        .route("/k/{kost}/queue", get(admin::queue_page::of_kost).post(admin::queue_page::act_in_kost))
        .route("/k/{kost}/queue/{task}/discard", get(admin::queue_page::ask_in_kost))
        .route("/admin/queue", get(admin::queue_page::of_all).post(admin::queue_page::act_on_all))
        .route("/admin/queue/{task}/discard", get(admin::queue_page::ask_on_all))
        .fallback(admin::health::nowhere)
        .layer(DefaultBodyLimit::disable()) // `web::Form` has limits of its own, field by field
        .layer(CsrfLayer::new())
        .layer(from_fn_with_state(app.clone(), faults::render))
        .layer(from_fn_with_state(app.clone(), kosts::identify))
        .with_state(app)
        .merge(assets::router())
        .layer(from_fn(headers::secure))
}
