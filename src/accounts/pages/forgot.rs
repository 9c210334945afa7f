//! Asking for a link to choose a new password. The answer is the same, in text,
//! status and time, whether or not anybody is meant.

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use http::request::Parts;
use queue::Job;

use crate::accounts::Login;
use crate::accounts::jobs::SendResetLinks;
use crate::accounts::pages::notice::Notice;
use crate::accounts::pages::{limited, seconds_to_wait};
use crate::error::Result;
use crate::web::{FieldErrors, Form, Page, Problem, TextForm, client_network};

#[derive(Template)]
#[template(path = "accounts/forgot.html")]
struct ForgotPage<'a> {
    page: &'a Page,
    form: Form,
    errors: FieldErrors,
    notice: Option<String>,
}

pub async fn show(page: Page) -> Result<Response> {
    page.html(&ForgotPage {
        page: &page,
        form: Form::default(),
        errors: FieldErrors::default(),
        notice: None,
    })
}

/// Form: [login].
pub async fn send_link(page: Page, parts: Parts, TextForm(form): TextForm) -> Result<Response> {
    let wrong = match form.text("login") {
        "" => Some(Problem::Required),
        text => {
            text.chars().count().checked_sub(255).filter(|over| *over > 0).map(Problem::TooLong)
        }
    };
    if let Some(problem) = wrong {
        let errors = FieldErrors::one("login", problem);
        return page.invalid(&ForgotPage { page: &page, form, errors, notice: None });
    }
    let login = Login::parse(form.text("login"));
    let network = client_network(&page.app.config, &parts);
    let limits = &page.app.limits;
    let counted = match limits.reset.check(network).await {
        Ok(()) => limits.reset_receiver.check(login.as_str()).await,
        refused => refused,
    };
    if let Some(seconds) = seconds_to_wait(counted)? {
        let errors = FieldErrors::default();
        return limited(&page, seconds, |notice| ForgotPage { page: &page, form, errors, notice });
    }
    let mut tx = page.app.db.begin().await?;
    SendResetLinks { login: login.as_str().to_owned() }.enqueue(&mut tx).await?;
    tx.commit().await?;
    let text = page.t.forgot_sent_body(form.text("login"));
    let notice = Notice::new(&page, page.t.forgot_sent_title(), &text);
    notice.leading_to(page.t.forgot_back(), "/login").show(StatusCode::OK)
}
