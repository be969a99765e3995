//! The HTTP client of connections to MCP servers.

use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::{CryptoProvider, ring};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

use crate::error::{Error, Result};

/// Returns an HTTP client. It does not need CA certificates for plain HTTP.
pub(super) fn client(is_encrypted: bool, is_loopback: bool) -> Result<reqwest::Client> {
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(if is_encrypted { trusting_the_system()? } else { without_certificates()? })
        .connect_timeout(Duration::from_secs(10))
        // A redirect could send the token to another server.
        .redirect(reqwest::redirect::Policy::none())
        // A response that is not read to its end delays the next request on its connection by 40 ms.
        .pool_max_idle_per_host(0)
        .tcp_keepalive(Duration::from_secs(60));
    if is_loopback {
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| Error::start("the HTTP client cannot be set up").caused_by(error))
}

fn trusting_the_system() -> Result<ClientConfig> {
    let provider = provider();
    let verifier = Verifier::new(provider.clone()).map_err(|error| {
        Error::misuse(
            "an https server cannot be verified, because this system has no CA certificates: install the package \
             `ca-certificates`, set SSL_CERT_FILE to a file of certificates, or pass a client with `.http_client(..)`",
        )
        .caused_by(error)
    })?;
    Ok(versions(provider)?.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
}

fn without_certificates() -> Result<ClientConfig> {
    Ok(versions(provider())?.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}

/// Returns the cryptography that the program has installed, or else ring.
fn provider() -> Arc<CryptoProvider> {
    CryptoProvider::get_default().cloned().unwrap_or_else(|| Arc::new(ring::default_provider()))
}

fn versions(provider: Arc<CryptoProvider>) -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>> {
    ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(|error| {
        Error::misuse("the installed rustls `CryptoProvider` supports neither TLS 1.2 nor TLS 1.3").caused_by(error)
    })
}
