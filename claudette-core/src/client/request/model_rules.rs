//! [`check`]: checks a request against the profile of its model, and suggests a remedy. No IO.

use std::borrow::Cow;

use super::options::RequestOptions;
use crate::catalog::Profile;
use crate::error::{Error, Result};
use crate::messages::{Effort, ThinkingConfig, ThinkingKind, ToolChoice};

/// The parts of a request that the rules of models concern. Fields that the caller sets by name are not checked, and
/// neither are the settings that they replace.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "the flags are independent")]
pub(super) struct Subject<'a> {
    pub(super) options: &'a RequestOptions,
    /// The choice of tools that is sent. The options may not set one.
    pub(super) tool_choice: Option<&'a ToolChoice>,
    /// The maximum number of output tokens that is sent. The options may not set one.
    pub(super) max_tokens: Option<u32>,
    pub(super) streams: bool,
    /// `true` if the conversation ends with a prefill.
    pub(super) prefills: bool,
    /// `true` if the conversation has messages of the role `system`.
    pub(super) has_system_messages: bool,
    /// `true` if a beta permits a thinking budget beyond `max_tokens`.
    pub(super) interleaves: bool,
    /// The version of the API, if the caller set it.
    pub(super) version: Option<&'a str>,
}

/// Checks a request against the profile of its model.
///
/// # Errors
/// Misuse: the model would refuse the request.
pub(super) fn check(profile: &Profile, subject: Subject<'_>) -> Result<()> {
    let refused = alone(profile, subject).and_then(|()| match profile.as_of() {
        Some(_) => together(profile, subject),
        // The rules for combinations are known only for documented models.
        None => Ok(()),
    });
    refused.map_err(|Unsupported { setting, instead }| {
        Error::misuse(format!("{} does not support {setting}; {instead}", subject.options.model))
    })
}

struct Unsupported {
    setting: String,
    instead: Cow<'static, str>,
}

type Check = Result<(), Unsupported>;

#[cold]
fn refuse(setting: impl Into<String>, instead: impl Into<Cow<'static, str>>) -> Check {
    Err(Unsupported { setting: setting.into(), instead: instead.into() })
}

impl<'a> Subject<'a> {
    fn max_tokens(self) -> Option<u32> {
        self.typed("max_tokens", self.max_tokens)
    }

    fn thinking(self) -> Option<&'a ThinkingConfig> {
        self.typed("thinking", self.options.thinking.as_ref())
    }

    fn thinks_by_budget(self) -> bool {
        self.thinking().is_some_and(|thinking| *thinking.kind() == ThinkingKind::Enabled)
    }

    fn effort(self) -> Option<&'a Effort> {
        self.typed("output_config", self.options.effort.as_ref())
    }

    fn has_schema(self) -> bool {
        self.typed("output_config", self.options.output_schema.as_ref()).is_some()
    }

    fn forces_a_call(self) -> bool {
        self.typed("tool_choice", self.tool_choice).is_some_and(ToolChoice::is_forced)
    }

    fn temperature(self) -> Option<f64> {
        self.typed("temperature", self.options.temperature)
    }

    fn top_p(self) -> Option<f64> {
        self.typed("top_p", self.options.top_p)
    }

    fn top_k(self) -> Option<u32> {
        self.typed("top_k", self.options.top_k)
    }

    fn typed<T>(self, field: &str, value: Option<T>) -> Option<T> {
        value.filter(|_| !self.options.extra.contains_key(field))
    }
}

