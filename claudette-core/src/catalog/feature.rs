//! [`Feature`]: a feature of the API that not every host and model has.

use std::fmt;

use crate::messages::{ContentBlock, Message, Role};

/// A feature of the API that not every host and model has.
///
/// [`Host::supports`](super::Host::supports) and [`Profile`](super::Profile) tell which host and which model has it. A
/// request that uses a feature which its host or its model does not have is not sent.
///
/// ```
/// use claudette::catalog::{Feature, Host};
///
/// assert!(Host::Anthropic.supports(Feature::Fallbacks));
/// assert!(!Host::Vertex.supports(Feature::Fallbacks));
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
        })
    }
}

/// A set of features.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Features(u16);

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
        let of_block = |block: &ContentBlock| match block {
            ContentBlock::McpToolUse(_) | ContentBlock::McpToolResult(_) => Some(Feature::McpServers),
            ContentBlock::McpToolListing(_) => Some(Feature::PinnedMcpTools),
            ContentBlock::Compaction(block) if block.is_signed() => Some(Feature::Compaction),
            ContentBlock::Compaction(_) => Some(Feature::ThresholdCompaction),
            ContentBlock::ToolAddition(_) | ContentBlock::ToolRemoval(_) => Some(Feature::ToolChanges),
            ContentBlock::Fallback(_) => Some(Feature::Fallbacks),
            _ => None,
        };
        message.content().iter().filter_map(of_block).fold(all, |all, feature| all.with(feature, true))
    }

    fn bit(feature: Feature) -> u16 {
        1 << feature as u16
    }
}

impl FromIterator<Feature> for Features {
    fn from_iter<I: IntoIterator<Item = Feature>>(features: I) -> Self {
        features.into_iter().fold(Self::default(), |all, feature| all.with(feature, true))
    }
}
