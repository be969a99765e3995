//! [`UserTokens`]: the tokens of a user who has logged in.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Mutex;
use tracing::Instrument;

use super::access_token::AccessToken;
use super::credentials_file::{CredentialsFile, StoredToken};
use super::grant::Grant;
use super::token_cache::ADVANCE;
use super::token_endpoint::TokenEndpoint;
use super::token_source::TokenSource;
use crate::client::credentials::bearer_token::BearerToken;
use crate::error::{Error, Result};
use crate::task::BoxFuture;

/// The tokens in the file of a login (`user_oauth`).
pub(super) struct UserTokens {
    /// The id of the program that logged in. It is needed to refresh a token. Without it, another program replaces the
    /// file.
    pub(super) client_id: Option<String>,
    pub(super) file: CredentialsFile,
    pub(super) endpoint: TokenEndpoint,
}

impl TokenSource for UserTokens {
    fn fetch(self: Arc<Self>, refused: Option<BearerToken>) -> BoxFuture<'static, Result<AccessToken>> {
        Box::pin(async move {
            let stored = self.stored().await?;
            let Some(client_id) = self.client_id.clone() else { return self.token(&stored) };
            if stored.refresh_token().is_none() {
                return Err(self.refused("does not contain `refresh_token`"));
            }
            if let Some(token) = self.usable(&stored, refused.as_ref(), ADVANCE)? {
                return Ok(token);
            }
            let refresh = async move { self.refresh(&client_id, refused).await };
            // The response may contain a new refresh token, and the old one is then worthless. So a refresh goes on to
            // its end, even if the request that needs it is dropped.
            match Handle::try_current() {
                Err(_) => refresh.await,
                Ok(runtime) => match runtime.spawn(refresh.in_current_span()).await {
                    Ok(refreshed) => refreshed,
                    Err(failed) => Err(Error::other(failed)),
                },
            }
        })
    }
}

impl UserTokens {
    async fn stored(&self) -> Result<StoredToken> {
        let stored = self.file.read().await?;
        stored.ok_or_else(|| self.refused("does not exist; log in first, or check the name of the profile"))
    }

    fn token(&self, stored: &StoredToken) -> Result<AccessToken> {
        let missing = || self.refused("does not contain `access_token`");
        AccessToken::new(stored.access_token().ok_or_else(missing)?, "the credentials file", stored.expires_at()?)
    }

    /// Returns the token in the file, unless it expires within this time or was refused.
    fn usable(
        &self,
        stored: &StoredToken,
        refused: Option<&BearerToken>,
        least: Duration,
    ) -> Result<Option<AccessToken>> {
        let token = self.token(stored)?;
        Ok(Some(token).filter(|token| token.expires_after(least) && Some(&token.bearer) != refused))
    }

    async fn refresh(&self, client_id: &str, refused: Option<BearerToken>) -> Result<AccessToken> {
        // A refresh token is valid once, so the clients of a process must not use it at the same time.
        static TURN: Mutex<()> = Mutex::const_new(());
        let _turn = TURN.lock().await;
        let stored = self.stored().await?;
        if let Some(token) = self.usable(&stored, refused.as_ref(), ADVANCE)? {
            return Ok(token);
        }
        let refresh_token = stored.refresh_token().ok_or_else(|| self.refused("does not contain `refresh_token`"))?;
        let granted = match self.endpoint.exchange(&Grant::Refresh { refresh_token, client_id }).await {
            Ok(granted) => granted,
            Err(error) => {
                // Another process may have used the refresh token first. Then its token is in the file. Otherwise, the
                // current token may still be valid.
                let valid =
                    self.stored().await.and_then(|stored| self.usable(&stored, refused.as_ref(), Duration::ZERO));
                let Some(valid) = valid.ok().flatten() else { return Err(error) };
                tracing::warn!(%error, "the access token was not refreshed, and the one in the file is used");
                return Ok(valid);
            }
        };
        let token = granted.token()?;
        self.file.write(stored.renewed(&granted)).await?;
        Ok(token)
    }

    fn refused(&self, reason: &str) -> Error {
        Error::misuse(format!("the credentials file {} {reason}", self.file.0.display()))
    }
}
