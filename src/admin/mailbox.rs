//! `/admin/mail`: mails kept in the folder, so that the whole program can be
//! tried without a mail server. Only the installation's admin reads them: they
//! hold links that log people in.

use askama::Template;
use axum::extract::{Path, RawQuery};
use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_FRAME_OPTIONS,
};
use jiff::tz::TimeZone;
use mail::{Folder, StoredMail, StoredMessage};

use crate::error::{Error, Result};
use crate::kosts::InstallationAdmin;
use crate::web::headers::POLICY;
use crate::web::{Form, Page};
use crate::words::iso;

/// Mails on one page.
const PAGE: usize = 50;

/// What a mail's own page may do: show itself with its own styles within our
/// frame, and open its links in a window of their own. No script, no picture,
/// nothing from elsewhere.
const MAIL_POLICY: &str = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; \
    style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'";

#[derive(Template)]
#[template(path = "admin/mailbox.html")]
struct MailboxPage<'a> {
    page: &'a Page,
    is_folder: bool,
    mails: Vec<Line>,
    is_first: bool,
    older: Option<String>,
}

struct Line {
    name: String,
    subject: String,
    to: String,
    iso: String,
    time: String,
}

#[derive(Template)]
#[template(path = "admin/mail.html")]
struct MailPage<'a> {
    page: &'a Page,
    line: Line,
    from: String,
    text: String,
    has_html: bool,
}

/// `GET /admin/mail?before=`
pub async fn list(page: Page, _: InstallationAdmin, RawQuery(query): RawQuery) -> Result<Response> {
    let form = Form::from_query(&query.unwrap_or_default());
    let before = Some(form.text("before")).filter(|before| !before.is_empty());
    let mut mails = kept(&page).list(before, PAGE + 1).await.map_err(anyhow::Error::from)?;
    let has_more = mails.len() > PAGE;
    mails.truncate(PAGE);
    let older =
        mails.last().filter(|_| has_more).map(|mail| format!("/admin/mail?before={}", mail.name));
    let is_folder = page.app.mailer.kept().is_some();
    let mails = mails.into_iter().map(|mail| line(&page, mail)).collect();
    page.html(&MailboxPage { page: &page, is_folder, mails, is_first: before.is_none(), older })
}

/// `GET /admin/mail/{name}`
pub async fn show(page: Page, _: InstallationAdmin, Path(name): Path<String>) -> Result<Response> {
    let message = read(&page, &name).await?;
    let has_html = message.html.is_some();
    let line = line(&page, message.mail);
    let template = MailPage { page: &page, line, from: message.from, text: message.text, has_html };
    let mut response = page.html(&template)?;
    // This page alone may show a frame: the mail itself.
    let policy = HeaderValue::from_str(&format!("{POLICY}; frame-src 'self'"))
        .map_err(anyhow::Error::from)?;
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    Ok(response)
}

/// `GET /admin/mail/{name}/html`: the mail alone, for the frame beside its text.
pub async fn html(page: Page, _: InstallationAdmin, Path(name): Path<String>) -> Result<Response> {
    let html = read(&page, &name).await?.html.ok_or(Error::NotFound)?;
    // Links open beside the frame: they lead to our own pages, which may not be framed.
    let html = html.replacen("<head>", "<head><base target=\"_blank\">", 1);
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(MAIL_POLICY)),
        (X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, html).into_response())
}

/// `GET /admin/mail/{name}/source`: the file as it was kept.
pub async fn source(
    page: Page,
    _: InstallationAdmin,
    Path(name): Path<String>,
) -> Result<Response> {
    let message = read(&page, &name).await?;
    let attachment = format!("attachment; filename=\"{}\"", message.mail.name);
    let headers = [
        (CONTENT_TYPE, "message/rfc822".to_owned()),
        (CONTENT_DISPOSITION, attachment),
        (CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, message.raw).into_response())
}

/// Also what was kept before there was a mail server. Nothing of the database is held
/// while files are read.
fn kept(page: &Page) -> Folder {
    db::moment_is_over();
    Folder::new(page.app.config.mail_folder())
}

async fn read(page: &Page, name: &str) -> Result<StoredMessage> {
    kept(page).read(name).await.map_err(anyhow::Error::from)?.ok_or(Error::NotFound)
}

fn line(page: &Page, mail: StoredMail) -> Line {
    // An installation has no zone of its own; most kosts are in this one.
    let zone = TimeZone::fixed(jiff::tz::offset(7));
    Line {
        iso: mail.date.map(iso).unwrap_or_default(),
        time: mail.date.map(|date| page.t.date_time(date, page.now, &zone)).unwrap_or_default(),
        name: mail.name,
        subject: mail.subject,
        to: mail.to,
    }
}
