//! Every way in which a server can fail, and the word for it.

use std::time::{Duration, Instant};

use mail::ErrorKind::{self, Misconfigured, Permanent, Temporary};
use mail::testing::{Behaviour, SmtpServer, Step};
use mail::{Mailer, SendError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::support::{IMPATIENT, mailer, message, settings};

async fn failure(behaviour: Behaviour) -> SendError {
    let server = SmtpServer::start(behaviour).await;
    let mailer = Mailer::smtp(settings(&server.url()).timeouts(IMPATIENT));
    let error = mailer.send(&message(1)).await.unwrap_err();
    assert!(server.received().is_empty());
    error
}

#[tokio::test]
async fn refusals_are_understood() {
    let replies: &[(Step, &str, ErrorKind, &str)] = &[
        (Step::Recipient, "550 5.1.1 User unknown", Permanent, "smtp_mailbox_unknown"),
        (Step::Recipient, "550 No such user here", Permanent, "smtp_mailbox_unknown"),
        (Step::Recipient, "450 4.2.1 mailbox is locked", Temporary, "smtp_other"),
        (Step::Recipient, "452 4.2.2 Mailbox full", Temporary, "smtp_mailbox_full"),
        (Step::Recipient, "552 5.2.2 over quota", Permanent, "smtp_mailbox_full"),
        (Step::Recipient, "451 4.7.1 Greylisted, try later", Temporary, "smtp_rate_limited"),
        (Step::Recipient, "554 5.7.1 Relay access denied", Misconfigured, "smtp_auth"),
        (Step::Recipient, "550 5.7.1 blocked by policy", Permanent, "smtp_rejected_content"),
        (Step::Content, "554 5.7.1 looks like spam", Permanent, "smtp_rejected_content"),
        (Step::Content, "552 5.3.4 too large", Permanent, "smtp_rejected_content"),
        (Step::Content, "550 5.1.1 no such user", Permanent, "smtp_mailbox_unknown"),
        (Step::Content, "451 4.3.0 local error", Temporary, "smtp_other"),
        (Step::Content, "421 4.7.28 unusual rate of mail", Temporary, "smtp_rate_limited"),
        (Step::Data, "550 5.4.5 Daily user sending limit exceeded", Temporary, "smtp_rate_limited"),
        (Step::Data, "451 4.3.0 try again", Temporary, "smtp_other"),
        (Step::Sender, "530 5.7.0 Authentication required", Misconfigured, "smtp_auth"),
        (Step::Sender, "553 5.7.1 not your address", Misconfigured, "smtp_other"),
        (Step::Sender, "451 4.3.0 database error", Temporary, "smtp_other"),
        (Step::Greeting, "421 4.3.2 restarting", Temporary, "smtp_unreachable"),
        (Step::Greeting, "554 5.7.1 your address is listed", Misconfigured, "smtp_other"),
        (Step::Hello, "421 too many connections", Temporary, "smtp_rate_limited"),
    ];
    for (step, reply, kind, code) in replies {
        let error = failure(Behaviour::new().reply(*step, reply)).await;
        assert_eq!((error.kind, error.code), (*kind, *code), "{step:?} {reply}");
        assert!(error.detail.contains(&reply[4..]), "{error}");
    }
}

#[tokio::test]
async fn a_server_that_hangs_up_is_a_temporary_trouble() {
    use Step::{Content, Data, Greeting, Hello, Recipient, Sender};
    for (step, code) in [
        (Greeting, "smtp_unreachable"),
        (Hello, "smtp_unreachable"),
        (Sender, "smtp_dropped"),
        (Recipient, "smtp_dropped"),
        (Data, "smtp_dropped"),
        (Content, "smtp_dropped"),
    ] {
        let error = failure(Behaviour::new().hang_up(step)).await;
        assert_eq!((error.kind, error.code), (Temporary, code), "{step:?}: {error}");
    }
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_given_up() {
    use Step::{Content, Data, Greeting, Hello, Recipient, Sender};
    for step in [Greeting, Hello, Sender, Recipient, Data, Content] {
        let started = Instant::now();
        let error = failure(Behaviour::new().slow(step, Duration::from_secs(60))).await;
        assert_eq!((error.kind, error.code), (Temporary, "smtp_timeout"), "{step:?}: {error}");
        assert!(started.elapsed() < Duration::from_secs(5));
    }
}

#[tokio::test]
async fn a_slow_log_in_is_given_up() {
    let behaviour =
        Behaviour::new().login("kost", "pass").slow(Step::Login, Duration::from_secs(60));
    let server = SmtpServer::start(behaviour).await;
    let mailer = Mailer::smtp(settings(&server.url_as("kost", "pass")).timeouts(IMPATIENT));
    assert_eq!(mailer.send(&message(1)).await.unwrap_err().code, "smtp_timeout");
}

#[tokio::test]
async fn a_message_passes_once_the_trouble_is_over() {
    let server = SmtpServer::start(
        Behaviour::new()
            .reply(Step::Content, "451 4.3.0 try again")
            .times(2)
            .hang_up(Step::Data)
            .times(1),
    )
    .await;
    let mailer = mailer(&server);
    let mut codes = Vec::new();
    while let Err(error) = mailer.send(&message(1)).await {
        codes.push(error.code);
    }
    // The hang-up hits a kept connection first, or a fresh one: either way it passes.
    assert!(codes.iter().filter(|code| **code == "smtp_other").count() == 2, "{codes:?}");
    assert_eq!(server.received().len(), 1);
}

#[tokio::test]
async fn passwords_that_are_refused_are_the_operators_business() {
    let behaviour = Behaviour::new().login("kost", "right");
    let server = SmtpServer::start(behaviour).await;
    let mailer = Mailer::smtp(settings(&server.url_as("kost", "wr0ng-secret")));
    let error = mailer.send(&message(1)).await.unwrap_err();
    assert_eq!((error.kind, error.code), (Misconfigured, "smtp_auth"));
    assert!(!error.to_string().contains("wr0ng-secret"), "{error}");
    assert!(!format!("{mailer:?}").contains("wr0ng-secret"));

    // A temporary failure of the log-in passes by itself.
    let later = Behaviour::new().login("kost", "right").reply(Step::Login, "454 4.7.0 try later");
    server.now(later);
    let mailer = Mailer::smtp(settings(&server.url_as("kost", "right")));
    let error = mailer.send(&message(1)).await.unwrap_err();
    assert_eq!((error.kind, error.code), (Temporary, "smtp_auth"));
}

#[tokio::test]
async fn a_server_without_a_log_in_that_we_know() {
    let none = SmtpServer::start(Behaviour::new()).await;
    let strange = Behaviour::new().login("kost", "right").mechanisms("GSSAPI CRAM-MD5");
    let strange = SmtpServer::start(strange).await;
    for server in [none, strange] {
        let mailer = Mailer::smtp(settings(&server.url_as("kost", "right")));
        let error = mailer.send(&message(1)).await.unwrap_err();
        assert_eq!((error.kind, error.code), (Misconfigured, "smtp_auth"), "{error}");
    }
}

#[tokio::test]
async fn a_server_that_wants_a_log_in_and_gets_none() {
    let server = SmtpServer::start(Behaviour::new().login("kost", "right")).await;
    let error = mailer(&server).send(&message(1)).await.unwrap_err();
    assert_eq!((error.kind, error.code), (Misconfigured, "smtp_auth"), "{error}");
}

#[tokio::test]
async fn nobody_listens_and_nobody_has_the_name() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = closed.local_addr().unwrap();
    drop(closed);
    for url in [format!("smtp://{address}"), "smtp://nowhere.invalid".to_owned()] {
        let mailer = Mailer::smtp(settings(&url).timeouts(IMPATIENT));
        let error = mailer.send(&message(1)).await.unwrap_err();
        assert_eq!((error.kind, error.code), (Temporary, "smtp_unreachable"), "{error}");
    }
}

#[tokio::test]
async fn something_else_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
            let _ = stream.read(&mut [0; 64]).await;
        }
    });
    let error = Mailer::smtp(settings(&url)).send(&message(1)).await.unwrap_err();
    assert_eq!((error.kind, error.code), (Temporary, "smtp_other"), "{error}");
}

#[tokio::test]
async fn an_endless_answer_is_not_read_to_its_end() {
    let endless = format!("220-{}", "x".repeat(200_000));
    let error = failure(Behaviour::new().reply(Step::Greeting, &endless)).await;
    assert_eq!(error.kind, Temporary);
    let endless = format!("250-{}\r\n250 ok", "x\r\n250-".repeat(50_000));
    let error = failure(Behaviour::new().reply(Step::Sender, &endless)).await;
    assert_eq!((error.kind, error.code), (Temporary, "smtp_other"));
}

#[tokio::test]
async fn what_the_server_says_is_kept_on_one_short_line() {
    let long =
        format!("550-5.1.1 \u{1b}[31m{0}\r\n550-5.1.1 {0}\r\n550 5.1.1 end", "long ".repeat(90));
    let error = failure(Behaviour::new().reply(Step::Recipient, &long)).await;
    assert_eq!(error.code, "smtp_mailbox_unknown");
    assert!(error.detail.chars().count() <= 500 && !error.detail.contains(char::is_control));
}
