//! Logging in by username, verified e-mail address or telephone number, and out.

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use http::request::Parts;

use crate::App;
use crate::accounts::pages::{limited, local_path, seconds_to_wait, with_cookie};
use crate::accounts::{AccountId, Login, Typed, session, store};
use crate::error::Result;
use crate::kosts::{self, Visitor};
use crate::web::{FieldErrors, Flash, Form, Page, Problem, TextForm, client_network, redirect_to};

#[derive(Template)]
#[template(path = "accounts/login.html")]
pub(super) struct LoginPage<'a> {
    pub page: &'a Page,
    pub form: Form,
    pub errors: FieldErrors,
    /// Why somebody has to log in, or has to wait.
    pub notice: Option<String>,
    /// Name and password belong to nobody.
    pub is_refused: bool,
    /// Whether anybody can register at all, and whether some kost asks for no code.
    pub can_register: bool,
    pub can_register_freely: bool,
}

impl<'a> LoginPage<'a> {
    pub async fn new(page: &'a Page, form: Form) -> Result<LoginPage<'a>> {
        let can_register_freely = kosts::store::is_any_open(&page.app.db).await?;
        let can_register =
            can_register_freely || !kosts::store::is_closed_to_all(&page.app.db).await?;
        Ok(LoginPage {
            page,
            form,
            errors: FieldErrors::default(),
            notice: None,
            is_refused: false,
            can_register,
            can_register_freely,
        })
    }

    pub fn show(&self, status: StatusCode) -> Result<Response> {
        self.page.html_with(status, self)
    }
}

pub async fn show(page: Page, parts: Parts) -> Result<Response> {
    let query = Form::from_query(parts.uri.query().unwrap_or(""));
    let next = local_path(query.text("next")).unwrap_or("");
    if Visitor::of(&parts.extensions).is_some() {
        return Ok(redirect_to(if next.is_empty() { "/" } else { next }));
    }
    let notice = (!next.is_empty()).then(|| page.t.error_login_first().to_owned());
    let form = Form::of([("remember", "true"), ("next", next)]);
    LoginPage { notice, ..LoginPage::new(&page, form).await? }.show(StatusCode::OK)
}

/// Form: [login, password, remember]; `next` and `typed` come from our own page.
pub async fn log_in(page: Page, parts: Parts, TextForm(form): TextForm) -> Result<Response> {
    let login = Login::parse(form.text("login"));
    if let Some(seconds) = seconds_to_wait(count_attempt(&page.app, &parts, &login).await)? {
        let template = LoginPage::new(&page, form).await?;
        return limited(&page, seconds, |notice| LoginPage { notice, ..template });
    }
    let mut errors = FieldErrors::default();
    for name in ["login", "password"].into_iter().filter(|name| form.value(name).is_empty()) {
        errors.add(name, Problem::Required);
    }
    if !errors.is_empty() {
        return LoginPage { errors, ..LoginPage::new(&page, form).await? }
            .show(StatusCode::UNPROCESSABLE_ENTITY);
    }
    let Some((account, hash)) = who(&page.app, &login, form.value("password")).await? else {
        return refuse(&page, form).await;
    };
    let mut next = local_path(form.text("next")).unwrap_or("/").to_owned();
    let mut tx = page.app.db.begin().await?;
    // Comparing takes a while: it may be the password no more.
    if store::lock_password(&mut tx, account).await? != hash {
        drop(tx);
        return refuse(&page, form).await;
    }
    if let Some(earlier) = Visitor::of(&parts.extensions) {
        session::end(&mut tx, earlier.account.id, earlier.session).await?;
    }
    let cookie =
        session::start(&mut tx, &page.app, &parts, account, form.is_on("remember")).await?;
    // Who logs in on somebody else's device does not get what they were writing.
    let is_own = session::last_holder(&page.app, &parts).is_none_or(|last| last == account);
    if let Some(typed) = Typed::from_json(form.value("typed")).filter(|_| is_own) {
        next = typed.keep(&mut tx, account, &next).await?;
    }
    tx.commit().await?;
    Ok(with_cookie(redirect_to(&next), cookie))
}

async fn refuse(page: &Page, form: Form) -> Result<Response> {
    let kept = !form.value("typed").is_empty();
    let notice = kept.then(|| page.t.error_login_again().to_owned());
    LoginPage { is_refused: true, notice, ..LoginPage::new(page, form).await? }
        .show(StatusCode::UNPROCESSABLE_ENTITY)
}

async fn count_attempt(app: &App, parts: &Parts, login: &Login) -> Result<()> {
    let network = client_network(&app.config, parts);
    app.limits.log_in_address.check(network).await?;
    app.limits.log_in.check(format!("{network} {}", login.as_str())).await
}

/// Whose name and password these are, and the hash that says so. As many hashes are
/// compared for a name that nobody has as for one that somebody has.
async fn who(app: &App, login: &Login, password: &str) -> Result<Option<(AccountId, String)>> {
    let candidates = store::log_in_candidates(&app.db, login).await?;
    let mut found = None;
    for place in 0..login.comparisons() {
        let candidate = candidates.get(place);
        let hash = candidate.map(|(_, hash)| hash.clone());
        let matches = app.passwords.verify(password.to_owned(), hash).await?;
        found = found.or(candidate.filter(|_| matches));
    }
    Ok(found.cloned())
}

/// Ends this device's session, if there is one.
/// Whatever else is wrong, this device forgets who was logged in on it.
pub async fn log_out(page: Page, parts: Parts) -> Response {
    if let Some(visitor) = Visitor::of(&parts.extensions)
        && let Err(error) = end_session(&page.app, visitor).await
    {
        let error = error.in_full();
        tracing::error!(session = %visitor.session, error, "a session could not be ended");
    }
    with_cookie(page.done("/login", Flash::LoggedOut), session::ended_cookie(&page.app))
}

async fn end_session(app: &App, visitor: &Visitor) -> Result<()> {
    let mut tx = app.db.begin().await?;
    session::end(&mut tx, visitor.account.id, visitor.session).await?;
    tx.commit().await?;
    Ok(())
}
