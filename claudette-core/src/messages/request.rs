//! The types that options of a request take: [`ToolChoice`], [`System`], [`ServiceTier`], [`Speed`].

use std::borrow::Cow;

use serde::Serialize;

use super::cache_breakpoints::CacheBreakpoints;
use super::cache_control::CacheControl;
use super::content::ContentBlock;
use super::message_content::Content;
use super::tool_name::wire_name;
use crate::json::open_enum;

open_enum! {
    /// Whether capacity that was bought beforehand may be used
    /// ([Service tiers](https://docs.claude.com/en/api/service-tiers)).
    pub enum ServiceTier {
        /// Priority capacity if there is any left, else the standard one. The API's default.
        Auto = "auto",
        /// Standard capacity only.
        StandardOnly = "standard_only",
    }
}

open_enum! {
    /// How fast the response is written, at which price. Few models have a fast mode.
    pub enum Speed {
        /// The usual speed. The API's default.
        Standard = "standard",
        /// Faster, at twice the price of tokens.
        Fast = "fast",
    }
}

/// Which tools the model may, must or must not call. Sent exactly as given.
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
    /// The model decides.
    pub fn auto() -> Self {
        Self::of("auto")
    }

    /// The model must call a tool. The newest models refuse this.
    pub fn any() -> Self {
        Self::of("any")
    }

    /// The model must not call a tool.
    pub fn none() -> Self {
        Self::of("none")
    }

    /// The model must call the tool of this name. The newest models refuse this.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..Self::of("tool") }
    }

    /// At most one call in a response.
    pub fn sequential(self) -> Self {
        Self { disable_parallel_tool_use: true, ..self }
    }

    /// The same choice where a call is not demanded.
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

    /// Whether the model must call a tool.
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

/// The system prompt: text, or text blocks, which may have [cache marks](crate::CacheControl).
///
/// ```
/// use claudette::wire::System;
/// use claudette::{CacheControl, Text};
///
/// let rules = Text::new("You know these orders: …").cache_control(CacheControl::ephemeral().ttl_1h());
/// let system: System = (rules, "Today is Monday.").into();
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct System(Content);

impl System {
    /// The API refuses empty text.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.blocks().iter().all(ContentBlock::is_blank)
    }

    pub(crate) fn marks(&self) -> CacheBreakpoints {
        CacheBreakpoints::of_blocks(self.0.blocks())
    }

    /// Puts a cache mark on its end.
    pub(crate) fn set_mark(&mut self, control: &CacheControl) {
        self.0.set_mark(control);
    }
}

impl<T: Into<Content>> From<T> for System {
    fn from(content: T) -> Self {
        Self(content.into())
    }
}
