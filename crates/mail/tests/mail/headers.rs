//! What stands in a message, and what can never get in.

use mail::testing::{Behaviour, SmtpServer};
use mail::{ErrorKind, Mailbox, Mailer, Message};

use crate::support::{mailer, message};

async fn written(message: &Message) -> String {
    let server = SmtpServer::start(Behaviour::new()).await;
    mailer(&server).send(message).await.unwrap();
    server.received()[0].content.clone()
}

/// The headers, unfolded, one a line.
fn headers(content: &str) -> Vec<String> {
    let (headers, _) = content.split_once("\r\n\r\n").unwrap();
    headers.replace("\r\n ", " ").replace("\r\n\t", " ").split("\r\n").map(str::to_owned).collect()
}

#[tokio::test]
async fn a_message_has_all_its_headers() {
    let content = written(&message(1)).await;
    let headers = headers(&content);
    for wanted in [
        "Date: Mon, 23 Nov 2026 03:15:00 +0000",
        "From: \"Kost Melati\" <kost@example.org>",
        "To: \"Sari Ayu\" <sari@example.com>",
        "Reply-To: answers@example.org",
        "Subject: Laporan #12: AC bocor",
        "Message-ID: <delivery-1@kost.example.org>",
        "In-Reply-To: <ticket-12@kost.example.org>",
        "References: <ticket-12@kost.example.org>",
        "List-Unsubscribe: <https://kost.example.org/unsubscribe/abc>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        "Auto-Submitted: auto-generated",
        "MIME-Version: 1.0",
    ] {
        assert!(headers.iter().any(|header| header == wanted), "{wanted} not in {headers:#?}");
    }
    assert!(content.contains("Content-Type: text/plain; charset=utf-8"));
    assert!(content.contains("Content-Type: text/html; charset=utf-8"));
    assert!(content.find("text/plain") < content.find("text/html"), "the best part comes last");
}

#[tokio::test]
async fn a_plain_message_has_no_more_than_it_needs() {
    let plain = Message {
        reply_to: None,
        html: None,
        in_reply_to: None,
        references: Vec::new(),
        list_unsubscribe: None,
        auto_submitted: false,
        ..message(1)
    };
    let content = written(&plain).await;
    for absent in ["Reply-To", "References", "List-", "Auto-", "multipart", "text/html"] {
        assert!(!content.contains(absent), "{absent} in {content}");
    }
}

#[tokio::test]
async fn other_alphabets_travel_as_ascii() {
    let foreign = Message {
        to: Mailbox::new("Aï Müller", "ai@bücher.example"),
        subject: "Kamar Anggrék – AC bocor lagi 💧, dan juga keran wastafel di kamar 203"
            .to_owned(),
        text: "Terima kasih – 💧\n".to_owned(),
        ..message(1)
    };
    let content = written(&foreign).await;
    assert!(content.is_ascii());
    assert!(content.contains("<ai@xn--bcher-kva.example>"));
    assert!(content.lines().all(|line| line.len() <= 78), "{content}");
    let headers = headers(&content);
    assert!(
        headers.iter().any(|header| header.starts_with("Subject: ") && header.contains("=?utf-8?"))
    );
}

#[tokio::test]
async fn long_lines_and_lone_dots_arrive_as_they_were() {
    let text = format!(".\n..\n.dot\n{}\nend", "panjang ".repeat(400));
    let content = written(&Message { html: None, text: text.clone(), ..message(1) }).await;
    assert!(content.lines().all(|line| line.len() <= 998));

    let folder = tempfile::tempdir().unwrap();
    let mailer = Mailer::folder(folder.path());
    let sent = Message { html: None, text: text.clone(), ..message(1) };
    let name = mailer.send(&sent).await.unwrap().server_response;
    let read = mailer.kept().unwrap().read(&name).await.unwrap().unwrap();
    assert_eq!(read.text.replace("\r\n", "\n").trim_end(), text);
}

#[tokio::test]
async fn nothing_can_add_a_header() {
    let evil = "x\r\nBcc: victim@example.com\r\n\r\n<b>body</b>";
    let injected = Message {
        to: Mailbox::new(evil, "sari@example.com"),
        from: Mailbox::new(format!("a\" <x@y.example>\n{evil}"), "kost@example.org"),
        reply_to: Some(Mailbox::new(evil, "answers@example.org")),
        subject: format!("\r\n{evil}\u{0}\u{b}\u{85}\u{2028}"),
        ..message(1)
    };
    let server = SmtpServer::start(Behaviour::new()).await;
    mailer(&server).send(&injected).await.unwrap();
    let received = &server.received()[0];
    let names: Vec<String> = headers(&received.content)
        .iter()
        .map(|header| header.split_once(": ").map(|(name, _)| name.to_owned()).unwrap())
        .collect();
    assert!(!names.iter().any(|name| name.eq_ignore_ascii_case("bcc")), "{names:?}");
    assert_eq!(received.to, ["sari@example.com"]);
    assert_eq!(received.from, "kost@example.org");
}

