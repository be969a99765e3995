//! [`OAuth`]: how the program signs in to a server.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use claudette::BoxFuture;
use reqwest::Url;
use rmcp::transport::auth::{AuthError, ClientCredentialsConfig, OAuthState};
use rmcp::transport::{AuthClient, AuthorizationManager, AuthorizationRequest};
use rustls::crypto::{CryptoProvider, ring};
use tokio::sync::Mutex;

use super::http_client::HttpClient;
use super::token_store::{Stored, TokenStore};
use crate::error::{Error, Result};
use crate::text::clean_line;

type Cause = Box<dyn StdError + Send + Sync>;
type Open = dyn Fn(String) -> BoxFuture<'static, std::result::Result<String, Cause>> + Send + Sync;

/// How the program signs in to a server with OAuth 2.1.
///
/// The addresses of the sign-in come from the server, so only public ones are used, unless the server itself is on this
/// machine or in a private network. Tokens are refreshed, and are kept in memory unless there is a
/// [store](Self::store).
///
/// `rmcp` builds the HTTP client of the sign-in with the `rustls` provider of the process. If the program has not
/// installed one, ring is installed.
///
/// ```no_run
/// use claudette_mcp::{McpServer, OAuth};
///
/// # async fn open_browser_and_wait(_: &str) -> Result<String, std::io::Error> { unimplemented!() }
/// # async fn connect() -> claudette_mcp::Result<()> {
/// // A machine signs in with its own credentials.
/// let oauth = OAuth::client_credentials("reports", std::env::var("CLIENT_SECRET").unwrap_or_default());
/// let reports = McpServer::http("https://reports.example.com/mcp").oauth(oauth).await?;
///
/// // A person signs in with a browser, which is then sent to the redirect URI.
/// let oauth = OAuth::interactive("http://127.0.0.1:8123/callback", |url| async move {
///     open_browser_and_wait(&url).await
/// });
/// let issues = McpServer::http("https://issues.example.com/mcp").oauth(oauth.scopes(["read"])).await?;
/// # drop((reports, issues));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct OAuth {
    flow: Flow,
    scopes: Vec<String>,
    client: Option<(String, Option<String>)>,
    client_name: String,
    store: Option<Arc<dyn TokenStore>>,
    /// The sign-in, which the connections share.
    session: Arc<Mutex<Option<AuthClient<HttpClient>>>>,
}

#[derive(Clone)]
enum Flow {
    Machine { id: String, secret: String },
    Person { redirect_uri: String, open: Arc<Open> },
}

impl OAuth {
    fn new(flow: Flow) -> Self {
        let client_name = "claudette".to_owned();
        Self { flow, scopes: Vec::new(), client: None, client_name, store: None, session: Arc::default() }
    }

    /// Signs in with the credentials of the program itself, without a person.
    pub fn client_credentials(id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self::new(Flow::Machine { id: id.into(), secret: secret.into() })
    }

