//! [`TokenStore`]: where the tokens of a sign-in are kept.

use std::error::Error as StdError;
use std::pin::Pin;
use std::sync::Arc;

use claudette::BoxFuture;
use rmcp::transport::auth::AuthError;
use rmcp::transport::{CredentialStore, StoredCredentials};

type Cause = Box<dyn StdError + Send + Sync>;

/// Where the tokens of a sign-in are kept between two starts of a program, for example the keychain of the system.
///
/// The tokens are a JSON text that only this crate reads. Whoever has it can act in the name of the person who signed
/// in.
pub trait TokenStore: Send + Sync + 'static {
    /// Returns the text that was saved last, or `None`.
    ///
    /// # Errors
    ///
    /// Returns an error if the store cannot be read. The sign-in then fails.
    fn load(&self) -> BoxFuture<'_, Result<Option<String>, Cause>>;

    /// Saves a text, or deletes the saved one if it is `None`.
    ///
    /// # Errors
    ///
    /// Returns an error if the store cannot be written. The sign-in then fails.
    fn save(&self, tokens: Option<String>) -> BoxFuture<'_, Result<(), Cause>>;
}

/// A store as `rmcp` uses it.
pub(super) struct Stored(pub(super) Arc<dyn TokenStore>);

type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, AuthError>> + Send + 'a>>;

#[allow(clippy::needless_pass_by_value)] // The form that `map_err` takes.
fn failed<E: ToString>(error: E) -> AuthError {
    AuthError::CredentialStoreError(error.to_string())
}

impl CredentialStore for Stored {
    fn load<'s, 'a>(&'s self) -> Answer<'a, Option<StoredCredentials>>
    where
        's: 'a,
        Self: 'a,
    {
        Box::pin(async {
            let Some(text) = self.0.load().await.map_err(failed)? else { return Ok(None) };
            serde_json::from_str(&text).map(Some).map_err(failed)
        })
    }

    fn save<'s, 'a>(&'s self, credentials: StoredCredentials) -> Answer<'a, ()>
    where
        's: 'a,
        Self: 'a,
    {
        Box::pin(async move {
            let text = serde_json::to_string(&credentials).map_err(failed)?;
            self.0.save(Some(text)).await.map_err(failed)
        })
    }

    fn clear<'s, 'a>(&'s self) -> Answer<'a, ()>
    where
        's: 'a,
        Self: 'a,
    {
        Box::pin(async { self.0.save(None).await.map_err(failed) })
    }
}
