//! [`Fallback`]: the point at which another model continued a response.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::display::{Plain, brief};
use crate::json::{Extra, Lenient, tags};

tags! { FallbackTag = "fallback" }

/// The point at which another model continued a response, because the first one declined
/// ([Refusals and fallback](https://platform.claude.com/docs/en/build-with-claude/refusals-and-fallback)).
///
/// ```
/// use claudette::ContentBlock;
///
/// let block: ContentBlock = serde_json::from_str(
///     r#"{"type":"fallback","from":{"model":"claude-fable-5-2"},"to":{"model":"claude-opus-5-5"},
///         "trigger":{"type":"refusal","category":"cyber"}}"#,
/// )?;
/// let fallback = block.as_fallback().unwrap();
/// assert_eq!((fallback.from(), fallback.to()), ("claude-fable-5-2", "claude-opus-5-5"));
/// assert_eq!(fallback.category(), Some("cyber"));
/// assert_eq!(fallback.to_string(), "claude-fable-5-2 declined (cyber); claude-opus-5-5 continues");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Fallback {
    r#type: FallbackTag,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    from: Lenient<Named>,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    to: Lenient<Named>,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    trigger: Lenient<Trigger>,
    #[serde(flatten)]
    extra: Extra,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct Named {
    model: String,
    #[serde(flatten)]
    extra: Extra,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct Trigger {
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    category: Lenient<String>,
    #[serde(flatten)]
    extra: Extra,
}

brief!(Fallback);

/// Shows the models and the category, as in `claude-fable-5-2 declined (cyber); claude-opus-5-5 continues`.
impl fmt::Display for Fallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} declined", Plain::line(named(self.from(), "the model")))?;
        if let Some(category) = self.category() {
            write!(f, " ({})", Plain::line(category))?;
        }
        write!(f, "; {} continues", Plain::line(named(self.to(), "another model")))
    }
}

fn named<'n>(name: &'n str, unknown: &'static str) -> &'n str {
    if name.is_empty() { unknown } else { name }
}

impl Fallback {
    /// Creates the block for a refusal after which the client sent the request to another model.
    pub(crate) fn new(from: &str, to: &str, category: Option<&str>) -> Self {
        let named = |model: &str| Lenient::Known(Named { model: model.to_owned(), extra: Extra::default() });
        let kind = Map::from_iter([("type".to_owned(), Value::from("refusal"))]);
        let category = category.map_or(Lenient::Null, |category| Lenient::Known(category.to_owned()));
        Self {
            r#type: FallbackTag,
            from: named(from),
            to: named(to),
            trigger: Lenient::Known(Trigger { category, extra: kind.into() }),
            extra: Extra::default(),
        }
    }

    /// Returns the name of the model that declined. It is empty if the server did not send one.
    pub fn from(&self) -> &str {
        self.from.known().map_or("", |from| &from.model)
    }

    /// Returns the name of the model that continued. It is empty if the server did not send one.
    pub fn to(&self) -> &str {
        self.to.known().map_or("", |to| &to.model)
    }

    /// Returns the category of the refusal, such as `cyber`, if the API names one.
    pub fn category(&self) -> Option<&str> {
        self.trigger.known()?.category.known().map(String::as_str)
    }
}
