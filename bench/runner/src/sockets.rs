//! WebSockets as a browser opens them, and what comes through them.

use anyhow::{Context, Result};
use futures_util::StreamExt;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// An open socket.
pub type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Opens one for somebody, and reads its greeting.
///
/// # Errors
/// When it is refused.
pub async fn open(url: &str, cookie: &str) -> Result<Socket> {
    let mut request = url.into_client_request()?;
    let host = request.uri().authority().context("a host")?.to_string();
    request.headers_mut().insert("cookie", cookie.parse()?);
    request.headers_mut().insert("origin", format!("http://{host}").parse()?);
    let (mut socket, _) = connect_async(request).await.with_context(|| url.to_owned())?;
    until(&mut socket, |message| message["type"] == "hello").await?;
    Ok(socket)
}

/// Reads until a message is the one that is waited for.
///
/// # Errors
/// When the socket ends.
pub async fn until(socket: &mut Socket, is_it: impl Fn(&Value) -> bool) -> Result<()> {
    loop {
        let message = socket.next().await.context("the socket ended")??;
        // An empty one is a sign of life.
        if let Message::Text(text) = message
            && !text.as_str().is_empty()
            && is_it(&serde_json::from_str(text.as_str())?)
        {
            return Ok(());
        }
    }
}
