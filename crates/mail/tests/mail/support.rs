//! A message to send, and quick mailers.

use std::time::Duration;

use mail::testing::SmtpServer;
use mail::{Mailbox, Mailer, Message, SmtpSettings, Timeouts};

/// A message with everything that a message can have.
pub fn message(number: u32) -> Message {
    Message {
        to: Mailbox::new("Sari Ayu", "sari@example.com"),
        from: Mailbox::new("Kost Melati", "kost@example.org"),
        reply_to: Some(Mailbox::new("", "answers@example.org")),
        subject: "Laporan #12: AC bocor".to_owned(),
        text: "Halo Sari,\n\nsudah dikerjakan.\n".to_owned(),
        html: Some("<p>Halo Sari,</p><p>sudah dikerjakan.</p>".to_owned()),
        message_id: format!("delivery-{number}@kost.example.org"),
        in_reply_to: Some("ticket-12@kost.example.org".to_owned()),
        references: vec!["ticket-12@kost.example.org".to_owned()],
        list_unsubscribe: Some("https://kost.example.org/unsubscribe/abc".to_owned()),
        auto_submitted: true,
        date: "2026-11-23T03:15:00Z".parse().unwrap(),
    }
}

/// Time limits that a test can wait for.
pub const IMPATIENT: Timeouts = Timeouts {
    connect: Duration::from_secs(2),
    command: Duration::from_millis(300),
    content: Duration::from_millis(300),
};

pub fn settings(url: &str) -> SmtpSettings {
    SmtpSettings::from_url(url).unwrap()
}

pub fn mailer(server: &SmtpServer) -> Mailer {
    Mailer::smtp(settings(&server.url()))
}
