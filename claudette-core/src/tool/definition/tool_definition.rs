//! [`ToolDefinition`]: the name, description and schema of a tool.

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
use crate::tool::builtin::{BuiltinTool, allows_code};
use crate::tool::run::{ToolError, brief};
use crate::tool::schema::{sent, to_strict};
use crate::tool::texts;
use crate::tool::validate::{ReadError, Reading, Tree, is_needed, validate, violations};

/// The name, description and input schema of a tool, as the API receives them.
///
/// A `ToolDefinition` is cheap to clone: clones share their data. It serialises to the JSON that a request contains.
///
/// `#[tool]` and [`ToolFn::new`](crate::ToolFn::new) generate definitions. Write one by hand for a tool that is known
/// only at run time, or for your own implementation of [`Tool`](crate::Tool).
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
#[doc(alias = "function calling")]
#[doc(alias = "tool_use")]
#[doc(alias = "json schema")]
pub struct ToolDefinition(pub(crate) Arc<Inner>);

#[derive(Clone, Serialize)]
pub(crate) struct Inner {
    #[serde(serialize_with = "as_sent")]
    pub(crate) name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) description: String,
    pub(crate) input_schema: Box<RawValue>,
    /// Not sent, because the API has no field for it.
    #[serde(skip)]
    pub(crate) output_schema: OutputSchema,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) strict: bool,
    /// Fields that few tools have, such as `cache_control` and `defer_loading`.
    #[serde(flatten)]
    pub(crate) options: Map<String, Value>,
    /// A tool that the API defines. It is sent unchanged, instead of the fields above.
    #[serde(skip)]
    pub(crate) defined: Option<BuiltinTool>,
    #[serde(skip)]
    pub(crate) origin: Origin,
    /// The schema of the type, with which arguments are compared.
    #[serde(skip)]
    pub(crate) schema: Value,
    /// `true` if arguments that serde has read can still violate the schema.
    #[serde(skip)]
    pub(crate) is_checked: bool,
    /// The reason why a strict schema was requested and cannot be generated.
    #[serde(skip)]
    pub(crate) unsupported: Option<String>,
    /// The reason why the argument types cannot be described or read.
    #[serde(skip)]
    pub(crate) flaw: Option<String>,
    /// The tool searches in the program that hide the tool.
    #[cfg(feature = "search")]
    #[serde(skip)]
    pub(crate) searches: Vec<SearchId>,
}

/// Tells tool searches in the program apart. Clones are the same search.
#[cfg(feature = "search")]
#[derive(Clone, Debug, Default)]
pub(crate) struct SearchId(Arc<()>);

impl ToolDefinition {
    /// Creates the definition of a tool that is written by hand.
    ///
    /// `input_schema` is a JSON Schema (draft 2020-12) of `"type": "object"`, without `anyOf`, `oneOf` or `allOf` at
    /// its root; the API refuses all others. A definition that the API would refuse is an error before the first
    /// request; [`check`](Self::check) reports it earlier.
    #[track_caller]
    pub fn new(name: impl Into<String>, description: impl Into<String>, input_schema: &impl Serialize) -> Self {
        Self::with_origin(name.into(), description.into(), input_schema, Origin::Code(Location::caller()))
    }

    /// Creates the definition of a tool that the API defines and that your program runs.
    ///
    /// Use it in your own implementation of [`Tool`](crate::Tool); [`BuiltinTool::run`] makes a tool from a closure.
    /// The request contains only the builtin tool, without a schema, so the tool must check its arguments itself.
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

    /// Creates the definition of a builtin tool whose arguments are compared with this schema.
    #[track_caller]
    pub(crate) fn defined(tool: BuiltinTool, arguments: &Value) -> Self {
        let name = tool.name().unwrap_or_default().to_owned();
        let mut this = Self::with_origin(name, String::new(), arguments, Origin::Code(Location::caller()));
        Arc::make_mut(&mut this.0).defined = Some(tool);
        this
    }

    /// Creates the definition of a function from its generated schema. `flaw` is what is wrong with the argument types.
    pub(crate) fn generated(
        name: &str,
        description: &str,
        origin: &'static str,
        schema: Value,
        flaw: Option<String>,
    ) -> Self {
        Self::of_type(name.to_owned(), description.to_owned(), schema, flaw, Origin::Function(origin))
    }

    /// Creates the definition of a closure from its generated schema.
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

