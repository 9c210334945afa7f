//! Messages that arrive, and what happens to connections meanwhile.

use std::time::Duration;

use mail::testing::{Behaviour, SmtpServer, Step};
use mail::{Mailbox, Mailer, Message};

use crate::support::{mailer, message, settings};

#[tokio::test]
async fn a_message_arrives_and_the_answer_is_kept() {
    let server = SmtpServer::start(Behaviour::new()).await;
    let receipt = mailer(&server).send(&message(1)).await.unwrap();
    assert_eq!(receipt.server_response, "250 2.0.0 taken as 1");
    let received = &server.received()[0];
    assert_eq!(received.from, "kost@example.org");
    assert_eq!(received.to, ["sari@example.com"]);
    assert!(!received.encrypted);
}

#[tokio::test]
async fn messages_share_a_connection() {
    let server = SmtpServer::start(Behaviour::new()).await;
    let mailer = mailer(&server);
    for number in 0..5 {
        mailer.clone().send(&message(number)).await.unwrap();
    }
    assert_eq!((server.received().len(), server.connections()), (5, 1));
}

#[tokio::test]
async fn a_connection_is_given_up_after_fifty_messages() {
    let server = SmtpServer::start(Behaviour::new()).await;
    let mailer = mailer(&server);
    for number in 0..51 {
        mailer.send(&message(number)).await.unwrap();
    }
    assert_eq!((server.received().len(), server.connections()), (51, 2));
}

#[tokio::test]
async fn many_at_once_use_few_connections() {
    let slow = Behaviour::new().slow(Step::Content, Duration::from_millis(20));
    let server = SmtpServer::start(slow).await;
    let mailer = Mailer::smtp(settings(&server.url()).connections(3));
    let sending: Vec<_> = (0..20)
        .map(|number| {
            let mailer = mailer.clone();
            tokio::spawn(async move { mailer.send(&message(number)).await })
        })
        .collect();
    for sent in sending {
        sent.await.unwrap().unwrap();
    }
    assert_eq!(server.received().len(), 20);
    assert!(server.connections() <= 3, "{}", server.connections());
}

#[tokio::test]
async fn a_connection_that_was_closed_meanwhile_is_replaced() {
    let server = SmtpServer::start(Behaviour::new()).await;
    let mailer = mailer(&server);
    mailer.send(&message(1)).await.unwrap();
    server.hang_up();
    mailer.send(&message(2)).await.unwrap();
    assert_eq!((server.received().len(), server.connections()), (2, 2));
}

#[tokio::test]
async fn a_server_that_is_tired_of_a_connection_gets_a_fresh_one() {
    let server = SmtpServer::start(Behaviour::new()).await;
    let mailer = mailer(&server);
    mailer.send(&message(1)).await.unwrap();
    let tired = "421 4.7.0 too many messages on this connection";
    server.now(Behaviour::new().reply(Step::Sender, tired).times(1));
    mailer.send(&message(2)).await.unwrap();
    assert_eq!((server.received().len(), server.connections()), (2, 2));
}

#[tokio::test]
async fn a_refused_recipient_delays_nobody_else() {
    let behaviour = Behaviour::new().reply_for("gone@example.com", "550 5.1.1 no such user");
    let server = SmtpServer::start(behaviour).await;
    let mailer = mailer(&server);
    let gone = Message { to: Mailbox::new("", "gone@example.com"), ..message(1) };
    assert_eq!(mailer.send(&gone).await.unwrap_err().code, "smtp_mailbox_unknown");
    mailer.send(&message(2)).await.unwrap();
    assert_eq!((server.received().len(), server.connections()), (1, 1));
}

#[tokio::test]
async fn a_cancelled_message_does_not_answer_for_the_next() {
    let slow = Behaviour::new().slow(Step::Content, Duration::from_millis(200)).times(1);
    let server = SmtpServer::start(slow).await;
    let mailer = Mailer::smtp(settings(&server.url()).connections(1));
    let first = message(1);
    let impatient = tokio::time::timeout(Duration::from_millis(100), mailer.send(&first));
    assert!(impatient.await.is_err());

    server.now(Behaviour::new().reply(Step::Content, "550 5.7.1 looks like spam"));
    let error = mailer.send(&message(2)).await.unwrap_err();
    assert_eq!(error.code, "smtp_rejected_content", "not the friendly answer to the first");
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn a_retry_after_a_lost_answer_is_the_same_message() {
    let server = SmtpServer::start(Behaviour::new().take_and_hang_up().times(1)).await;
    let mailer = mailer(&server);
    let error = mailer.send(&message(1)).await.unwrap_err();
    assert_eq!((error.kind, error.code), (mail::ErrorKind::Temporary, "smtp_dropped"));
    mailer.send(&message(1)).await.unwrap();

    let received = server.wait_for(2).await;
    for copy in received {
        assert!(copy.content.contains("Message-ID: <delivery-1@kost.example.org>\r\n"));
    }
}

#[tokio::test]
async fn a_server_that_comes_back_is_used_again() {
    let server = SmtpServer::start(Behaviour::new()).await;
    let address = server.address().to_string();
    let mailer = mailer(&server);
    mailer.send(&message(1)).await.unwrap();
    drop(server);
    tokio::task::yield_now().await;
    assert_eq!(mailer.send(&message(2)).await.unwrap_err().code, "smtp_unreachable");
    let server = SmtpServer::start_at(&address, Behaviour::new()).await;
    mailer.send(&message(2)).await.unwrap();
    assert_eq!(server.received().len(), 1);
}

#[tokio::test]
async fn both_kinds_of_log_in_work() {
    for mechanisms in ["PLAIN LOGIN", "LOGIN", "XOAUTH2 PLAIN"] {
        let behaviour =
            Behaviour::new().login("kost@example.org", "p@ss wörd").mechanisms(mechanisms);
        let server = SmtpServer::start(behaviour).await;
        let url = server.url_as("kost%40example.org", "p%40ss%20w%C3%B6rd");
        Mailer::smtp(settings(&url)).send(&message(1)).await.unwrap();
        assert_eq!(server.received()[0].login.as_deref(), Some("kost@example.org"), "{mechanisms}");
    }
}
