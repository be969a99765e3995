//! [`Dialect`]: the version and the beta features that the headers select.

/// The version and the beta features that the headers select.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dialect {
    pub(super) version: Version,
    /// `true` if the request uses any beta. Its name does not matter, because new ones appear often.
    pub(super) beta: bool,
    /// `true` if the request uses interleaved thinking, whose budget may exceed `max_tokens`.
    pub(super) interleaved: bool,
    pub(super) mcp: Mcp,
    pub(super) features: Features,
}

/// The beta features of requests with a long conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beta {
    ContextManagement,
    CompactThreshold,
    CompactOnDemand,
    /// System messages that add and remove tools.
    ToolChanges,
    /// System messages that define tools.
    InlineTools,
    /// System messages that set the effort.
    EffortChanges,
    /// System messages that stop to apply.
    ClearAt,
    TaskBudgets,
    /// Other models that continue after a refusal.
    Fallbacks,
    /// Credits of refusals.
    FallbackCredit,
}

/// A set of beta features.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Features(u32);

impl Dialect {
    pub(super) fn has(self, beta: Beta) -> bool {
        self.features.0 & (1 << beta as u32) != 0
    }
}

impl Features {
    /// Returns the features that these values of `anthropic-beta` enable.
    pub(super) fn of(betas: &[&str]) -> Self {
        const NAMES: &[(&str, Beta)] = &[
            ("context-management-2025-06-27", Beta::ContextManagement),
            ("compact-2026-01-12", Beta::CompactThreshold),
            ("compact-2026-09-04", Beta::CompactOnDemand),
            ("mid-conversation-tool-changes-2026-07-01", Beta::ToolChanges),
            ("inline-tools-2026-09-15", Beta::ToolChanges),
            ("inline-tools-2026-09-15", Beta::InlineTools),
            ("mid-conversation-output-config-2026-07-01", Beta::EffortChanges),
            ("mid-conversation-system-clear-at-2026-08-21", Beta::ClearAt),
            ("task-budgets-2026-03-13", Beta::TaskBudgets),
            ("server-side-fallback-2026-07-01", Beta::Fallbacks),
            ("fallback-credit-2026-07-01", Beta::FallbackCredit),
            // The name on Amazon Bedrock.
            ("fallback-credit-2026-06-09", Beta::FallbackCredit),
        ];
        let enabled = NAMES.iter().filter(|(name, _)| betas.contains(name));
        Self(enabled.fold(0, |set, (_, beta)| set | 1 << *beta as u32))
    }
}

/// The version of the MCP connector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mcp {
    /// Not enabled.
    None,
    /// Servers and toolsets.
    Servers,
    /// Also listings and pinned tools.
    Listings,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    V2023,
    V2026,
}
