//! The features that the settings of a request use, and the betas of all features.

use super::options::RequestOptions;
use crate::catalog::{Feature, Features, Platform};
use crate::messages::{ContainerConfig, ContextEdit, Speed};

/// Returns the features that the settings of a request use at a platform. Fields that the caller
/// sets by name are not considered.
pub(super) fn features_of(options: &RequestOptions, platform: Platform) -> Features {
    let edits = &options.context_edits;
    Features::default()
        .with(Feature::ContextEditing, edits.iter().any(|edit| !edit.is_compaction()))
        .with(Feature::ThresholdCompaction, edits.iter().any(ContextEdit::is_compaction))
        .with(Feature::Compaction, options.compaction.is_some())
        .with(Feature::TaskBudgets, options.task_budget.is_some())
        .with(Feature::Fallbacks, options.fallbacks_of_api(platform).is_some())
        .with(Feature::McpServers, !options.mcp_servers.is_empty())
        .with(Feature::Skills, options.container.as_ref().is_some_and(ContainerConfig::has_skills))
        .with(Feature::FastMode, options.speed == Some(Speed::Fast))
        .with(Feature::InferenceGeo, options.inference_geo.is_some())
        .with(Feature::CacheDiagnostics, options.previous_message_id.is_some())
}

/// The betas of features, each with its name without the date. The two kinds of compaction are different features, so
/// their names include the month.
///
/// The betas of MCP servers are in `mcp_connector.rs`, because one of them includes the other.
const BETAS: [(Feature, &str, &str); 8] = [
    (Feature::ContextEditing, "context-management-", "context-management-2025-06-27"),
    (Feature::ThresholdCompaction, "compact-2026-01-", "compact-2026-01-12"),
    (Feature::Compaction, "compact-2026-09-", "compact-2026-09-04"),
    (Feature::ToolChanges, "inline-tools-", "inline-tools-2026-09-15"),
    (Feature::EffortChanges, "mid-conversation-output-config-", "mid-conversation-output-config-2026-07-01"),
    (Feature::ExpiringMessages, "mid-conversation-system-clear-at-", "mid-conversation-system-clear-at-2026-08-21"),
    (Feature::TaskBudgets, "task-budgets-", "task-budgets-2026-03-13"),
    (Feature::Fallbacks, "server-side-fallback-", "server-side-fallback-2026-07-01"),
];

/// Returns the betas that the features need and the caller does not name. A beta that the caller names is enough if it
/// has the same name and is not older, because dates are ordered like their texts.
pub(super) fn missing_betas<'b, B: Iterator<Item = &'b str>>(
    features: Features,
    betas: impl Fn() -> B,
) -> impl Iterator<Item = &'static str> {
    BETAS.iter().filter(move |(feature, ..)| features.contains(*feature)).filter_map(move |(_, name, beta)| {
        (!betas().any(|named| named.starts_with(name) && named >= *beta)).then_some(*beta)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Conversation;
    use crate::messages::{Effort, Message, ToolRemoval};

    fn missing(options: &RequestOptions, messages: Vec<Message>, named: &[&'static str]) -> Vec<&'static str> {
        let features = features_of(options, Platform::Anthropic).and(Conversation::from(messages).features());
        missing_betas(features, || named.iter().copied()).collect()
    }

    #[test]
    fn settings_and_blocks_need_betas() {
        let options = RequestOptions::new("claude-sonnet-5-5");
        assert!(missing(&options, vec![Message::user("Hi")], &[]).is_empty());
        let edited = options.clone().context_edit(ContextEdit::clear_tool_results()).task_budget(20_000);
        let needed = ["context-management-2025-06-27", "task-budgets-2026-03-13"];
        assert_eq!(missing(&edited, vec![Message::user("Hi")], &[]), needed);
        assert_eq!(missing(&edited, vec![Message::user("Hi")], &["task-budgets-2027-01-01"]), needed[..1]);
        let messages = vec![Message::user("Hi"), Message::system(ToolRemoval::reference("a")).effort(Effort::Low)];
        assert_eq!(
            missing(&options, messages, &[]),
            ["inline-tools-2026-09-15", "mid-conversation-output-config-2026-07-01"]
        );
        let signed: Message = serde_json::from_str(
            r#"{"role":"assistant","content":[{"type":"compaction","content":"a","signature":"b"}]}"#,
        )
        .unwrap();
        assert_eq!(missing(&options, vec![signed], &["compact-2026-01-12"]), ["compact-2026-09-04"]);
    }

    #[test]
    fn settings_that_the_api_refuses_are_reported() {
        let options = || RequestOptions::new("claude-sonnet-5-5");
        assert!(options().compact("Keep the names.").check().is_ok());
        for refused in [
            options().task_budget(1_000),
            options().compact("a".repeat(16_385)),
            options().compact(None).context_edit(ContextEdit::clear_thinking()),
            options().compact(None).stop("END"),
            options().context_edit(ContextEdit::compact().trigger_tokens(1)),
            options().context_edit(ContextEdit::clear_tool_results()).context_edit(ContextEdit::clear_thinking()),
            options().fallbacks(["a", "b", "c", "d"]),
        ] {
            assert!(refused.check().unwrap_err().is_misuse());
        }
    }
}
