//! [`Feature`]: a feature of the API that not every platform and model has.

use std::fmt;

use crate::messages::{ContentBlock, Message, ResultContent, Role, Source};

/// A feature of the API that not every platform and model has.
///
/// [`Platform::supports`](super::Platform::supports) and [`Profile`](super::Profile) list the platforms
/// and the models that have it. A request that uses a feature which its platform or its model does not have is not sent.
///
/// ```
/// use claudette::catalog::{Feature, Platform};
///
/// assert!(Platform::Anthropic.supports(Feature::Fallbacks));
/// assert!(!Platform::Vertex.supports(Feature::Fallbacks));
/// assert_eq!(Feature::Fallbacks.to_string(), "fallbacks to other models");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Feature {
    /// Messages of the role `system` in a conversation.
    SystemMessages,
    /// System messages that change the effort.
    EffortChanges,
    /// System messages that stop to apply.
    ExpiringMessages,
    /// System messages that add and remove tools.
    ToolChanges,
    /// Clearing of old tool results and thinking.
    ContextEditing,
    /// Summaries that the API makes above a threshold.
    ThresholdCompaction,
    /// Summaries that a request asks for.
    Compaction,
    /// A number of tokens that the model plans a task with.
    TaskBudgets,
    /// Other models that continue if the first one declines.
    Fallbacks,
    /// MCP servers that the API connects to.
    McpServers,
    /// Tools of MCP servers with pinned definitions.
    PinnedMcpTools,
    /// Tools that the model sees only after a search.
    ToolSearch,
    /// Tools that are called by the code of the model.
    ProgrammaticCalls,
    /// Images and documents that the API loads from a URL.
    UrlSources,
    /// Files that were uploaded to the API.
    Files,
    /// Skills for code execution.
    Skills,
    /// Web search by the API.
    WebSearch,
    /// Web search whose results the model filters with code: all versions after `20250305`.
    FilteredWebSearch,
    /// Web pages that the API fetches.
    WebFetch,
    /// Code that the API executes.
    CodeExecution,
    /// Another model that the model asks for advice.
    Advisor,
    /// The toolsets that control a computer or a browser.
    DesktopToolsets,
    /// A cache breakpoint that the API places at the end of the conversation.
    AutomaticCaching,
    /// Responses that are generated faster, at a higher price.
    FastMode,
    /// The choice of the region in which the model runs.
    InferenceGeo,
    /// The reason why a request did not use a cache entry.
    CacheDiagnostics,
    /// The number of tokens of a request, without a response.
    TokenCounting,
    /// Requests that are answered within a day, at half the price.
    Batches,
    /// The list of the available models.
    ModelList,
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SystemMessages => "messages of the role `system`",
            Self::EffortChanges => "changes of the effort in a conversation",
            Self::ExpiringMessages => "system messages with `clear_at`",
            Self::ToolChanges => "changes of the tools in a conversation",
            Self::ContextEditing => "context edits",
            Self::ThresholdCompaction => "compaction at a threshold",
            Self::Compaction => "compaction on demand",
            Self::TaskBudgets => "task budgets",
            Self::Fallbacks => "fallbacks to other models",
            Self::McpServers => "MCP servers that the API connects to",
            Self::PinnedMcpTools => "pinned tools of MCP servers",
            Self::ToolSearch => "tools with `defer_loading`",
            Self::ProgrammaticCalls => "tools that code can call",
            Self::UrlSources => "images and documents from a URL",
            Self::Files => "uploaded files",
            Self::Skills => "skills",
            Self::WebSearch => "web search",
            Self::FilteredWebSearch => "web search that filters its results with code",
            Self::WebFetch => "web fetch",
            Self::CodeExecution => "code execution",
            Self::Advisor => "the advisor",
            Self::DesktopToolsets => "the toolsets of computer and browser",
            Self::AutomaticCaching => "automatic caching",
            Self::FastMode => "fast mode",
            Self::InferenceGeo => "`inference_geo`",
            Self::CacheDiagnostics => "cache diagnostics (`previous_message_id`)",
            Self::TokenCounting => "the counting of tokens",
            Self::Batches => "batches",
            Self::ModelList => "a list of models",
        })
    }
}

/// A set of features.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Features(u32);

impl Features {
    pub(crate) fn contains(self, feature: Feature) -> bool {
        self.0 & Self::bit(feature) != 0
    }

    /// Adds the feature if the condition is true.
    pub(crate) fn with(self, feature: Feature, is_used: bool) -> Self {
        if is_used { Self(self.0 | Self::bit(feature)) } else { self }
    }

    pub(crate) fn without(self, feature: Feature) -> Self {
        Self(self.0 & !Self::bit(feature))
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Returns the features that these messages use.
    pub(crate) fn of_messages<'m>(messages: impl IntoIterator<Item = &'m Message>) -> Self {
        messages.into_iter().map(Self::of_message).fold(Self::default(), Self::and)
    }

    pub(crate) fn of_message(message: &Message) -> Self {
        let mut all = Self::default();
        if *message.role() == Role::System {
            all = all
                .with(Feature::SystemMessages, true)
                .with(Feature::EffortChanges, message.sets_effort())
                .with(Feature::ExpiringMessages, message.get("clear_at").is_some());
        }
        message.content().iter().map(Self::of_block).fold(all, Self::and)
    }

    fn of_block(block: &ContentBlock) -> Self {
        let one = |feature| Self::default().with(feature, true);
        match block {
            ContentBlock::McpToolUse(_) | ContentBlock::McpToolResult(_) => one(Feature::McpServers),
            ContentBlock::McpToolListing(_) => one(Feature::PinnedMcpTools),
            ContentBlock::Compaction(block) if block.is_signed() => one(Feature::Compaction),
            ContentBlock::Compaction(_) => one(Feature::ThresholdCompaction),
            ContentBlock::ToolAddition(_) | ContentBlock::ToolRemoval(_) => one(Feature::ToolChanges),
            ContentBlock::Fallback(_) => one(Feature::Fallbacks),
            ContentBlock::Image(image) => Self::of_source(image.source()),
            ContentBlock::Document(document) => Self::of_source(document.source()),
            ContentBlock::ContainerUpload(_) => one(Feature::Files),
            ContentBlock::ToolResult(result) => {
                let blocks = result.content().map(ResultContent::blocks).unwrap_or_default();
                blocks.iter().map(Self::of_block).fold(Self::default(), Self::and)
            }
            _ => Self::default(),
        }
    }

    fn of_source(source: &Source) -> Self {
        Self::default()
            .with(Feature::UrlSources, source.url().is_some())
            .with(Feature::Files, source.file_id().is_some())
    }

    fn bit(feature: Feature) -> u32 {
        1 << feature as u32
    }
}

impl FromIterator<Feature> for Features {
    fn from_iter<I: IntoIterator<Item = Feature>>(features: I) -> Self {
        features.into_iter().fold(Self::default(), |all, feature| all.with(feature, true))
    }
}
