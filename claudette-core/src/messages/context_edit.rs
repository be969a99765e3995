//! [`ContextEdit`]: what the API removes from a long conversation before the model reads it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// A rule by which the API shortens a long conversation before the model reads it
/// ([Context editing](https://platform.claude.com/docs/en/build-with-claude/context-editing)).
///
/// The program keeps the whole conversation and sends it with every request. What the API has done is in
/// [`Response::applied_edits`](crate::Response::applied_edits).
///
/// ```
/// use claudette::wire::ContextEdit;
/// use serde_json::json;
///
/// let edit: ContextEdit = ContextEdit::clear_tool_results().trigger_tokens(50_000).keep(5).into();
/// assert_eq!(edit.kind(), "clear_tool_uses_20250919");
/// assert_eq!(
///     serde_json::to_value(&edit)?,
///     json!({"type": "clear_tool_uses_20250919", "trigger": {"type": "input_tokens", "value": 50_000},
///            "keep": {"type": "tool_uses", "value": 5}}),
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[doc(alias = "context_management")]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ContextEdit(Map<String, Value>);

const TOOL_RESULTS: &str = "clear_tool_uses_20250919";
const THINKING: &str = "clear_thinking_20251015";
const COMPACT: &str = "compact_20260112";

impl ContextEdit {
    /// Creates an edit that replaces old tool results by a short text.
    pub fn clear_tool_results() -> ClearToolResults {
        ClearToolResults(Self::of_kind(TOOL_RESULTS))
    }

    /// Creates an edit that removes old thinking.
    pub fn clear_thinking() -> ClearThinking {
        ClearThinking(Self::of_kind(THINKING))
    }

    /// Creates an edit by which the model summarizes the conversation when it becomes long.
    #[doc(alias = "compaction")]
    pub fn compact() -> Compact {
        Compact(Self::of_kind(COMPACT))
    }

    /// Creates an edit from its fields, which are sent unchanged. It is for edits without a constructor.
    pub fn raw(fields: Map<String, Value>) -> Self {
        Self(fields)
    }

    /// Returns the `type` of the edit, or an empty string if it has none.
    pub fn kind(&self) -> &str {
        self.0.get("type").and_then(Value::as_str).unwrap_or_default()
    }

    /// Returns `true` if this edit summarizes the conversation.
    pub(crate) fn is_compaction(&self) -> bool {
        self.kind().starts_with("compact_")
    }

    /// Returns the number of input tokens above which this edit summarizes the conversation, if it does so.
    pub(crate) fn compacts_at(&self) -> Option<u64> {
        self.is_compaction().then(|| self.trigger().unwrap_or(Compact::DEFAULT_TRIGGER))
    }

    /// Returns `true` if this edit removes thinking.
    pub(crate) fn is_of_thinking(&self) -> bool {
        self.kind().starts_with("clear_thinking_")
    }

    /// Returns the number of input tokens from which the edit is applied, if it is set.
    pub(crate) fn trigger(&self) -> Option<u64> {
        let trigger = self.0.get("trigger").filter(|trigger| trigger["type"] == INPUT_TOKENS)?;
        trigger["value"].as_u64()
    }

    fn of_kind(kind: &str) -> Self {
        Self(Map::new()).with("type", kind)
    }

    fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.0.insert(field.to_owned(), value.into());
        self
    }
}

const INPUT_TOKENS: &str = "input_tokens";

fn measured(kind: &str, value: u64) -> Value {
    json!({"type": kind, "value": value})
}

/// An edit that replaces old tool results by a short text. See [`ContextEdit::clear_tool_results`].
///
/// ```
/// use claudette::client::RequestOptions;
/// use claudette::wire::ContextEdit;
///
/// let edit = ContextEdit::clear_tool_results().trigger_calls(20).clear_at_least(10_000).exclude_tools(["memory"]);
/// let options = RequestOptions::new("claude-sonnet-5-5").context_edit(edit);
/// assert_eq!(options.context_edits[0].kind(), "clear_tool_uses_20250919");
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use = "an edit has an effect only in a request"]
pub struct ClearToolResults(ContextEdit);

impl ClearToolResults {
    /// Sets the number of input tokens from which results are removed; 100,000 by default.
    pub fn trigger_tokens(self, tokens: u64) -> Self {
        Self(self.0.with("trigger", measured(INPUT_TOKENS, tokens)))
    }

    /// Sets the number of tool calls from which results are removed, in place of a number of tokens.
    pub fn trigger_calls(self, calls: u64) -> Self {
        Self(self.0.with("trigger", measured("tool_uses", calls)))
    }

    /// Sets the number of the latest tool calls whose results are kept; 3 by default.
    pub fn keep(self, calls: u64) -> Self {
        Self(self.0.with("keep", measured("tool_uses", calls)))
    }

    /// Sets the number of tokens that must be removed at once. Removing results makes the cache entries of the later
    /// messages useless, so removing only a few costs more than it saves.
    pub fn clear_at_least(self, tokens: u64) -> Self {
        Self(self.0.with("clear_at_least", measured(INPUT_TOKENS, tokens)))
    }