/// Checks each setting alone.
fn alone(profile: &Profile, subject: Subject<'_>) -> Check {
    if let (Some(asked), Some(most)) = (subject.max_tokens(), profile.max_output())
        && u64::from(asked) > most
    {
        return refuse(format!("`max_tokens: {asked}`"), format!("use at most {most}"));
    }
    match subject.thinking().map(ThinkingConfig::kind) {
        // A kind that this library does not know yet.
        None | Some(ThinkingKind::Unknown(_)) => {}
        Some(kind) if !profile.thinking_kinds().contains(kind) => {
            return refuse(format!("`thinking: {kind}`"), instead_of(kind, profile));
        }
        Some(_) => {}
    }
    match subject.effort() {
        // A level that this library does not know yet.
        None | Some(Effort::Unknown(_)) => {}
        Some(effort) if profile.efforts().is_empty() => {
            return refuse(format!("`effort: {effort}`"), "remove it, because the model does not have this setting");
        }
        Some(effort) if !profile.efforts().contains(effort) => {
            let levels: Vec<&str> = profile.efforts().iter().map(Effort::as_str).collect();
            return refuse(format!("`effort: {effort}`"), format!("use one of {}", levels.join(", ")));
        }
        Some(_) => {}
    }
    if subject.forces_a_call() && !profile.takes_forced_tool_choice() {
        let instead = "use `ToolChoice::auto()` and ask for the call in the prompt, or use an output schema";
        return refuse("a `tool_choice` that forces a call", instead);
    }
    if subject.has_schema() && !profile.takes_structured_outputs() {
        return refuse("an output schema", "describe the format of the response in the prompt");
    }
    if subject.prefills && !profile.takes_prefill() {
        let instead = "end the conversation with a message of the user, and describe the format of the response in the \
                       prompt or with an output schema";
        return refuse("a prefill", instead);
    }
    if subject.has_system_messages && !profile.takes_system_messages() {
        let instead = "use the system prompt, or a message of the user";
        return refuse("messages of the role `system`", instead);
    }
    if profile.takes_sampling() { Ok(()) } else { neutral_sampling(subject) }
}

/// Suggests a replacement for a kind of thinking that the model does not support: the most similar one that it
/// supports.
fn instead_of(kind: &ThinkingKind, profile: &Profile) -> &'static str {
    let nearest: &[ThinkingKind] = match kind {
        ThinkingKind::Disabled => &[ThinkingKind::BetweenTools],
        ThinkingKind::BetweenTools => &[ThinkingKind::Disabled],
        _ => &[ThinkingKind::Adaptive, ThinkingKind::Enabled],
    };
    match nearest.iter().find(|kind| profile.thinking_kinds().contains(kind)) {
        Some(ThinkingKind::Adaptive) => "use `ThinkingConfig::adaptive()` with an effort",
        Some(ThinkingKind::Enabled) => "use `ThinkingConfig::enabled(..)` with a budget",
        Some(ThinkingKind::Disabled) => "use `ThinkingConfig::disabled()`",
        Some(ThinkingKind::BetweenTools) => "use `ThinkingConfig::between_tools()`",
        _ => "remove it, because the model always thinks; with `Effort::Low` it thinks less",
    }
}

/// Checks sampling parameters of newer models, which accept only values that have no effect.
fn neutral_sampling(subject: Subject<'_>) -> Check {
    const INSTEAD: &str = "remove it, and use the prompt and the effort to guide the model";
    let neutral = [("temperature", subject.temperature(), 1.0..=1.0), ("top_p", subject.top_p(), 0.99..=1.0)];
    for (name, value, neutral) in neutral {
        if let Some(value) = value.filter(|value| !neutral.contains(value)) {
            return refuse(format!("`{name}: {value}`"), INSTEAD);
        }
    }
    match subject.top_k() {
        Some(top_k) => refuse(format!("`top_k: {top_k}`"), INSTEAD),
        None => Ok(()),
    }
}

/// Checks combinations of settings.
fn together(profile: &Profile, subject: Subject<'_>) -> Check {
    warming(subject)?;
    thinking(profile, subject)?;
    sampling(profile, subject)?;
    if subject.thinks_by_budget() && subject.forces_a_call() {
        let instead = "use `ToolChoice::auto()`, or remove the thinking";
        return refuse("a `tool_choice` that forces a call together with `thinking: enabled`", instead);
    }
    if subject.prefills && subject.thinks_by_budget() {
        return refuse("a prefill together with `thinking: enabled`", "remove one of the two");
    }
    if subject.prefills && subject.has_schema() {
        return refuse("a prefill together with an output schema", "remove the prefill");
    }
    Ok(())
}

/// Checks the settings of a request with `max_tokens: 0`, which only writes to the cache.
fn warming(subject: Subject<'_>) -> Check {
    let with = match subject.max_tokens() {
        Some(0) if subject.streams => "a stream",
        Some(0) if subject.thinks_by_budget() => "`thinking: enabled`",
        Some(0) if subject.has_schema() => "an output schema",
        Some(0) if subject.forces_a_call() => "a `tool_choice` that forces a call",
        _ => return Ok(()),
    };
    refuse(
        format!("`max_tokens: 0` together with {with}"),
        "a request for 0 tokens only writes to the cache, so raise `max_tokens` or remove the other setting",
    )
}

