//! [`GoogleCloud`]: Claude on Google Cloud.

use std::fmt;
use std::sync::Arc;

use super::google::google_token;
use super::host::Host;
use super::path::segment;
use super::reason::names;
use super::setting::{base_url, setting};
use crate::catalog::Platform;
use crate::client::credentials::Credentials;
use crate::error::{Error, Result};

const PROJECTS: [&str; 2] = ["ANTHROPIC_GOOGLE_CLOUD_PROJECT", "GOOGLE_CLOUD_PROJECT"];
const LOCATION: &str = "ANTHROPIC_GOOGLE_CLOUD_LOCATION";
const WORKSPACE: &str = "ANTHROPIC_GOOGLE_CLOUD_WORKSPACE_ID";
const BASE_URL: &str = "ANTHROPIC_GOOGLE_CLOUD_BASE_URL";

/// Claude on Google Cloud, which Anthropic runs
/// ([documentation](https://platform.claude.com/docs/en/build-with-claude/claude-on-google-cloud)).
///
/// This type needs an access token of Google or a source of tokens. The package `claudette-google` makes one that uses
/// Application Default Credentials. The names of models are those of the API of Anthropic.
///
/// | Variable | Meaning |
/// |---|---|
/// | `ANTHROPIC_GOOGLE_CLOUD_PROJECT`, or else `GOOGLE_CLOUD_PROJECT` | the project |
/// | `ANTHROPIC_GOOGLE_CLOUD_LOCATION` | the location; `global` by default |
/// | `ANTHROPIC_GOOGLE_CLOUD_WORKSPACE_ID` | the workspace, which is required |
/// | `ANTHROPIC_GOOGLE_CLOUD_BASE_URL` | the whole address, in place of project, location and workspace |
///
/// ```
/// use claudette::Client;
/// use claudette::catalog::Platform;
/// use claudette::hosts::GoogleCloud;
///
/// # fn main() -> claudette::Result<()> {
/// let google = GoogleCloud::builder().project("my-project").workspace("wrkspc_01").access_token("token").build()?;
/// let client = Client::builder("claude-sonnet-5-5").host(google).build()?;
/// assert_eq!(client.platform(), Platform::GoogleCloud);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct GoogleCloud {
    base_url: String,
    credentials: Arc<dyn Credentials>,
}

/// A builder of a [`GoogleCloud`] host.
///
/// ```
/// use claudette::hosts::GoogleCloud;
///
/// let error = GoogleCloud::builder().project("my-project").workspace("..").access_token("token").build().unwrap_err();
/// assert!(error.is_misuse());
/// ```
#[derive(Default)]
#[must_use = "a builder does nothing before `build()`"]
pub struct GoogleCloudBuilder {
    project: Option<String>,
    location: Option<String>,
    workspace: Option<String>,
    base_url: Option<String>,
    access_token: Option<String>,
    credentials: Option<Arc<dyn Credentials>>,
}

impl GoogleCloud {
    /// Returns a builder, whose settings take precedence over the environment.
    pub fn builder() -> GoogleCloudBuilder {
        GoogleCloudBuilder::default()
    }
}

impl GoogleCloudBuilder {
    /// Sets the project.
    #[doc(alias = "ANTHROPIC_GOOGLE_CLOUD_PROJECT")]
    pub fn project(mut self, id: impl Into<String>) -> Self {
        self.project = Some(id.into());
        self
    }

    /// Sets the location; `global` by default.
    #[doc(alias = "ANTHROPIC_GOOGLE_CLOUD_LOCATION")]
    pub fn location(mut self, location: impl Into<String>) -> Self {
        self.location = Some(location.into());
        self
    }

    /// Sets the workspace, such as `wrkspc_01…`.
    #[doc(alias = "ANTHROPIC_GOOGLE_CLOUD_WORKSPACE_ID")]
    pub fn workspace(mut self, id: impl Into<String>) -> Self {
        self.workspace = Some(id.into());
        self
    }

