//! [`ClientBuilder::build`]: checks the settings of a client, and finds its address and its credentials.

use std::sync::Arc;

use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue, USER_AGENT};

use super::builder::{ClientBuilder, Source};
use super::client::{Client, Inner};
use super::credentials::{Credentials, is_credential, of_environment, set_custom_headers, variable};
use super::exchange::Log;
use super::headers::{append_beta, set_header};
use super::pacing::Admission;
use super::request::{MESSAGES, VERSION, WITHOUT_SAMPLING};
use super::retry::Policy;
#[cfg(feature = "evcxr")]
use super::transport::AcrossCells;
use super::transport::{Address, HttpTransport};
use crate::catalog::UsageTotals;
use crate::error::{Error, Result};

impl ClientBuilder {
    /// Builds the client.
    ///
    /// # Errors
    /// Misuse, in one of these cases:
    /// - There is no credential for this address, or the credential is not a valid header value.
    /// - The base URL is not valid, or it uses plain HTTP to another machine.
    /// - The base URL uses https, and there are no certificates to verify servers with.
    /// - A header is not valid.
    /// - [`max_concurrent`](Self::max_concurrent) is 0.
    pub fn build(mut self) -> Result<Client> {
        let admission = Admission::by(self.rules)?.map(Arc::new);
        let (address, is_environments) = self.address()?;
        // The capacity includes the headers that HTTP adds to each request.
        let mut headers = HeaderMap::with_capacity(12);
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("claudette-rust/", env!("CARGO_PKG_VERSION"))));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let credentials = self.set_credentials(&mut headers, &address, is_environments)?;
        for (name, value) in &self.headers {
            set_header(&mut headers, name, value)?;
        }
        for beta in &self.betas {
            append_beta(&mut headers, beta)?;
        }
        let names_version = headers.contains_key(&VERSION);
        headers.entry(&VERSION).or_insert(HeaderValue::from_static(WITHOUT_SAMPLING));
        let transport = if let Some(transport) = self.transport {
            transport
        } else {
            let transport = self.http_client.map(HttpTransport::from).unwrap_or_default();
            transport.check(&address.join(MESSAGES)?)?;
            Arc::new(transport)
        };
        let transport = self.layers.into_iter().fold(transport, |inner, wrap| wrap(inner));
        #[cfg(feature = "evcxr")]
        let transport = AcrossCells::wrap(transport);
        Ok(Client(Arc::new(Inner {
            model: self.model,
            platform: self.platform,
            profiles: Vec::new(),
            transport,
            address,
            credentials,
            headers,
            names_version,
            retry: Policy { most: self.max_retries },
            timeout: self.timeout,
            limits: self.limits,
            admission,
            cache: self.cache,
            prices: self.prices,
            log: self.logs.then(Log::default),
            traces_contents: self.traces_contents,
            ledger: UsageTotals::default(),
        })))
    }
}

impl ClientBuilder {
    /// Returns the address of requests, and `true` if the credentials of the environment may be sent there.
    fn address(&self) -> Result<(Address, bool)> {
        let environments = || match variable("ANTHROPIC_BASE_URL")? {
            Some(url) => Address::parse(&url, "the base URL in ANTHROPIC_BASE_URL"),
            None => Ok(Address::official()),
        };
        let (address, is_environments) = match &self.base_url {
            None => (environments()?, true),
            Some(url) => {
                let address = Address::parse(url, "the base URL")?;
                let is_environments = environments().is_ok_and(|own| own.is_at(&address));
                (address, is_environments)
            }
        };
        let is_environments = is_environments && self.transport.is_none();
        if !(address.is_encrypted() || address.is_loopback() || self.allows_insecure_http) {
            return Err(Error::misuse(format!(
                "the base URL \"{address}\" sends credentials and conversations without encryption; use https, or call \
                 `.allow_insecure_http()` on the builder if the network is trusted"
            )));
        }
        Ok((address, is_environments))
    }

    /// Sets the headers of fixed credentials, or returns credentials that provide headers for each attempt. Settings of
    /// the program take precedence over the environment.
    fn set_credentials(
        &mut self,
        headers: &mut HeaderMap,
        address: &Address,
        is_environments: bool,
    ) -> Result<Option<Arc<dyn Credentials>>> {
        let source = std::mem::replace(&mut self.credentials, Source::Environment);
        if is_environments && !matches!(source, Source::Custom(_)) {
            set_custom_headers(headers)?;
        }
        let token = match source {
            Source::None => return Ok(None),
            Source::Custom(credentials) => return Ok(Some(credentials)),
            Source::Fixed(token) => token?,
            Source::Environment => {
                let is_set = headers.keys().any(|name| is_credential(name.as_str()))
                    || self.headers.iter().any(|(name, _)| is_credential(name));
                if is_set || self.transport.is_some() {
                    return Ok(None);
                }
                if !is_environments {
                    return Err(Error::misuse(format!(
                        "no credentials: ANTHROPIC_API_KEY is not sent to {address}, because this base URL is set in \
                         code; call `.api_key(..)` on the builder, or `.no_credentials()` if the server does not need any"
                    )));
                }
                of_environment()?.ok_or_else(|| {
                    Error::misuse(
                        "no credentials: set the environment variable ANTHROPIC_API_KEY, or call `.api_key(..)` on the \
                         builder, or `.no_credentials()` if the server does not need any",
                    )
                })?
            }
        };
        token.set(headers);
        Ok(None)
    }
}
