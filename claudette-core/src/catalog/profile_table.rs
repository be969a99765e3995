//! The settings that each model supports, by Anthropic's documentation.

use std::borrow::Cow;
use std::sync::LazyLock;

use super::model::{Model, plain_name};
use super::platform::Platform;
use super::profile::{Profile, TO_MAX, ThinkingDefault};
use crate::messages::{Effort, ThinkingKind};

impl Model {
    /// Returns the profile of the model. Returns `None` if the table of this library does not contain the model.
    ///
    /// ```
    /// use claudette::catalog::Model;
    /// use claudette::wire::Effort;
    ///
    /// let profile = Model::from("claude-haiku-4-5-20251001").profile().unwrap();
    /// assert_eq!(profile.max_output(), Some(64_000));
    /// assert_eq!(profile.as_of(), Some("2026-11-22"));
    /// assert!(profile.efforts().is_empty());
    /// ```
    pub fn profile(&self) -> Option<&'static Profile> {
        self.profile_on(Platform::Anthropic)
    }

    /// Returns the profile of the model on a platform, where it may lack settings that it has elsewhere.
    pub(crate) fn profile_on(&self, platform: Platform) -> Option<&'static Profile> {
        let name = plain_name(self.as_str());
        let table = if platform == Platform::Bedrock { &**ON_BEDROCK } else { TABLE };
        table.iter().find(|profile| profile.model.as_str() == name)
    }
}

/// [`TABLE`] for the API `InvokeModel` of Amazon Bedrock
/// (<https://platform.claude.com/docs/en/build-with-claude/claude-on-amazon-bedrock>).
static ON_BEDROCK: LazyLock<Vec<Profile>> = LazyLock::new(|| {
    let on_bedrock = |row: &Profile| Profile {
        structured_outputs: row.structured_outputs && !row.model.as_str().ends_with("-5-5"),
        system_messages: row.system_messages && row.model != Model::SONNET_5,
        ..row.clone()
    };
    TABLE.iter().map(on_bedrock).collect()
});

/// Defines [`TABLE`] from rows.
macro_rules! table {
    (@yes) => { true };
    (@no) => { false };
    ($($model:ident | $size:ident | $thinking:ident | $kinds:ident | $quiet:ident | $efforts:ident | $effort:ident
        | $prefill:ident | $sampling:ident | $forced:ident | $system:ident | $compact:ident | $budget:ident | $keeps:ident | $binds:ident | $cache:literal | $as_of:literal)+) => {
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
            // All models support them at the API of Anthropic.
            structured_outputs: true,
            system_messages: table!(@$system),
            compaction: table!(@$compact),
            task_budget: table!(@$budget),
            preserves_thinking: table!(@$keeps),
            binds_thinking: table!(@$binds),
            min_cache_tokens: Some($cache),
            as_of: Some($as_of),
        }),+];
    };
}

// From Anthropic's documentation (https://platform.claude.com/docs/en/about-claude/models/overview, and the page of
// each feature). If reports from users disagree with it, the row allows the setting, because the API also returns a
// clear error.
//
// Model | context window and maximum output | thinking by default | kinds of thinking | limited effort without thinking
// | levels of effort | default effort | prefill | sampling | forced tool choice | system messages | compaction | task
// budgets | preserves thinking | binds thinking | minimum cache tokens | date.
//
// The lists of models with compaction and task budgets do not contain the models that were released after them. The rows
// of these models allow both.
table! {
    FABLE_5_2  | LARGE | Always | ALWAYS   | no  | TO_MAX   | HIGH   | no  | no  | no  | yes | yes | yes | yes | yes |  512 | "2026-11-22"
    MYTHOS_5_2 | LARGE | Always | ALWAYS   | no  | TO_MAX   | HIGH   | no  | no  | no  | yes | yes | yes | yes | yes |  512 | "2026-11-22"
    HAIKU_5_5  | LARGE | On     | ADAPTIVE | yes | TO_MAX   | MEDIUM | no  | no  | yes | yes | yes | yes | yes | yes |  512 | "2026-11-22"
    SONNET_5_5 | LARGE | On     | BETWEEN  | yes | TO_MAX   | HIGH   | no  | no  | no  | yes | yes | yes | yes | yes |  512 | "2026-11-22"
    OPUS_5_5   | LARGE | Always | ALWAYS   | no  | TO_MAX   | MEDIUM | no  | no  | no  | yes | yes | yes | yes | yes |  512 | "2026-11-22"
    FABLE_5_1  | LARGE | Always | ALWAYS   | no  | TO_MAX   | HIGH   | no  | no  | no  | yes | yes | yes | yes | yes |  512 | "2026-11-22"
    MYTHOS_5_1 | LARGE | Always | ALWAYS   | no  | TO_MAX   | HIGH   | no  | no  | no  | yes | yes | yes | yes | yes |  512 | "2026-11-22"
    OPUS_5     | LARGE | On     | ADAPTIVE | yes | TO_MAX   | HIGH   | no  | no  | yes | yes | yes | yes | yes | no  |  512 | "2026-11-22"
    // Reports differ on system messages.
    SONNET_5   | LARGE | On     | ADAPTIVE | no  | TO_MAX   | HIGH   | no  | no  | yes | yes | yes | no  | yes | no  | 1024 | "2026-11-22"
    // Reports differ on forced tool choice, here and below.
    FABLE_5    | LARGE | Always | ALWAYS   | no  | TO_MAX   | HIGH   | no  | no  | yes | yes | yes | yes | yes | no  |  512 | "2026-11-22"
    MYTHOS_5   | LARGE | Always | ALWAYS   | no  | TO_MAX   | HIGH   | no  | no  | yes | yes | yes | yes | yes | no  |  512 | "2026-11-22"
    OPUS_4_8   | LARGE | Off    | ADAPTIVE | no  | TO_MAX   | HIGH   | no  | no  | yes | yes | yes | yes | yes | no  | 1024 | "2026-11-22"
    OPUS_4_7   | LARGE | Off    | ADAPTIVE | no  | TO_MAX   | HIGH   | no  | no  | yes | no  | yes | yes | yes | no  | 2048 | "2026-11-22"
    OPUS_4_6   | LARGE | Off    | EITHER   | no  | NO_XHIGH | HIGH   | no  | yes | yes | no  | yes | no  | yes | no  | 4096 | "2026-11-22"
    SONNET_4_6 | LARGE | Off    | EITHER   | no  | NO_XHIGH | HIGH   | no  | yes | yes | no  | yes | no  | yes | no  | 1024 | "2026-11-22"
    OPUS_4_5   | SMALL | Off    | BUDGET   | no  | TO_HIGH  | HIGH   | yes | yes | yes | no  | no  | no  | yes | no  | 4096 | "2026-11-22"
    HAIKU_4_5  | SMALL | Off    | BUDGET   | no  | NONE     | None   | yes | yes | yes | no  | no  | no  | no  | no  | 4096 | "2026-11-22"
    SONNET_4_5 | SMALL | Off    | BUDGET   | no  | NONE     | None   | yes | yes | yes | no  | no  | no  | no  | no  | 1024 | "2026-11-22"
}

