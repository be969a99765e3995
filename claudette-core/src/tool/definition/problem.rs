//! Checks of a [`ToolDefinition`] against the rules of the API.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use super::tool_definition::ToolDefinition;
use crate::error::Error;
use crate::tool::schema::is_recursive;

impl ToolDefinition {
    /// Checks that the definition can be sent.
    ///
    /// Use it for tools that are known only at run time, from a file or a server, before you add them to a
    /// [`Toolset`](crate::Toolset). A toolset makes the same checks, and also checks that names are unique.
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
    /// Misuse: the API would refuse the name, the schema or the combination of options, the schema has no strict form
    /// but [`strict`](Self::strict) is set, or the types of the arguments cannot be described or read.
    pub fn check(&self) -> Result<(), Error> {
        self.problem().map_or(Ok(()), |problem| Err(Error::misuse(problem)))
    }

    /// Returns the first reason why the definition cannot be used, if any.
    pub(crate) fn problem(&self) -> Option<String> {
        if let Some(tool) = &self.0.defined {
            return tool.problem().or_else(|| tool.is_never_called(&self.origin()));
        }
        let (name, origin) = (self.name(), self.origin());
        if !is_name(name, 128, b"_-") {
            return Some(format!(
                "the tool name {name:?} ({origin}) is not valid; use 1 to 128 of the characters a-z, A-Z, 0-9, `_` and \
                 `-`"
            ));
        }
        if self.is_deferred() && self.0.options.contains_key("cache_control") {
            return Some(format!(
                "the tool `{name}` ({origin}) has both `defer_loading` and `cache_control`; choose one"
            ));
        }
        if let Some(flaw) = &self.0.flaw {
            return Some(format!("the tool `{name}` ({origin}) cannot be called: {flaw}"));
        }
        if let Some(unsupported) = &self.0.unsupported {
            return Some(format!("the tool `{name}` ({origin}) cannot be strict: {unsupported}, or remove `strict`"));
        }
        if self.is_programmatic() && self.is_strict() {
            return Some(format!(
                "the tool `{name}` ({origin}) is strict, but code can call it; remove `strict`, or the callers other than \
                 `direct`"
            ));
        }
        if self.is_programmatic() && is_recursive(&self.0.schema) {
            return Some(format!(
                "the tool `{name}` ({origin}) has a recursive type of arguments, so code cannot call it; remove the \
                 callers other than `direct`, or take a JSON text"
            ));
        }
        let refused = match serde_json::from_str::<Root>(self.input_schema().get()) {
            Ok(root) => root.problem()?,
            Err(_) => "it is not a JSON object".to_owned(),
        };
        Some(format!("the input schema of the tool `{name}` ({origin}) cannot be sent: {refused}"))
    }
}

/// The keywords at the root of a schema for which the API has rules.
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
            return Some(
                "its root has alternatives (`anyOf`, `oneOf` or `allOf`), like an enum; make it a field of a struct"
                    .to_owned(),
            );
        }
        if self.r#type != "object" {
            return Some("its root is not `\"type\": \"object\"`; use a struct with named fields".to_owned());
        }
        let wrong = self.properties.keys().find(|name| !is_name(name, 64, b"_.-"))?;
        Some(format!(
            "the argument name {wrong:?} is not valid; use 1 to 64 of the characters a-z, A-Z, 0-9, `_`, `.` and `-`"
        ))
    }
}

fn is_name(name: &str, longest: usize, marks: &[u8]) -> bool {
    (1..=longest).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || marks.contains(&byte))
}
