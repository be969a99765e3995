//! [`Features`]: the beta features that a request uses, and the betas that it needs for them.

use super::conversation::Conversation;
use super::options::RequestOptions;
use crate::messages::{ContentBlock, ContextEdit, Message, Role};

/// The beta features in the settings and the messages of a request. Fields that the caller sets by name are not
/// considered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "the features are independent")]
pub(super) struct Features {
    /// Calls and results of MCP servers.
    pub(super) mcp_calls: bool,
    /// Lists of the tools of MCP servers.
    pub(super) mcp_listings: bool,
    edits: bool,
    threshold_compaction: bool,
    signed_compaction: bool,
    tool_changes: bool,
    effort_changes: bool,
    expiry: bool,
    task_budget: bool,
    fallbacks: bool,
}

impl Features {
    pub(super) fn of(options: &RequestOptions, conversation: &Conversation<'_>) -> Self {
        let mut all = Self {
            edits: options.context_edits.iter().any(|edit| !edit.is_compaction()),
            threshold_compaction: options.context_edits.iter().any(ContextEdit::is_compaction),
            signed_compaction: options.compaction.is_some(),
            task_budget: options.task_budget.is_some(),
            fallbacks: options.fallbacks.is_some(),
            ..Self::default()
        };
        conversation.messages().chain(&conversation.system).for_each(|message| all.add(message));
        all
    }

    fn add(&mut self, message: &Message) {
        if *message.role() == Role::System {
            self.effort_changes |= message.sets_effort();
            self.expiry |= message.get("clear_at").is_some();
        }
        for block in message.content() {
            match block {
                ContentBlock::McpToolUse(_) | ContentBlock::McpToolResult(_) => self.mcp_calls = true,
                ContentBlock::McpToolListing(_) => self.mcp_listings = true,
                ContentBlock::Compaction(block) if block.is_signed() => self.signed_compaction = true,
                ContentBlock::Compaction(_) => self.threshold_compaction = true,
                ContentBlock::ToolAddition(_) | ContentBlock::ToolRemoval(_) => self.tool_changes = true,
                ContentBlock::Fallback(_) => self.fallbacks = true,
                _ => {}
            }
        }
    }

    /// Returns the betas that the features need and the caller does not name. A beta that the caller names is enough if
    /// it has the same name and is not older, because dates are ordered like their texts.
    pub(super) fn missing_betas<'b, B: Iterator<Item = &'b str>>(
        self,
        betas: impl Fn() -> B,
    ) -> impl Iterator<Item = &'static str> {
        // The two kinds of compaction are different features, so their names include the month.
        let needed = [
            (self.edits, "context-management-", "context-management-2025-06-27"),
            (self.threshold_compaction, "compact-2026-01-", "compact-2026-01-12"),
            (self.signed_compaction, "compact-2026-09-", "compact-2026-09-04"),
            (self.tool_changes, "inline-tools-", "inline-tools-2026-09-15"),
            (self.effort_changes, "mid-conversation-output-config-", "mid-conversation-output-config-2026-07-01"),
            (self.expiry, "mid-conversation-system-clear-at-", "mid-conversation-system-clear-at-2026-08-21"),
            (self.task_budget, "task-budgets-", "task-budgets-2026-03-13"),
            (self.fallbacks, "server-side-fallback-", "server-side-fallback-2026-07-01"),
        ];
        needed.into_iter().filter(|(is_used, ..)| *is_used).filter_map(move |(_, name, beta)| {
            (!betas().any(|named| named.starts_with(name) && named >= beta)).then_some(beta)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::{Effort, ToolRemoval};

    fn missing(options: &RequestOptions, messages: Vec<Message>, named: &[&'static str]) -> Vec<&'static str> {
        Features::of(options, &messages.into()).missing_betas(|| named.iter().copied()).collect()
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
