//! A page from one prepared statement: twenty tickets, as many bytes as the
//! program's own page has.

use std::cell::RefCell;
use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use rusqlite::Connection;

use crate::data;

const LINES: usize = 20;
const LIST: &str = "
    SELECT number, title, status, reporter, changed_at
    FROM ticket
    WHERE kost = ?1
    ORDER BY changed_at DESC, id DESC
    LIMIT 20";

thread_local! {
    static CONNECTION: RefCell<Option<Connection>> = const { RefCell::new(None) };
}

struct Page {
    database: PathBuf,
    /// What stands around each line, so that the page has its size.
    filler: String,
    bytes: usize,
}

/// Serves until it is killed.
pub async fn serve(address: &str, bytes: usize, database: PathBuf) -> Result<()> {
    let filler = "<p>Kost Melati, laporan, kamar </p>".repeat(bytes / LINES / 32);
    let filler = filler[..(bytes / LINES).saturating_sub(110).min(filler.len())].to_owned();
    let page = Arc::new(Page { database, filler, bytes });
    let fixed: &'static str = "x".repeat(bytes).leak();
    let router = Router::new()
        .route("/", get(list))
        .route("/fixed", get(async move || Html(fixed)))
        .route("/ok", get(async || "ok").post(async |_: Bytes| Redirect::to("/ok")))
        .with_state(page);
    let listener = tokio::net::TcpListener::bind(address).await?;
    Ok(axum::serve(listener, router).await?)
}

async fn list(State(page): State<Arc<Page>>) -> Response {
    match write(&page) {
        Ok(html) => Html(html).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

fn write(page: &Page) -> Result<String> {
    CONNECTION.with_borrow_mut(|connection| {
        let connection = match connection {
            Some(connection) => connection,
            None => connection.insert(data::open(&page.database)?),
        };
        let mut html = String::with_capacity(page.bytes + 512);
        html.push_str("<!doctype html><title>Limit</title><ul>");
        let mut list = connection.prepare_cached(LIST)?;
        let mut rows = list.query([1])?;
        while let Some(row) = rows.next()? {
            let (number, title): (i64, String) = (row.get(0)?, row.get(1)?);
            let (status, reporter, at): (String, i64, i64) =
                (row.get(2)?, row.get(3)?, row.get(4)?);
            write!(
                html,
                "<li><a href=\"/k/melati/tickets/{number}\">{title}</a> {status} {reporter} {at}{}",
                page.filler
            )?;
        }
        Ok(html)
    })
}