const LARGE: (u64, u64) = (1_000_000, 128_000);
const SMALL: (u64, u64) = (200_000, 64_000);

const ALWAYS: &[ThinkingKind] = &[ThinkingKind::Adaptive];
const ADAPTIVE: &[ThinkingKind] = &[ThinkingKind::Adaptive, ThinkingKind::Disabled];
const BETWEEN: &[ThinkingKind] = &[ThinkingKind::Adaptive, ThinkingKind::BetweenTools];
const EITHER: &[ThinkingKind] = &[ThinkingKind::Adaptive, ThinkingKind::Enabled, ThinkingKind::Disabled];
const BUDGET: &[ThinkingKind] = &[ThinkingKind::Enabled, ThinkingKind::Disabled];

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

    #[test]
    fn some_models_have_less_on_bedrock() {
        let on_bedrock = |model: &Model| model.profile_on(Platform::Bedrock).unwrap();
        assert_eq!(TABLE.iter().zip(&**ON_BEDROCK).filter(|(row, on_bedrock)| row != on_bedrock).count(), 4);
        for model in [Model::HAIKU_5_5, Model::SONNET_5_5, Model::OPUS_5_5] {
            assert!(!on_bedrock(&model).structured_outputs && on_bedrock(&model).system_messages, "{model}");
        }
        assert!(on_bedrock(&Model::SONNET_5).structured_outputs && !on_bedrock(&Model::SONNET_5).system_messages);
        assert_eq!(on_bedrock(&Model::OPUS_5), row(&Model::OPUS_5));
        let by_profile = Model::from("us.anthropic.claude-sonnet-5-5");
        assert!(!on_bedrock(&by_profile).structured_outputs);
        assert_eq!(by_profile.profile_on(Platform::BedrockMantle), Some(row(&Model::SONNET_5_5)));
    }

    /// Compares each column, because the documentation lists exceptions. This detects a row that was copied from
    /// another.
    #[test]
    fn each_column_matches_the_documentation() {
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
        assert_eq!(models(|row| !row.compaction), old);
        assert_eq!(
            models(|row| !row.task_budget),
            ["sonnet-5", "opus-4-6", "sonnet-4-6", "opus-4-5", "haiku-4-5", "sonnet-4-5"]
        );
        assert_eq!(models(|row| !row.preserves_thinking), ["haiku-4-5", "sonnet-4-5"]);
        assert_eq!(
            models(|row| row.binds_thinking),
            ["fable-5-2", "mythos-5-2", "haiku-5-5", "sonnet-5-5", "opus-5-5", "fable-5-1", "mythos-5-1"]
        );

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
    fn the_date_is_not_part_of_the_name() {
        assert_eq!(*row(&Model::from("claude-sonnet-4-5-20250929")), *row(&Model::SONNET_4_5));
        assert!(Model::from("claude-sonnet-4-5-latest").profile().is_none());
        assert!(Model::from("claude-sonnet-4").profile().is_none());
    }
}
