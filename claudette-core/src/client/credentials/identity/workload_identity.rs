//! [`WorkloadIdentity`]: workload identity federation that is set up in code.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::{HeaderMap, Request, Uri};

use super::federation::{FederatedTokens, Federation};
use super::identity_credentials::IdentityCredentials;
use super::identity_token::IdentityToken;
use super::token_cache::TokenCache;
use super::token_endpoint::TokenEndpoint;
use crate::client::credentials::seam::Credentials;
use crate::client::transport::{Address, Body, HttpTransport, Transport};
use crate::error::{Error, Result};
use crate::task::BoxFuture;

/// Credentials of a workload that has no key: it authenticates with a token of its platform (OIDC), such as Kubernetes,
/// GitHub Actions or a cloud.
///
/// The token is exchanged for an access token at `/v1/oauth/token` of the API server that the client calls. All requests
/// share the access token. In the last two minutes of its lifetime, one request renews it, and the others still use it; a
/// failure is tolerated. In the last 30 seconds, all requests wait for the same renewal. If the API refuses the token, the
/// request is sent once more with a new one. The platform's token is read again for each exchange.
///
/// An exchange uses [`HttpTransport`] and not the [transport](crate::client::ClientBuilder::transport) of the client,
/// so that no code of the program sees the platform's token. It needs https, except on this machine. Each exchange is
/// sent to the server that the access token is for: with several addresses, each has its own access token.
///
/// Without code, the environment can contain the same settings; see
/// [`ClientBuilder`](crate::client::ClientBuilder#keyless-credentials).
///
/// ```
/// use claudette::Client;
/// use claudette::client::WorkloadIdentity;
///
/// # fn main() -> claudette::Result<()> {
/// let identity = WorkloadIdentity::builder()
///     .federation_rule_id("fdrl_1")
///     .organization_id("00000000-0000-0000-0000-000000000000")
///     .identity_token_file("/var/run/secrets/anthropic/token")
///     .build()?;
/// assert!(format!("{identity:?}").contains("fdrl_1"));
/// let client = Client::builder("claude-sonnet-5-5").credentials(identity).build()?;
/// # assert_eq!(client.default_model().as_str(), "claude-sonnet-5-5");
/// # Ok(())
/// # }
/// ```
#[doc(alias = "OIDC")]
#[doc(alias = "keyless")]
pub struct WorkloadIdentity {
    federation: Federation,
    transport: Arc<dyn Transport>,
    /// The credentials for each address, of which there is usually one.
    bound: Mutex<Vec<(String, Arc<IdentityCredentials>)>>,
}

impl WorkloadIdentity {
    /// Returns a builder. The federation rule, the organization and the identity token are required.
    pub fn builder() -> WorkloadIdentityBuilder {
        WorkloadIdentityBuilder::default()
    }

    /// Returns the credentials for the server of a request.
    fn at(&self, uri: &Uri) -> Result<Arc<IdentityCredentials>> {
        let base = base_of(uri)?;
        let mut bound = self.bound();
        if let Some((_, credentials)) = bound.iter().find(|(address, _)| *address == base) {
            return Ok(credentials.clone());
        }
        let address = Address::parse(&base, "the base URL")?;
        let endpoint = TokenEndpoint::at(&address, self.transport.clone())?;
        let source = FederatedTokens { federation: self.federation.clone(), endpoint, file: None };
        let credentials = Arc::new(IdentityCredentials::new(TokenCache::new(Arc::new(source)), None));
        bound.push((base, credentials.clone()));
        Ok(credentials)
    }

    fn bound(&self) -> MutexGuard<'_, Vec<(String, Arc<IdentityCredentials>)>> {
        // The list is consistent after every statement.
        self.bound.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the base URL of a request to the API: the part before `/v1`.
fn base_of(uri: &Uri) -> Result<String> {
    let parts = uri.scheme_str().zip(uri.authority()).zip(uri.path().rfind("/v1/"));
    let ((scheme, authority), end) = parts.ok_or_else(|| {
        Error::misuse(format!("{uri} is not an address of the Claude API, so a workload identity cannot be used there"))
    })?;
    Ok(format!("{scheme}://{authority}{}", &uri.path()[..end]))
}

impl Credentials for WorkloadIdentity {
    fn headers<'a>(&'a self, request: &'a Request<Body>) -> BoxFuture<'a, Result<HeaderMap>> {
        Box::pin(async { self.at(request.uri())?.headers(request).await })
    }