    /// Signs in with a person. `open` gets the URL that the person has to open. It returns the whole URL that the browser
    /// is sent to afterwards, which begins with `redirect_uri` and contains the code.
    ///
    /// The callback has no time limit except its own.
    pub fn interactive<F, E>(
        redirect_uri: impl Into<String>,
        open: impl Fn(String) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = std::result::Result<String, E>> + Send + 'static,
        E: Into<Cause>,
    {
        let open: Arc<Open> = Arc::new(move |url| {
            let opened = open(url);
            Box::pin(async move { opened.await.map_err(Into::into) })
        });
        Self::new(Flow::Person { redirect_uri: redirect_uri.into(), open })
    }

    /// Sets the scopes to ask for. By default, the server decides.
    #[must_use]
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the id of the program, if it is registered with the server. By default, it registers itself.
    #[must_use]
    pub fn client(mut self, id: impl Into<String>, secret: Option<String>) -> Self {
        self.client = Some((id.into(), secret));
        self
    }

    /// Sets the name under which the program registers itself. The default is `claudette`.
    #[must_use]
    pub fn client_name(mut self, name: impl Into<String>) -> Self {
        self.client_name = name.into();
        self
    }

    /// Sets where the tokens are kept between two starts of the program. By default, they are kept in memory only.
    #[must_use]
    pub fn store(mut self, store: impl TokenStore) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// Returns a client that adds the token to requests, or `None` before the sign-in.
    pub(super) async fn signed_in(&self, http: HttpClient) -> Option<AuthClient<HttpClient>> {
        let mut client = self.session.lock().await.clone()?;
        client.http_client = http;
        Some(client)
    }

    /// Signs in, unless that was done before.
    pub(super) async fn sign_in(&self, server: &str, url: &Url, http: HttpClient) -> Result<()> {
        let mut session = self.session.lock().await;
        if session.is_some() {
            return Ok(());
        }
        if CryptoProvider::get_default().is_none() {
            // An error means that another thread was faster.
            let _ = ring::default_provider().install_default();
        }
        let manager = self.manager(url).await.map_err(|failure| failure.error(server))?;
        *session = Some(AuthClient::new(http, manager));
        Ok(())
    }

    async fn manager(&self, url: &Url) -> std::result::Result<AuthorizationManager, Failure> {
        let mut manager = AuthorizationManager::new(url.as_str()).await?;
        if let Some(store) = &self.store {
            manager.set_credential_store(Stored(store.clone()));
            // Tokens that were stored may be refreshed, so nobody is asked.
            if manager.initialize_from_store().await? {
                return Ok(manager);
            }
        }
        let mut state = OAuthState::Unauthorized(manager);
        match &self.flow {
            Flow::Machine { id, secret } => {
                let config = ClientCredentialsConfig::ClientSecret {
                    client_id: id.clone(),
                    client_secret: secret.clone(),
                    scopes: self.scopes.clone(),
                    resource: Some(url.as_str().to_owned()),
                };
                state.authenticate_client_credentials(config).await?;
            }
            Flow::Person { redirect_uri, open } => {
                let mut request =
                    AuthorizationRequest::new(redirect_uri.as_str()).with_client_name(self.client_name.as_str());
                request = if self.scopes.is_empty() {
                    request.with_initial_scope_selection()
                } else {
                    request.with_scopes(self.scopes.iter().map(String::as_str))
                };
                if let Some((id, secret)) = &self.client {
                    request = request.with_preregistered_client(id.as_str());
                    if let Some(secret) = secret {
                        request = request.with_client_secret(secret.as_str());
                    }
                }
                state.start_authorization(request).await?;
                let redirected = open(state.get_authorization_url().await?).await.map_err(Failure::Person)?;
                state.handle_callback_url(&redirected).await?;
            }
        }
        state.into_authorization_manager().ok_or(Failure::Person("the sign-in did not finish".into()))
    }
}

/// Shows no secret.
impl fmt::Debug for OAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flow = match self.flow {
            Flow::Machine { .. } => "client_credentials",
            Flow::Person { .. } => "interactive",
        };
        f.debug_struct("OAuth").field("flow", &flow).field("scopes", &self.scopes).finish_non_exhaustive()
    }
}

/// The reason that a sign-in failed.
enum Failure {
    Protocol(AuthError),
    /// The callback of the program failed.
    Person(Cause),
}

impl From<AuthError> for Failure {
    fn from(error: AuthError) -> Self {
        Self::Protocol(error)
    }
}

impl Failure {
    fn error(self, server: &str) -> Error {
        match self {
            Self::Person(cause) => Error::start(format!("the sign-in to {server} was not finished")).caused_by(cause),
            Self::Protocol(error) => {
                let why = match &error {
                    AuthError::NoAuthorizationSupport => "the server does not support OAuth".to_owned(),
                    AuthError::TokenExchangeFailed(_) => "the server did not return a token".to_owned(),
                    AuthError::RegistrationFailed(_) => {
                        "the program cannot register itself: register it and use `.client(..)`".to_owned()
                    }
                    AuthError::MetadataError(_) => "the server describes its sign-in wrongly".to_owned(),
                    // These texts are those of the server, and the others may contain URLs.
                    AuthError::AuthorizationFailed(text) => clean_line(text, 300).into_owned(),
                    _ => "the server did not accept it".to_owned(),
                };
                Error::start(format!("the sign-in to {server} failed: {why}"))
            }
        }
    }
}
