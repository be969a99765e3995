//! What the API would refuse of a [`ToolDefinition`].

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use super::tool_definition::ToolDefinition;
use crate::error::Error;

impl ToolDefinition {
    /// Checks whether the definition can be sent, before the tool joins a [`Toolset`](crate::Toolset): for tools that are
    /// known at run time, from a file or a server. What a set of tools checks is the same, and when two tools have one
    /// name.
    ///
    /// ```
    /// use claudette::ToolDefinition;
    /// use serde_json::json;
    ///
    /// let schema = json!({"type": "object"});
    /// assert!(ToolDefinition::new("search", "Searches.", &schema).check().is_ok());
    /// let error = ToolDefinition::new("a search", "Searches.", &schema).check().unwrap_err();
    /// assert!(error.is_misuse());
    /// ```
    ///
    /// # Errors
    ///
    /// Misuse: the API would refuse the name or the schema, or the types of the arguments cannot be read.
    pub fn check(&self) -> Result<(), Error> {
        self.problem().map_or(Ok(()), |problem| Err(Error::misuse(problem)))
    }

    /// What the API would refuse, if anything.
    pub(crate) fn problem(&self) -> Option<String> {
        if let Some(tool) = &self.0.defined {
            return tool.problem().or_else(|| tool.is_never_called(&self.origin()));
        }
        let (name, origin) = (self.name(), self.origin());
        if !is_name(name, 128, b"_-") {
            return Some(format!(
                "the tool name {name:?} ({origin}) is not 1 to 128 of the characters a-z, A-Z, 0-9, `_` and `-`"
            ));
        }
        if self.is_deferred() && self.0.options.contains_key("cache_control") {
            return Some(format!(
                "the tool `{name}` ({origin}) has both `defer_loading` and `cache_control`: choose one"
            ));
        }
        if let Some(flaw) = &self.0.flaw {
            return Some(format!("the tool `{name}` ({origin}) cannot be called: {flaw}"));
        }
        if let Some(unsupported) = &self.0.unsupported {
            return Some(format!(
                "the tool `{name}` ({origin}) cannot be strict: {unsupported}, or leave out `strict`"
            ));
        }
        let refused = match serde_json::from_str::<Root>(self.input_schema().get()) {
            Ok(root) => root.problem()?,
            Err(_) => "it is no JSON object".to_owned(),
        };
        Some(format!("the input schema of the tool `{name}` ({origin}) cannot be sent: {refused}"))
    }
}

/// The root of a schema, as far as the API has rules for it.
#[derive(Deserialize)]
struct Root {
    #[serde(default)]
    r#type: Value,
    #[serde(rename = "anyOf")]
    any_of: Option<IgnoredAny>,
    #[serde(rename = "oneOf")]
    one_of: Option<IgnoredAny>,
    #[serde(rename = "allOf")]
    all_of: Option<IgnoredAny>,
    #[serde(default)]
    properties: Map<String, Value>,
}

impl Root {
    fn problem(&self) -> Option<String> {
        if self.any_of.is_some() || self.one_of.is_some() || self.all_of.is_some() {
            return Some("its root has alternatives, as an enum has; put it into a struct as a field".to_owned());
        }
        if self.r#type != "object" {
            return Some("its root is not `\"type\": \"object\"`; take a struct with named fields".to_owned());
        }
        let wrong = self.properties.keys().find(|name| !is_name(name, 64, b"_.-"))?;
        Some(format!("the argument name {wrong:?} is not 1 to 64 of the characters a-z, A-Z, 0-9, `_`, `.` and `-`"))
    }
}

fn is_name(name: &str, longest: usize, marks: &[u8]) -> bool {
    (1..=longest).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || marks.contains(&byte))
}
