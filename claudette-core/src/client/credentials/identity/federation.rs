//! [`Federation`]: a workload that authenticates with the token of another service.

use std::sync::Arc;

use super::access_token::{AccessToken, unix_now};
use super::credentials_file::{CredentialsFile, StoredToken};
use super::grant::Grant;
use super::granted_token::GrantedToken;
use super::identity_token::IdentityToken;
use super::token_endpoint::TokenEndpoint;
use super::token_source::TokenSource;
use crate::client::credentials::bearer_token::BearerToken;
use crate::error::Result;
use crate::task::BoxFuture;

/// The lifetime that a stored token must have left, in seconds.
const RESERVE: i64 = 30;

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
            if let Some(token) = stored.as_ref().and_then(|stored| usable(stored, refused.as_ref())) {
                return Ok(token);
            }
            let granted = self.federation.exchange(&self.endpoint).await?;
            let token = granted.token()?;
            // The file saves an exchange, and nothing depends on it.
            if let Err(error) = file.write(stored.unwrap_or_default().renewed(&granted)).await {
                tracing::debug!(%error, "the access token was not stored");
            }
            Ok(token)
        })
    }
}

/// Returns the token in a file, unless it is about to expire or was refused.
fn usable(stored: &StoredToken, refused: Option<&BearerToken>) -> Option<AccessToken> {
    let expires_at = stored.expires_at().ok()?.filter(|expiry| *expiry > unix_now().saturating_add(RESERVE))?;
    let token = AccessToken::new(stored.access_token()?, "the credentials file", Some(expires_at)).ok()?;
    Some(token).filter(|token| Some(&token.bearer) != refused)
}
