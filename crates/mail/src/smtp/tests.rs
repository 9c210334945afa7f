//! The two decisions that no loopback server can show: what a URL means, and what may be sent
//! unencrypted to another machine.

use super::connect::{Decision, Offer, decide};
use super::settings::{Security, SmtpSettings};

fn read(url: &str) -> SmtpSettings {
    SmtpSettings::from_url(url).unwrap()
}

fn refusal(url: &str) -> String {
    SmtpSettings::from_url(url).expect_err(url).to_string()
}

#[test]
fn a_url_says_it_all() {
    for (url, meant) in [
        ("smtps://u:p@mail.example.com", "smtp mail.example.com:465 Implicit with log-in"),
        ("smtps://mail.example.com:2465", "smtp mail.example.com:2465 Implicit without log-in"),
        ("smtp://u:p@mail.example.com", "smtp mail.example.com:587 StartTls with log-in"),
        ("smtp://mail.example.com:25", "smtp mail.example.com:25 StartTls without log-in"),
        ("smtp://u:p@mail.example.com:465", "smtp mail.example.com:465 Implicit with log-in"),
        ("smtp://localhost:1025?tls=required", "smtp localhost:1025 AlwaysStartTls without log-in"),
        ("smtp://relay?tls=optional", "smtp relay:587 IfOffered without log-in"),
        (
            "smtps://mail.example.com?tls=required",
            "smtp mail.example.com:465 Implicit without log-in",
        ),
        ("smtp://[::1]:25", "smtp ::1:25 StartTls without log-in"),
        ("smtp://BÜCHER.example", "smtp xn--bcher-kva.example:587 StartTls without log-in"),
    ] {
        assert_eq!(format!("{:?}", read(url)), meant, "{url}");
    }
    assert_eq!(read("smtp://h?hello=kost.example.org").hello.as_deref(), Some("kost.example.org"));
}

#[test]
fn a_url_that_cannot_be_used_is_refused_without_its_password() {
    for url in [
        "",
        "mail.example.com",
        "http://u:hunter2@mail.example.com",
        "smtp://",
        "smtp://u:hunter2@",
        "smtp://u:hunter2@mail.example.com?tls=maybe",
        "smtp://u:hunter2@mail.example.com?starttls=1",
        "smtp://u:hunter2@mail.example.com?hello=a%20b",
        "smtp://u:hunter2@mail.example.com?hello=a%0D%0AMAIL",
        "smtp://u@mail.example.com",
        "smtp://:hunter2@mail.example.com",
        "smtp://u:hunter2%ff@mail.example.com",
        "smtp://u:hunter2@exa%0d%0ample.com",
        "smtp://u:hunter2@mail.example.com:99999",
    ] {
        assert!(!refusal(url).contains("hunter2"), "{url}");
    }
}

#[test]
fn no_password_is_ever_sent_in_the_clear_to_another_machine() {
    for wanted in [Security::StartTls, Security::AlwaysStartTls, Security::IfOffered] {
        for login in [false, true] {
            let none = Offer { starttls: false, login };
            let offered = Offer { starttls: true, login };
            assert!(matches!(decide(wanted, false, true, none), Decision::Refuse(_)));
            assert_eq!(decide(wanted, false, true, offered), Decision::Encrypt);
            assert_eq!(decide(wanted, false, false, offered), Decision::Encrypt);
            // Without a password: only who asks for it sends messages in the clear.
            let clear = decide(wanted, false, false, none) == Decision::Clear;
            assert_eq!(clear, wanted == Security::IfOffered);
        }
    }
}

#[test]
fn loopback_is_clear_unless_the_server_or_the_url_wants_otherwise() {
    let offers = |starttls, login| Offer { starttls, login };
    for wanted in [Security::StartTls, Security::IfOffered] {
        assert_eq!(decide(wanted, true, true, offers(false, true)), Decision::Clear);
        assert_eq!(decide(wanted, true, true, offers(true, true)), Decision::Clear);
        assert_eq!(decide(wanted, true, false, offers(true, false)), Decision::Clear);
        assert_eq!(decide(wanted, true, true, offers(true, false)), Decision::Encrypt);
    }
    let always = Security::AlwaysStartTls;
    assert_eq!(decide(always, true, false, offers(true, true)), Decision::Encrypt);
    assert!(matches!(decide(always, true, false, offers(false, true)), Decision::Refuse(_)));
}