#[tokio::test]
async fn any_name_can_be_written() {
    let server = SmtpServer::start(Behaviour::new()).await;
    let mailer = mailer(&server);
    let punctuation: String = (' '..='~').collect();
    let names =
        ["", " ", "\"", "\\", "a, b; c: <d@e> (f)", "@", "=?utf-8?q?x?=", "É\"\\", &punctuation];
    for name in names {
        let from = Mailbox::new(name, "kost@example.org");
        let to = Mailbox::new(name, "sari@example.com");
        mailer.send(&Message { from, to, ..message(1) }).await.expect(name);
    }
    for received in server.received() {
        assert!(received.content.is_ascii());
        assert!(
            received.content.contains("<sari@example.com>\r\n")
                || received.content.contains("To: sari@example.com\r\n")
        );
    }
}

#[tokio::test]
async fn what_could_add_a_header_elsewhere_is_refused() {
    let (mailer, memory) = Mailer::memory();
    let evil = "x@example.com>\r\nBcc: victim@example.com";
    let refused = |change: fn(&mut Message, &str)| {
        let mut message = message(1);
        change(&mut message, evil);
        message
    };
    for (message, code) in [
        (refused(|m, evil| m.to.address = evil.to_owned()), "address_invalid"),
        (refused(|m, evil| m.from.address = evil.to_owned()), "address_invalid"),
        (refused(|m, evil| m.reply_to = Some(Mailbox::new("", evil))), "address_invalid"),
        (refused(|m, evil| m.message_id = evil.to_owned()), "smtp_other"),
        (refused(|m, evil| m.in_reply_to = Some(evil.to_owned())), "smtp_other"),
        (refused(|m, evil| m.references = vec![evil.to_owned()]), "smtp_other"),
        (refused(|m, evil| m.list_unsubscribe = Some(format!("https://{evil}"))), "smtp_other"),
        (refused(|m, _| m.list_unsubscribe = Some("mailto:x@example.com".into())), "smtp_other"),
    ] {
        let error = mailer.send(&message).await.unwrap_err();
        assert_eq!((error.kind, error.code), (ErrorKind::Permanent, code), "{error}");
    }
    assert!(memory.sent().is_empty());
}

#[tokio::test]
async fn addresses_that_cannot_be_are_refused_before_anything_is_sent() {
    let (mailer, _) = Mailer::memory();
    let long = format!("{}@example.com", "a".repeat(65));
    for address in [
        "",
        "@",
        "sari",
        "sari@",
        "@example.com",
        "sari@example..com",
        "sari ayu@example.com",
        "sari@exa mple.com",
        "\"sari\"@example.com",
        "sari,budi@example.com",
        "a@b@example.com",
        "sari@-.example",
        &long,
    ] {
        let sent = mailer.send(&Message { to: Mailbox::new("", address), ..message(1) }).await;
        let error = sent.expect_err(address);
        assert_eq!((error.kind, error.code), (ErrorKind::Permanent, "address_invalid"), "{error}");
    }
    for address in ["sari+kost@mail.example.co.id", "o'brien@example.com", "s@[192.0.2.1]"] {
        mailer.send(&Message { to: Mailbox::new("", address), ..message(1) }).await.unwrap();
    }
}

#[tokio::test]
async fn message_ids_come_with_and_without_brackets() {
    let content = written(&Message {
        message_id: "<a@example.org>".to_owned(),
        references: (0..40).map(|n| format!("reference-{n}@example.org")).collect(),
        ..message(1)
    })
    .await;
    assert!(content.contains("Message-ID: <a@example.org>\r\n"));
    assert!(content.lines().all(|line| line.len() <= 78));
    assert_eq!(content.matches("<reference-").count(), 40);
}

#[tokio::test]
async fn memory_keeps_and_fails_as_it_is_told() {
    let (mailer, memory) = Mailer::memory();
    memory.fail_next(mail::SendError::temporary("smtp_unreachable", "down"));
    assert_eq!(mailer.send(&message(1)).await.unwrap_err().code, "smtp_unreachable");
    mailer.send(&message(2)).await.unwrap();
    assert_eq!(memory.sent(), [message(2)]);
    assert_eq!(memory.take(), [message(2)]);
    assert!(memory.sent().is_empty());
}
