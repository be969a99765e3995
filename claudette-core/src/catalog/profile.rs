//! [`Profile`]: what a model is able to do, and what it takes.

use std::borrow::Cow;

use super::model::{Model, undated};
use crate::messages::{Effort, ModelInfo, ThinkingKind};

/// What a model is able to do, and what it takes.
///
/// [`Model::profile`] has a row for each current model, [`ModelInfo::profile`](crate::ModelInfo::profile) asks the API.
/// A setting that the model's profile rules out is refused before anything is sent, by an error that says what to use
/// instead; a model without a profile is never second-guessed. [`Client::with_profile`](crate::Client::with_profile)
/// replaces a row.
///
/// ```
/// use claudette::{Effort, Model, Profile, ThinkingKind};
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
    model: Model,
    context_window: Option<u64>,
    max_output: Option<u64>,
    thinking_default: ThinkingDefault,
    thinking_kinds: Cow<'static, [ThinkingKind]>,
    /// Without thinking, the effort is at most high.
    limits_quiet_effort: bool,
    efforts: Cow<'static, [Effort]>,
    default_effort: Option<Effort>,
    prefill: bool,
    sampling: bool,
    forced_tool_choice: bool,
    structured_outputs: bool,
    system_messages: bool,
    min_cache_tokens: Option<u64>,
    as_of: Option<&'static str>,
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

    /// The most tokens that a prompt and its reply may have together, if that is known.
    pub fn context_window(&self) -> Option<u64> {
        self.context_window
    }

    /// The most tokens that a reply may have, thinking included, if that is known.
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

    /// Whether a request may demand a call ([`ToolChoice::any`](crate::ToolChoice::any) and
    /// [`named`](crate::ToolChoice::named)); no model allows it together with
    /// [`ThinkingConfig::enabled`](crate::ThinkingConfig::enabled).
    pub fn takes_forced_tool_choice(&self) -> bool {
        self.forced_tool_choice
    }

    /// Whether a reply can be bound to a JSON schema.
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

