//! [`Host`]: the service that offers the models.

use std::fmt;

use super::feature::Feature;

/// The service that offers the models. Hosts differ in the features that they have.
///
/// [`ClientBuilder::host`](crate::client::ClientBuilder::host) sets it. If a request uses a feature that the host does
/// not have, it is not sent, and the error names an alternative. The host does not change where and how requests are
/// sent: for that, set a base URL, credentials or a [`Transport`](crate::Transport).
///
/// ```
/// use claudette::Client;
/// use claudette::catalog::{Feature, Host};
///
/// # fn main() -> claudette::Result<()> {
/// # let client = Client::builder("claude-sonnet-5-5").base_url("http://localhost:1").no_credentials();
/// let client = client.host(Host::Bedrock).build()?;
/// assert!(!client.host().supports(Feature::ProgrammaticCalls));
/// assert!(client.host().supports(Feature::ContextEditing));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Host {
    /// The API of Anthropic.
    #[default]
    Anthropic,
    /// The Claude Platform on AWS, which Anthropic runs.
    ClaudePlatformAws,
    /// Claude on Google Cloud, which Anthropic runs.
    GoogleCloud,
    /// Microsoft Foundry.
    Foundry,
    /// Amazon Bedrock.
    Bedrock,
    /// Vertex AI, which Google runs.
    Vertex,
}

impl Host {
    /// Returns `true` if the host has the feature, as far as Anthropic's documentation says on 2026-11-28. If it does
    /// not say anything, the host decides.
    ///
    /// On Foundry, some features depend on the operator of the deployment, which decides in this case, too.
    pub fn supports(self, feature: Feature) -> bool {
        // https://platform.claude.com/docs/en/build-with-claude/overview
        let missing: &[Feature] = match self {
            Self::Anthropic | Self::ClaudePlatformAws | Self::GoogleCloud => &[],
            Self::Foundry => &[Feature::Fallbacks],
            Self::Bedrock => {
                &[Feature::Compaction, Feature::Fallbacks, Feature::McpServers, Feature::ProgrammaticCalls]
            }
            Self::Vertex => &[Feature::Fallbacks, Feature::McpServers, Feature::ProgrammaticCalls],
        };
        !missing.contains(&feature)
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Anthropic => "the API of Anthropic",
            Self::ClaudePlatformAws => "the Claude Platform on AWS",
            Self::GoogleCloud => "Claude on Google Cloud",
            Self::Foundry => "Microsoft Foundry",
            Self::Bedrock => "Amazon Bedrock",
            Self::Vertex => "Vertex AI",
        })
    }
}
