//! [`BedrockMantle`]: the Messages API in Amazon Bedrock.

use std::fmt;
use std::sync::Arc;

use super::aws::{Names, Settings, credentials_remedy};
use super::form::Form;
use super::host::Host;
use super::reason::names;
use crate::catalog::Platform;
use crate::client::credentials::Credentials;
use crate::error::{Error, Result};

const NAMES: Names = Names {
    host: "Amazon Bedrock",
    base_url: "ANTHROPIC_BEDROCK_MANTLE_BASE_URL",
    api_keys: &["AWS_BEARER_TOKEN_BEDROCK", "ANTHROPIC_AWS_API_KEY"],
    signs: "claudette_aws::bedrock_mantle()",
};

/// The Messages API in Amazon Bedrock, whose service is called `bedrock-mantle`
/// ([documentation](https://platform.claude.com/docs/en/build-with-claude/claude-in-amazon-bedrock)).
///
/// This type authenticates with a key of Bedrock. The package `claudette-aws` makes one that signs requests with the
/// credentials of AWS. The names of models begin with `anthropic.`, as in `anthropic.claude-opus-5`.
///
/// | Variable | Meaning |
/// |---|---|
/// | `AWS_REGION`, or else `AWS_DEFAULT_REGION` | the region, as in `https://bedrock-mantle.{region}.api.aws` |
/// | `ANTHROPIC_BEDROCK_MANTLE_BASE_URL` | the whole address, in place of the region |
/// | `AWS_BEARER_TOKEN_BEDROCK`, or else `ANTHROPIC_AWS_API_KEY` | the key |
///
/// ```
/// use claudette::Client;
/// use claudette::catalog::Platform;
/// use claudette::hosts::BedrockMantle;
///
/// # fn main() -> claudette::Result<()> {
/// let bedrock = BedrockMantle::builder().region("us-east-1").api_key("key").build()?;
/// let client = Client::builder("anthropic.claude-opus-5").host(bedrock).build()?;
/// assert_eq!(client.platform(), Platform::BedrockMantle);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct BedrockMantle {
    base_url: String,
    credentials: Arc<dyn Credentials>,
}

/// A builder of a [`BedrockMantle`] host.
///
/// ```
/// use claudette::hosts::BedrockMantle;
///
/// let error = BedrockMantle::builder().region("us east 1").api_key("key").build().unwrap_err();
/// assert!(error.is_misuse());
/// ```
#[derive(Default)]
#[must_use = "a builder does nothing before `build()`"]
pub struct BedrockMantleBuilder {
    settings: Settings,
}

impl BedrockMantle {
    /// Returns the host that the environment describes.
    ///
    /// # Errors
    /// The same as for [`BedrockMantleBuilder::build`].
    pub fn from_env() -> Result<Self> {
        Self::builder().build()
    }

    /// Returns a builder, whose settings take precedence over the environment.
    pub fn builder() -> BedrockMantleBuilder {
        BedrockMantleBuilder::default()
    }
}

impl BedrockMantleBuilder {
    /// Sets the region, such as `us-east-1`.
    #[doc(alias = "AWS_REGION")]
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.settings.region = Some(region.into());
        self
    }

    /// Sets the whole address, in place of the one of the region. It usually ends in `/anthropic`.
    #[doc(alias = "ANTHROPIC_BEDROCK_MANTLE_BASE_URL")]
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.settings.base_url = Some(url.into());
        self
    }

    /// Sets a key of Bedrock, which is sent as a bearer token.
    #[doc(alias = "AWS_BEARER_TOKEN_BEDROCK")]
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
    /// Misuse: there is no region or no key, or a value is not valid.
    pub fn build(self) -> Result<BedrockMantle> {
        let of_region = |region| format!("https://bedrock-mantle.{region}.api.aws/anthropic");
        let base_url = self.settings.address(&NAMES, of_region)?;
        let credentials = self.settings.credentials(&NAMES)?;
        Ok(BedrockMantle { base_url, credentials })
    }
}

impl Host for BedrockMantle {
    fn platform(&self) -> Platform {
        Platform::BedrockMantle
    }

    fn base_url(&self) -> &str {
        &self.base_url
    }

    fn form(&self) -> Form {
        Form::messages().user_profile_in_body()
    }

    fn credentials(&self) -> Option<Arc<dyn Credentials>> {
        Some(self.credentials.clone())
    }

    fn remedy(&self, error: &Error) -> Option<&'static str> {
        if let Some(remedy) = credentials_remedy(error) {
            Some(remedy)
        } else if error.is_authentication() {
            Some(
                "check the key or the AWS credentials, their expiry, the clock of this machine, and the permission \
                 `bedrock-mantle:CreateInference`",
            )
        } else if error.is_not_found() {
            Some("check the region and the name of the model, such as `anthropic.claude-opus-5`")
        } else if error.is_rate_limited() && names(error, &["quota"]) {
            Some("send fewer requests at once, or request a higher quota of Amazon Bedrock in this region")
        } else {
            None
        }
    }
}

/// Does not show the key.
impl fmt::Debug for BedrockMantle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BedrockMantle").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

/// Does not show the key.
impl fmt::Debug for BedrockMantleBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BedrockMantleBuilder").field("region", &self.settings.region).finish_non_exhaustive()
    }
}