    /// Takes the schema that is sent, the schema with which arguments are compared, and what is wrong with the types.
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
            #[cfg(feature = "search")]
            searches: Vec::new(),
        }))
    }

    /// Sets whether the API forces the model to follow the schema while it writes the arguments.
    ///
    /// Strict schemas support only a part of JSON Schema. Bounds and lengths move into descriptions, where the model
    /// reads them, and arguments are still checked against them. Maps, tuples, recursive types and values of any type
    /// have no strict form; such a tool is an error before the first request.
    #[doc(alias = "structured outputs")]
    pub fn strict(mut self, strict: bool) -> Self {
        let inner = Arc::make_mut(&mut self.0);
        if let Some(tool) = inner.defined.take() {
            inner.defined = Some(tool.strict(strict));
            inner.strict = strict;
        } else if inner.strict != strict {
            let strict_schema = if strict { to_strict(&inner.schema) } else { Ok(sent(&inner.schema)) };
            inner.unsupported = strict_schema.as_ref().err().map(|error| error.message("argument"));
            inner.input_schema = raw(strict_schema.as_ref().unwrap_or(&inner.schema));
            inner.strict = strict;
        }
        self
    }

    /// Sets the JSON Schema of the tool's output, for servers that offer the tool.
    ///
    /// The schema is not sent, because the API has no field for it, and results are not compared with it. A function
    /// with [`#[tool]`](macro@crate::tool) has an output schema already if its return type is sent as JSON and
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

    /// Sets the function that generates the schema of the output.
    pub(crate) fn returning(mut self, make: fn() -> Option<Value>) -> Self {
        Arc::make_mut(&mut self.0).output_schema = OutputSchema::of_type(make);
        self
    }

    /// Sets a cache breakpoint after this tool: the API caches the request up to and including it. On the last tool, it
    /// caches all tools.
    #[doc(alias = "prompt caching")]
    pub fn cache_control(self, control: CacheControl) -> Self {
        self.option("cache_control", control)
    }

    /// Sets whether the tool is hidden from the model until a tool search finds it, for example
    /// [`BuiltinTool::tool_search_regex`](crate::BuiltinTool::tool_search_regex).
    #[doc(alias = "tool search")]
    pub fn defer_loading(self, defer: bool) -> Self {
        self.option("defer_loading", defer)
    }

    /// Sets the callers that may use the tool.
    ///
    /// By default, it is only the model. [`ToolCaller::Code`](crate::wire::ToolCaller::Code) is code that the model runs
    /// with [`BuiltinTool::code_execution`](crate::BuiltinTool::code_execution), which the set must contain. A tool that
    /// code can call cannot be strict, and its results must be texts.
    #[doc(alias = "programmatic tool calling")]
    pub fn allowed_callers<T: Into<String>>(self, callers: impl IntoIterator<Item = T>) -> Self {
        self.option("allowed_callers", callers.into_iter().map(Into::into).collect::<Vec<String>>())
    }

    /// Sets example arguments that show the model how to call the tool. The API refuses examples that violate the
    /// schema.
    pub fn input_examples<T: Into<Value>>(self, examples: impl IntoIterator<Item = T>) -> Self {
        self.option("input_examples", examples.into_iter().map(Into::into).collect::<Vec<Value>>())
    }

    /// Sets whether the API streams the arguments while the model writes them, before each value is complete.
    ///
    /// The arguments may then not be valid JSON; the result of such a call is an error.
    #[doc(alias = "fine-grained tool streaming")]
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

    /// Returns the name of the tool.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Returns the name of the tool in requests, by which the model calls it.
    ///
    /// It is the [name](Self::name), unless the name is longer than the 64 characters that the API accepts. Then it is
    /// the first 55 characters, `_` and a hash of eight hexadecimal digits. Requests use the wire name in tools,
    /// messages and tool choice; the history, events and hooks of a chat use the full name.
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

    /// Returns the description that the model reads. It is empty for a tool [which the API defines](Self::of).
    pub fn description(&self) -> &str {
        &self.0.description
    }

    /// Returns the JSON Schema of the arguments, as it is sent.
    ///
    /// The schema of a tool [which the API defines](Self::of) is not sent; arguments are only compared with it.
    pub fn input_schema(&self) -> &RawValue {
        &self.0.input_schema
    }

    /// Returns the JSON Schema of the tool's output, if it is known.
    pub fn output_schema(&self) -> Option<&RawValue> {
        self.0.output_schema.schema()
    }

    /// Returns `true` if the API forces the model to follow the schema.
    pub fn is_strict(&self) -> bool {
        self.0.strict
    }

    /// Returns the schema from which the API makes a grammar, if the tool is strict.
    pub(crate) fn strict_schema(&self) -> Option<Value> {
        (self.is_strict() && self.0.defined.is_none())
            .then(|| serde_json::from_str(self.input_schema().get()).ok())
            .flatten()
    }

    /// Returns the cache breakpoint of the tool.
    pub(crate) fn mark(&self) -> Option<&Value> {
        self.0.options.get("cache_control")
    }

    /// Sets a cache breakpoint, unless the tool has one.
    pub(crate) fn set_mark(&mut self, control: &CacheControl) {
        Arc::make_mut(&mut self.0).options.entry("cache_control").or_insert_with(|| control.clone().into());
    }

    /// Hides the tool behind a search in the program.
    #[cfg(feature = "search")]
    pub(crate) fn hidden_by(self, search: &SearchId) -> Self {
        let mut hidden = self.defer_loading(true);
        Arc::make_mut(&mut hidden.0).searches.push(search.clone());
        hidden
    }

    /// Returns `true` if this search finds the tool: it is hidden, and not only behind other searches.
    #[cfg(feature = "search")]
    pub(crate) fn is_found_by(&self, search: &SearchId) -> bool {
        let searches = &self.0.searches;
        let is_behind = searches.is_empty() || searches.iter().any(|other| Arc::ptr_eq(&other.0, &search.0));
        is_behind && self.is_deferred() && !self.is_builtin()
    }

    /// Returns `true` if both have the same name, description and input schema.
    #[cfg(feature = "search")]
    pub(crate) fn has_words_of(&self, other: &Self) -> bool {
        let is_same = self.name() == other.name() && self.description() == other.description();
        Arc::ptr_eq(&self.0, &other.0) || is_same && self.input_schema().get() == other.input_schema().get()
    }

    /// Returns `true` if the API defines the tool, so it has no description and no schema here.
    #[cfg(feature = "search")]
    pub(crate) fn is_builtin(&self) -> bool {
        self.0.defined.is_some()
    }

    pub(crate) fn is_deferred(&self) -> bool {
        match &self.0.defined {
            Some(tool) => tool.is_deferred(),
            None => self.0.options.get("defer_loading") == Some(&Value::Bool(true)),
        }
    }

    /// Returns `true` if code of the model may call the tool.
    pub(crate) fn is_programmatic(&self) -> bool {
        match &self.0.defined {
            Some(tool) => tool.is_programmatic(),
            None => allows_code(self.0.options.get("allowed_callers")),
        }
    }

    /// Returns the path of the tool's function, or the place in the code that defines the tool.
    #[doc(hidden)]
    pub fn origin(&self) -> impl fmt::Display + use<> {
        self.0.origin
    }

    /// Compares arguments with the schema, for tools whose arguments are not read into a type.
    ///
    /// # Errors
    ///
    /// The violations that the model has to correct.
    pub(crate) fn check_arguments(&self, input: &str) -> Result<(), ToolError> {
        let wrong = match Tree::parse(input) {
            Some(input) => violations(&self.0.schema, &input, None).message("argument"),
            None => Some(texts::invalid("argument", [texts::TOO_DEEP.to_owned()], 0)),
        };
        wrong.map_or(Ok(()), |wrong| Err(ToolError::new(wrong)))
    }

    /// Returns `true` if arguments that their types have read can still violate the schema.
    #[inline]
    pub(crate) fn is_checked(&self) -> bool {
        self.0.is_checked
    }

    /// Validates arguments that a type has read, or has failed to read; see [`validate`].
    ///
    /// # Errors
    ///
    /// The violations that the model has to correct.
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