    /// Sets the whole address before `/v1/messages`, in place of project, location and workspace.
    #[doc(alias = "ANTHROPIC_GOOGLE_CLOUD_BASE_URL")]
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Sets an access token of Google, which lasts about an hour.
    pub fn access_token(mut self, token: impl Into<String>) -> Self {
        self.access_token = Some(token.into());
        self
    }

    /// Sets a source of access tokens, for example [`CachedCredentials`](crate::client::CachedCredentials).
    pub fn credentials(mut self, credentials: impl Credentials) -> Self {
        self.credentials = Some(Arc::new(credentials));
        self
    }

    /// Builds the host.
    ///
    /// # Errors
    /// Misuse: there is no project, no workspace or no source of tokens, or a value is not valid.
    pub fn build(self) -> Result<GoogleCloud> {
        let base_url = if let Some(url) = base_url(self.base_url.as_deref(), BASE_URL)? {
            url
        } else {
            let project = setting(self.project.as_deref(), &PROJECTS)?.ok_or_else(|| {
                Error::misuse(format!(
                    "Claude on Google Cloud has no project: set {}, or call `.project(..)`",
                    PROJECTS[0]
                ))
            })?;
            let workspace = setting(self.workspace.as_deref(), &[WORKSPACE])?.ok_or_else(|| {
                Error::misuse(format!(
                    "Claude on Google Cloud has no workspace: set {WORKSPACE}, or call `.workspace(..)` with its id \
                     (`wrkspc_…`)"
                ))
            })?;
            let location = setting(self.location.as_deref(), &[LOCATION])?.unwrap_or_else(|| "global".to_owned());
            format!(
                "https://claude.googleapis.com/v1/projects/{}/locations/{}/workspaces/{}/invoke",
                segment("the project of Claude on Google Cloud", &project)?,
                segment("the location of Claude on Google Cloud", &location)?,
                segment("the workspace of Claude on Google Cloud", &workspace)?,
            )
        };
        let other = "claudette_google::claude()";
        let credentials = google_token("Claude on Google Cloud", other, self.access_token, self.credentials)?;
        Ok(GoogleCloud { base_url, credentials })
    }
}

impl Host for GoogleCloud {
    fn platform(&self) -> Platform {
        Platform::GoogleCloud
    }

    fn base_url(&self) -> &str {
        &self.base_url
    }

    fn credentials(&self) -> Option<Arc<dyn Credentials>> {
        Some(self.credentials.clone())
    }

    fn remedy(&self, error: &Error) -> Option<&'static str> {
        if error.is_authentication() && names(error, &["SERVICE_DISABLED", "has not been used in project"]) {
            Some(
                "enable the services `claude.googleapis.com` and \
                 `anthropic-managed-claude.cloudpartnerservices.goog` in the project",
            )
        } else if error.is_authentication() && names(error, &["workspace"]) {
            Some("check the workspace (ANTHROPIC_GOOGLE_CLOUD_WORKSPACE_ID) and its project")
        } else if error.status() == Some(401) {
            Some("check the access token, which lasts about an hour, or the Application Default Credentials")
        } else if error.is_authentication() {
            Some(
                "check the project and the workspace, and enable the services `claude.googleapis.com` and \
                 `anthropic-managed-claude.cloudpartnerservices.goog` in the project",
            )
        } else if error.is_not_found() {
            Some("check the workspace and the name of the model (`client.models()` lists all names)")
        } else if error.is_rate_limited() && names(error, &["quota", "RESOURCE_EXHAUSTED"]) {
            Some("send fewer requests at once, or request a higher quota for the project")
        } else {
            None
        }
    }
}

/// Does not show the token.
impl fmt::Debug for GoogleCloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GoogleCloud").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

/// Does not show the token.
impl fmt::Debug for GoogleCloudBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GoogleCloudBuilder").field("project", &self.project).finish_non_exhaustive()
    }
}
