//! A page that says one thing and offers one way on: a link that was used, a
//! mail that is on its way.

use askama::Template;
use axum::response::Response;
use http::StatusCode;

use crate::error::Result;
use crate::web::Page;

/// What happened, what to do, and where that is: label and address.
#[derive(Template)]
#[template(path = "accounts/notice.html")]
pub struct Notice<'a> {
    pub page: &'a Page,
    pub title: &'a str,
    pub text: &'a str,
    pub way_on: Option<(&'a str, &'a str)>,
    /// Keys hang on the board; none while there is no kost.
    pub with_keys: bool,
}

impl<'a> Notice<'a> {
    pub fn new(page: &'a Page, title: &'a str, text: &'a str) -> Notice<'a> {
        Notice { page, title, text, way_on: None, with_keys: true }
    }

    pub fn leading_to(self, label: &'a str, path: &'a str) -> Notice<'a> {
        Notice { way_on: Some((label, path)), ..self }
    }

    pub fn show(&self, status: StatusCode) -> Result<Response> {
        self.page.html_with(status, self)
    }
}