/// A schema that cannot be serialised becomes null, which is then reported: it is not a JSON object.
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
    fn valid_definition_has_no_problem() {
        assert_eq!(problem("get_weather-2", &json!({"type": "object"})), "");
    }

    #[test]
    fn invalid_definition_is_reported() {
        let object = json!({"type": "object"});
        for name in ["", "get weather", "größe", &"x".repeat(129)] {
            assert!(problem(name, &object).starts_with(&format!("the tool name {name:?} (")));
        }
        assert!(problem("a", &json!({"type": "string"})).contains("use a struct with named fields"));
        assert!(problem("a", &json!({"type": "object", "anyOf": []})).contains("its root has alternatives"));
        assert!(problem("a", &true).contains("it is not a JSON object"));
        assert!(problem("a", &json!({"type": "object", "properties": {"a b": {}}})).contains("\"a b\""));
    }

    #[test]
    fn strict_is_sent_only_if_it_is_set() {
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
        // The grammar cannot enforce the bound, so the arguments are still checked.
        let error = strict.check_arguments(r#"{"n":8}"#).expect_err("8 is more than the maximum");
        assert!(["`n`", "7", "8"].iter().all(|part| error.text().contains(part)), "{error}");
        assert_eq!(json!(strict.strict(false)), json!({"name": "a", "input_schema": schema}));
    }

    #[test]
    fn schema_without_a_strict_form_is_reported() {
        let schema =
            json!({"type": "object", "properties": {"by name": {"type": "object", "additionalProperties": true}}});
        let definition = ToolDefinition::new("a", "", &schema).strict(true);
        let problem = definition.problem().expect("a map cannot be strict");
        assert!(problem.starts_with(concat!("the tool `a` (", file!())), "{problem}");
        assert!(
            problem.ends_with(
                ") cannot be strict: argument `[\"by name\"]` is a map, whose keys are not in the schema; use a list \
                 of structs with a key and a value, or remove `strict`"
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
