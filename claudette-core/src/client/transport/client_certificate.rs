//! [`client_certificate`]: the certificate that a client presents to servers with mutual TLS.

use std::sync::Arc;

use rustls::InconsistentKeys;
use rustls::client::ResolvesClientCert;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};

use super::tls;
use crate::error::{Error, Result};

/// Reads a certificate with its intermediates and its private key, both in PEM format.
///
/// # Errors
/// Misuse: one of them is missing or damaged, or they do not belong together. The error does not show the texts.
pub(super) fn client_certificate(chain: &[u8], key: &[u8]) -> Result<Arc<dyn ResolvesClientCert>> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(chain)
        .collect::<Result<_, _>>()
        .map_err(|_| Error::misuse("the certificate in `.client_certificate(..)` is not valid PEM"))?;
    if chain.is_empty() {
        return Err(Error::misuse(
            "the first text in `.client_certificate(..)` does not contain a certificate; pass the text of a PEM file",
        ));
    }
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| {
        Error::misuse(match error {
            pem::Error::NoItemsFound => {
                "the second text in `.client_certificate(..)` does not contain a private key; pass the text of a PEM \
                 file that is not encrypted"
            }
            _ => "the private key in `.client_certificate(..)` is not valid PEM",
        })
    })?;
    let pair = CertifiedKey::from_der(chain, key, &tls::provider()).map_err(|error| {
        let reason = match error {
            rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                "the private key in `.client_certificate(..)` does not belong to the first certificate; pass the \
                 client's own certificate first, and then the intermediate ones"
            }
            rustls::Error::InvalidCertificate(_) => "the certificate in `.client_certificate(..)` is not valid",
            _ => "the private key in `.client_certificate(..)` is not valid",
        };
        Error::misuse(reason).caused_by(error)
    })?;
    Ok(Arc::new(SingleCertAndKey::from(pair)))
}
