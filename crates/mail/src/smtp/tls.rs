//! TLS with one provider (ring), named here and nowhere looked up: what another crate in the
//! same binary installs as the process's default makes no difference.

use std::io;
use std::sync::{Arc, OnceLock};

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::SendError;

#[derive(Clone)]
pub(crate) enum Roots {
    System,
    Only(Vec<Vec<u8>>),
}

/// Reads the certificate store once, when it is first needed.
#[derive(Clone)]
pub(crate) struct TlsClient {
    roots: Roots,
    config: Arc<OnceLock<Arc<ClientConfig>>>,
}

impl TlsClient {
    pub(crate) fn new(roots: Roots) -> Self {
        Self { roots, config: Arc::default() }
    }

    /// The handshake, with the certificate checked for `host`.
    pub(crate) async fn handshake(
        &self,
        host: &str,
        stream: TcpStream,
    ) -> Result<TlsStream<TcpStream>, SendError> {
        let wrong = |why: &dyn std::fmt::Display| SendError::misconfigured("smtp_tls", why);
        let name = ServerName::try_from(host.to_owned()).map_err(|e| wrong(&e))?;
        let config = match self.config.get() {
            Some(config) => Arc::clone(config),
            None => {
                let config = Arc::new(client_config(&self.roots).map_err(|e| wrong(&e))?);
                Arc::clone(self.config.get_or_init(|| config))
            }
        };
        TlsConnector::from(config).connect(name, stream).await.map_err(|error| verdict(&error))
    }
}

fn client_config(roots: &Roots) -> Result<ClientConfig, rustls::Error> {
    let mut store = RootCertStore::empty();
    match roots {
        Roots::System => {
            store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            if store.is_empty() {
                store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
            }
        }
        Roots::Only(authorities) => {
            store.add_parsable_certificates(authorities.iter().cloned().map(CertificateDer::from));
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(config.with_root_certificates(store).with_no_client_auth())
}

/// A wrong certificate or a port that speaks no TLS stays wrong; a lost connection may not.
fn verdict(error: &io::Error) -> SendError {
    let by_protocol = error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>());
    match by_protocol {
        true => SendError::misconfigured("smtp_tls", error),
        false => SendError::temporary("smtp_tls", error),
    }
}
