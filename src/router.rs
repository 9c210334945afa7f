//! Every URL of the program, readable on one page, and what surrounds them all.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use tower_http::csrf::CsrfLayer;

use crate::App;
use crate::accounts::pages as people;
use crate::tickets::pages as tickets;
use crate::web::{assets, compress, faults, headers, prefer, repeat};
use crate::{admin, kosts, notifications};

/// The whole program as a service.
#[expect(clippy::too_many_lines, reason = "every URL of the program, readable on one page")]
pub fn router(app: App) -> Router {
    let is_secure = app.config.is_secure();
    Router::new()
        // People: getting in
        .route("/", get(people::home::show))
        .route("/setup", get(people::setup::show).post(people::setup::set_up))
        .route("/register", get(people::register::show).post(people::register::register))
        .route("/join", post(people::join::by_code))
        .route("/join/{code}", get(people::join::show).post(people::join::accept))
        .route("/login", get(people::login::show).post(people::login::log_in))
        .route("/logout", post(people::login::log_out))
        .route("/forgot", get(people::forgot::show).post(people::forgot::send_link))
        .route("/reset/{token}", get(people::reset::show).post(people::reset::reset))
        .route("/verify/{token}", get(people::verify::show).post(people::verify::verify))
        .route("/language", post(people::language::switch))
        .route(
            "/unsubscribe/{token}/{kind}",
            get(people::unsubscribe::show).post(people::unsubscribe::stop),
        )
        // People: one's own account
        .route("/account", get(people::account::show).post(people::account::save))
        .route("/account/theme", post(people::account::set_theme))
        .route("/account/email", get(people::email::show).post(people::email::change))
        .route("/account/email/link", post(people::email::resend))
        .route("/account/password", get(people::password::show).post(people::password::change))
        .route("/account/sessions", get(people::sessions::show))
        .route("/account/sessions/end", post(people::sessions::end_others))
        .route("/account/sessions/{session}/end", post(people::sessions::end))
        .route(
            "/account/notifications",
            get(people::notifications::show).post(people::notifications::save),
        )
        .route("/k/{kost}/availability", post(people::account::set_takes_tickets))
        // The dashboard of a kost
        .route("/k/{kost}", get(admin::dashboard::show))
        .route("/k/{kost}/statistics", get(admin::statistics::show))
        .route("/k/{kost}/statistics.csv", get(admin::statistics::download))
        // A kost: what it is, who is in it, what it consists of
        .route("/k/{kost}/info", get(kosts::pages::info::show))
        .route(
            "/k/{kost}/settings",
            get(kosts::pages::settings::show).post(kosts::pages::settings::save),
        )
        .route(
            "/k/{kost}/settings/invite",
            get(kosts::pages::invite::ask).post(kosts::pages::invite::renew),
        )
        .route(
            "/k/{kost}/members",
            get(kosts::pages::members::show).post(kosts::pages::members::add),
        )
        .route(
            "/k/{kost}/invitations/{invitation}/withdraw",
            post(kosts::pages::invitations::withdraw),
        )
        .route("/invitations", get(kosts::pages::invitations::show))
        .route("/invitations/{invitation}", post(kosts::pages::invitations::answer))
        .route(
            "/k/{kost}/members/{account}",
            get(kosts::pages::member::show).post(kosts::pages::member::save),
        )
        .route(
            "/k/{kost}/members/{account}/end",
            get(kosts::pages::member::ask_end).post(kosts::pages::member::end_now),
        )
        .route(
            "/k/{kost}/locations",
            get(kosts::pages::locations::show).post(kosts::pages::locations::add),
        )
        .route(
            "/k/{kost}/locations/{location}",
            get(kosts::pages::location::show).post(kosts::pages::location::save),
        )
        // The installation: its kosts, and mails kept in the folder
        .route("/admin/kosts", get(admin::all_kosts::list).post(admin::all_kosts::create))
        .route("/admin/mail", get(admin::mailbox::list))
        .route("/admin/mail/{name}", get(admin::mailbox::show))
        .route("/admin/mail/{name}/html", get(admin::mailbox::html))
        .route("/admin/mail/{name}/source", get(admin::mailbox::source))
        // Tasks: of one kost, and all of them
        .route(
            "/k/{kost}/queue",
            get(admin::queue::page::of_kost).post(admin::queue::acts::in_kost),
        )
        .route("/k/{kost}/queue/deeds", get(admin::queue::audit::of_kost))
        .route("/k/{kost}/queue/all", get(admin::queue::bulk::ask_in_kost))
        .route("/k/{kost}/queue/deliveries/{delivery}", post(admin::queue::resend::resend))
        .route("/k/{kost}/queue/{task}", get(admin::queue::task_page::of_kost))
        .route("/k/{kost}/queue/{task}/discard", get(admin::queue::acts::ask_in_kost))
        .route("/admin/queue", get(admin::queue::page::of_all).post(admin::queue::acts::on_all))
        .route(
            "/admin/queue/queues/{queue}",
            get(admin::queue::machinery::ask).post(admin::queue::machinery::turn_queue),
        )
        .route("/admin/queue/schedules/{schedule}", post(admin::queue::machinery::turn_schedule))
        .route("/admin/queue/deeds", get(admin::queue::audit::of_all))
        .route("/admin/queue/all", get(admin::queue::bulk::ask_on_all))
        .route("/admin/queue/{task}", get(admin::queue::task_page::of_all))
        .route("/admin/queue/{task}/discard", get(admin::queue::acts::ask_on_all))
        // Being told
        .route("/notifications", get(notifications::pages::list))
        .route("/notifications/read", post(notifications::pages::mark_all_read))
        .route("/live", get(notifications::live::connect))
        // Reports
        .route("/tickets", get(tickets::home::show))
        .route("/k/{kost}/tickets/new", get(tickets::new::show))
        .route("/k/{kost}/tickets", post(tickets::new::create))
        .route(
            "/k/{kost}/tickets/{number}",
            get(tickets::show::show)
                .layer(from_fn_with_state(app.clone(), notifications::mark_read)),
        )
        .route("/k/{kost}/tickets/{number}/comments", post(tickets::comment::create))
        .route("/k/{kost}/tickets/{number}/status", post(tickets::handle::status))
        .route("/k/{kost}/tickets/{number}/assignee", post(tickets::handle::assignee))
        .route("/k/{kost}/tickets/{number}/priority", post(tickets::handle::priority))
        .route("/k/{kost}/tickets/{number}/followers", post(tickets::followers::add))
        .route("/k/{kost}/tickets/{number}/followers/{account}/end", post(tickets::followers::end))
        .route("/k/{kost}/tickets/{number}/confirmation", post(tickets::answer::confirm))
        .route("/k/{kost}/tickets/{number}/return", post(tickets::answer::return_ticket))
        .route("/k/{kost}/tickets/{number}/photos/{file}", get(tickets::photo::show))
        .route("/photos/kept/{file}", get(tickets::photo::kept))
        .fallback(admin::health::nowhere)
        .layer(DefaultBodyLimit::disable()) // `web::receive` has limits of its own, field by field
        .layer(from_fn_with_state(app.clone(), within))
        .layer(only_from(&app.config.base_url))
        .layer(from_fn_with_state(app.clone(), around))
        // For those who watch over the program: nobody's session, nobody's page
        .route("/healthz", get(admin::health::alive))
        .route("/readyz", get(admin::health::ready))
        .with_state(app)
        .merge(assets::router())
        .layer(from_fn_with_state(is_secure, headers::secure))
}

/// What stands around all pages. In one layer, since each one clones all that lies
/// within it for every request.
async fn around(State(app): State<App>, request: Request, next: Next) -> Response {
    let app = &app;
    let rendered = |request| faults::render(app, request, |request| next.run(request));
    let identified = |request| kosts::identify(app, request, rendered);
    compress::texts(request, |request| prefer::minimal(request, identified)).await
}

/// What stands around the handlers.
async fn within(State(app): State<App>, request: Request, next: Next) -> Response {
    let app = &app;
    let handled = |request| repeat::rolled_back(app, request, |request| next.clone().run(request));
    let signed_in = |request| people::ask_to_log_in(app, request, handled);
    kosts::admit(app, request, signed_in).await
}

/// Refuses what other sites' pages send. A proxy may speak to us under another
/// name than people open.
fn only_from(base_url: &str) -> CsrfLayer {
    CsrfLayer::new().add_trusted_origin(base_url).unwrap_or_else(|error| {
        tracing::warn!(%error, base_url, "the base URL is no origin that browsers send");
        CsrfLayer::new()
    })
}
