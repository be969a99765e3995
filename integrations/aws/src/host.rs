//! [`AwsHost`]: the differences between the hosts of this package.

use std::fmt;
use std::sync::Arc;

use claudette::Result;
use claudette::client::Credentials;
use claudette::hosts::{BedrockMantle, ClaudePlatformAws, Host};

/// A host that an [`AwsBuilder`](crate::AwsBuilder) builds. It is sealed, because its items are details of this package.
///
/// ```
/// use claudette_aws::{AwsHost, Bedrock};
///
/// fn is_aws<H: AwsHost>() {}
/// is_aws::<Bedrock>();
/// ```
pub trait AwsHost: Recipe {}

impl<H: Recipe> AwsHost for H {}

/// How a host is built.
pub trait Recipe: Host + Sized {
    /// The name in errors.
    const NAME: &'static str;

    /// The service in the scope of signatures.
    const SERVICE: &'static str;

    /// The variable of the base URL.
    const BASE_URL: &'static str;

    /// The variables of the key, the first one first.
    const API_KEYS: &'static [&'static str];

    /// Returns an error if the program sets AWS credentials and there is a key. Otherwise, a key that the program sets
    /// takes precedence over its AWS credentials, and these over a key of the environment.
    const KEY_EXCLUDES_AWS: bool;

    /// Builds the host.
    ///
    /// # Errors
    /// Misuse: a value is not valid.
    fn build(parts: Parts) -> Result<Self>;
}

/// The resolved settings of a host.
pub struct Parts {
    pub(crate) address: Address,
    pub(crate) workspace: Option<String>,
    pub(crate) credentials: Arc<dyn Credentials>,
}

/// Where a host is.
#[derive(Debug)]
pub(crate) enum Address {
    Url(String),
    /// At the usual address in this region.
    Region(String),
}

/// Does not show the credentials.
impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Recipe for BedrockMantle {
    const NAME: &'static str = "Amazon Bedrock";
    const SERVICE: &'static str = "bedrock-mantle";
    const BASE_URL: &'static str = "ANTHROPIC_BEDROCK_MANTLE_BASE_URL";
    const API_KEYS: &'static [&'static str] = &["AWS_BEARER_TOKEN_BEDROCK", "ANTHROPIC_AWS_API_KEY"];
    const KEY_EXCLUDES_AWS: bool = false;

    fn build(parts: Parts) -> Result<Self> {
        let builder = Self::builder().credentials(parts.credentials);
        let builder = match parts.address {
            Address::Url(url) => builder.base_url(url),
            Address::Region(region) => builder.region(region),
        };
        builder.build()
    }
}

impl Recipe for ClaudePlatformAws {
    const NAME: &'static str = "the Claude Platform on AWS";
    const SERVICE: &'static str = "aws-external-anthropic";
    const BASE_URL: &'static str = "ANTHROPIC_AWS_BASE_URL";
    const API_KEYS: &'static [&'static str] = &["ANTHROPIC_AWS_API_KEY"];
    const KEY_EXCLUDES_AWS: bool = false;

    fn build(parts: Parts) -> Result<Self> {
        let builder = Self::builder().credentials(parts.credentials);
        let builder = match parts.address {
            Address::Url(url) => builder.base_url(url),
            Address::Region(region) => builder.region(region),
        };
        match parts.workspace {
            Some(id) => builder.workspace(id).build(),
            None => builder.build(),
        }
    }
}
