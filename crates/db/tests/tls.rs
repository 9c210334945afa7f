//! TLS to PostgreSQL, over a server's end of it that stands before the one to test with.

use std::path::PathBuf;
use std::sync::Arc;

use db::{Clock, Db, query};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio_postgres::Config;
use tokio_postgres::config::Host;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::support::at;

/// What a client says first that wants TLS.
const WANTS_TLS: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// The server's certificate, as a file.
struct Front {
    port: u16,
    certificate: tempfile::NamedTempFile,
    user: String,
    database: String,
}

impl Front {
    /// Its certificate is for `name`.
    async fn start(name: &str) -> Option<Front> {
        let config: Config = std::env::var("TEST_DATABASE_URL").ok()?.parse().unwrap();
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
        let certificate = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&certificate, made.cert.pem()).unwrap();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let server = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (user, database) =
            (config.get_user().unwrap().to_owned(), config.get_dbname().unwrap().to_owned());
        let (host, behind) = (config.get_hosts()[0].clone(), config.get_ports().first().copied());
        tokio::spawn(async move {
            let acceptor = TlsAcceptor::from(Arc::new(server));
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, host) = (acceptor.clone(), host.clone());
                tokio::spawn(carry(stream, acceptor, host, behind.unwrap_or(5432)));
            }
        });
        Some(Front { port, certificate, user, database })
    }

    /// The first answer of a connection to `host` with these settings.
    async fn ask(&self, host: &str, settings: &str) -> db::Result<i64> {
        let (user, database, port) = (&self.user, &self.database, self.port);
        let url = format!("postgres://{user}@{host}:{port}/{database}?{settings}");
        let db = Db::open(&url, Clock::frozen(at(0)))?;
        let (one,): (i64,) = query("SELECT CAST(1 AS BIGINT)").one(&db).await?;
        Ok(one)
    }

    fn root(&self) -> String {
        let path = PathBuf::from(self.certificate.path());
        format!("sslmode=require&sslrootcert={}", path.display())
    }
}

async fn carry(mut stream: TcpStream, acceptor: TlsAcceptor, host: Host, port: u16) {
    let mut first = [0; 8];
    // Whoever does not ask for TLS is hung up on.
    if stream.read_exact(&mut first).await.is_err() || first != WANTS_TLS {
        return;
    }
    stream.write_all(b"S").await.unwrap();
    let Ok(mut secret) = acceptor.accept(stream).await else { return };
    let mut behind: Box<dyn Stream> = match host {
        Host::Tcp(name) => Box::new(TcpStream::connect((name, port)).await.unwrap()),
        Host::Unix(folder) => {
            let socket = folder.join(format!(".s.PGSQL.{port}"));
            Box::new(UnixStream::connect(socket).await.unwrap())
        }
    };
    let _ = copy_bidirectional(&mut secret, &mut behind).await;
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

#[tokio::test]
async fn it_speaks_tls_to_a_server_whose_certificate_is_known() {
    let Some(front) = Front::start("localhost").await else { return };
    assert_eq!(front.ask("localhost", &front.root()).await.unwrap(), 1);
    let stricter = front.root().replace("require", "verify-full");
    assert_eq!(front.ask("localhost", &stricter).await.unwrap(), 1);
}

#[tokio::test]
async fn an_unknown_certificate_is_refused() {
    let Some(front) = Front::start("localhost").await else { return };
    front.ask("localhost", "sslmode=require").await.unwrap_err();
    let other = Front::start("localhost").await.unwrap();
    front.ask("localhost", &other.root()).await.unwrap_err();
}

#[tokio::test]
async fn the_certificate_of_another_name_is_refused() {
    let Some(front) = Front::start("other.example").await else { return };
    front.ask("localhost", &front.root()).await.unwrap_err();
}

#[tokio::test]
async fn it_does_not_fall_back_to_a_server_without_tls() {
    let Some(front) = Front::start("localhost").await else { return };
    front.ask("localhost", "sslmode=disable").await.unwrap_err();
    let refused = front.ask("localhost", "sslmode=prefer").await.unwrap_err().to_string();
    assert!(refused.contains("say disable, or require"), "{refused}");
    let missing = front.ask("localhost", "sslmode=require&sslrootcert=/none.pem").await;
    assert!(missing.unwrap_err().to_string().contains("/none.pem"));
}
