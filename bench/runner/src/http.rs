//! Single requests, where the load client is too much: to see that a page is
//! what it should be, and to do one thing at a time.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use anyhow::Result;
use ureq::Agent;

/// How fields of a form are sent.
pub const FORM: &str = "application/x-www-form-urlencoded";

/// One that follows no redirect, and takes any status for an answer.
pub fn agent() -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None)
        .timeout_global(Some(Duration::from_secs(60)))
        .build()
        .into()
}

/// Status and body of a page.
///
/// # Errors
/// When no whole answer comes.
pub fn get(agent: &Agent, url: &str, cookie: &str) -> Result<(u16, String)> {
    let mut answer = agent.get(url).header("cookie", cookie).call()?;
    let body = answer.body_mut().with_config().limit(50 << 20).read_to_string()?;
    Ok((answer.status().as_u16(), body))
}

/// Status of the answer to a form.
///
/// # Errors
/// When no whole answer comes.
pub fn post(agent: &Agent, url: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<u16> {
    let request = headers
        .iter()
        .fold(agent.post(url), |request, (name, value)| request.header(*name, *value));
    let mut answer = request.send(body)?;
    answer.body_mut().read_to_vec()?;
    Ok(answer.status().as_u16())
}

/// Whether this status says that a form was taken.
pub fn is_redirect(status: u16) -> bool {
    matches!(status, 302 | 303)
}

/// Whether this is answered with 200.
pub fn is_there(agent: &Agent, url: &str) -> bool {
    agent.get(url).call().is_ok_and(|answer| answer.status() == 200)
}

/// Fields as browsers send them.
pub fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// A port that nobody has just now.
///
/// # Errors
/// When there is none.
pub fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}
