//! [`ToolDefinition`]: what the model is told about a tool.

use std::borrow::Cow;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value, json};

use super::origin::Origin;
use super::output_schema::OutputSchema;
use crate::messages::{CacheControl, wire_name};
use crate::tool::builtin::BuiltinTool;
use crate::tool::run::{ToolError, brief};
use crate::tool::schema::{sent, to_strict};
use crate::tool::texts;
use crate::tool::validate::{ReadError, Reading, Tree, is_needed, validate, violations};

/// Name, description and input schema of a tool, as they are sent.
///
/// Cloning shares it. It serialises to the form it has on the wire.
///
/// ```
/// use claudette::ToolDefinition;
/// use serde_json::json;
///
/// let schema = json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]});
/// let definition = ToolDefinition::new("get_weather", "Weather by city.", &schema);
/// assert_eq!(
///     serde_json::to_string(&definition)?,
///     r#"{"name":"get_weather","description":"Weather by city.","input_schema":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}"#,
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone)]
pub struct ToolDefinition(pub(crate) Arc<Inner>);

#[derive(Clone, Serialize)]
pub(crate) struct Inner {
    #[serde(serialize_with = "as_sent")]
    pub(crate) name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) description: String,
    pub(crate) input_schema: Box<RawValue>,
    /// Not sent: the API has no field for it.
    #[serde(skip)]
    pub(crate) output_schema: OutputSchema,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) strict: bool,
    /// What few tools have: `cache_control`, `defer_loading` and their like.
    #[serde(flatten)]
    pub(crate) options: Map<String, Value>,
    /// A tool that the API defines is sent as it is, in place of all of the above.
    #[serde(skip)]
    pub(crate) defined: Option<BuiltinTool>,
    #[serde(skip)]
    pub(crate) origin: Origin,
    /// The schema as the type has it: what arguments are held against.
    #[serde(skip)]
    pub(crate) schema: Value,
    /// Whether arguments that serde has read may still not fit.
    #[serde(skip)]
    pub(crate) is_checked: bool,
    /// Why there is no strict schema, though it is asked for.
    #[serde(skip)]
    pub(crate) unsupported: Option<String>,
    /// Why the types of the arguments are of no use.
    #[serde(skip)]
    pub(crate) flaw: Option<String>,
}

impl ToolDefinition {
    /// A definition for a tool that is written by hand.
    ///
    /// `input_schema` is a JSON Schema (draft 2020-12) of `"type": "object"`, without `anyOf`, `oneOf` or `allOf` at
    /// its root; the API refuses any other. A definition that cannot be sent is reported before anything is.
    #[track_caller]
    pub fn new(name: impl Into<String>, description: impl Into<String>, input_schema: &impl Serialize) -> Self {
        Self::with_origin(name.into(), description.into(), input_schema, Origin::Code(Location::caller()))
    }

    /// The definition of a tool that the API defines, and that is run here: it is sent as that tool is.
    ///
    /// This is for a [`Tool`](crate::Tool) that is written by hand; [`BuiltinTool::run`] makes one of a closure. The API
    /// sends no schema of the arguments, so the tool itself has to look whether they fit.
    ///
    /// ```
    /// use claudette::{BuiltinTool, ToolDefinition};
    ///
    /// let definition = ToolDefinition::of(BuiltinTool::bash());
    /// assert_eq!(definition.name(), "bash");
    /// assert_eq!(serde_json::to_string(&definition)?, r#"{"type":"bash_20250124","name":"bash"}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[track_caller]
    pub fn of(tool: BuiltinTool) -> Self {
        Self::defined(tool, &json!({"type": "object"}))
    }

    /// The same, of a tool whose arguments are held against this schema.
    #[track_caller]
    pub(crate) fn defined(tool: BuiltinTool, arguments: &Value) -> Self {
        let name = tool.name().unwrap_or_default().to_owned();
        let mut this = Self::with_origin(name, String::new(), arguments, Origin::Code(Location::caller()));
        Arc::make_mut(&mut this.0).defined = Some(tool);
        this
    }

    /// The definition of a function, with a schema that `schema.rs` made, and what is wrong with its arguments.
    pub(crate) fn generated(
        name: &str,
        description: &str,
        origin: &'static str,
        schema: Value,
        flaw: Option<String>,
    ) -> Self {
        Self::of_type(name.to_owned(), description.to_owned(), schema, flaw, Origin::Function(origin))
    }