    /// Sets the tools whose results are kept, for example a memory tool.
    pub fn exclude_tools(self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        Self(self.0.with("exclude_tools", names))
    }

    /// Sets whether the arguments of the calls are removed too; `false` by default.
    pub fn clear_inputs(self, clear: bool) -> Self {
        Self(self.0.with("clear_tool_inputs", clear))
    }
}

/// An edit that removes old thinking. See [`ContextEdit::clear_thinking`].
///
/// ```
/// use claudette::wire::ContextEdit;
/// use serde_json::json;
///
/// let edit: ContextEdit = ContextEdit::clear_thinking().keep_turns(2).into();
/// assert_eq!(serde_json::to_value(&edit)?["keep"], json!({"type": "thinking_turns", "value": 2}));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use = "an edit has an effect only in a request"]
pub struct ClearThinking(ContextEdit);

impl ClearThinking {
    /// Sets the number of the latest turns with thinking that are kept.
    pub fn keep_turns(self, turns: u64) -> Self {
        Self(self.0.with("keep", measured("thinking_turns", turns)))
    }

    /// Keeps all thinking.
    pub fn keep_all(self) -> Self {
        Self(self.0.with("keep", "all"))
    }
}

/// An edit by which the model summarizes the conversation when it becomes long. See [`ContextEdit::compact`].
///
/// The response then begins with a [`Compaction`](crate::wire::Compaction). The API ignores the messages before it in
/// the next request.
///
/// ```
/// use claudette::wire::ContextEdit;
/// use serde_json::json;
///
/// let edit: ContextEdit = ContextEdit::compact().trigger_tokens(80_000).pause_after(true).into();
/// assert_eq!(serde_json::to_value(&edit)?["pause_after_compaction"], json!(true));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use = "an edit has an effect only in a request"]
pub struct Compact(ContextEdit);

impl Compact {
    /// The smallest number of input tokens that triggers a compaction.
    pub(crate) const LEAST_TRIGGER: u64 = 50_000;
    /// The number of input tokens that triggers a compaction by default.
    const DEFAULT_TRIGGER: u64 = 150_000;

    /// Sets the number of input tokens from which the model summarizes: at least 50,000; 150,000 by default.
    pub fn trigger_tokens(self, tokens: u64) -> Self {
        Self(self.0.with("trigger", measured(INPUT_TOKENS, tokens)))
    }

    /// Sets the instructions for the summary.
    pub fn instructions(self, instructions: impl Into<String>) -> Self {
        Self(self.0.with("instructions", instructions.into()))
    }

    /// Sets whether the response ends after the summary, with the stop reason
    /// [`Compaction`](crate::wire::StopReason::Compaction).
    pub fn pause_after(self, pause: bool) -> Self {
        Self(self.0.with("pause_after_compaction", pause))
    }
}

impl From<ClearToolResults> for ContextEdit {
    fn from(edit: ClearToolResults) -> Self {
        edit.0
    }
}

impl From<ClearThinking> for ContextEdit {
    fn from(edit: ClearThinking) -> Self {
        edit.0
    }
}

impl From<Compact> for ContextEdit {
    fn from(edit: Compact) -> Self {
        edit.0
    }
}

/// An edit that the API applied to a request. See [`Response::applied_edits`](crate::Response::applied_edits).
///
/// ```
/// use claudette::Response;
///
/// let response: Response = serde_json::from_str(
///     r#"{"content":[],"context_management":{"applied_edits":[
///         {"type":"clear_tool_uses_20250919","cleared_tool_uses":8,"cleared_input_tokens":50000}]}}"#,
/// )?;
/// let edits = response.applied_edits();
/// assert_eq!((edits[0].cleared_tool_uses(), edits[0].cleared_input_tokens()), (8, 50_000));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AppliedEdit(Map<String, Value>);

impl AppliedEdit {
    /// Returns the edits in the field `context_management` of a response.
    pub(super) fn all_in(field: Option<&Value>) -> Vec<Self> {
        let edits = field.and_then(|field| field.get("applied_edits")).and_then(Value::as_array);
        edits.into_iter().flatten().filter_map(Value::as_object).cloned().map(Self).collect()
    }

    /// Returns the `type` of the edit.
    pub fn kind(&self) -> &str {
        self.0.get("type").and_then(Value::as_str).unwrap_or_default()
    }

    /// Returns the number of tool calls whose results were removed.
    pub fn cleared_tool_uses(&self) -> u64 {
        self.count("cleared_tool_uses")
    }

    /// Returns the number of turns whose thinking was removed.
    pub fn cleared_thinking_turns(&self) -> u64 {
        self.count("cleared_thinking_turns")
    }

    /// Returns the number of input tokens that were removed.
    pub fn cleared_input_tokens(&self) -> u64 {
        self.count("cleared_input_tokens")
    }

    fn count(&self, field: &str) -> u64 {
        self.0.get(field).and_then(Value::as_u64).unwrap_or_default()
    }
}