    fn refused(&self, headers: &HeaderMap) -> bool {
        // Only the credentials that sent these headers drop their token.
        self.bound().iter().fold(true, |all, (_, credentials)| credentials.refused(headers) && all)
    }
}

/// Does not show tokens.
impl fmt::Debug for WorkloadIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkloadIdentity").field("federation", &self.federation).finish_non_exhaustive()
    }
}

/// A builder of a [`WorkloadIdentity`], from [`WorkloadIdentity::builder`].
///
/// ```
/// use claudette::client::WorkloadIdentity;
///
/// # fn main() -> claudette::Result<()> {
/// let builder = WorkloadIdentity::builder()
///     .federation_rule_id("fdrl_1")
///     .organization_id("00000000-0000-0000-0000-000000000000")
///     .identity_token(|| async { Ok("eyJ…".to_owned()) }); // from a metadata server
/// builder.build()?;
///
/// let error = WorkloadIdentity::builder().federation_rule_id("fdrl_1").build().unwrap_err();
/// assert!(error.is_misuse() && error.to_string().contains("organization_id"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
#[must_use = "a builder does nothing before `build()`"]
pub struct WorkloadIdentityBuilder {
    rule: Option<String>,
    organization: Option<String>,
    service_account: Option<String>,
    workspace: Option<String>,
    identity: Option<IdentityToken>,
    transport: HttpTransport,
}

impl WorkloadIdentityBuilder {
    /// Sets the id of the federation rule that admits the workload.
    #[doc(alias = "ANTHROPIC_FEDERATION_RULE_ID")]
    pub fn federation_rule_id(mut self, id: impl Into<String>) -> Self {
        self.rule = Some(id.into());
        self
    }

    /// Sets the id (UUID) of the organization.
    #[doc(alias = "ANTHROPIC_ORGANIZATION_ID")]
    pub fn organization_id(mut self, id: impl Into<String>) -> Self {
        self.organization = Some(id.into());
        self
    }

    /// Sets the id of the service account that the workload acts as; the rule decides by default.
    #[doc(alias = "ANTHROPIC_SERVICE_ACCOUNT_ID")]
    pub fn service_account_id(mut self, id: impl Into<String>) -> Self {
        self.service_account = Some(id.into());
        self
    }

    /// Sets the id of the workspace that the access tokens are for. It is required if the rule admits several.
    #[doc(alias = "ANTHROPIC_WORKSPACE_ID")]
    pub fn workspace_id(mut self, id: impl Into<String>) -> Self {
        self.workspace = Some(id.into());
        self
    }

    /// Sets the file with the platform's token, which is read for each exchange. The token may have up to 16 KiB.
    #[doc(alias = "ANTHROPIC_IDENTITY_TOKEN_FILE")]
    pub fn identity_token_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.identity = Some(IdentityToken::File(path.into()));
        self
    }

    /// Sets a function that returns the platform's token for each exchange, in place of a file.
    pub fn identity_token<F, Fut>(mut self, read: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<String>> + Send + 'static,
    {
        self.identity = Some(IdentityToken::Function(Arc::new(move || Box::pin(read()))));
        self
    }

    /// Sets the transport of exchanges, for a proxy or the certificate of a company's own authority.
    ///
    /// The transport of the client is not used for exchanges.
    pub fn http_transport(mut self, transport: HttpTransport) -> Self {
        self.transport = transport;
        self
    }

    /// Builds the credentials. Nothing is read or sent before the first request.
    ///
    /// # Errors
    /// Misuse: the federation rule, the organization or the identity token is missing.
    pub fn build(self) -> Result<WorkloadIdentity> {
        let needed = |setter: &str, id: Option<String>| {
            let id = id.filter(|id| !id.trim().is_empty());
            id.ok_or_else(|| Error::misuse(format!("a workload identity is not complete: call `.{setter}(..)`")))
        };
        let optional = |id: Option<String>| id.filter(|id| !id.trim().is_empty());
        let federation = Federation {
            rule: needed("federation_rule_id", self.rule)?,
            organization: needed("organization_id", self.organization)?,
            service_account: optional(self.service_account),
            workspace: optional(self.workspace),
            identity: self.identity.ok_or_else(|| {
                Error::misuse(
                    "a workload identity is not complete: call `.identity_token_file(..)` or `.identity_token(..)`",
                )
            })?,
        };
        Ok(WorkloadIdentity { federation, transport: Arc::new(self.transport), bound: Mutex::default() })
    }
}
