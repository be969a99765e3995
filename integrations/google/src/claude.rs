//! [`claude`]: Claude on Google Cloud.

use std::fmt;
use std::future::IntoFuture;

use claudette::hosts::{self, GoogleCloud, setting};
use claudette::{BoxFuture, Result};

use crate::account::Account;
use crate::credentials::GoogleCredentials;

/// Returns a builder of the host Claude on Google Cloud, which Anthropic runs; `.await` builds the host. Without further
/// calls, everything comes from the environment.
///
/// ```no_run
/// use claudette::Client;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// let client = Client::builder("claude-sonnet-5-5").host(claudette_google::claude().await?).build()?;
/// println!("{}", client.send("Hello").await?);
/// # Ok(())
/// # }
/// ```
pub fn claude() -> ClaudeBuilder {
    ClaudeBuilder { host: GoogleCloud::builder(), account: Account::default(), has_base_url: false }
}

/// A builder of the host Claude on Google Cloud, which `.await` builds. Its settings take precedence over the
/// environment.
///
/// | Setting | Without it |
/// |---|---|
/// | [`project`](Self::project) | `ANTHROPIC_GOOGLE_CLOUD_PROJECT`, `GOOGLE_CLOUD_PROJECT`, the project of the credentials, their quota project |
/// | [`location`](Self::location) | `ANTHROPIC_GOOGLE_CLOUD_LOCATION`, `global` |
/// | [`workspace`](Self::workspace) | `ANTHROPIC_GOOGLE_CLOUD_WORKSPACE_ID` |
/// | [`base_url`](Self::base_url) | `ANTHROPIC_GOOGLE_CLOUD_BASE_URL`, the address of project, location and workspace |
/// | [`credentials`](Self::credentials) | the Application Default Credentials |
///
/// # Errors
/// Misuse: there is no project or no workspace, or a setting or a key file is not valid. A connection error or a timeout:
/// there are no credentials, and the metadata server does not answer within a second.
///
/// ```
/// use claudette::hosts::Host;
/// use claudette_google::GoogleCredentials;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// let key = r#"{"type": "authorized_user", "client_id": "id", "client_secret": "secret", "refresh_token": "token"}"#;
/// let credentials = GoogleCredentials::from_json(key)?;
/// let claude = claudette_google::claude().project("my-project").workspace("wrkspc_01").credentials(credentials).await?;
/// assert!(claude.base_url().ends_with("/projects/my-project/locations/global/workspaces/wrkspc_01/invoke"));
/// # Ok(())
/// # }
/// ```
#[must_use = "a builder does nothing before `.await`"]
pub struct ClaudeBuilder {
    host: hosts::GoogleCloudBuilder,
    account: Account,
    has_base_url: bool,
}

impl ClaudeBuilder {
    /// Sets the project.
    #[doc(alias = "ANTHROPIC_GOOGLE_CLOUD_PROJECT")]
    pub fn project(mut self, id: impl Into<String>) -> Self {
        self.account.project = Some(id.into());
        self
    }

    /// Sets the location; `global` by default.
    #[doc(alias = "ANTHROPIC_GOOGLE_CLOUD_LOCATION")]
    pub fn location(mut self, location: impl Into<String>) -> Self {
        self.host = self.host.location(location);
        self
    }

    /// Sets the workspace, such as `wrkspc_01…`.
    #[doc(alias = "ANTHROPIC_GOOGLE_CLOUD_WORKSPACE_ID")]
    pub fn workspace(mut self, id: impl Into<String>) -> Self {
        self.host = self.host.workspace(id);
        self
    }

    /// Sets the whole address before `/v1/messages`, in place of project, location and workspace.
    #[doc(alias = "ANTHROPIC_GOOGLE_CLOUD_BASE_URL")]
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.host = self.host.base_url(url);
        self.has_base_url = true;
        self
    }

    /// Sets the credentials, in place of the Application Default Credentials.
    pub fn credentials(mut self, credentials: impl Into<GoogleCredentials>) -> Self {
        self.account.credentials = Some(credentials.into());
        self
    }
}

impl IntoFuture for ClaudeBuilder {
    type Output = Result<GoogleCloud>;
    type IntoFuture = BoxFuture<'static, Result<GoogleCloud>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let credentials = self.account.credentials().await?;
            let has_base_url = self.has_base_url || setting(None, &["ANTHROPIC_GOOGLE_CLOUD_BASE_URL"])?.is_some();
            let project = if has_base_url {
                // The address contains the project.
                None
            } else {
                let variables = ["ANTHROPIC_GOOGLE_CLOUD_PROJECT", "GOOGLE_CLOUD_PROJECT"];
                self.account.project(&variables, &credentials).await?
            };
            let host = match project {
                Some(project) => self.host.project(project),
                None => self.host,
            };
            host.credentials(credentials).build()
        })
    }
}

/// Does not show keys and tokens.
impl fmt::Debug for ClaudeBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, account, .. } = self;
        f.debug_struct("ClaudeBuilder").field("host", host).field("account", account).finish()
    }
}
