//! [`ThinkingConfig`] and [`Effort`]: how a model thinks before it answers, and how hard it tries.

use serde::Serialize;

use crate::json::open_enum;

/// How the model thinks ([Extended thinking](https://docs.claude.com/en/docs/build-with-claude/extended-thinking)).
///
/// Models differ in what they take and in what leaving it out means: [`Profile`](crate::catalog::Profile) knows, and what a model
/// would refuse is refused before it is sent. What is thought counts as output, whether it is shown or not.
///
/// ```
/// use claudette::wire::{ThinkingConfig, ThinkingDisplay};
///
/// let thinking = ThinkingConfig::adaptive().display(ThinkingDisplay::Summarized);
/// assert_eq!(serde_json::to_string(&thinking)?, r#"{"type":"adaptive","display":"summarized"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ThinkingConfig {
    #[serde(rename = "type")]
    kind: ThinkingKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    budget_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    display: Option<ThinkingDisplay>,
}

impl ThinkingConfig {
    /// The model decides how much to think, led by the [`Effort`]. Every model since Claude 4.6 takes this.
    pub fn adaptive() -> Self {
        Self::new(ThinkingKind::Adaptive)
    }

    /// The model thinks for up to this many tokens: at least 1,024, and fewer than `max_tokens`. Models after Claude 4.6
    /// refuse it.
    pub fn enabled(budget_tokens: u32) -> Self {
        Self { budget_tokens: Some(budget_tokens), ..Self::new(ThinkingKind::Enabled) }
    }

    /// The model does not think. The newest models refuse it.
    pub fn disabled() -> Self {
        Self::new(ThinkingKind::Disabled)
    }

    /// The model thinks between calls of tools, and not before its first words. Claude Sonnet 5.5 takes it in place of
    /// [`disabled`](Self::disabled).
    pub fn between_tools() -> Self {
        Self::new(ThinkingKind::BetweenTools)
    }

    /// A kind of thinking that has no constructor here; it is sent as it is.
    pub fn new(kind: impl Into<ThinkingKind>) -> Self {
        Self { kind: kind.into(), budget_tokens: None, display: None }
    }

    /// Whether the thinking can be read. Models since Claude Opus 4.7 hide it unless they are asked to show it.
    pub fn display(mut self, display: impl Into<ThinkingDisplay>) -> Self {
        self.display = Some(display.into());
        self
    }

    /// Which kind of thinking this is.
    pub fn kind(&self) -> &ThinkingKind {
        &self.kind
    }

    /// The most tokens to think for, if a number was given.
    pub fn budget_tokens(&self) -> Option<u32> {
        self.budget_tokens
    }

    pub(crate) fn is_displayed(&self) -> bool {
        self.display.is_some()
    }
}

open_enum! {
    /// A kind of thinking: `type` of [`ThinkingConfig`].
    pub enum ThinkingKind {
        /// The model decides how much.
        Adaptive = "adaptive",
        /// Up to a number of tokens.
        Enabled = "enabled",
        /// None.
        Disabled = "disabled",
        /// Between calls of tools alone.
        BetweenTools = "between_tools",
    }
}

open_enum! {
    /// Whether thinking can be read. Hidden or not, it costs the same.
    pub enum ThinkingDisplay {
        /// Thinking comes as a summary.
        Summarized = "summarized",
        /// Thinking comes as an empty text with a signature.
        Omitted = "omitted",
    }
}

open_enum! {
    /// How hard the model tries: how long it thinks, how many tools it calls, how much it writes
    /// ([Effort](https://docs.claude.com/en/docs/build-with-claude/effort)).
    ///
    /// Which levels a model has, and which one it takes by itself, is in its [`Profile`](crate::catalog::Profile).
    ///
    /// ```
    /// use claudette::wire::Effort;
    ///
    /// assert_eq!(Effort::XHigh.as_str(), "xhigh");
    /// assert_eq!(Effort::from("low"), Effort::Low);
    /// ```
    pub enum Effort {
        /// The least: quick, short answers.
        Low = "low",
        /// Less than usual.
        Medium = "medium",
        /// What most models take by themselves.
        High = "high",
        /// More than usual.
        XHigh = "xhigh",
        /// All that the model has.
        Max = "max",
    }
}