    /// The same of a closure.
    #[track_caller]
    pub(crate) fn of_closure(name: String, description: String, (schema, flaw): (Value, Option<String>)) -> Self {
        Self::of_type(name, description, schema, flaw, Origin::Code(Location::caller()))
    }

    fn of_type(name: String, description: String, schema: Value, flaw: Option<String>, origin: Origin) -> Self {
        let input_schema = raw(&sent(&schema));
        Self::with_schema(name, description, (input_schema, schema, flaw), origin)
    }

    fn with_origin(name: String, description: String, input_schema: &impl Serialize, origin: Origin) -> Self {
        let schema = serde_json::to_value(input_schema).unwrap_or_default();
        Self::with_schema(name, description, (raw(input_schema), schema, None), origin)
    }

    /// A definition with the schema that is sent, the one that arguments are compared with, and what is wrong with it.
    fn with_schema(
        name: String,
        description: String,
        (input_schema, schema, flaw): (Box<RawValue>, Value, Option<String>),
        origin: Origin,
    ) -> Self {
        Self(Arc::new(Inner {
            name,
            description,
            input_schema,
            output_schema: OutputSchema::default(),
            strict: false,
            options: Map::new(),
            defined: None,
            origin,
            is_checked: is_needed(&schema),
            schema,
            unsupported: None,
            flaw,
        }))
    }

    /// Asks the API to hold the model to the schema while it writes the arguments.
    ///
    /// It takes only a part of JSON Schema for that. Bounds and lengths move into the description, where the model reads
    /// them, and arguments are still held against them. Maps, tuples, recursive types and values of any type have no
    /// strict form; that is reported before anything is sent.
    pub fn strict(mut self, strict: bool) -> Self {
        let inner = Arc::make_mut(&mut self.0);
        if let Some(tool) = inner.defined.take() {
            inner.defined = Some(tool.strict(strict));
            inner.strict = strict;
        } else if inner.strict != strict {
            let strict_schema = if strict { to_strict(&inner.schema) } else { Ok(sent(&inner.schema)) };
            inner.unsupported = strict_schema.as_ref().err().map(|error| error.tell("argument"));
            inner.input_schema = raw(strict_schema.as_ref().unwrap_or(&inner.schema));
            inner.strict = strict;
        }
        self
    }

    /// Sets the JSON Schema of what the tool returns, for servers that offer the tool. It is not sent to the API, which has
    /// no field for it, and results are not compared with it.
    ///
    /// A function with [`#[tool]`](macro@crate::tool) has one already if it returns a value that becomes JSON and that
    /// implements [`JsonSchema`](schemars::JsonSchema).
    ///
    /// ```
    /// use claudette::ToolDefinition;
    /// use serde_json::json;
    ///
    /// let definition = ToolDefinition::new("now", "The current time.", &json!({"type": "object"}))
    ///     .with_output_schema(&json!({"type": "string", "format": "time"}));
    /// assert_eq!(definition.output_schema().unwrap().get(), r#"{"type":"string","format":"time"}"#);
    /// ```
    pub fn with_output_schema(mut self, schema: &impl Serialize) -> Self {
        Arc::make_mut(&mut self.0).output_schema = OutputSchema::new(raw(schema));
        self
    }

    /// Sets how the schema of the output is made.
    pub(crate) fn returning(mut self, make: fn() -> Option<Value>) -> Self {
        Arc::make_mut(&mut self.0).output_schema = OutputSchema::of_type(make);
        self
    }

    /// Marks the prompt for caching, up to and with this tool. On the last tool it caches all of them.
    pub fn cache_control(self, control: CacheControl) -> Self {
        self.option("cache_control", control)
    }

    /// Hides the tool from the model until a tool search finds it, as
    /// [`BuiltinTool::tool_search_regex`](crate::BuiltinTool::tool_search_regex).
    pub fn defer_loading(self, defer: bool) -> Self {
        self.option("defer_loading", defer)
    }

    /// Who may call the tool: `direct` for the model, as without this; `code_execution_20260120` for code that it runs
    /// with [`BuiltinTool::code_execution`](crate::BuiltinTool::code_execution); or both.
    pub fn allowed_callers<T: Into<String>>(self, callers: impl IntoIterator<Item = T>) -> Self {
        self.option("allowed_callers", callers.into_iter().map(Into::into).collect::<Vec<String>>())
    }

