//! One person's browser, as far as forms need one: a cookie, pages, posts. It
//! follows no redirect: that a write was taken is what its answer says.

use std::io::Write;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use ureq::http::Response;
use ureq::{Agent, Body};

/// A request that got no answer by then got none.
const PATIENCE: Duration = Duration::from_secs(20);

/// Between the fields of a form with a photo.
const BOUNDARY: &str = "--------kostticket-torture";

/// One dot, as small as a PNG can be.
const PHOTO: &[u8] =
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\
    \0\0\0\nIDATx\x9cc\0\x01\0\0\x05\0\x01\r\n-\xb4\0\0\0\0IEND\xaeB`\x82";

/// What the program answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// Where a 303 leads.
    pub location: String,
    pub body: String,
    /// Seconds after which one may ask again.
    pub wait: Option<u64>,
    cookie: Option<String>,
}

/// A browser.
#[derive(Debug)]
pub struct Browser {
    agent: Agent,
    base: String,
    cookie: String,
}

impl Browser {
    pub fn new(base: &str) -> Browser {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .timeout_global(Some(PATIENCE))
            .build()
            .into();
        Browser { agent, base: base.to_owned(), cookie: String::new() }
    }

    /// Logs in through the form.
    ///
    /// # Errors
    /// When the answer gives no session.
    pub fn log_in(&mut self, login: &str, password: &str) -> Result<()> {
        let answer = self.post("/login", &[("login", login), ("password", password)])?;
        ensure!(answer.status == 303, "{login} cannot log in: {}", answer.status);
        self.keep_session(&answer).with_context(|| format!("{login} got no session"))
    }

    /// From now on, whoever the answer logged in.
    ///
    /// # Errors
    /// When it logged nobody in.
    pub fn keep_session(&mut self, answer: &Answer) -> Result<()> {
        self.cookie = answer.cookie.clone().context("no session in the answer")?;
        Ok(())
    }

    /// Asks for a page.
    ///
    /// # Errors
    /// When no whole answer comes.
    pub fn get(&self, path: &str) -> Result<Answer> {
        let request = self.agent.get(format!("{}{path}", self.base)).header("cookie", &self.cookie);
        read(request.call()?)
    }

    /// Posts a form.
    ///
    /// # Errors
    /// When no whole answer comes: nobody knows what became of it.
    pub fn post(&self, path: &str, fields: &[(&str, &str)]) -> Result<Answer> {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send(path, "application/x-www-form-urlencoded", body.as_bytes())
    }

    /// Posts a form with a photo.
    ///
    /// # Errors
    /// When no whole answer comes: nobody knows what became of it.
    pub fn post_with_photo(&self, path: &str, fields: &[(&str, &str)]) -> Result<Answer> {
        let mut body = Vec::new();
        for (name, value) in fields {
            let head = format!("Content-Disposition: form-data; name=\"{name}\"");
            write!(body, "--{BOUNDARY}\r\n{head}\r\n\r\n{value}\r\n")?;
        }
        let head = "Content-Disposition: form-data; name=\"photos\"; filename=\"dot.png\"\r\n\
                    Content-Type: image/png";
        write!(body, "--{BOUNDARY}\r\n{head}\r\n\r\n")?;
        body.extend_from_slice(PHOTO);
        write!(body, "\r\n--{BOUNDARY}--\r\n")?;
        self.send(path, &format!("multipart/form-data; boundary={BOUNDARY}"), &body)
    }

    fn send(&self, path: &str, kind: &str, body: &[u8]) -> Result<Answer> {
        let request = self
            .agent
            .post(format!("{}{path}", self.base))
            .header("cookie", &self.cookie)
            .header("content-type", kind);
        read(request.send(body)?)
    }
}

fn read(response: Response<Body>) -> Result<Answer> {
    let (parts, mut body) = response.into_parts();
    let header = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let cookies = parts.headers.get_all("set-cookie").iter();
    let cookie = cookies
        .filter_map(|cookie| cookie.to_str().ok()?.split(';').next())
        .find(|cookie| cookie.starts_with("kt_session="));
    Ok(Answer {
        status: parts.status.as_u16(),
        location: header("location").unwrap_or_default().to_owned(),
        wait: header("retry-after").and_then(|seconds| seconds.parse().ok()),
        cookie: cookie.map(str::to_owned),
        body: body.read_to_string()?,
    })
}

impl Answer {
    /// The value of the first field of this name on the page.
    pub fn field(&self, name: &str) -> Option<&str> {
        let (_, rest) = self.body.split_once(&format!("name=\"{name}\" value=\""))?;
        Some(rest.split_once('"')?.0)
    }
}
