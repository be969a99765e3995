//! [`Platform`]: the service that offers the models.

use std::fmt;

use super::feature::Feature;

/// The service that offers the models. Platforms differ in the features that they have.
///
/// A [`Host`](crate::hosts::Host) has a platform, which [`Client::platform`](crate::Client::platform) returns. For a
/// gateway, [`ClientBuilder::platform`](crate::client::ClientBuilder::platform) sets the platform behind it. If a
/// request uses a feature that the platform does not have, it is not sent, and the error names an alternative.
///
/// ```
/// use claudette::Client;
/// use claudette::catalog::{Feature, Platform};
///
/// # fn main() -> claudette::Result<()> {
/// # let client = Client::builder("claude-sonnet-5-5").base_url("http://localhost:1").no_credentials();
/// let client = client.platform(Platform::Bedrock).build()?;
/// assert!(!client.platform().supports(Feature::ProgrammaticCalls));
/// assert!(client.platform().supports(Feature::ContextEditing));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Platform {
    /// The API of Anthropic.
    #[default]
    Anthropic,
    /// The Claude Platform on AWS, which Anthropic runs.
    ClaudePlatformAws,
    /// Claude on Google Cloud, which Anthropic runs.
    GoogleCloud,
    /// Microsoft Foundry.
    Foundry,
    /// Amazon Bedrock: the API of Bedrock that is called `InvokeModel`.
    Bedrock,
    /// Amazon Bedrock: the Messages API in Bedrock, whose service is called `bedrock-mantle`.
    BedrockMantle,
    /// Vertex AI, which Google runs.
    Vertex,
}

/// The features that no API of Bedrock has.
const BEDROCK: [Feature; 19] = [
    Feature::Compaction,
    Feature::Fallbacks,
    Feature::McpServers,
    Feature::PinnedMcpTools,
    Feature::ProgrammaticCalls,
    Feature::UrlSources,
    Feature::Files,
    Feature::Skills,
    Feature::WebSearch,
    Feature::FilteredWebSearch,
    Feature::WebFetch,
    Feature::CodeExecution,
    Feature::Advisor,
    Feature::DesktopToolsets,
    Feature::AutomaticCaching,
    Feature::FastMode,
    Feature::InferenceGeo,
    Feature::Batches,
    Feature::ModelList,
];

/// The features that Vertex AI does not have.
const VERTEX: [Feature; 14] = [
    Feature::Fallbacks,
    Feature::McpServers,
    Feature::PinnedMcpTools,
    Feature::ProgrammaticCalls,
    Feature::UrlSources,
    Feature::Files,
    Feature::Skills,
    Feature::FilteredWebSearch,
    Feature::WebFetch,
    Feature::CodeExecution,
    Feature::Advisor,
    Feature::AutomaticCaching,
    Feature::Batches,
    Feature::ModelList,
];

/// The features that no deployment on Foundry has.
const FOUNDRY: [Feature; 6] = [
    Feature::Fallbacks,
    Feature::Advisor,
    Feature::DesktopToolsets,
    Feature::InferenceGeo,
    Feature::Batches,
    Feature::ModelList,
];

impl Platform {
    /// Returns `true` if the platform has the feature, as far as the documentation says on 2026-11-28. If it does not
    /// say anything, the platform decides.
    ///
    /// On Foundry, some features depend on the operator of the deployment, which decides in this case, too.
    pub fn supports(self, feature: Feature) -> bool {
        // https://platform.claude.com/docs/en/build-with-claude/overview, and the page of each platform there.
        match self {
            Self::Anthropic | Self::GoogleCloud => true,
            Self::ClaudePlatformAws => !matches!(feature, Feature::FastMode | Feature::CacheDiagnostics),
            Self::Foundry => !FOUNDRY.contains(&feature),
            Self::Bedrock => feature != Feature::TokenCounting && !BEDROCK.contains(&feature),
            Self::BedrockMantle => feature != Feature::ToolSearch && !BEDROCK.contains(&feature),
            Self::Vertex => !VERTEX.contains(&feature),
        }
    }

    /// Returns the maximum size of the body of a request in bytes, if the platform has a limit that is lower than that
    /// of the API of Anthropic: 20 MiB on Bedrock, 30 MiB on Vertex AI.
    pub fn max_request_bytes(self) -> Option<usize> {
        match self {
            Self::Bedrock | Self::BedrockMantle => Some(20 << 20),
            Self::Vertex => Some(30 << 20),
            Self::Anthropic | Self::ClaudePlatformAws | Self::GoogleCloud | Self::Foundry => None,
        }
    }

    /// Returns the value of the attribute `gen_ai.provider.name` of spans and metrics.
    pub(crate) fn provider(self) -> &'static str {
        match self {
            Self::Anthropic | Self::ClaudePlatformAws | Self::GoogleCloud | Self::Foundry => "anthropic",
            Self::Bedrock | Self::BedrockMantle => "aws.bedrock",
            Self::Vertex => "gcp.vertex_ai",
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Anthropic => "the API of Anthropic",
            Self::ClaudePlatformAws => "the Claude Platform on AWS",
            Self::GoogleCloud => "Claude on Google Cloud",
            Self::Foundry => "Microsoft Foundry",
            Self::Bedrock => "Amazon Bedrock",
            Self::BedrockMantle => "Amazon Bedrock (Mantle)",
            Self::Vertex => "Vertex AI",
        })
    }
}
