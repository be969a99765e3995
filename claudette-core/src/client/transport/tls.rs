//! The TLS configuration of [`HttpTransport`](super::HttpTransport).

use std::sync::Arc;

use rustls::client::ResolvesClientCert;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};

use crate::error::{Error, Result};

/// Returns a TLS configuration that trusts the CA certificates of this system and the given ones, and presents the
/// certificate of the client, if there is one.
///
/// # Errors
/// Misuse: there are no CA certificates.
pub(super) fn trusting_the_system_and(
    roots: &[CertificateDer<'static>],
    client: Option<&Arc<dyn ResolvesClientCert>>,
) -> Result<ClientConfig> {
    let provider = provider();
    let verifier = system_verifier(provider.clone(), roots).map_err(|error| {
        Error::misuse(
            "an https server cannot be verified, because this system has no CA certificates: install the package \
             `ca-certificates`, set SSL_CERT_FILE to a file of certificates, add one with \
             `HttpTransport::builder().root_certificate(..)`, or pass a client with `.http_client(..)`",
        )
        .caused_by(error)
    })?;
    let builder = builder(provider)?.dangerous().with_custom_certificate_verifier(verifier);
    Ok(match client {
        Some(client) => builder.with_client_cert_resolver(client.clone()),
        None => builder.with_no_client_auth(),
    })
}

/// Returns a TLS configuration that does not trust any server, for connections that use plain HTTP.
pub(super) fn without_certificates() -> Result<ClientConfig> {
    Ok(builder(provider())?.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}

/// Returns the cryptography that the program has installed, or else ring. It is not installed here, so that the program
/// can still install another one.
pub(super) fn provider() -> Arc<CryptoProvider> {
    CryptoProvider::get_default().cloned().unwrap_or_else(|| Arc::new(ring::default_provider()))
}

fn builder(provider: Arc<CryptoProvider>) -> Result<ConfigBuilder<ClientConfig, WantsVerifier>> {
    ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(|error| {
        Error::misuse("the installed rustls `CryptoProvider` supports neither TLS 1.2 nor TLS 1.3").caused_by(error)
    })
}

type Verified = Result<Arc<dyn ServerCertVerifier>, Box<dyn std::error::Error + Send + Sync>>;

#[cfg(all(unix, not(target_vendor = "apple"), not(target_os = "android")))]
fn system_verifier(provider: Arc<CryptoProvider>, more: &[CertificateDer<'static>]) -> Verified {
    let mut roots = super::certificates::roots();
    roots.add_parsable_certificates(more.iter().cloned());
    Ok(rustls::client::WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build()?)
}

/// Other systems verify certificates themselves.
#[cfg(not(any(all(unix, not(target_vendor = "apple")), target_os = "android")))]
fn system_verifier(provider: Arc<CryptoProvider>, more: &[CertificateDer<'static>]) -> Verified {
    Ok(Arc::new(rustls_platform_verifier::Verifier::new_with_extra_roots(more.iter().cloned(), provider)?))
}

/// Android verifies certificates itself, and does not accept additional ones.
#[cfg(target_os = "android")]
fn system_verifier(provider: Arc<CryptoProvider>, more: &[CertificateDer<'static>]) -> Verified {
    if !more.is_empty() {
        return Err("Android does not accept `.root_certificate(..)`; install the certificate on the device".into());
    }
    Ok(Arc::new(rustls_platform_verifier::Verifier::new(provider)?))
}
