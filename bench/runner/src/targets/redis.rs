//! Redis, which Channels and Celery need: on a port of its own, nothing kept.

use std::process::Command;

use anyhow::{Context, Result};

use crate::http;
use crate::process::Process;
use crate::stage::Stage;
use crate::tools;

/// Starts it; gives its URL as well.
///
/// # Errors
/// When it does not start.
pub fn start(stage: &Stage) -> Result<(Process, String)> {
    tools::install_redis()?;
    let address = http::free_address()?;
    let mut command = Command::new("redis-server");
    command.args(["--port", &address.port().to_string(), "--bind", "127.0.0.1"]).args([
        "--save",
        "",
        "--appendonly",
        "no",
    ]);
    let mut server = Process::start(&mut command, &stage.log("redis"))?;
    server.ready(|| std::net::TcpStream::connect(address).is_ok()).context("redis-server")?;
    Ok((server, format!("redis://{address}/0")))
}
