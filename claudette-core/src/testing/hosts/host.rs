//! [`Host`]: a host of the API that the server plays.

/// A host of the API that the server plays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::testing) enum Host {
    /// The API of Anthropic.
    #[default]
    Anthropic,
    /// Amazon Bedrock: the operations called `InvokeModel`.
    Bedrock,
    /// Amazon Bedrock: the Messages API, whose service is called `bedrock-mantle`.
    BedrockMantle,
    ClaudePlatformAws,
    Vertex,
    /// Claude on Google Cloud, which Anthropic runs.
    GoogleCloud,
    Foundry,
}

impl Host {
    /// Returns the name in messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Host::Anthropic => "the API of Anthropic",
            Host::Bedrock => "Amazon Bedrock",
            Host::BedrockMantle => "Amazon Bedrock (Mantle)",
            Host::ClaudePlatformAws => "Claude Platform on AWS",
            Host::Vertex => "Vertex AI",
            Host::GoogleCloud => "Claude on Google Cloud",
            Host::Foundry => "Microsoft Foundry",
        }
    }

    /// Returns the service in the scope of AWS signatures; `None` if the host does not accept them.
    pub(super) fn aws_service(self) -> Option<&'static str> {
        match self {
            Host::Bedrock => Some("bedrock"),
            Host::BedrockMantle => Some("bedrock-mantle"),
            Host::ClaudePlatformAws => Some("aws-external-anthropic"),
            Host::Anthropic | Host::Vertex | Host::GoogleCloud | Host::Foundry => None,
        }
    }

    /// Returns the size of the largest body in bytes, if it is smaller than that of the API of Anthropic.
    pub(super) fn max_body(self) -> Option<usize> {
        match self {
            Host::Bedrock | Host::BedrockMantle => Some(20_000_000),
            Host::Vertex => Some(30_000_000),
            Host::Anthropic | Host::ClaudePlatformAws | Host::GoogleCloud | Host::Foundry => None,
        }
    }

    /// Returns `true` if the version of the API is a field of the body instead of a header.
    pub(super) fn version_in_body(self) -> bool {
        matches!(self, Host::Bedrock | Host::Vertex)
    }

    /// Returns `true` if the id of the user profile is a field of the body instead of a header.
    pub(super) fn profile_in_body(self) -> bool {
        matches!(self, Host::Bedrock | Host::BedrockMantle)
    }

    /// Returns the version of the API that this value of `anthropic_version` selects.
    pub(super) fn version(self, value: &str) -> Option<&'static str> {
        match (self, value) {
            (_, "2026-10-21") => Some("2026-10-21"),
            (Host::Bedrock, "bedrock-2023-05-31") | (Host::Vertex, "vertex-2023-10-16") => Some("2023-06-01"),
            _ => None,
        }
    }
}
