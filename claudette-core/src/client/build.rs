//! [`ClientBuilder::build`]: checks the settings of a client, and finds its address and its credentials.

use std::sync::Arc;

use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue, USER_AGENT};

use super::builder::{ClientBuilder, Source};
use super::client::{Client, Inner};
use super::credentials::{
    CREDENTIAL_HEADERS, Credentials, Identity, is_credential, of_environment, set_custom_headers, variable,
};
use super::exchange::Log;
use super::headers::{AGENT, USER_PROFILE, append_beta, set_header};
use super::hosts::{Form, Host};
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
    /// - The [profile](Self::profile), or the one that the environment names, does not exist or is not valid.
    /// - The base URL is not valid, or it uses plain HTTP to another machine.
    /// - The base URL uses https, and there are no certificates to verify servers with.
    /// - A header is not valid.
    /// - [`max_concurrent`](Self::max_concurrent) is 0.
    pub fn build(mut self) -> Result<Client> {
        let admission = Admission::by(self.rules)?.map(Arc::new);
        self.check_host()?;
        let identity = self.identity()?;
        let (address, is_environments) = self.address(identity.as_ref())?;
        // The capacity includes the headers that HTTP adds to each request.
        let mut headers = HeaderMap::with_capacity(12);
        headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let credentials = self.set_credentials(&mut headers, &address, is_environments, identity)?;
        #[cfg(feature = "evcxr")]
        let credentials = credentials.map(AcrossCells::wrap_credentials);
        for (name, value) in &self.headers {
            set_header(&mut headers, name, value)?;
        }
        for beta in &self.betas {
            append_beta(&mut headers, beta)?;
        }
        let form = self.host.as_ref().map_or_else(Form::messages, Host::form);
        let version = headers.remove(&VERSION);
        if form.body_version.is_none() {
            headers.insert(&VERSION, version.clone().unwrap_or(HeaderValue::from_static(WITHOUT_SAMPLING)));
        }
        let user_profile = if form.has_user_profile_in_body { headers.remove(&USER_PROFILE) } else { None };
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
            platform: self.host.as_ref().map(Host::platform).or(self.platform).unwrap_or_default(),
            host: self.host,
            profiles: Vec::new(),
            transport,
            address,
            credentials,
            headers,
            form,
            version,
            user_profile,
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
    /// Returns the profile that is set, or the identity of the environment if credentials come from there.
    fn identity(&self) -> Result<Option<Identity>> {
        match &self.credentials {
            Source::Profile(name) => Identity::profile(name).map(Some),
            // An identity is for the API of Anthropic.
            Source::Environment if self.host.is_some() => Ok(None),
            Source::Environment if self.transport.is_none() && !self.sets_credential() => Identity::of_environment(),
            _ => Ok(None),
        }
    }

    /// Returns `true` if a header that is set in code is a credential.
    fn sets_credential(&self) -> bool {
        self.headers.iter().any(|(name, _)| is_credential(name))
    }

    /// Returns the address of requests, and `true` if the credentials of the environment may be sent there. An identity
    /// may have an address of its own.
    fn address(&self, identity: Option<&Identity>) -> Result<(Address, bool)> {
        if let Some(host) = &self.host {
            let address = Address::of_host(host.base_url())?;
            self.check_encryption(&address)?;
            return Ok((address, false));
        }
        let url = || variable("ANTHROPIC_BASE_URL");
        let is_in_code = matches!(self.credentials, Source::Profile(_));
        let own = identity.and_then(Identity::address);
        let environments = || match url()? {
            Some(url) => Address::parse(&url, "the base URL in ANTHROPIC_BASE_URL"),
            None => Ok(own.filter(|_| !is_in_code).cloned().unwrap_or_else(Address::official)),
        };
        let in_code = match &self.base_url {
            Some(url) => Some(Address::parse(url, "the base URL")?),
            None => own.filter(|_| is_in_code && matches!(url(), Ok(None))).cloned(),
        };
        let (address, is_environments) = match in_code {
            None => (environments()?, true),
            Some(address) => {
                let is_environments = environments().is_ok_and(|own| own.is_at(&address));
                (address, is_environments)
            }
        };
        let is_environments = is_environments && self.transport.is_none();
        self.check_encryption(&address)?;
        Ok((address, is_environments))
    }

    fn check_encryption(&self, address: &Address) -> Result<()> {
        if address.is_encrypted() || address.is_loopback() || self.allows_insecure_http {
            return Ok(());
        }
        Err(Error::misuse(format!(
            "the base URL \"{address}\" sends credentials and conversations without encryption; use https, or call \
             `.allow_insecure_http()` on the builder if the network is trusted"
        )))
    }

    /// Checks that settings of the host are not set on the client.
    fn check_host(&self) -> Result<()> {
        let Some(host) = &self.host else { return Ok(()) };
        let setting = if self.base_url.is_some() {
            "`.base_url(..)`"
        } else if !matches!(self.credentials, Source::Environment) {
            "`.api_key(..)`, `.auth_token(..)`, `.profile(..)`, `.credentials(..)` or `.no_credentials()`"
        } else if self.platform.is_some() {
            "`.platform(..)`"
        } else {
            return Ok(());
        };
        Err(Error::misuse(format!(
            "the client has a host ({}), so {setting} has no meaning; set the address and the credentials on the \
             builder of the host",
            host.platform()
        )))
    }

    /// Sets the headers of fixed credentials, or returns credentials that provide headers for each attempt. Settings of
    /// the program take precedence over the environment.
    fn set_credentials(
        &mut self,
        headers: &mut HeaderMap,
        address: &Address,
        is_environments: bool,
        identity: Option<Identity>,
    ) -> Result<Option<Arc<dyn Credentials>>> {
        if let Some(host) = &self.host {
            return self.set_credentials_of(&**host, headers);
        }
        let source = std::mem::replace(&mut self.credentials, Source::Environment);
        if is_environments && !matches!(source, Source::Custom(_)) {
            set_custom_headers(headers)?;
        }
        let token = match source {
            Source::None => return Ok(None),
            Source::Custom(credentials) => return Ok(Some(credentials)),
            Source::Profile(_) => return identity.map(|identity| identity.into_credentials(address)).transpose(),
            Source::Fixed(token) => token?,
            Source::Environment => {
                let is_set = headers.keys().any(|name| is_credential(name.as_str())) || self.sets_credential();
                if is_set || self.transport.is_some() {
                    return Ok(None);
                }
                if !is_environments {
                    return Err(Error::misuse(format!(
                        "no credentials: ANTHROPIC_API_KEY is not sent to {address}, because this base URL is set in \
                         code; call `.api_key(..)` on the builder, or `.no_credentials()` if the server does not need any"
                    )));
                }
                if let Some(identity) = identity {
                    return identity.into_credentials(address).map(Some);
                }
                of_environment()?.ok_or_else(|| {
                    let error = Error::misuse(
                        "no credentials: set the environment variable ANTHROPIC_API_KEY, or call `.api_key(..)` on the \
                         builder, or `.no_credentials()` if the server does not need any",
                    );
                    match Identity::unusable_default() {
                        Some(cause) => error.caused_by(cause),
                        None => error,
                    }
                })?
            }
        };
        token.set(headers);
        Ok(None)
    }

    /// Sets the headers of a host and of the environment, and returns the credentials of the host, unless the program
    /// sets a header that authenticates requests.
    fn set_credentials_of(&self, host: &dyn Host, headers: &mut HeaderMap) -> Result<Option<Arc<dyn Credentials>>> {
        headers.extend(host.headers());
        let mut custom = HeaderMap::new();
        set_custom_headers(&mut custom)?;
        // They belong to the API of Anthropic.
        for name in CREDENTIAL_HEADERS {
            custom.remove(name);
        }
        headers.extend(custom);
        // Foundry also accepts this name.
        let is_set =
            self.sets_credential() || self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("api-key"));
        Ok(if is_set { None } else { host.credentials() })
    }
}
