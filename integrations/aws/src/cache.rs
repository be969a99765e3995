//! [`CredentialCache`]: AWS credentials, fetched once for all requests.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use claudette::Result;
use claudette::http::HeaderMap;

use crate::failure::Failure;

/// The time between a new fetch and the expiry of credentials. At most half of their lifetime is used.
const EARLY: Duration = Duration::from_mins(5);

/// The time until the next fetch, if a fetch has failed and the credentials are still valid.
const PAUSE: Duration = Duration::from_secs(30);

/// AWS credentials that are kept until shortly before they expire or until a server refuses them.
pub(crate) struct CredentialCache {
    provider: SharedCredentialsProvider,
    /// The host and the profile in errors.
    place: String,
    /// Returns `false` if the provider always returns the same credentials.
    has_others: bool,
    state: Mutex<State>,
    /// Held during a fetch.
    fetching: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    kept: Option<Kept>,
    /// The number of finished fetches.
    fetches: u64,
    /// The reason why the last fetch failed.
    failure: Option<Failure>,
}

struct Kept {
    credentials: Credentials,
    /// The time of the next fetch; `None` if the credentials do not expire.
    refresh: Option<SystemTime>,
}

impl CredentialCache {
    pub(crate) fn new(provider: SharedCredentialsProvider, place: String, has_others: bool) -> Self {
        Self { provider, place, has_others, state: Mutex::default(), fetching: tokio::sync::Mutex::default() }
    }

    /// Returns the kept credentials, or fetches them. Requests that wait for the same fetch share its error.
    ///
    /// # Errors
    /// Misuse if there are no credentials. Otherwise the error of their source.
    pub(crate) async fn get(&self) -> Result<Credentials> {
        let before = {
            let state = self.state();
            if let Some(fresh) = state.fresh() {
                return Ok(fresh);
            }
            state.fetches
        };
        let _fetching = self.fetching.lock().await;
        {
            let state = self.state();
            if let Some(fresh) = state.fresh() {
                return Ok(fresh);
            }
            if let Some(failure) = state.failure.as_ref().filter(|_| state.fetches != before) {
                return Err(failure.error(&self.place));
            }
        }
        let fetched = self.provider.provide_credentials().await;
        self.state().finish(fetched).map_err(|failure| failure.error(&self.place))
    }

    /// Forgets the credentials that signed these headers. Returns `true` if the next ones may differ.
    pub(crate) fn refused(&self, headers: &HeaderMap) -> bool {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let signed = |kept: &mut Kept| {
            let scope = format!("Credential={}/", kept.credentials.access_key_id());
            text("authorization").is_some_and(|value| value.contains(&scope))
                && text("x-amz-security-token") == kept.credentials.session_token()
        };
        self.state().kept.take_if(signed);
        self.has_others
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // The state is consistent after every statement.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn fresh(&self) -> Option<Credentials> {
        let kept = self.kept.as_ref()?;
        kept.refresh.is_none_or(|refresh| SystemTime::now() < refresh).then(|| kept.credentials.clone())
    }

    /// Keeps the result of a fetch. If it has failed, credentials that are still valid are used a little longer.
    fn finish(&mut self, fetched: Result<Credentials, CredentialsError>) -> Result<Credentials, Failure> {
        self.fetches += 1;
        let now = SystemTime::now();
        let failure = match fetched {
            Ok(credentials) => {
                let refresh = credentials.expiry().map(|expiry| {
                    let left = expiry.duration_since(now).unwrap_or_default();
                    expiry - EARLY.min(left / 2)
                });
                self.kept = Some(Kept { credentials: credentials.clone(), refresh });
                self.failure = None;
                return Ok(credentials);
            }
            Err(error) => Failure::from(&error),
        };
        let valid = |kept: &&mut Kept| kept.credentials.expiry().is_none_or(|expiry| now < expiry);
        if let Some(kept) = self.kept.as_mut().filter(valid) {
            tracing::warn!(%failure, "the AWS credentials could not be refreshed");
            kept.refresh = Some(now + PAUSE);
            return Ok(kept.credentials.clone());
        }
        self.failure = Some(failure.clone());
        Err(failure)
    }
}