    /// Arguments that show the model how the tool is called. The API refuses what does not fit the schema.
    pub fn input_examples<T: Into<Value>>(self, examples: impl IntoIterator<Item = T>) -> Self {
        self.option("input_examples", examples.into_iter().map(Into::into).collect::<Vec<Value>>())
    }

    /// Has the API stream the arguments as the model writes them, without waiting until a value is complete. They may
    /// then be no valid JSON; such a call is answered with an error.
    pub fn eager_input_streaming(self, eager: bool) -> Self {
        self.option("eager_input_streaming", eager)
    }

    fn option(mut self, option: &str, value: impl Into<Value>) -> Self {
        let inner = Arc::make_mut(&mut self.0);
        match inner.defined.take() {
            Some(tool) => inner.defined = Some(tool.option(option, value)),
            None => drop(inner.options.insert(option.into(), value.into())),
        }
        self
    }

    /// Returns the name of the tool: that of its function, unless it was given another.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Returns the name by which the model calls the tool.
    ///
    /// It is the [name](Self::name), unless that has more than the 64 characters that the API accepts. Then it is the first
    /// 55 of them, `_` and a hash of eight digits. Requests have this name in tools, history and tool choice; a chat's own
    /// history, its events and its hooks have the tool's own.
    ///
    /// ```
    /// use claudette::ToolDefinition;
    /// use serde_json::json;
    ///
    /// let name = "mcp__the_company_wide_knowledge_base__search_all_documents_by_full_text";
    /// let definition = ToolDefinition::new(name, "Searches.", &json!({"type": "object"}));
    /// assert_eq!(definition.name(), name);
    /// assert_eq!(definition.wire_name(), "mcp__the_company_wide_knowledge_base__search_all_docume_94a3c471");
    /// ```
    pub fn wire_name(&self) -> Cow<'_, str> {
        wire_name(&self.0.name)
    }

    /// What the tool does, in the words the model reads; empty where the API has words of its own.
    pub fn description(&self) -> &str {
        &self.0.description
    }

    /// The JSON Schema of the arguments, as it is sent. That of a tool [which the API defines](Self::of) is not: it is what
    /// arguments are held against here.
    pub fn input_schema(&self) -> &RawValue {
        &self.0.input_schema
    }

    /// Returns the JSON Schema of what the tool returns, if it is known.
    pub fn output_schema(&self) -> Option<&RawValue> {
        self.0.output_schema.schema()
    }

    /// Whether the API is asked to hold the model to the schema.
    pub fn is_strict(&self) -> bool {
        self.0.strict
    }

    /// The schema of which the API makes a grammar, if it is asked to.
    pub(crate) fn strict_schema(&self) -> Option<Value> {
        (self.is_strict() && self.0.defined.is_none())
            .then(|| serde_json::from_str(self.input_schema().get()).ok())
            .flatten()
    }

    /// The cache mark on it.
    pub(crate) fn mark(&self) -> Option<&Value> {
        self.0.options.get("cache_control")
    }

    /// Puts a cache mark on it, unless it has one.
    pub(crate) fn set_mark(&mut self, control: &CacheControl) {
        Arc::make_mut(&mut self.0).options.entry("cache_control").or_insert_with(|| control.clone().into());
    }

    pub(crate) fn is_deferred(&self) -> bool {
        match &self.0.defined {
            Some(tool) => tool.is_deferred(),
            None => self.0.options.get("defer_loading") == Some(&Value::Bool(true)),
        }
    }

    /// Where the tool comes from: the path of its function, or the place in the code that defined it.
    #[doc(hidden)]
    pub fn origin(&self) -> impl fmt::Display + use<> {
        self.0.origin
    }

    /// Compares arguments that no type reads with the schema, and nothing else.
    ///
    /// # Errors
    ///
    /// What the model has to correct.
    pub(crate) fn check_arguments(&self, input: &str) -> Result<(), ToolError> {
        let wrong = match Tree::parse(input) {
            Some(input) => violations(&self.0.schema, &input, None).tell("argument"),
            None => Some(texts::invalid("argument", [texts::TOO_DEEP.to_owned()], 0)),
        };
        wrong.map_or(Ok(()), |wrong| Err(ToolError::new(wrong)))
    }

    /// Whether arguments may be wrong though their types have read them.
    #[inline]
    pub(crate) fn is_checked(&self) -> bool {
        self.0.is_checked
    }

    /// Decides about arguments that a type has read, or has failed to read ([`validate`]).
    ///
    /// # Errors
    ///
    /// What the model has to correct.
    #[cold]
    pub(crate) fn validate<V>(
        &self,
        input: &str,
        read: Option<V>,
        reread: impl Fn(&Tree<'_>, &Reading) -> Result<V, ReadError>,
    ) -> Result<V, ToolError> {
        validate(&self.0.schema, "argument", input, read, reread).map_err(ToolError::new)
    }
}