fn thinking(profile: &Profile, subject: Subject<'_>) -> Check {
    let Some(thinking) = subject.thinking() else { return Ok(()) };
    if let Some(budget) = thinking.budget_tokens() {
        if budget < 1024 {
            return refuse(format!("`budget_tokens: {budget}`"), "use at least 1024");
        }
        if let Some(most) = subject.max_tokens().filter(|most| *most <= budget)
            && !subject.interleaves
        {
            let setting = format!("`budget_tokens: {budget}` together with `max_tokens: {most}`");
            return refuse(setting, "set `max_tokens` to more than the budget, because it includes the thinking");
        }
    }
    if let kind @ (ThinkingKind::Disabled | ThinkingKind::BetweenTools) = thinking.kind() {
        if thinking.is_displayed() {
            return refuse(format!("`display` together with `thinking: {kind}`"), "remove it");
        }
        if let Some(effort @ (Effort::XHigh | Effort::Max)) = subject.effort()
            && profile.limits_quiet_effort()
        {
            let setting = format!("`effort: {effort}` together with `thinking: {kind}`");
            return refuse(setting, "use at most `Effort::High`, or `ThinkingConfig::adaptive()`");
        }
    }
    Ok(())
}

fn sampling(profile: &Profile, subject: Subject<'_>) -> Check {
    let (temperature, top_p, top_k) = (subject.temperature(), subject.top_p(), subject.top_k());
    let set = [("temperature", temperature.is_some()), ("top_p", top_p.is_some()), ("top_k", top_k.is_some())];
    if let Some((name, _)) = set.iter().find(|(_, set)| *set)
        && subject.version == Some(super::wire::WITHOUT_SAMPLING)
    {
        let setting = format!("`{name}` in version {} of the API", super::wire::WITHOUT_SAMPLING);
        return refuse(setting, format!("remove it, or use version {}", super::wire::WITH_SAMPLING));
    }
    for (name, value) in [("temperature", temperature), ("top_p", top_p)] {
        if let Some(value) = value.filter(|value| !(0.0..=1.0).contains(value)) {
            return refuse(format!("`{name}: {value}`"), "use a number from 0 to 1");
        }
    }
    if profile.takes_sampling() && temperature.is_some() && top_p.is_some() {
        return refuse("`temperature` and `top_p` together", "remove one of the two");
    }
    let kind = subject.thinking().map(ThinkingConfig::kind);
    let Some(kind @ (ThinkingKind::Adaptive | ThinkingKind::Enabled)) = kind else { return Ok(()) };
    let used = if temperature.is_some_and(|value| value < 1.0) {
        "`temperature` below 1"
    } else if top_p.is_some_and(|value| value < 0.95) {
        "`top_p` below 0.95"
    } else if top_k.is_some() {
        "`top_k`"
    } else {
        return Ok(());
    };
    refuse(format!("{used} together with `thinking: {kind}`"), "remove one of the two")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalog::Model;
    use crate::messages::ThinkingDisplay;

    /// Returns the error of a request to this model with these settings, if there is one.
    fn error_of(model: &Model, set: impl FnOnce(&mut RequestOptions)) -> Option<String> {
        error_in(model, set, |_| {})
    }

    fn error_in(
        model: &Model,
        set: impl FnOnce(&mut RequestOptions),
        turn: impl FnOnce(&mut Subject<'_>),
    ) -> Option<String> {
        let mut options = RequestOptions::new(model.clone());
        options.max_tokens = Some(16_384);
        set(&mut options);
        let mut subject = Subject {
            options: &options,
            tool_choice: options.tool_choice.as_ref(),
            max_tokens: options.max_tokens,
            streams: false,
            prefills: false,
            has_system_messages: false,
            interleaves: false,
            version: None,
        };
        turn(&mut subject);
        let error = check(model.profile().unwrap(), subject).err()?;
        assert!(error.is_misuse());
        Some(error.to_string())
    }

    fn schema(options: &mut RequestOptions) {
        options.output_schema = Some(json!({"type": "object"}));
    }

    /// Each case: a model, a setting, and a part of the error; empty if the setting is accepted.
    #[test]
    fn each_setting_is_checked_against_the_model() {
        type Set = fn(&mut RequestOptions);
        const ENABLED: Set = |options| options.thinking = Some(ThinkingConfig::enabled(2_000));
        const ADAPTIVE: Set = |options| options.thinking = Some(ThinkingConfig::adaptive());
        const DISABLED: Set = |options| options.thinking = Some(ThinkingConfig::disabled());
        const BETWEEN: Set = |options| options.thinking = Some(ThinkingConfig::between_tools());
        const ANY: Set = |options| options.tool_choice = Some(ToolChoice::any());
        const NAMED: Set = |options| options.tool_choice = Some(ToolChoice::named("sums"));
        const AUTO: Set = |options| options.tool_choice = Some(ToolChoice::auto());
        const XHIGH: Set = |options| options.effort = Some(Effort::XHigh);
        const LOW: Set = |options| options.effort = Some(Effort::Low);
        const WARM: Set = |options| options.temperature = Some(0.5);
        const NEUTRAL: Set = |options| (options.temperature, options.top_p) = (Some(1.0), Some(0.99));
        let use_adaptive = "does not support `thinking: enabled`; use `ThinkingConfig::adaptive()` with an effort";
        let always = "does not support `thinking: disabled`; remove it, because the model always thinks; with \
                      `Effort::Low` it thinks less";
        let sampling = "remove it, and use the prompt and the effort to guide the model";
        let auto = "does not support a `tool_choice` that forces a call; use `ToolChoice::auto()` and ask for the call \
                    in the prompt, or use an output schema";
        let cases: &[(Model, Set, &str)] = &[
            (Model::SONNET_5_5, |_| {}, ""),
            // Thinking.
            (Model::SONNET_5_5, ENABLED, use_adaptive),
            (Model::OPUS_4_7, ENABLED, use_adaptive),
            (Model::OPUS_4_6, ENABLED, ""),
            (Model::HAIKU_4_5, ENABLED, ""),
            (Model::SONNET_5_5, ADAPTIVE, ""),
            (Model::OPUS_4_6, ADAPTIVE, ""),
            (Model::HAIKU_4_5, ADAPTIVE, "`thinking: adaptive`; use `ThinkingConfig::enabled(..)` with a budget"),
            (Model::SONNET_5_5, DISABLED, "`thinking: disabled`; use `ThinkingConfig::between_tools()`"),
            (Model::OPUS_5_5, DISABLED, always),
            (Model::FABLE_5, DISABLED, always),
            (Model::SONNET_5, DISABLED, ""),
            (Model::OPUS_5, DISABLED, ""),
            (Model::SONNET_5_5, BETWEEN, ""),
            (Model::OPUS_5, BETWEEN, "`thinking: between_tools`; use `ThinkingConfig::disabled()`"),
            (Model::SONNET_5_5, |options| options.thinking = Some(ThinkingConfig::new("deep")), ""),
            (Model::OPUS_5_5, BETWEEN, "`thinking: between_tools`; remove it, because the model always thinks"),
            // Effort.
            (Model::OPUS_4_7, XHIGH, ""),
            (Model::OPUS_4_6, XHIGH, "`effort: xhigh`; use one of low, medium, high, max"),
            (Model::OPUS_4_5, XHIGH, "`effort: xhigh`; use one of low, medium, high"),
            (Model::HAIKU_4_5, LOW, "`effort: low`; remove it, because the model does not have this setting"),
            (Model::HAIKU_4_5, |options| options.effort = Some(Effort::from("utmost")), ""),
            // Forced tool calls.
            (Model::SONNET_5_5, ANY, auto),
            (Model::OPUS_5_5, NAMED, auto),
            (Model::FABLE_5_1, ANY, auto),
            (Model::SONNET_5_5, AUTO, ""),
            (Model::HAIKU_5_5, ANY, ""),
            (Model::FABLE_5, NAMED, ""),
            (Model::HAIKU_4_5, NAMED, ""),
            // Sampling.
            (Model::SONNET_4_6, WARM, ""),
            (Model::SONNET_5, WARM, sampling),
            (Model::SONNET_5, |options| options.top_p = Some(0.9), sampling),
            (Model::SONNET_5, |options| options.top_k = Some(3), sampling),
            (Model::SONNET_5, NEUTRAL, ""),
            (Model::HAIKU_4_5, NEUTRAL, "`temperature` and `top_p` together; remove one of the two"),
            (
                Model::HAIKU_4_5,
                |options| options.temperature = Some(1.5),
                "`temperature: 1.5`; use a number from 0 to 1",
            ),
            (Model::HAIKU_4_5, |options| options.top_p = Some(f64::NAN), "`top_p: NaN`; use a number from 0 to 1"),
            // The length of the response.
            (Model::OPUS_5, |options| options.max_tokens = Some(128_000), ""),
            (Model::OPUS_5, |options| options.max_tokens = Some(200_000), "`max_tokens: 200000`; use at most 128000"),
            (Model::HAIKU_4_5, |options| options.max_tokens = Some(64_001), "`max_tokens: 64001`; use at most 64000"),
            (Model::HAIKU_4_5, schema, ""),
        ];
        for (line, (model, set, expected)) in cases.iter().enumerate() {
            let message = error_of(model, set).unwrap_or_default();
            assert_eq!(message.is_empty(), expected.is_empty(), "case {line}, {model}: {message:?}");
            assert!(message.contains(expected), "case {line}: {message}");
            assert!(
                message.is_empty() || message.starts_with(&format!("{model} does not support ")),
                "case {line}: {message}"
            );
        }
    }

    /// Each case: settings that are accepted alone, and a part of the error of their combination.
    #[test]
    fn combinations_of_settings_are_checked() {
        type Set = fn(&mut RequestOptions);
        let budget = |tokens| Some(ThinkingConfig::enabled(tokens));
        let cases: &[(Model, Set, &str)] = &[
            (
                Model::OPUS_5,
                |options| {
                    options.thinking = Some(ThinkingConfig::disabled());
                    options.effort = Some(Effort::Max);
                },
                "`effort: max` together with `thinking: disabled`; use at most `Effort::High`",
            ),
            (
                Model::SONNET_5_5,
                |options| {
                    options.thinking = Some(ThinkingConfig::between_tools());
                    options.effort = Some(Effort::XHigh);
                },
                "`effort: xhigh` together with `thinking: between_tools`; use at most `Effort::High`",
            ),
            (
                Model::SONNET_5,
                |options| {
                    options.thinking = Some(ThinkingConfig::disabled());
                    options.effort = Some(Effort::Max);
                },
                "",
            ),
            (
                Model::OPUS_4_6,
                |options| {
                    options.thinking = Some(ThinkingConfig::enabled(2_000));
                    options.tool_choice = Some(ToolChoice::any());
                },
                "a `tool_choice` that forces a call together with `thinking: enabled`; use `ToolChoice::auto()`",
            ),
            (
                Model::OPUS_4_6,
                |options| {
                    options.thinking = Some(ThinkingConfig::adaptive());
                    options.tool_choice = Some(ToolChoice::any());
                },
                "",
            ),
            (
                Model::SONNET_4_6,
                |options| {
                    options.thinking = Some(ThinkingConfig::adaptive());
                    options.temperature = Some(0.5);
                },
                "`temperature` below 1 together with `thinking: adaptive`; remove one of the two",
            ),
            (
                Model::SONNET_4_6,
                |options| {
                    options.thinking = Some(ThinkingConfig::adaptive());
                    options.top_p = Some(0.95);
                },
                "",
            ),
            (
                Model::HAIKU_4_5,
                |options| {
                    options.thinking = Some(ThinkingConfig::enabled(2_000));
                    options.top_k = Some(3);
                },
                "`top_k` together with `thinking: enabled`",
            ),
            (
                Model::OPUS_5,
                |options| options.thinking = Some(ThinkingConfig::disabled().display(ThinkingDisplay::Omitted)),
                "`display` together with `thinking: disabled`; remove it",
            ),
        ];
        for (line, (model, set, expected)) in cases.iter().enumerate() {
            let message = error_of(model, set).unwrap_or_default();
            assert_eq!(message.is_empty(), expected.is_empty(), "case {line}, {model}: {message:?}");
            assert!(message.contains(expected), "case {line}: {message}");
        }

        let haiku = &Model::HAIKU_4_5;
        let message = error_of(haiku, |options| options.thinking = budget(1_023)).unwrap();
        assert!(message.ends_with("`budget_tokens: 1023`; use at least 1024"), "{message}");
        let message = error_of(haiku, |options| options.thinking = budget(16_384)).unwrap();
        assert!(message.contains("`budget_tokens: 16384` together with `max_tokens: 16384`"), "{message}");
        let interleaves = |subject: &mut Subject<'_>| subject.interleaves = true;
        assert_eq!(error_in(haiku, |options| options.thinking = budget(16_384), interleaves), None);
    }

    #[test]
    fn a_request_that_only_writes_to_the_cache_has_no_other_settings() {
        let error_of = |set: fn(&mut RequestOptions)| {
            error_of(&Model::OPUS_4_6, |options| {
                options.max_tokens = Some(0);
                set(options);
            })
        };
        assert_eq!(error_of(|_| {}), None);
        let streams =
            error_in(&Model::OPUS_4_6, |options| options.max_tokens = Some(0), |subject| subject.streams = true);
        assert!(streams.unwrap().contains("does not support `max_tokens: 0` together with a stream;"));
        for (set, with) in [
            (
                (|options| options.thinking = Some(ThinkingConfig::enabled(2_000))) as fn(&mut RequestOptions),
                "`thinking: enabled`",
            ),
            (schema, "an output schema"),
            (|options| options.tool_choice = Some(ToolChoice::any()), "a `tool_choice` that forces a call"),
        ] {
            let message = error_of(set).unwrap();
            assert!(message.contains(&format!("does not support `max_tokens: 0` together with {with};")), "{message}");
        }
    }

    #[test]
    fn prefills_and_system_messages_are_checked() {
        let prefills = |subject: &mut Subject<'_>| subject.prefills = true;
        let system = |subject: &mut Subject<'_>| subject.has_system_messages = true;
        let defaults = |_: &mut RequestOptions| {};
        let thinking = |options: &mut RequestOptions| options.thinking = Some(ThinkingConfig::enabled(2_000));

        assert_eq!(error_in(&Model::HAIKU_4_5, defaults, prefills), None);
        let message = error_in(&Model::SONNET_4_6, defaults, prefills).unwrap();
        assert!(
            message.contains("claude-sonnet-4-6 does not support a prefill; end the conversation with"),
            "{message}"
        );
        let message = error_in(&Model::HAIKU_4_5, thinking, prefills).unwrap();
        assert!(message.contains("a prefill together with `thinking: enabled`"), "{message}");
        let message = error_in(&Model::HAIKU_4_5, schema, prefills).unwrap();
        assert!(message.contains("a prefill together with an output schema"), "{message}");

        assert_eq!(error_in(&Model::OPUS_4_8, defaults, system), None);
        let message = error_in(&Model::OPUS_4_7, defaults, system).unwrap();
        assert!(message.contains("does not support messages of the role `system`; use the system prompt"), "{message}");
    }

    #[test]
    fn sampling_is_checked_against_the_version() {
        let warm = |options: &mut RequestOptions| options.temperature = Some(0.5);
        for (version, taken) in [("2026-10-21", false), ("2023-06-01", true), ("2031-01-01", true)] {
            let message = error_in(&Model::HAIKU_4_5, warm, |subject| subject.version = Some(version));
            assert_eq!(message.is_none(), taken, "{version}: {message:?}");
            let expected = "`temperature` in version 2026-10-21 of the API; remove it, or use version 2023-06-01";
            assert!(message.is_none_or(|message| message.contains(expected)));
        }
    }

    #[test]
    fn fields_set_by_name_are_not_checked() {
        let message = error_of(&Model::SONNET_5_5, |options| {
            options.thinking = Some(ThinkingConfig::enabled(1));
            options.max_tokens = Some(u32::MAX);
            options.temperature = Some(7.0);
            options.tool_choice = Some(ToolChoice::any());
            options.effort = Some(Effort::Low);
            for field in ["thinking", "max_tokens", "temperature", "tool_choice", "output_config"] {
                options.set_extra(field.to_owned(), json!(null));
            }
        });
        assert_eq!(message, None);
    }

    #[test]
    fn models_without_restrictions_accept_all_settings() {
        let mut options = RequestOptions::new(Model::from("claude-next"));
        options.thinking = Some(ThinkingConfig::enabled(1));
        options.max_tokens = Some(0);
        options.tool_choice = Some(ToolChoice::any());
        options.temperature = Some(7.0);
        let subject = Subject {
            options: &options,
            tool_choice: options.tool_choice.as_ref(),
            max_tokens: options.max_tokens,
            streams: false,
            prefills: true,
            has_system_messages: true,
            interleaves: false,
            version: Some(super::super::wire::WITHOUT_SAMPLING),
        };
        assert!(check(&Profile::unrestricted("claude-next"), subject).is_ok());
    }
}
