//! One connection that listens. It can die without a word, so it is asked now
//! and then, made anew when it is gone, and everybody told that they may have
//! missed something.

use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinHandle;
use tokio_postgres::{AsyncMessage, Client, Config, Connection, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::transaction::decode;
use crate::notice::Publisher;

/// How often the connection is asked whether it is still there, and for how long it may think.
const ASK_EVERY: Duration = Duration::from_secs(10);
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// The pause before a new connection grows from the first to the second.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

pub(super) async fn listen(
    config: Config,
    tls: MakeRustlsConnect,
    channel: Arc<str>,
    publisher: Publisher,
) {
    let mut pause = FIRST_PAUSE;
    loop {
        match connect(&config, &tls, &channel, &publisher).await {
            Ok((client, mut forwarding)) => {
                pause = FIRST_PAUSE;
                publisher.publish_lag();
                while_alive(&client, &mut forwarding).await;
                tracing::warn!("the connection that listens to PostgreSQL was lost");
            }
            Err(error) => tracing::warn!(%error, "cannot listen to PostgreSQL"),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

async fn connect(
    config: &Config,
    tls: &MakeRustlsConnect,
    channel: &str,
    publisher: &Publisher,
) -> Result<(Client, Forwarding), tokio_postgres::Error> {
    let (client, connection) = config.connect(tls.clone()).await?;
    let forwarding = Forwarding(tokio::spawn(forward(connection, publisher.clone())));
    client.batch_execute(&format!("LISTEN {channel}")).await?;
    Ok((client, forwarding))
}

/// Ends with the listener.
struct Forwarding(JoinHandle<()>);

impl Drop for Forwarding {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn forward<T: AsyncRead + AsyncWrite + Unpin>(
    mut connection: Connection<Socket, T>,
    publisher: Publisher,
) {
    while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
        if let AsyncMessage::Notification(notification) = message {
            publisher.publish(decode(notification.payload()));
        }
    }
}

async fn while_alive(client: &Client, forwarding: &mut Forwarding) {
    while tokio::time::timeout(ASK_EVERY, &mut forwarding.0).await.is_err() {
        let answer = tokio::time::timeout(ANSWER_WITHIN, client.check_connection()).await;
        if !matches!(answer, Ok(Ok(()))) {
            return;
        }
    }
}
