//! [`ThinkingConfig`] and [`Effort`]: settings for thinking and for the effort of an answer.

use serde::Serialize;

use crate::json::open_enum;

/// The thinking settings of a request
/// ([Extended thinking](https://platform.claude.com/docs/en/build-with-claude/extended-thinking)).
///
/// Models differ in the settings that they accept and in their default; see [`Profile`](crate::catalog::Profile). A
/// setting that the model does not support is an error before the request is sent. Thinking counts as output tokens,
/// even if it is hidden.
///
/// ```
/// use claudette::wire::{ThinkingConfig, ThinkingDisplay};
///
/// let thinking = ThinkingConfig::adaptive().display(ThinkingDisplay::Summarized);
/// assert_eq!(serde_json::to_string(&thinking)?, r#"{"type":"adaptive","display":"summarized"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[doc(alias = "reasoning")]
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
    /// Lets the model decide how much to think, guided by the [`Effort`]. All models since Claude 4.6 support this.
    pub fn adaptive() -> Self {
        Self::new(ThinkingKind::Adaptive)
    }

    /// Lets the model think for up to `budget_tokens` tokens: at least 1,024, and fewer than `max_tokens`. Models after
    /// Claude 4.6 do not support this.
    pub fn enabled(budget_tokens: u32) -> Self {
        Self { budget_tokens: Some(budget_tokens), ..Self::new(ThinkingKind::Enabled) }
    }

    /// Turns thinking off. The newest models do not support this.
    pub fn disabled() -> Self {
        Self::new(ThinkingKind::Disabled)
    }

    /// Lets the model think between tool calls, but not at the beginning of its answer. Claude Sonnet 5.5 supports this
    /// instead of [`disabled`](Self::disabled).
    pub fn between_tools() -> Self {
        Self::new(ThinkingKind::BetweenTools)
    }

    /// Creates a setting for any kind of thinking, which is sent unchanged. It is for kinds without a constructor.
    pub fn new(kind: impl Into<ThinkingKind>) -> Self {
        Self { kind: kind.into(), budget_tokens: None, display: None }
    }

    /// Sets whether the response shows the thinking. Models since Claude Opus 4.7 hide it by default.
    pub fn display(mut self, display: impl Into<ThinkingDisplay>) -> Self {
        self.display = Some(display.into());
        self
    }

    /// Returns the kind of thinking.
    pub fn kind(&self) -> &ThinkingKind {
        &self.kind
    }

    /// Returns the maximum number of thinking tokens, if it was set.
    pub fn budget_tokens(&self) -> Option<u32> {
        self.budget_tokens
    }

    pub(crate) fn is_displayed(&self) -> bool {
        self.display.is_some()
    }
}

open_enum! {
    /// A kind of thinking, the `type` of a [`ThinkingConfig`].
    ///
    /// ```
    /// use claudette::wire::{ThinkingConfig, ThinkingKind};
    ///
    /// assert_eq!(*ThinkingConfig::adaptive().kind(), ThinkingKind::Adaptive);
    /// assert_eq!(ThinkingKind::BetweenTools.as_str(), "between_tools");
    /// ```
    pub enum ThinkingKind {
        /// The model decides how much it thinks.
        Adaptive = "adaptive",
        /// The model thinks for up to a number of tokens.
        Enabled = "enabled",
        /// The model does not think.
        Disabled = "disabled",
        /// The model thinks only between tool calls.
        BetweenTools = "between_tools",
    }
}

open_enum! {
    /// The form in which a response shows the thinking. Hidden thinking costs the same.
    ///
    /// ```
    /// use claudette::wire::ThinkingDisplay;
    ///
    /// assert_eq!(ThinkingDisplay::Summarized.as_str(), "summarized");
    /// assert_eq!(ThinkingDisplay::from("omitted"), ThinkingDisplay::Omitted);
    /// ```
    pub enum ThinkingDisplay {
        /// The response contains a summary of the thinking.
        Summarized = "summarized",
        /// The response contains an empty text with a signature.
        Omitted = "omitted",
    }
}

open_enum! {
    /// The effort that the model makes: how long it thinks, how many tools it calls, how much it writes
    /// ([Effort](https://platform.claude.com/docs/en/build-with-claude/effort)).
    ///
    /// The [`Profile`](crate::catalog::Profile) of a model has the levels that it supports and its default.
    ///
    /// ```
    /// use claudette::wire::Effort;
    ///
    /// assert_eq!(Effort::XHigh.as_str(), "xhigh");
    /// assert_eq!(Effort::from("low"), Effort::Low);
    /// ```
    pub enum Effort {
        /// The lowest effort: quick, short answers.
        Low = "low",
        /// Less effort than the usual default.
        Medium = "medium",
        /// The default of most models.
        High = "high",
        /// More effort than the usual default.
        XHigh = "xhigh",
        /// The highest effort.
        Max = "max",
    }
}
