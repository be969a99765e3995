//! The types of request options: [`ToolChoice`], [`System`], [`ServiceTier`], [`Speed`].

use std::borrow::Cow;

use serde::Serialize;

use super::cache_breakpoints::CacheBreakpoints;
use super::cache_control::CacheControl;
use super::content::ContentBlock;
use super::message_content::Content;
use super::tool_name::wire_name;
use crate::json::open_enum;

open_enum! {
    /// The capacity that a request may use: priority or standard
    /// ([Service tiers](https://platform.claude.com/docs/en/api/service-tiers)).
    ///
    /// ```
    /// use claudette::wire::ServiceTier;
    ///
    /// assert_eq!(ServiceTier::StandardOnly.as_str(), "standard_only");
    /// assert_eq!(ServiceTier::from("auto"), ServiceTier::Auto);
    /// ```
    pub enum ServiceTier {
        /// Priority capacity if available, otherwise standard capacity. This is the default of the API.
        Auto = "auto",
        /// Standard capacity only.
        StandardOnly = "standard_only",
    }
}

open_enum! {
    /// The speed of a response. Only a few models have a fast mode.
    ///
    /// ```
    /// use claudette::wire::Speed;
    ///
    /// assert_eq!(Speed::Fast.as_str(), "fast");
    /// assert_eq!(Speed::from("standard"), Speed::Standard);
    /// ```
    pub enum Speed {
        /// The usual speed. This is the default of the API.
        Standard = "standard",
        /// A higher speed, at twice the price per token.
        Fast = "fast",
    }
}

/// Determines which tools the model may call, must call or must not call
/// ([Tool choice](https://platform.claude.com/docs/en/agents-and-tools/tool-use/define-tools)).
///
/// ```
/// use claudette::wire::ToolChoice;
///
/// let choice = ToolChoice::from("sums").sequential();
/// assert_eq!(
///     serde_json::to_string(&choice)?,
///     r#"{"type":"tool","name":"sums","disable_parallel_tool_use":true}"#,
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ToolChoice {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    disable_parallel_tool_use: bool,
}

impl ToolChoice {
    /// Lets the model decide whether to call tools.
    pub fn auto() -> Self {
        Self::of("auto")
    }

    /// Forces the model to call a tool. The newest models do not support this.
    pub fn any() -> Self {
        Self::of("any")
    }

    /// Prevents the model from calling tools.
    pub fn none() -> Self {
        Self::of("none")
    }

    /// Forces the model to call the tool with this name. The newest models do not support this.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..Self::of("tool") }
    }

    /// Limits each response to one tool call.
    pub fn sequential(self) -> Self {
        Self { disable_parallel_tool_use: true, ..self }
    }

    /// Returns the choice with `auto` in place of a forced call.
    pub(crate) fn without_force(self) -> Self {
        if self.is_forced() { Self { kind: "auto", name: None, ..self } } else { self }
    }

    /// Returns the choice with a name that the API accepts, or `None` if its own name is short enough.
    pub(crate) fn with_wire_name(&self) -> Option<Self> {
        match wire_name(self.name.as_deref()?) {
            Cow::Owned(name) => Some(Self { name: Some(name), ..self.clone() }),
            Cow::Borrowed(_) => None,
        }
    }

    /// Returns `true` if each response is limited to one call.
    pub(crate) fn is_sequential(&self) -> bool {
        self.disable_parallel_tool_use
    }

    /// Returns `true` if the model must call a tool.
    pub(crate) fn is_forced(&self) -> bool {
        matches!(self.kind, "any" | "tool")
    }

    fn of(kind: &'static str) -> Self {
        Self { kind, name: None, disable_parallel_tool_use: false }
    }
}

impl From<&str> for ToolChoice {
    fn from(name: &str) -> Self {
        Self::named(name)
    }
}

/// The system prompt: text or text blocks, which may have [cache breakpoints](crate::CacheControl).
///
/// ```
/// use claudette::wire::System;
/// use claudette::{CacheControl, Text};
///
/// let rules = Text::new("You know these orders: …").cache_control(CacheControl::ephemeral().ttl_1h());
/// let system: System = (rules, "Today is Monday.").into();
/// assert_eq!(
///     serde_json::to_value(&system)?[1],
///     serde_json::json!({"type": "text", "text": "Today is Monday."}),
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[doc(alias = "system prompt")]
#[doc(alias = "instructions")]
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct System(Content);

impl System {
    /// Returns `true` if the system prompt has no visible text. The API refuses empty text.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.blocks().iter().all(ContentBlock::is_blank)
    }

    pub(crate) fn marks(&self) -> CacheBreakpoints {
        CacheBreakpoints::of_blocks(self.0.blocks())
    }

    /// Sets a cache breakpoint on the last block that can have one.
    pub(crate) fn set_mark(&mut self, control: &CacheControl) {
        self.0.set_mark(control);
    }
}

impl<T: Into<Content>> From<T> for System {
    fn from(content: T) -> Self {
        Self(content.into())
    }
}
