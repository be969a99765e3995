//! [`check`]: compares the features that a request uses with its platform and its model, and with each other. No IO.

use std::fmt;

use super::options::RequestOptions;
use crate::catalog::{Feature, Features, Platform, Profile};
use crate::error::{Error, Result};
use crate::messages::{ContextEdit, Effort, Message, TaskBudget, ToolChoice};

/// The parts of a request that the rules of features concern.
#[derive(Clone, Copy, Debug)]
pub(super) struct Uses<'a> {
    pub(super) options: &'a RequestOptions,
    /// The choice of tools that is sent.
    pub(super) tool_choice: Option<&'a ToolChoice>,
    /// The features of the settings and the tools.
    pub(super) by_settings: Features,
    /// The features of the messages.
    pub(super) by_messages: Features,
    /// The last message, and the system message after it.
    pub(super) last: Option<&'a Message>,
    pub(super) system: Option<&'a Message>,
}

/// Checks the features that a request uses.
///
/// # Errors
/// Misuse: the platform or the model does not have one of the features, or the API does not accept two of them together.
pub(super) fn check(platform: Platform, profile: Option<&Profile>, uses: Uses<'_>) -> Result<()> {
    // The program cannot avoid the blocks of fallbacks in a conversation, so the platform decides on them.
    let all = uses.by_settings.and(uses.by_messages.without(Feature::Fallbacks));
    let rules = || REMEDIES.iter().filter(|(feature, _)| all.contains(*feature));
    if let Some((feature, remedy)) = rules().find(|(feature, _)| !platform.supports(*feature)) {
        return Err(refused(&platform, *feature, remedy));
    }
    if let Some(profile) = profile {
        let has = |feature| match feature {
            Feature::ThresholdCompaction | Feature::Compaction => profile.takes_compaction(),
            Feature::TaskBudgets => profile.takes_task_budget(),
            Feature::ToolChanges | Feature::EffortChanges => profile.takes_system_messages(),
            _ => true,
        };
        if let Some((feature, remedy)) = rules().find(|(feature, _)| !has(*feature)) {
            return Err(refused(&uses.options.model, *feature, remedy));
        }
        if let Some(effort) = uses.system.and_then(Message::new_effort)
            && !matches!(effort, Effort::Unknown(_))
            && !profile.efforts().contains(&effort)
        {
            let levels: Vec<&str> = profile.efforts().iter().map(Effort::as_str).collect();
            return Err(Error::misuse(format!(
                "{} does not support `effort: {effort}`; use one of {}",
                uses.options.model,
                levels.join(", ")
            )));
        }
    }
    together(uses)
}

/// The features that a platform or a model may not have, each with the alternative.
const REMEDIES: [(Feature, &str); 22] = [
    (Feature::ToolChanges, "set the tools before the conversation begins, or replace all of them with `set_tools(..)`"),
    (Feature::EffortChanges, "set the effort with `.effort(..)`"),
    (Feature::ContextEditing, "use `ContextPolicy::trim()`"),
    (Feature::ThresholdCompaction, "use `ContextPolicy::trim()`"),
    (Feature::Compaction, "use `ContextPolicy::trim()`, and start from a history without a compaction block"),
    (Feature::TaskBudgets, "remove it; `max_tokens_total` and `max_cost` limit a loop"),
    (Feature::Fallbacks, "name the models, as in `.fallbacks([\"claude-opus-5\"])`"),
    (Feature::McpServers, "connect to the server with the package `claudette-mcp`, which runs its tools here"),
    (Feature::ProgrammaticCalls, "remove the callers other than `direct` from `allowed_callers`"),
    (Feature::ToolSearch, "remove `defer_loading`, so that the model sees all tools"),
    (Feature::UrlSources, "load the data, as in `Image::from_path(..)`, and send it with the request"),
    (Feature::Files, "send the data with the request, as in `Document::from_path(..)`"),
    (Feature::Skills, "remove them"),
    (Feature::WebSearch, "remove the tool, or search with a tool of your own"),
    (Feature::FilteredWebSearch, "use `BuiltinTool::web_search().version(\"20250305\")`"),
    (Feature::WebFetch, "remove the tool, or fetch pages with a tool of your own"),
    (Feature::CodeExecution, "remove the tool, or run code with a tool of your own"),
    (Feature::Advisor, "remove the tool"),
    (Feature::DesktopToolsets, "use the single tools, as in `BuiltinTool::raw(..)` with the type `computer_20251124`"),
    (Feature::FastMode, "remove `.speed(..)`"),
    (Feature::InferenceGeo, "remove `.inference_geo(..)`; the region of the host decides"),
    (Feature::CacheDiagnostics, "remove `.diagnostics(..)`"),
];

