//! TLS to PostgreSQL: all or nothing. Whoever asks for it gets a server whose
//! certificate and name were checked; an unchecked one would be no better than none.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::{Error, Result};

/// Whom to believe who a server is.
pub(super) enum Roots<'a> {
    /// Nobody: there is no TLS.
    Nobody,
    /// Those whom the system believes.
    System,
    /// Those of this PEM file.
    File(&'a Path),
}

pub(super) fn connector(roots: &Roots<'_>) -> Result<MakeRustlsConnect> {
    let mut store = RootCertStore::empty();
    match roots {
        Roots::Nobody => {}
        Roots::System => {
            store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            if store.is_empty() {
                return Err(Error::other(
                    "the system has no certificates; sslrootcert= names some",
                ));
            }
        }
        Roots::File(path) => {
            let unreadable =
                |error| Error::other(format!("sslrootcert={}: {error}", path.display()));
            for certificate in CertificateDer::pem_file_iter(path).map_err(unreadable)? {
                store.add(certificate.map_err(unreadable)?).map_err(Error::other)?;
            }
        }
    }
    // Named here, whatever else in the program has as its default.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(Error::other)?
        .with_root_certificates(store)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}
