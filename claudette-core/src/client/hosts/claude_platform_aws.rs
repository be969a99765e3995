//! [`ClaudePlatformAws`]: the Claude Platform on AWS.

use std::fmt;
use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};

use super::aws::{Names, Settings, credentials_remedy};
use super::host::Host;
use super::reason::names;
use super::setting::setting;
use crate::catalog::Platform;
use crate::client::credentials::Credentials;
use crate::error::{Error, Result};

const NAMES: Names = Names {
    host: "the Claude Platform on AWS",
    base_url: "ANTHROPIC_AWS_BASE_URL",
    api_keys: &["ANTHROPIC_AWS_API_KEY"],
    signs: "claudette_aws::claude_platform()",
};
const WORKSPACE: &str = "ANTHROPIC_AWS_WORKSPACE_ID";

/// The Claude Platform on AWS, which Anthropic runs
/// ([documentation](https://platform.claude.com/docs/en/build-with-claude/claude-platform-on-aws)).
///
/// This type authenticates with a key. The package `claudette-aws` makes one that signs requests with the credentials
/// of AWS. The names of models are those of the API of Anthropic.
///
/// | Variable | Meaning |
/// |---|---|
/// | `AWS_REGION`, or else `AWS_DEFAULT_REGION` | the region, as in `https://aws-external-anthropic.{region}.api.aws` |
/// | `ANTHROPIC_AWS_BASE_URL` | the whole address, in place of the region |
/// | `ANTHROPIC_AWS_WORKSPACE_ID` | the workspace, which is required |
/// | `ANTHROPIC_AWS_API_KEY` | the key |
///
/// ```
/// use claudette::Client;
/// use claudette::catalog::Platform;
/// use claudette::hosts::ClaudePlatformAws;
///
/// # fn main() -> claudette::Result<()> {
/// let aws = ClaudePlatformAws::builder().region("us-east-1").workspace("wrkspc_01").api_key("key").build()?;
/// let client = Client::builder("claude-sonnet-5-5").host(aws).build()?;
/// assert_eq!(client.platform(), Platform::ClaudePlatformAws);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ClaudePlatformAws {
    base_url: String,
    workspace: HeaderValue,
    credentials: Arc<dyn Credentials>,
}

/// A builder of a [`ClaudePlatformAws`] host.
///
/// ```
/// use claudette::hosts::ClaudePlatformAws;
///
/// let aws = ClaudePlatformAws::builder().region("us east 1").workspace("wrkspc_01").api_key("key");
/// assert!(aws.build().unwrap_err().is_misuse());
/// ```
#[derive(Default)]
#[must_use = "a builder does nothing before `build()`"]
pub struct ClaudePlatformAwsBuilder {
    settings: Settings,
    workspace: Option<String>,
}

impl ClaudePlatformAws {
    /// Returns the host that the environment describes.
    ///
    /// # Errors
    /// The same as for [`ClaudePlatformAwsBuilder::build`].
    pub fn from_env() -> Result<Self> {
        Self::builder().build()
    }

    /// Returns a builder, whose settings take precedence over the environment.
    pub fn builder() -> ClaudePlatformAwsBuilder {
        ClaudePlatformAwsBuilder::default()
    }
}

impl ClaudePlatformAwsBuilder {
    /// Sets the region, such as `us-east-1`.
    #[doc(alias = "AWS_REGION")]
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.settings.region = Some(region.into());
        self
    }

    /// Sets the workspace, such as `wrkspc_01…`. A request can name another one in its header
    /// `anthropic-workspace-id`.
    #[doc(alias = "ANTHROPIC_AWS_WORKSPACE_ID")]
    pub fn workspace(mut self, id: impl Into<String>) -> Self {
        self.workspace = Some(id.into());
        self
    }

    /// Sets the whole address, in place of the one of the region.
    #[doc(alias = "ANTHROPIC_AWS_BASE_URL")]
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.settings.base_url = Some(url.into());
        self
    }

    /// Sets a key, which is sent as a bearer token. A key lasts at most twelve hours.
    #[doc(alias = "ANTHROPIC_AWS_API_KEY")]
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.settings.api_key = Some(key.into());
        self
    }

    /// Sets the source of the headers that authenticate requests, such as signatures. The key of the environment is not
    /// used then.
    pub fn credentials(mut self, credentials: impl Credentials) -> Self {
        self.settings.credentials = Some(Arc::new(credentials));
        self
    }

    /// Builds the host.
    ///
    /// # Errors
    /// Misuse: there is no region, no workspace or no key, or a value is not valid.
    pub fn build(self) -> Result<ClaudePlatformAws> {
        let of_region = |region| format!("https://aws-external-anthropic.{region}.api.aws");
        let base_url = self.settings.address(&NAMES, of_region)?;
        let workspace = setting(self.workspace.as_deref(), &[WORKSPACE])?.ok_or_else(|| {
            Error::misuse(format!(
                "the Claude Platform on AWS has no workspace: set {WORKSPACE}, or call `.workspace(..)` with its id \
                 (`wrkspc_…`)"
            ))
        })?;
        let workspace = HeaderValue::try_from(&workspace).map_err(|_| {
            Error::misuse(format!("the workspace of the Claude Platform on AWS is {workspace:?}, which is not an id"))
        })?;
        let credentials = self.settings.credentials(&NAMES)?;
        Ok(ClaudePlatformAws { base_url, workspace, credentials })
    }
}

impl Host for ClaudePlatformAws {
    fn platform(&self) -> Platform {
        Platform::ClaudePlatformAws
    }

    fn base_url(&self) -> &str {
        &self.base_url
    }

    fn headers(&self) -> HeaderMap {
        HeaderMap::from_iter([(HeaderName::from_static("anthropic-workspace-id"), self.workspace.clone())])
    }

    fn credentials(&self) -> Option<Arc<dyn Credentials>> {
        Some(self.credentials.clone())
    }

    fn remedy(&self, error: &Error) -> Option<&'static str> {
        if names(error, &["outbound web identity federation"]) {
            Some("enable outbound web identity federation in the AWS account")
        } else if let Some(remedy) = credentials_remedy(error) {
            Some(remedy)
        } else if error.is_authentication() && names(error, &["workspace"]) {
            Some("check the workspace (ANTHROPIC_AWS_WORKSPACE_ID), and that it belongs to the AWS account")
        } else if error.status() == Some(401) {
            Some("check the key or the AWS credentials, their expiry, and the clock of this machine")
        } else if error.is_authentication() {
            Some(
                "check the workspace (ANTHROPIC_AWS_WORKSPACE_ID), and the permissions \
                 `aws-external-anthropic:CreateInference` and, for a key, `aws-external-anthropic:CallWithBearerToken`",
            )
        } else if error.is_not_found() {
            Some("check the region and the name of the model (`client.models()` lists all names)")
        } else {
            None
        }
    }
}

/// Does not show the key.
impl fmt::Debug for ClaudePlatformAws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClaudePlatformAws").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

/// Does not show the key.
impl fmt::Debug for ClaudePlatformAwsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClaudePlatformAwsBuilder").field("region", &self.settings.region).finish_non_exhaustive()
    }
}