fn as_sent<S: serde::Serializer>(name: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&wire_name(name))
}

/// What has no JSON form becomes null, which is no schema of an object either.
fn raw(schema: &impl Serialize) -> Box<RawValue> {
    to_raw_value(schema).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

impl Serialize for ToolDefinition {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0.defined {
            Some(tool) => tool.serialize(serializer),
            None => self.0.serialize(serializer),
        }
    }
}

impl fmt::Debug for ToolDefinition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolDefinition")
            .field("name", &self.name())
            .field("description", &brief(self.description()))
            .field("input_schema", &brief(self.input_schema().get()))
            .field("strict", &self.is_strict())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(name: &str, schema: &impl Serialize) -> String {
        ToolDefinition::new(name, "", schema).problem().unwrap_or_default()
    }

    #[test]
    fn what_the_api_takes_has_no_problem() {
        assert_eq!(problem("get_weather-2", &json!({"type": "object"})), "");
    }

    #[test]
    fn what_the_api_refuses_is_named() {
        let object = json!({"type": "object"});
        for name in ["", "get weather", "größe", &"x".repeat(129)] {
            assert!(problem(name, &object).starts_with(&format!("the tool name {name:?} (")));
        }
        assert!(problem("a", &json!({"type": "string"})).contains("take a struct with named fields"));
        assert!(problem("a", &json!({"type": "object", "anyOf": []})).contains("its root has alternatives"));
        assert!(problem("a", &true).contains("it is no JSON object"));
        assert!(problem("a", &json!({"type": "object", "properties": {"a b": {}}})).contains("\"a b\""));
    }

    #[test]
    fn strict_is_sent_only_when_asked_for() {
        let schema = json!({"type": "object", "properties": {"n": {"type": "integer", "maximum": 7}}});
        let definition = ToolDefinition::new("a", "", &schema);
        assert_eq!(json!(definition), json!({"name": "a", "input_schema": schema}));
        let strict = definition.strict(true);
        assert_eq!(
            json!(strict),
            json!({
                "name": "a",
                "input_schema": {
                    "type": "object",
                    "properties": {"n": {"description": "{maximum: 7}", "type": "integer"}},
                    "additionalProperties": false,
                },
                "strict": true,
            })
        );
        // What the grammar does not hold the model to, it is still held to.
        let error = strict.check_arguments(r#"{"n":8}"#).expect_err("it is too large");
        assert!(["`n`", "7", "8"].iter().all(|part| error.text().contains(part)), "{error}");
        assert_eq!(json!(strict.strict(false)), json!({"name": "a", "input_schema": schema}));
    }

    #[test]
    fn what_has_no_strict_form_is_reported() {
        let schema =
            json!({"type": "object", "properties": {"by name": {"type": "object", "additionalProperties": true}}});
        let definition = ToolDefinition::new("a", "", &schema).strict(true);
        let problem = definition.problem().expect("it cannot be strict");
        assert!(problem.starts_with(concat!("the tool `a` (", file!())), "{problem}");
        assert!(
            problem.ends_with(
                ") cannot be strict: argument `[\"by name\"]` is a map, whose keys no schema names; take a list of \
                 structs with a key and a value, or leave out `strict`"
            ),
            "{problem}"
        );
        assert_eq!(json!(definition.strict(false)), json!({"name": "a", "input_schema": schema}));
    }

    #[test]
    fn options_are_sent_under_their_names() {
        let definition = ToolDefinition::new("a", "", &json!({"type": "object"}))
            .cache_control(CacheControl::ephemeral())
            .allowed_callers(["direct", "code_execution_20260120"])
            .input_examples([json!({})])
            .eager_input_streaming(true);
        assert_eq!(definition.problem(), None);
        assert_eq!(
            json!(definition),
            json!({
                "name": "a", "input_schema": {"type": "object"}, "cache_control": {"type": "ephemeral"},
                "allowed_callers": ["direct", "code_execution_20260120"], "input_examples": [{}],
                "eager_input_streaming": true
            })
        );
        assert!(definition.defer_loading(true).problem().is_some_and(|problem| problem.contains("choose one")));
    }
}