#[cold]
fn refused(by: &dyn fmt::Display, feature: Feature, remedy: &str) -> Error {
    Error::misuse(format!("{by} does not support {feature}; {remedy}"))
}

/// Checks the features that the API does not accept together
/// ([Compaction](https://platform.claude.com/docs/en/build-with-claude/compaction),
/// [Programmatic tool calling](https://platform.claude.com/docs/en/agents-and-tools/tool-use/programmatic-tool-calling)).
fn together(uses: Uses<'_>) -> Result<()> {
    let Uses { options, by_settings, by_messages, .. } = uses;
    let is_typed = |field: &str| !options.extra_fields().contains_key(field);
    let refused = if by_messages.contains(Feature::Compaction)
        && is_typed("context_management")
        && options.context_edits.iter().any(ContextEdit::is_compaction)
    {
        "a conversation with a compaction block that was made on demand cannot be compacted at a threshold as well; \
         remove `ContextEdit::compact()`"
    } else if by_messages.contains(Feature::Compaction)
        && is_typed("output_config")
        && options.task_budget.is_some_and(TaskBudget::has_remaining)
    {
        "a conversation with a compaction block that was made on demand cannot have the remaining tokens of a task \
         budget; set only the total"
    } else if options.compaction.is_some() && uses.last.is_some_and(Message::has_calls) {
        "a conversation that ends in tool calls cannot be compacted; add their results first"
    } else if by_settings.contains(Feature::ProgrammaticCalls)
        && is_typed("tool_choice")
        && let Some(choice) = uses.tool_choice
        && is_typed("tools")
    {
        if choice.is_forced() {
            "a `tool_choice` that forces a call is not possible with tools that code can call; use \
             `ToolChoice::auto()`, or remove the callers other than `direct`"
        } else if choice.is_sequential() {
            "`ToolChoice::sequential` is not possible with tools that code can call; remove it, or remove the callers \
             other than `direct`"
        } else {
            return Ok(());
        }
    } else {
        return Ok(());
    };
    Err(Error::misuse(refused))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Conversation;
    use crate::messages::{Fallbacks, ToolUse};
    use crate::{Client, ToolDefinition, Toolset};

    const SIGNED: &str = r#"[{"role":"assistant","content":[{"type":"compaction","content":"a","signature":"b"}]},
        {"role":"user","content":"Go on."}]"#;

    fn error_of(
        platform: Platform,
        messages: Vec<Message>,
        tools: &Toolset,
        set: impl FnOnce(RequestOptions) -> RequestOptions,
    ) -> String {
        let client = Client::builder("claude-sonnet-5-5").base_url("http://localhost:1").no_credentials();
        let client = client.platform(platform).build().unwrap();
        let options = set(RequestOptions::new("claude-sonnet-5-5"));
        let plan = crate::client::RequestPlan::new(&options, Conversation::from(messages)).tools(tools);
        let error = client.encode(&plan).err();
        assert!(error.as_ref().is_none_or(Error::is_misuse));
        error.map(|error| error.to_string()).unwrap_or_default()
    }

    fn hello() -> Vec<Message> {
        vec![Message::user("Hello")]
    }

    #[test]
    fn hosts_and_models_do_not_have_all_features() {
        type Set = fn(RequestOptions) -> RequestOptions;
        let cases: &[(Platform, Set, &str)] = &[
            (
                Platform::Bedrock,
                |options| options.compact(None),
                "Amazon Bedrock does not support compaction on demand; ",
            ),
            (Platform::Bedrock, |options| options.context_edit(ContextEdit::compact()), ""),
            (
                Platform::Vertex,
                |options| options.fallbacks(Fallbacks::Default),
                "Vertex AI does not support fallbacks to",
            ),
            (Platform::Foundry, |options| options.fallbacks(Fallbacks::Default), "Microsoft Foundry does not support"),
            (Platform::Foundry, |options| options.fallbacks(["claude-opus-5"]), ""),
            (Platform::GoogleCloud, |options| options.fallbacks(["claude-opus-5"]), ""),
            (Platform::Anthropic, |options| options.task_budget(20_000), ""),
            (
                Platform::Anthropic,
                |mut options| {
                    options.model = "claude-sonnet-5".into();
                    options.task_budget(20_000)
                },
                "claude-sonnet-5 does not support task budgets; remove it; `max_tokens_total` and",
            ),
            (
                Platform::Anthropic,
                |mut options| {
                    options.model = "claude-haiku-4-5".into();
                    options.context_edit(ContextEdit::compact())
                },
                "claude-haiku-4-5 does not support compaction at a threshold; use `ContextPolicy::trim()`",
            ),
        ];
        for (line, (platform, set, expected)) in cases.iter().enumerate() {
            let message = error_of(*platform, hello(), &Toolset::default(), set);
            assert!(message.starts_with(expected), "case {line}: {message}");
            assert_eq!(message.is_empty(), expected.is_empty(), "case {line}: {message}");
        }
    }

    #[test]
    fn a_summary_on_demand_excludes_other_settings() {
        let none = Toolset::default();
        let signed = || serde_json::from_str::<Vec<Message>>(SIGNED).unwrap();
        assert_eq!(error_of(Platform::Anthropic, signed(), &none, |options| options), "");
        let edits = |options: RequestOptions| options.context_edit(ContextEdit::compact());
        assert!(error_of(Platform::Anthropic, signed(), &none, edits).contains("remove `ContextEdit::compact()`"));
        let budget = |options: RequestOptions| options.task_budget(TaskBudget::from(20_000).remaining(1_000));
        assert!(error_of(Platform::Anthropic, signed(), &none, budget).contains("set only the total"));
        assert!(error_of(Platform::Bedrock, signed(), &none, |options| options).contains("compaction block"));

        let call = Message::assistant(ToolUse::new("toolu_1", "a", serde_json::json!({})));
        let open = vec![Message::user("Hello"), call];
        let compacts = |options: RequestOptions| options.compact(None);
        assert!(error_of(Platform::Anthropic, open, &none, compacts).contains("add their results first"));
    }

    #[test]
    fn tools_that_code_calls_are_checked() {
        let schema = serde_json::json!({"type": "object"});
        let called = ToolDefinition::new("a", "Does.", &schema).allowed_callers(["code_execution_20260120"]);
        let raw = |definition: &ToolDefinition| crate::BuiltinTool::raw(serde_json::to_value(definition).unwrap());
        let alone = Toolset::default().with(raw(&called));
        assert!(
            error_of(Platform::Anthropic, hello(), &alone, |options| options)
                .contains("add `BuiltinTool::code_execution()`")
        );
        assert!(called.strict(true).check().is_err());

        let tools = alone.with(crate::BuiltinTool::code_execution());
        let of = |platform, choice: Option<ToolChoice>| {
            error_of(platform, hello(), &tools, |mut options| {
                options.tool_choice = choice;
                options.model = "claude-opus-5".into();
                options
            })
        };
        assert_eq!(of(Platform::Anthropic, Some(ToolChoice::auto())), "");
        assert!(of(Platform::Anthropic, Some(ToolChoice::any())).contains("forces a call is not possible"));
        assert!(of(Platform::Anthropic, Some(ToolChoice::auto().sequential())).contains("`ToolChoice::sequential`"));
        assert!(of(Platform::Vertex, None).contains("Vertex AI does not support tools that code can call"));
    }
}