impl Model {
    /// What the model is able to do, and what it takes; none for a model that has no row in the table here.
    ///
    /// ```
    /// use claudette::{Effort, Model};
    ///
    /// let profile = Model::from("claude-haiku-4-5-20251001").profile().unwrap();
    /// assert_eq!(profile.max_output(), Some(64_000));
    /// assert_eq!(profile.as_of(), Some("2026-11-22"));
    /// assert!(profile.efforts().is_empty());
    /// ```
    pub fn profile(&self) -> Option<&'static Profile> {
        let name = undated(self.as_str());
        TABLE.iter().find(|profile| profile.model.as_str() == name)
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

/// Makes [`TABLE`] of a table.
macro_rules! table {
    (@yes) => { true };
    (@no) => { false };
    ($($model:ident | $size:ident | $thinking:ident | $kinds:ident | $quiet:ident | $efforts:ident | $effort:ident
        | $prefill:ident | $sampling:ident | $forced:ident | $system:ident | $cache:literal | $as_of:literal)+) => {
        static TABLE: &[Profile] = &[$(Profile {
            model: Model::$model,
            context_window: Some($size.0),
            max_output: Some($size.1),
            thinking_default: ThinkingDefault::$thinking,
            thinking_kinds: Cow::Borrowed($kinds),
            limits_quiet_effort: table!(@$quiet),
            efforts: Cow::Borrowed($efforts),
            default_effort: $effort,
            prefill: table!(@$prefill),
            sampling: table!(@$sampling),
            forced_tool_choice: table!(@$forced),
            // All of them do.
            structured_outputs: true,
            system_messages: table!(@$system),
            min_cache_tokens: Some($cache),
            as_of: Some($as_of),
        }),+];
    };
}

// By Anthropic's documentation (https://docs.claude.com/en/docs/about-claude/models/overview, and the page of each
// feature). Where it disagrees with what people report, a row allows: the API says no in good words too, and what was
// never sent cannot succeed.
//
// Model | context window and most output | thinking when nothing is said | its kinds | whether the effort is limited
// without | efforts | the usual one | prefill | sampling | forced tool choice | system messages | fewest tokens to cache
// | as of.
table! {
    FABLE_5_2  | LARGE | Always | ALWAYS   | no  | TO_MAX   | HIGH   | no  | no  | no  | yes |  512 | "2026-11-22"
    MYTHOS_5_2 | LARGE | Always | ALWAYS   | no  | TO_MAX   | HIGH   | no  | no  | no  | yes |  512 | "2026-11-22"
    HAIKU_5_5  | LARGE | On     | ADAPTIVE | yes | TO_MAX   | MEDIUM | no  | no  | yes | yes |  512 | "2026-11-22"
    SONNET_5_5 | LARGE | On     | BETWEEN  | yes | TO_MAX   | HIGH   | no  | no  | no  | yes |  512 | "2026-11-22"
    OPUS_5_5   | LARGE | Always | ALWAYS   | no  | TO_MAX   | MEDIUM | no  | no  | no  | yes |  512 | "2026-11-22"
    FABLE_5_1  | LARGE | Always | ALWAYS   | no  | TO_MAX   | HIGH   | no  | no  | no  | yes |  512 | "2026-11-22"
    MYTHOS_5_1 | LARGE | Always | ALWAYS   | no  | TO_MAX   | HIGH   | no  | no  | no  | yes |  512 | "2026-11-22"
    OPUS_5     | LARGE | On     | ADAPTIVE | yes | TO_MAX   | HIGH   | no  | no  | yes | yes |  512 | "2026-11-22"
    // Reports differ on system messages.
    SONNET_5   | LARGE | On     | ADAPTIVE | no  | TO_MAX   | HIGH   | no  | no  | yes | yes | 1024 | "2026-11-22"
    // Reports differ on forced tool choice, here and below.
    FABLE_5    | LARGE | Always | ALWAYS   | no  | TO_MAX   | HIGH   | no  | no  | yes | yes |  512 | "2026-11-22"
    MYTHOS_5   | LARGE | Always | ALWAYS   | no  | TO_MAX   | HIGH   | no  | no  | yes | yes |  512 | "2026-11-22"
    OPUS_4_8   | LARGE | Off    | ADAPTIVE | no  | TO_MAX   | HIGH   | no  | no  | yes | yes | 1024 | "2026-11-22"
    OPUS_4_7   | LARGE | Off    | ADAPTIVE | no  | TO_MAX   | HIGH   | no  | no  | yes | no  | 2048 | "2026-11-22"
    OPUS_4_6   | LARGE | Off    | EITHER   | no  | NO_XHIGH | HIGH   | no  | yes | yes | no  | 4096 | "2026-11-22"
    SONNET_4_6 | LARGE | Off    | EITHER   | no  | NO_XHIGH | HIGH   | no  | yes | yes | no  | 1024 | "2026-11-22"
    OPUS_4_5   | SMALL | Off    | BUDGET   | no  | TO_HIGH  | HIGH   | yes | yes | yes | no  | 4096 | "2026-11-22"
    HAIKU_4_5  | SMALL | Off    | BUDGET   | no  | NONE     | None   | yes | yes | yes | no  | 4096 | "2026-11-22"
    SONNET_4_5 | SMALL | Off    | BUDGET   | no  | NONE     | None   | yes | yes | yes | no  | 1024 | "2026-11-22"
}

const LARGE: (u64, u64) = (1_000_000, 128_000);
const SMALL: (u64, u64) = (200_000, 64_000);

const ANY_KIND: &[ThinkingKind] =
    &[ThinkingKind::Adaptive, ThinkingKind::Enabled, ThinkingKind::Disabled, ThinkingKind::BetweenTools];
const ALWAYS: &[ThinkingKind] = &[ThinkingKind::Adaptive];
const ADAPTIVE: &[ThinkingKind] = &[ThinkingKind::Adaptive, ThinkingKind::Disabled];
const BETWEEN: &[ThinkingKind] = &[ThinkingKind::Adaptive, ThinkingKind::BetweenTools];
const EITHER: &[ThinkingKind] = &[ThinkingKind::Adaptive, ThinkingKind::Enabled, ThinkingKind::Disabled];
const BUDGET: &[ThinkingKind] = &[ThinkingKind::Enabled, ThinkingKind::Disabled];

const TO_MAX: &[Effort] = &[Effort::Low, Effort::Medium, Effort::High, Effort::XHigh, Effort::Max];
const NO_XHIGH: &[Effort] = &[Effort::Low, Effort::Medium, Effort::High, Effort::Max];
const TO_HIGH: &[Effort] = &[Effort::Low, Effort::Medium, Effort::High];
const NONE: &[Effort] = &[];

const HIGH: Option<Effort> = Some(Effort::High);
const MEDIUM: Option<Effort> = Some(Effort::Medium);

#[cfg(test)]
mod tests {
    use super::*;

