//! [`AwsBuilder`]: the settings of a host in AWS.

use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;

use aws_config::SdkConfig;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use claudette::hosts::ClaudePlatformAws;
use claudette::{BoxFuture, Result};

use crate::host::AwsHost;
use crate::settings::Settings;

/// A builder of a host in AWS, from [`bedrock`](crate::bedrock()), [`bedrock_mantle`](crate::bedrock_mantle()) or
/// [`claude_platform`](crate::claude_platform()). Awaiting it builds the host.
///
/// Its settings take precedence over the environment.
///
/// ```
/// use claudette::hosts::Host;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// let bedrock = claudette_aws::bedrock().region("eu-central-1").access_key("AKIDEXAMPLE", "secret").await?;
/// assert_eq!(bedrock.base_url(), "https://bedrock-runtime.eu-central-1.amazonaws.com");
///
/// let error = claudette_aws::bedrock().region("eu-central-1").access_key("AKIDEXAMPLE", "").await.unwrap_err();
/// assert!(error.to_string().contains("without a secret"));
/// # Ok(())
/// # }
/// ```
#[must_use = "a builder does nothing before it is awaited"]
pub struct AwsBuilder<H> {
    settings: Settings,
    host: PhantomData<fn() -> H>,
}

impl<H> AwsBuilder<H> {
    pub(crate) fn new() -> Self {
        Self { settings: Settings::default(), host: PhantomData }
    }

    /// Sets the region, such as `us-east-1`. By default, it is that of the [`SdkConfig`](Self::sdk_config), or else of
    /// `AWS_REGION`, `AWS_DEFAULT_REGION` or the profile.
    #[doc(alias = "AWS_REGION")]
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.settings.region = Some(region.into());
        self
    }

    /// Sets the whole address, in place of the one of the region.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.settings.base_url = Some(url.into());
        self
    }

    /// Sets a key, which is sent as a bearer token in place of a signature.
    #[doc(alias = "AWS_BEARER_TOKEN_BEDROCK")]
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.settings.api_key = Some(key.into());
        self
    }

    /// Sets the id of an access key and its secret, which sign requests.
    #[doc(alias = "AWS_ACCESS_KEY_ID")]
    #[doc(alias = "AWS_SECRET_ACCESS_KEY")]
    pub fn access_key(mut self, id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.settings.access_key = Some((id.into(), secret.into()));
        self
    }

    /// Sets the session token that belongs to a temporary [access key](Self::access_key).
    #[doc(alias = "AWS_SESSION_TOKEN")]
    pub fn session_token(mut self, token: impl Into<String>) -> Self {
        self.settings.session_token = Some(token.into());
        self
    }

    /// Sets the profile in the configuration files of AWS. Keys of the environment are not used then.
    #[doc(alias = "AWS_PROFILE")]
    pub fn profile(mut self, name: impl Into<String>) -> Self {
        self.settings.profile = Some(name.into());
        self
    }

    /// Sets the source of the AWS credentials.
    pub fn credentials_provider(mut self, provider: impl ProvideCredentials + 'static) -> Self {
        self.settings.provider = Some(SharedCredentialsProvider::new(provider));
        self
    }

    /// Uses the region and the credentials of a configuration of the AWS SDK.
    pub fn sdk_config(mut self, config: &SdkConfig) -> Self {
        self.settings.config_region = config.region().map(ToString::to_string);
        self.settings.provider = config.credentials_provider().or(self.settings.provider);
        self
    }
}

impl AwsBuilder<ClaudePlatformAws> {
    /// Sets the workspace, such as `wrkspc_01…`. A request can name another one in its header
    /// `anthropic-workspace-id`.
    #[doc(alias = "ANTHROPIC_AWS_WORKSPACE_ID")]
    pub fn workspace(mut self, id: impl Into<String>) -> Self {
        self.settings.workspace = Some(id.into());
        self
    }
}

impl<H: AwsHost> AwsBuilder<H> {
    /// Builds the host, as awaiting the builder does. The AWS credentials are fetched by the first request.
    ///
    /// # Errors
    /// Misuse, in one of these cases:
    /// - There is no region, or it is not valid.
    /// - There is one half of an access key.
    /// - The file that `AWS_CA_BUNDLE` names cannot be read, or does not contain certificates.
    /// - For Amazon Bedrock ([`InvokeModel`](crate::Bedrock)): there are a key and AWS credentials.
    /// - For the Claude Platform on AWS: there is no workspace.
    pub async fn build(self) -> Result<H> {
        let parts = self.settings.resolve::<H>().await?;
        H::build(parts)
    }
}

impl<H: AwsHost> IntoFuture for AwsBuilder<H> {
    type Output = Result<H>;
    type IntoFuture = BoxFuture<'static, Result<H>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.build())
    }
}

/// Does not show keys.
impl<H> fmt::Debug for AwsBuilder<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwsBuilder")
            .field("region", &self.settings.region)
            .field("profile", &self.settings.profile)
            .finish_non_exhaustive()
    }
}
