//! [`Profile`]: the limits of a model and the settings that it supports.

use std::borrow::Cow;

use super::model::{Model, plain_name};
use crate::messages::{Effort, ModelInfo, ThinkingKind};

/// The limits of a model and the settings that it supports.
///
/// [`Model::profile`] returns the profile of each current model from a table.
/// [`ModelInfo::profile`](crate::wire::ModelInfo::profile) uses the information from the API.
/// [`Client::with_profile`](crate::Client::with_profile) replaces a profile.
///
/// If a request has a setting that the profile of its model does not support, it is not sent, and the error names an
/// alternative. For a model without a profile, nothing is checked.
///
/// ```
/// use claudette::catalog::{Model, Profile};
/// use claudette::wire::{Effort, ThinkingKind};
///
/// let profile = Model::SONNET_5_5.profile().unwrap();
/// assert_eq!(profile.context_window(), Some(1_000_000));
/// assert!(profile.thinking_kinds().contains(&ThinkingKind::Adaptive));
/// assert!(profile.efforts().contains(&Effort::XHigh));
/// assert!(!profile.takes_prefill());
///
/// assert!(Model::from("some-other-model").profile().is_none());
/// assert!(Profile::unrestricted("some-other-model").takes_prefill());
/// ```
#[derive(Clone, Debug, PartialEq)]
// Each is a column of a table, and has nothing to do with the others.
#[allow(clippy::struct_excessive_bools)]
pub struct Profile {
    pub(super) model: Model,
    pub(super) context_window: Option<u64>,
    pub(super) max_output: Option<u64>,
    pub(super) thinking_default: ThinkingDefault,
    pub(super) thinking_kinds: Cow<'static, [ThinkingKind]>,
    /// `true` if the effort is at most high when thinking is disabled.
    pub(super) limits_quiet_effort: bool,
    pub(super) efforts: Cow<'static, [Effort]>,
    pub(super) default_effort: Option<Effort>,
    pub(super) prefill: bool,
    pub(super) sampling: bool,
    pub(super) forced_tool_choice: bool,
    pub(super) structured_outputs: bool,
    pub(super) system_messages: bool,
    pub(super) compaction: bool,
    pub(super) task_budget: bool,
    pub(super) preserves_thinking: bool,
    pub(super) binds_thinking: bool,
    pub(super) min_cache_tokens: Option<u64>,
    pub(super) as_of: Option<&'static str>,
}

/// The behavior of a model if a request does not configure thinking.
///
/// ```
/// use claudette::catalog::{Model, ThinkingDefault};
///
/// assert_eq!(Model::SONNET_5_5.profile().unwrap().thinking_default(), ThinkingDefault::On);
/// assert_eq!(Model::HAIKU_4_5.profile().unwrap().thinking_default(), ThinkingDefault::Off);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ThinkingDefault {
    /// The model does not think.
    Off,
    /// The model thinks, and a request can reduce or disable it.
    On,
    /// The model thinks, and a request cannot disable it.
    Always,
}

impl Profile {
    /// Returns a profile that supports all settings, so that only the API checks them.
    pub fn unrestricted(model: impl Into<Model>) -> Self {
        Self {
            model: model.into(),
            context_window: None,
            max_output: None,
            thinking_default: ThinkingDefault::On,
            thinking_kinds: ANY_KIND.into(),
            limits_quiet_effort: false,
            efforts: TO_MAX.into(),
            default_effort: None,
            prefill: true,
            sampling: true,
            forced_tool_choice: true,
            structured_outputs: true,
            system_messages: true,
            compaction: true,
            task_budget: true,
            preserves_thinking: true,
            // Newer models do, and a client that assumes so sends nothing that other models refuse.
            binds_thinking: true,
            min_cache_tokens: None,
            as_of: None,
        }
    }

    /// Returns the model.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Returns the maximum number of tokens in a prompt and its response together, if it is known.
    pub fn context_window(&self) -> Option<u64> {
        self.context_window
    }

    /// Returns the maximum number of tokens in a response, including thinking, if it is known.
    pub fn max_output(&self) -> Option<u64> {
        self.max_output
    }

    /// Returns the behavior of the model if a request does not configure thinking.
    pub fn thinking_default(&self) -> ThinkingDefault {
        self.thinking_default
    }

    /// Returns the kinds of thinking that a request can use.
    pub fn thinking_kinds(&self) -> &[ThinkingKind] {
        &self.thinking_kinds
    }

    /// Returns the levels of effort that a request can use, from the lowest. The list is empty if the model does not
    /// have this setting.
    pub fn efforts(&self) -> &[Effort] {
        &self.efforts
    }

    /// Returns the level of effort if a request does not set it, if it is known.
    pub fn default_effort(&self) -> Option<&Effort> {
        self.default_effort.as_ref()
    }

    /// Returns `true` if the model can continue a prefilled response. No model can do so while it thinks.
    pub fn takes_prefill(&self) -> bool {
        self.prefill
    }

    /// Returns `true` if a request can set `temperature`, `top_p` and `top_k` to other than neutral values.
    pub fn takes_sampling(&self) -> bool {
        self.sampling
    }

    /// Returns `true` if a request can force a tool call ([`ToolChoice::any`](crate::wire::ToolChoice::any) and
    /// [`named`](crate::wire::ToolChoice::named)). No model supports this together with
    /// [`ThinkingConfig::enabled`](crate::wire::ThinkingConfig::enabled).
    pub fn takes_forced_tool_choice(&self) -> bool {
        self.forced_tool_choice
    }

    /// Returns `true` if a response can be constrained to a JSON schema.
    pub fn takes_structured_outputs(&self) -> bool {
        self.structured_outputs
    }

