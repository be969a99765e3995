//! [`CredentialCache`]: AWS credentials, fetched once for all requests.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use claudette::Result;
use claudette::client::Cached;
use claudette::http::HeaderMap;

use crate::failure::failure;

/// The time between a new fetch and the expiry of credentials. At most half of their lifetime is used.
const EARLY: Duration = Duration::from_mins(5);

/// AWS credentials that are kept until shortly before they expire or until a server refuses them.
pub(crate) struct CredentialCache {
    credentials: Cached<Credentials>,
    /// Returns `false` if the provider always returns the same credentials.
    has_others: bool,
}

impl CredentialCache {
    /// Returns the cache of a provider. `place` names the host and the profile in errors.
    pub(crate) fn new(provider: SharedCredentialsProvider, place: String, has_others: bool) -> Self {
        let credentials = Cached::new(move || {
            let (provider, place) = (provider.clone(), place.clone());
            async move {
                let begun = SystemTime::now();
                let credentials = provider.provide_credentials().await.map_err(|error| failure(&error, &place))?;
                let lifetime = credentials.expiry().map(|expiry| expiry.duration_since(begun).unwrap_or_default());
                Ok((credentials, lifetime))
            }
        });
        Self { credentials: credentials.refresh_early(EARLY), has_others }
    }

    /// Returns the kept credentials, or fetches them. Requests that wait for the same fetch share its error.
    ///
    /// # Errors
    /// Misuse if there are no credentials. Otherwise the error of their source.
    pub(crate) async fn get(&self) -> Result<Credentials> {
        // The clock of the cache may stand still while the machine sleeps.
        let now = SystemTime::now();
        self.credentials.forget_if(|credentials| credentials.expiry().is_some_and(|expiry| expiry <= now));
        self.credentials.value().await
    }

    /// Forgets the credentials that signed these headers. Returns `true` if the next ones may differ.
    pub(crate) fn refused(&self, headers: &HeaderMap) -> bool {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        self.credentials.forget_if(|credentials| {
            let scope = format!("Credential={}/", credentials.access_key_id());
            text("authorization").is_some_and(|value| value.contains(&scope))
                && text("x-amz-security-token") == credentials.session_token()
        });
        self.has_others
    }
}
