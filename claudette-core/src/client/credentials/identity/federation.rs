//! [`Federation`]: a workload that authenticates with the token of another service.

use std::sync::Arc;
use std::time::Duration;

use super::access_token::AccessToken;
use super::credentials_file::{CredentialsFile, StoredToken};
use super::grant::Grant;
use super::granted_token::GrantedToken;
use super::identity_token::IdentityToken;
use super::token_cache::{ADVANCE, RESERVE};
use super::token_endpoint::TokenEndpoint;
use super::token_source::TokenSource;
use crate::client::credentials::bearer_token::BearerToken;
use crate::error::Result;
use crate::task::BoxFuture;

/// The identity of a workload, and the rule of an organization that admits it.
#[derive(Clone, Debug)]
pub(super) struct Federation {
    pub(super) rule: String,
    pub(super) organization: String,
    pub(super) service_account: Option<String>,
    pub(super) workspace: Option<String>,
    pub(super) identity: IdentityToken,
}

impl Federation {
    async fn exchange(&self, endpoint: &TokenEndpoint) -> Result<GrantedToken> {
        let assertion = self.identity.read().await?;
        let grant = Grant::Federation {
            assertion: &assertion,
            federation_rule_id: &self.rule,
            organization_id: &self.organization,
            service_account_id: self.service_account.as_deref(),
            workspace_id: self.workspace.as_deref(),
        };
        endpoint.exchange(&grant).await
    }
}

/// Exchanges the identity of a workload at one endpoint.
pub(super) struct FederatedTokens {
    pub(super) federation: Federation,
    pub(super) endpoint: TokenEndpoint,
    /// The file that keeps the token for the next process.
    pub(super) file: Option<CredentialsFile>,
}

impl TokenSource for FederatedTokens {
    fn fetch(self: Arc<Self>, refused: Option<BearerToken>) -> BoxFuture<'static, Result<AccessToken>> {
        Box::pin(async move {
            let Some(file) = &self.file else { return self.federation.exchange(&self.endpoint).await?.token() };
            let stored = file.read().await?;
            let usable = |least| stored.as_ref().and_then(|stored| usable(stored, refused.as_ref(), least));
            // The cache renews a token that is about to expire, so such a token is not taken from the file.
            if let Some(token) = usable(ADVANCE) {
                return Ok(token);
            }
            let granted = match self.federation.exchange(&self.endpoint).await {
                Ok(granted) => granted,
                Err(error) => {
                    let Some(valid) = usable(RESERVE) else { return Err(error) };
                    tracing::warn!(%error, "the access token was not renewed in advance, and the stored one is used");
                    return Ok(valid);
                }
            };
            let token = granted.token()?;
            // The file saves an exchange, and nothing depends on it.
            if let Err(error) = file.write(stored.unwrap_or_default().renewed(&granted)).await {
                tracing::debug!(%error, "the access token was not stored");
            }
            Ok(token)
        })
    }
}

/// Returns the token in a file, unless it expires within this time or was refused.
fn usable(stored: &StoredToken, refused: Option<&BearerToken>, least: Duration) -> Option<AccessToken> {
    let token = AccessToken::new(stored.access_token()?, "the credentials file", stored.expires_at().ok()?).ok()?;
    Some(token).filter(|token| token.expires_after(least) && Some(&token.bearer) != refused)
}