    /// Returns `true` if a conversation can contain messages with the role `system`.
    pub fn takes_system_messages(&self) -> bool {
        self.system_messages
    }

    /// Returns `true` if the API can summarize a conversation for the model
    /// ([`ContextEdit::compact`](crate::wire::ContextEdit::compact) and
    /// [`Chat::compact`](crate::Chat::compact)).
    #[doc(alias = "summarize")]
    pub fn takes_compaction(&self) -> bool {
        self.compaction
    }

    /// Returns `true` if a request can set a [`TaskBudget`](crate::wire::TaskBudget).
    pub fn takes_task_budget(&self) -> bool {
        self.task_budget
    }

    /// Returns `true` if the thinking of all earlier turns stays in the context, where it counts as input. Other models
    /// keep only the thinking since the last message of the user that is not a tool result.
    pub fn preserves_thinking(&self) -> bool {
        self.preserves_thinking
    }

    /// Returns `true` if the API accepts a thinking block only after the messages, the system prompt and the tools for
    /// which it was made. After a change of these, the thinking that follows must be removed.
    ///
    /// Some models check this only for accounts that were made after a date, and return `true` as well. An
    /// [unrestricted](Self::unrestricted) profile also does.
    #[doc(alias = "signature")]
    pub fn binds_thinking(&self) -> bool {
        self.binds_thinking
    }

    /// Returns the minimum number of tokens in a prompt that can be cached, if it is known.
    pub fn min_cache_tokens(&self) -> Option<u64> {
        self.min_cache_tokens
    }

    /// Returns the date (`YYYY-MM-DD`) on which the profile was compared with Anthropic's documentation. Returns `None`
    /// if the profile is not from the table.
    pub fn as_of(&self) -> Option<&str> {
        self.as_of
    }

    /// Returns `true` if the effort is at most high when thinking is disabled.
    pub(crate) fn limits_quiet_effort(&self) -> bool {
        self.limits_quiet_effort
    }

    /// Returns `true` if this is the profile of the model, whose name can have a date.
    pub(crate) fn is_of(&self, model: &Model) -> bool {
        plain_name(self.model.as_str()) == plain_name(model.as_str())
    }
}

impl ModelInfo {
    /// Returns the information of the API on the model as a profile.
    ///
    /// The API does not return information on some settings (prefill, sampling, forced tool choice, system messages,
    /// task budgets, the treatment of earlier thinking, the minimum for the cache). For these, the profile contains the values of the table, or supports everything if
    /// the table does not contain the model.
    pub fn profile(&self) -> Profile {
        let model = Model::from(self.id());
        let mut profile = model.profile().cloned().unwrap_or_else(|| Profile::unrestricted(model.clone()));
        profile.model = model;
        profile.context_window = self.max_input_tokens().or(profile.context_window);
        profile.max_output = self.max_tokens().or(profile.max_output);
        profile.structured_outputs = self.supports("structured_outputs").unwrap_or(profile.structured_outputs);
        profile.compaction = self.supports("compaction").unwrap_or(profile.compaction);
        profile.thinking_kinds = self.narrow(ANY_KIND, &profile.thinking_kinds, ThinkingKind::as_str, "thinking.types");
        profile.efforts = self.narrow(TO_MAX, &profile.efforts, Effort::as_str, "effort");
        profile
    }

    /// Returns the items of `all` that the model supports according to the API, and those of `before` on which the API
    /// does not return information.
    fn narrow<T: Clone + PartialEq>(
        &self,
        all: &[T],
        before: &[T],
        name: fn(&T) -> &str,
        group: &str,
    ) -> Cow<'static, [T]> {
        let taken = |word: &&T| self.supports(&format!("{group}.{}", name(word))).unwrap_or(before.contains(word));
        all.iter().filter(taken).cloned().collect()
    }
}

/// All kinds of thinking.
pub(super) const ANY_KIND: &[ThinkingKind] =
    &[ThinkingKind::Adaptive, ThinkingKind::Enabled, ThinkingKind::Disabled, ThinkingKind::BetweenTools];

/// All levels of effort.
pub(super) const TO_MAX: &[Effort] = &[Effort::Low, Effort::Medium, Effort::High, Effort::XHigh, Effort::Max];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_api_overrides_the_table() {
        let info: ModelInfo = serde_json::from_value(serde_json::json!({
            "id": "claude-opus-5",
            "max_tokens": 256_000,
            "capabilities": {
                "structured_outputs": {"supported": false},
                "compaction": {"supported": false},
                "thinking": {"supported": true, "types": {
                    "disabled": {"supported": false},
                    "between_tools": {"supported": true},
                }},
                "effort": {"supported": true, "max": {"supported": false}},
            },
        }))
        .unwrap();
        let profile = info.profile();
        assert_eq!(profile.max_output(), Some(256_000));
        assert_eq!(profile.thinking_kinds(), [ThinkingKind::Adaptive, ThinkingKind::BetweenTools]);
        assert_eq!(profile.efforts(), [Effort::Low, Effort::Medium, Effort::High, Effort::XHigh]);
        assert!(!profile.takes_structured_outputs());
        assert!(!profile.takes_compaction());
        // The API does not return information on these.
        assert_eq!(profile.context_window(), Some(1_000_000));
        assert_eq!(profile.default_effort(), Some(&Effort::High));
        assert!(!profile.takes_prefill());

        let next: ModelInfo = serde_json::from_str(r#"{"id":"claude-next"}"#).unwrap();
        assert_eq!(next.profile(), Profile::unrestricted("claude-next"));
    }
}
