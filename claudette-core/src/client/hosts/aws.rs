//! The settings that the hosts in AWS have in common.

use std::sync::Arc;

use super::reason::names;
use super::setting::{base_url, bearer, label, setting};
use crate::client::credentials::Credentials;
use crate::error::{Error, Result};

/// The names of a host in AWS.
pub(super) struct Names {
    /// The name in errors.
    pub(super) host: &'static str,
    /// The variable of the base URL.
    pub(super) base_url: &'static str,
    /// The variables of the key, the first one first.
    pub(super) api_keys: &'static [&'static str],
    /// The function of `claudette-aws` that signs requests to the host.
    pub(super) signs: &'static str,
}

/// The settings of a host in AWS, except those that only one host has.
#[derive(Default)]
pub(super) struct Settings {
    pub(super) region: Option<String>,
    pub(super) base_url: Option<String>,
    pub(super) api_key: Option<String>,
    pub(super) credentials: Option<Arc<dyn Credentials>>,
}

impl Settings {
    /// Returns the address that is set, or else that of the region.
    ///
    /// # Errors
    /// Misuse: there is no region, or it is not valid.
    pub(super) fn address(&self, names: &Names, of_region: impl FnOnce(String) -> String) -> Result<String> {
        if let Some(url) = base_url(self.base_url.as_deref(), names.base_url)? {
            return Ok(url);
        }
        let Names { host, base_url, .. } = names;
        let region = setting(self.region.as_deref(), &["AWS_REGION", "AWS_DEFAULT_REGION"])?.ok_or_else(|| {
            Error::misuse(format!(
                "{host} has no region: set AWS_REGION, or call `.region(..)`, or set the whole address ({base_url})"
            ))
        })?;
        Ok(of_region(label(&format!("the region of {host}"), region)?))
    }

    /// Returns the key that is set, or else the credentials, or else the key of the environment.
    ///
    /// # Errors
    /// Misuse: there is none of them, or the key is not valid.
    pub(super) fn credentials(self, names: &Names) -> Result<Arc<dyn Credentials>> {
        let Names { host, api_keys, signs, .. } = names;
        let variables = if self.credentials.is_some() { &[] } else { *api_keys };
        match (bearer(self.api_key.as_deref(), variables)?, self.credentials) {
            (Some(key), _) => Ok(Arc::new(key)),
            (None, Some(credentials)) => Ok(credentials),
            (None, None) => Err(Error::misuse(format!(
                "{host} has no credentials: set {}, or call `.api_key(..)`, or sign requests with `{signs}`",
                api_keys[0]
            ))),
        }
    }
}

/// Returns the remedy if the credentials were refused for a reason that the error names.
pub(super) fn credentials_remedy(error: &Error) -> Option<&'static str> {
    if names(error, &["signature expired", "signature not yet current", "RequestExpired"]) {
        Some("set the clock of this machine: a signature is valid for five minutes")
    } else if names(error, &["ExpiredToken", "token included in the request is expired", "token has expired"]) {
        Some("renew the AWS credentials or the key, which have expired; `claudette-aws` renews credentials itself")
    } else if names(error, &["signature we calculated does not match", "InvalidSignature"]) {
        Some("check the secret key and the region, and that no proxy changes signed headers")
    } else {
        None
    }
}