    fn row(model: &Model) -> &'static Profile {
        model.profile().unwrap_or_else(|| panic!("{model} has no row"))
    }

    fn models(holds: impl Fn(&Profile) -> bool) -> Vec<&'static str> {
        let name = |profile: &'static Profile| profile.model.as_str().strip_prefix("claude-").unwrap();
        TABLE.iter().filter(|profile| holds(profile)).map(name).collect()
    }

    /// Column by column, as the documentation lists exceptions: a row that was copied from its neighbour shows up here.
    #[test]
    fn each_column_says_what_the_documentation_says() {
        let old = ["opus-4-5", "haiku-4-5", "sonnet-4-5"];
        let until_4_6 = ["opus-4-6", "sonnet-4-6", "opus-4-5", "haiku-4-5", "sonnet-4-5"];
        let always = ["fable-5-2", "mythos-5-2", "opus-5-5", "fable-5-1", "mythos-5-1", "fable-5", "mythos-5"];

        assert_eq!(models(|row| row.context_window != Some(1_000_000)), old);
        assert_eq!(models(|row| row.max_output != Some(128_000)), old);
        assert_eq!(models(|row| row.prefill), old);
        assert_eq!(models(|row| row.sampling), until_4_6);
        assert_eq!(
            models(|row| !row.forced_tool_choice),
            ["fable-5-2", "mythos-5-2", "sonnet-5-5", "opus-5-5", "fable-5-1", "mythos-5-1"]
        );
        assert_eq!(
            models(|row| !row.system_messages),
            ["opus-4-7", "opus-4-6", "sonnet-4-6", "opus-4-5", "haiku-4-5", "sonnet-4-5"]
        );
        assert!(models(|row| !row.structured_outputs).is_empty());

        assert_eq!(models(|row| row.thinking_default == ThinkingDefault::Always), always);
        assert_eq!(
            models(|row| row.thinking_default == ThinkingDefault::On),
            ["haiku-5-5", "sonnet-5-5", "opus-5", "sonnet-5"]
        );
        let takes = |kind| models(move |row| row.thinking_kinds.contains(&kind));
        assert_eq!(models(|row| !row.thinking_kinds.contains(&ThinkingKind::Adaptive)), old);
        assert_eq!(takes(ThinkingKind::Enabled), until_4_6);
        assert_eq!(takes(ThinkingKind::BetweenTools), ["sonnet-5-5"]);
        assert_eq!(models(|row| *row.thinking_kinds == [ThinkingKind::Adaptive]), always);
        assert_eq!(models(|row| row.limits_quiet_effort), ["haiku-5-5", "sonnet-5-5", "opus-5"]);

        assert_eq!(models(|row| row.efforts.is_empty()), ["haiku-4-5", "sonnet-4-5"]);
        assert_eq!(models(|row| !row.efforts.contains(&Effort::XHigh)), until_4_6);
        assert_eq!(models(|row| !row.efforts.contains(&Effort::Max)), old);
        assert_eq!(models(|row| row.default_effort == Some(Effort::Medium)), ["haiku-5-5", "opus-5-5"]);
        assert_eq!(models(|row| row.default_effort.is_none()), ["haiku-4-5", "sonnet-4-5"]);

        assert_eq!(models(|row| row.min_cache_tokens == Some(4096)), ["opus-4-6", "opus-4-5", "haiku-4-5"]);
        assert_eq!(models(|row| row.min_cache_tokens == Some(2048)), ["opus-4-7"]);
        assert_eq!(
            models(|row| row.min_cache_tokens == Some(1024)),
            ["sonnet-5", "opus-4-8", "sonnet-4-6", "sonnet-4-5"]
        );
        assert!(models(|row| row.as_of.is_none()).is_empty());
    }

    #[test]
    fn a_date_is_no_part_of_the_name() {
        assert_eq!(*row(&Model::from("claude-sonnet-4-5-20250929")), *row(&Model::SONNET_4_5));
        assert!(Model::from("claude-sonnet-4-5-latest").profile().is_none());
        assert!(Model::from("claude-sonnet-4").profile().is_none());
    }

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
