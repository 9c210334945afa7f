//! What is encrypted, what is refused, and that no password is ever overheard.

use std::sync::Arc;

use mail::ErrorKind::{Misconfigured, Temporary};
use mail::testing::{Behaviour, ServerConfig, SmtpServer, Step};
use mail::{Mailer, SmtpSettings};

use crate::support::{message, settings};

struct Identity {
    config: Arc<ServerConfig>,
    certificate: Vec<u8>,
}

fn identity(name: &str) -> Identity {
    let key = rcgen::KeyPair::generate().unwrap();
    let parameters = rcgen::CertificateParams::new([name.to_owned()]).unwrap();
    let certificate = parameters.self_signed(&key).unwrap().der().clone();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key.serialize_der().try_into().unwrap())
        .unwrap();
    Identity { config: Arc::new(config), certificate: certificate.to_vec() }
}

fn trusting(url: &str, identity: &Identity) -> SmtpSettings {
    settings(url).trust_only(vec![identity.certificate.clone()])
}

#[tokio::test]
async fn tls_from_the_first_byte() {
    let identity = identity("127.0.0.1");
    let behaviour = Behaviour::new().login("kost", "pass").implicit_tls(identity.config.clone());
    let server = SmtpServer::start(behaviour).await;
    let url = server.url_as("kost", "pass").replace("smtp:", "smtps:");
    let mailer = Mailer::smtp(trusting(&url, &identity));
    mailer.send(&message(1)).await.unwrap();
    mailer.send(&message(2)).await.unwrap();
    assert!(server.received().iter().all(|message| message.encrypted && message.login.is_some()));
    assert_eq!((server.overheard().as_str(), server.connections()), ("", 1));
}

#[tokio::test]
async fn starttls_comes_before_the_password_even_on_loopback() {
    let identity = identity("127.0.0.1");
    let behaviour = Behaviour::new().login("kost", "pass").starttls(identity.config.clone());
    let server = SmtpServer::start(behaviour).await;
    let mailer = Mailer::smtp(trusting(&server.url_as("kost", "pass"), &identity));
    mailer.send(&message(1)).await.unwrap();
    assert!(server.received()[0].encrypted);
    assert_eq!(server.overheard(), "EHLO [127.0.0.1]\nSTARTTLS\n");
}

#[tokio::test]
async fn starttls_can_be_required_on_loopback() {
    let identity = identity("127.0.0.1");
    let server = SmtpServer::start(Behaviour::new().starttls(identity.config.clone())).await;
    let url = format!("{}?tls=required", server.url());
    Mailer::smtp(trusting(&url, &identity)).send(&message(1)).await.unwrap();
    assert!(server.received()[0].encrypted);

    server.now(Behaviour::new());
    let error = Mailer::smtp(trusting(&url, &identity)).send(&message(2)).await.unwrap_err();
    assert_eq!((error.kind, error.code), (Misconfigured, "smtp_tls"), "{error}");
    assert_eq!(server.received().len(), 1);
}

#[tokio::test]
async fn a_certificate_for_somebody_else_or_by_nobody_is_refused() {
    let (identity, stranger) = (identity("127.0.0.1"), self::identity("mail.example.com"));
    let behaviour = Behaviour::new().login("kost", "pass").starttls(stranger.config.clone());
    let server = SmtpServer::start(behaviour).await;
    let url = server.url_as("kost", "pass");
    // Trusted, but for another name; then the system's authorities, which know neither.
    for settings in [trusting(&url, &stranger), trusting(&url, &identity), settings(&url)] {
        let error = Mailer::smtp(settings).send(&message(1)).await.unwrap_err();
        assert_eq!((error.kind, error.code), (Misconfigured, "smtp_tls"), "{error}");
    }
    assert!(server.received().is_empty());
    assert!(!server.overheard().contains("AUTH") && !server.overheard().contains("MAIL"));
}

#[tokio::test]
async fn a_server_that_does_not_start_tls_after_all() {
    let identity = identity("127.0.0.1");
    let behaviour = Behaviour::new()
        .starttls(identity.config.clone())
        .reply(Step::StartTls, "454 4.7.0 TLS not available");
    let server = SmtpServer::start(behaviour).await;
    let url = format!("{}?tls=required", server.url());
    let error = Mailer::smtp(trusting(&url, &identity)).send(&message(1)).await.unwrap_err();
    assert_eq!((error.kind, error.code), (Temporary, "smtp_tls"), "{error}");
}

#[tokio::test]
async fn answers_slipped_in_before_the_handshake_are_refused() {
    let identity = identity("127.0.0.1");
    let behaviour = Behaviour::new()
        .starttls(identity.config.clone())
        .reply(Step::StartTls, "220 go ahead\r\n250 anything goes");
    let server = SmtpServer::start(behaviour).await;
    let url = format!("{}?tls=required", server.url());
    let error = Mailer::smtp(trusting(&url, &identity)).send(&message(1)).await.unwrap_err();
    assert_eq!((error.kind, error.code), (Misconfigured, "smtp_tls"), "{error}");
}

#[tokio::test]
async fn tls_on_a_port_that_speaks_none() {
    let server = SmtpServer::start(Behaviour::new()).await;
    let url = server.url().replace("smtp:", "smtps:");
    let error = Mailer::smtp(settings(&url)).send(&message(1)).await.unwrap_err();
    assert_eq!((error.kind, error.code), (Misconfigured, "smtp_tls"), "{error}");
}
