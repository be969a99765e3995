//! [`Profile`]: what a model is able to do, and what it takes.

use std::borrow::Cow;

use super::model::{Model, undated};
use crate::messages::{Effort, ModelInfo, ThinkingKind};

/// What a model is able to do, and what it takes.
///
/// [`Model::profile`] has a row for each current model, [`ModelInfo::profile`](crate::wire::ModelInfo::profile) asks the API.
/// A setting that the model's profile rules out is refused before anything is sent, by an error that says what to use
/// instead; a model without a profile is never second-guessed. [`Client::with_profile`](crate::Client::with_profile)
/// replaces a row.
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
    /// Without thinking, the effort is at most high.
    pub(super) limits_quiet_effort: bool,
    pub(super) efforts: Cow<'static, [Effort]>,
    pub(super) default_effort: Option<Effort>,
    pub(super) prefill: bool,
    pub(super) sampling: bool,
    pub(super) forced_tool_choice: bool,
    pub(super) structured_outputs: bool,
    pub(super) system_messages: bool,
    pub(super) min_cache_tokens: Option<u64>,
    pub(super) as_of: Option<&'static str>,
}

/// What a model does that is told nothing about thinking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ThinkingDefault {
    /// It does not think.
    Off,
    /// It thinks; that can be turned off, or down.
    On,
    /// It thinks, and cannot be stopped.
    Always,
}

impl Profile {
    /// A profile that rules nothing out: the API has the last word then.
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
            min_cache_tokens: None,
            as_of: None,
        }
    }

    /// The model.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The most tokens that a prompt and its response may have together, if that is known.
    pub fn context_window(&self) -> Option<u64> {
        self.context_window
    }

    /// The most tokens that a response may have, thinking included, if that is known.
    pub fn max_output(&self) -> Option<u64> {
        self.max_output
    }

    /// Whether the model thinks when a request says nothing about it.
    pub fn thinking_default(&self) -> ThinkingDefault {
        self.thinking_default
    }

    /// The kinds of thinking that a request may ask for.
    pub fn thinking_kinds(&self) -> &[ThinkingKind] {
        &self.thinking_kinds
    }

    /// The levels of effort that a request may ask for, from the least; none if the model has no such setting.
    pub fn efforts(&self) -> &[Effort] {
        &self.efforts
    }

    /// The level of effort when a request says nothing about it, if that is known.
    pub fn default_effort(&self) -> Option<&Effort> {
        self.default_effort.as_ref()
    }

    /// Whether the model goes on from words put into its mouth; no model does so while it thinks.
    pub fn takes_prefill(&self) -> bool {
        self.prefill
    }

    /// Whether `temperature`, `top_p` and `top_k` may be other than neutral.
    pub fn takes_sampling(&self) -> bool {
        self.sampling
    }

    /// Whether a request may demand a call ([`ToolChoice::any`](crate::wire::ToolChoice::any) and
    /// [`named`](crate::wire::ToolChoice::named)); no model allows it together with
    /// [`ThinkingConfig::enabled`](crate::wire::ThinkingConfig::enabled).
    pub fn takes_forced_tool_choice(&self) -> bool {
        self.forced_tool_choice
    }

    /// Whether a response can be bound to a JSON schema.
    pub fn takes_structured_outputs(&self) -> bool {
        self.structured_outputs
    }

    /// Whether messages of the role `system` may stand in the middle of a conversation.
    pub fn takes_system_messages(&self) -> bool {
        self.system_messages
    }

    /// The fewest tokens that a prompt must have to be kept in the cache, if that is known.
    pub fn min_cache_tokens(&self) -> Option<u64> {
        self.min_cache_tokens
    }

    /// The day on which the model's row was compared with Anthropic's documentation, as `YYYY-MM-DD`; none if it has no
    /// row, and so nothing but what the API says of it is known.
    pub fn as_of(&self) -> Option<&str> {
        self.as_of
    }

    /// Whether the effort is at most high where thinking is turned off.
    pub(crate) fn limits_quiet_effort(&self) -> bool {
        self.limits_quiet_effort
    }

    /// Whether this is the row of that model, by whichever of its names.
    pub(crate) fn is_of(&self, model: &Model) -> bool {
        undated(self.model.as_str()) == undated(model.as_str())
    }
}

impl ModelInfo {
    /// What the API says of the model as a profile.
    ///
    /// Of what the API does not say (prefill, sampling, forced tool choice, system messages, the cache's minimum) the
    /// table's row decides, and nothing is ruled out where there is none.
    pub fn profile(&self) -> Profile {
        let model = Model::from(self.id());
        let mut profile = model.profile().cloned().unwrap_or_else(|| Profile::unrestricted(model.clone()));
        profile.model = model;
        profile.context_window = self.max_input_tokens().or(profile.context_window);
        profile.max_output = self.max_tokens().or(profile.max_output);
        profile.structured_outputs = self.supports("structured_outputs").unwrap_or(profile.structured_outputs);
        profile.thinking_kinds = self.narrow(ANY_KIND, &profile.thinking_kinds, ThinkingKind::as_str, "thinking.types");
        profile.efforts = self.narrow(TO_MAX, &profile.efforts, Effort::as_str, "effort");
        profile
    }

    /// Those of `all` that the API says the model takes, and those of `before` of which it says nothing.
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
    fn what_the_api_says_counts_more_than_the_table() {
        let info: ModelInfo = serde_json::from_value(serde_json::json!({
            "id": "claude-opus-5",
            "max_tokens": 256_000,
            "capabilities": {
                "structured_outputs": {"supported": false},
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
        // Of this it says nothing.
        assert_eq!(profile.context_window(), Some(1_000_000));
        assert_eq!(profile.default_effort(), Some(&Effort::High));
        assert!(!profile.takes_prefill());

        let next: ModelInfo = serde_json::from_str(r#"{"id":"claude-next"}"#).unwrap();
        assert_eq!(next.profile(), Profile::unrestricted("claude-next"));
    }
}
