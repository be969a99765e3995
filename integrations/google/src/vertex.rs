//! [`vertex`]: Claude in Vertex AI.

use std::fmt;
use std::future::IntoFuture;

use claudette::hosts::{self, Vertex};
use claudette::{BoxFuture, Result};

use crate::account::Account;
use crate::credentials::GoogleCredentials;

/// Returns a builder of the host Vertex AI; `.await` builds the host. Without further calls, everything comes from the
/// environment.
///
/// ```no_run
/// use claudette::Client;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// let client = Client::builder("claude-sonnet-5-5").host(claudette_google::vertex().await?).build()?;
/// println!("{}", client.send("Hello").await?);
/// # Ok(())
/// # }
/// ```
#[doc(alias = "Agent Platform")]
pub fn vertex() -> VertexBuilder {
    VertexBuilder { host: Vertex::builder(), account: Account::default() }
}

/// A builder of the host Vertex AI, which `.await` builds. Its settings take precedence over the environment.
///
/// | Setting | Without it |
/// |---|---|
/// | [`project`](Self::project) | `ANTHROPIC_VERTEX_PROJECT_ID`, `GOOGLE_CLOUD_PROJECT`, the project of the credentials, their quota project |
/// | [`region`](Self::region) | `CLOUD_ML_REGION` |
/// | [`base_url`](Self::base_url) | `ANTHROPIC_VERTEX_BASE_URL`, the address of the region |
/// | [`credentials`](Self::credentials) | the Application Default Credentials |
///
/// # Errors
/// Misuse: there is no project or no region, or a setting or a key file is not valid. A connection error or a timeout:
/// there are no credentials, and the metadata server does not answer within a second.
///
/// ```
/// use claudette::hosts::Host;
/// use claudette_google::GoogleCredentials;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// let key = r#"{"type": "authorized_user", "client_id": "id", "client_secret": "secret", "refresh_token": "token",
///     "quota_project_id": "my-project"}"#;
/// let vertex = claudette_google::vertex().region("eu").credentials(GoogleCredentials::from_json(key)?).await?;
/// assert_eq!(vertex.base_url(), "https://aiplatform.eu.rep.googleapis.com/v1");
/// # Ok(())
/// # }
/// ```
#[must_use = "a builder does nothing before `.await`"]
pub struct VertexBuilder {
    host: hosts::VertexBuilder,
    account: Account,
}

impl VertexBuilder {
    /// Sets the project.
    #[doc(alias = "ANTHROPIC_VERTEX_PROJECT_ID")]
    pub fn project(mut self, id: impl Into<String>) -> Self {
        self.account.project = Some(id.into());
        self
    }

    /// Sets the region: `global`, `us`, `eu`, or a single one such as `us-east5`. The newest models are not in single
    /// regions.
    #[doc(alias = "CLOUD_ML_REGION")]
    #[doc(alias = "location")]
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.host = self.host.region(region);
        self
    }

    /// Sets the address, in place of the one of the region. It usually ends in `/v1`.
    #[doc(alias = "ANTHROPIC_VERTEX_BASE_URL")]
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.host = self.host.base_url(url);
        self
    }

    /// Sets the credentials, in place of the Application Default Credentials.
    pub fn credentials(mut self, credentials: impl Into<GoogleCredentials>) -> Self {
        self.account.credentials = Some(credentials.into());
        self
    }
}

impl IntoFuture for VertexBuilder {
    type Output = Result<Vertex>;
    type IntoFuture = BoxFuture<'static, Result<Vertex>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let credentials = self.account.credentials().await?;
            let variables = ["ANTHROPIC_VERTEX_PROJECT_ID", "GOOGLE_CLOUD_PROJECT"];
            let project = self.account.project(&variables, &credentials).await?;
            let host = match project {
                Some(project) => self.host.project(project),
                None => self.host,
            };
            host.credentials(credentials).build()
        })
    }
}

/// Does not show keys and tokens.
impl fmt::Debug for VertexBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, account } = self;
        f.debug_struct("VertexBuilder").field("host", host).field("account", account).finish()
    }
}
