//! [`ToolUse`]: a call of one of the caller's tools.

use std::fmt;
use std::sync::Arc;

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use super::caller::Caller;
use crate::display::{Brief, write_shown};
use crate::json::Extra;
use crate::json::RawJson;
use crate::json::has_half;
use crate::json::tags;
use crate::json::{JsonCursor, whole};
use crate::json::{Lenient, typed};
use crate::messages::cache_control::cacheable;

tags! { ToolUseTag = "tool_use" }

/// The model's request to run one of the caller's tools: a tool call.
///
/// The `Display` form is one line of code.
///
/// ```
/// use claudette::{Response, ToolUse};
///
/// let response: Response = serde_json::from_str(
///     r#"{"role":"assistant","stop_reason":"tool_use","usage":{},"content":[
///         {"type":"tool_use","id":"toolu_1","name":"get_weather","input":{"city":"Oslo"}}]}"#,
/// )?;
/// let call: &ToolUse = response.tool_uses().next().unwrap();
/// assert_eq!((call.id(), call.name()), ("toolu_1", "get_weather"));
/// assert_eq!(call.to_string(), r#"get_weather({"city":"Oslo"})"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[doc(alias = "tool_use")]
#[doc(alias = "tool call")]
#[doc(alias = "function calling")]
#[derive(Clone, PartialEq)]
pub struct ToolUse(Arc<Inner>);

/// Shared, because a call is part of its response, events, outcomes and steps.
#[derive(Clone, PartialEq, Serialize)]
struct Inner {
    r#type: ToolUseTag,
    id: String,
    name: String,
    input: RawJson,
    #[serde(skip_serializing_if = "Lenient::is_absent")]
    caller: Lenient<Caller>,
    #[serde(skip_serializing_if = "Lenient::is_absent")]
    toolset_name: Lenient<String>,
    #[serde(flatten)]
    extra: Extra,
    /// Argument text that is not a JSON object or not valid Unicode. `input` is then `{}`, because the API accepts only
    /// objects.
    #[serde(skip)]
    invalid: Option<Arc<str>>,
}

cacheable!(ToolUse { call => call.0.extra, call.inner_mut().extra });

impl ToolUse {
    /// Creates a call, for example for a test or an imported conversation.
    ///
    /// The arguments must be an object. If they are not, or cannot be serialized, the call has an
    /// [`invalid_input`](Self::invalid_input).
    ///
    /// ```
    /// use claudette::ToolUse;
    /// use serde_json::json;
    ///
    /// let call = ToolUse::new("toolu_1", "sums", json!({"a": 1, "b": 2}));
    /// assert_eq!(call.input().get(), r#"{"a":1,"b":2}"#);
    /// assert_eq!(call.to_string(), r#"sums({"a":1,"b":2})"#);
    /// ```
    pub fn new(id: impl Into<String>, name: impl Into<String>, input: impl Serialize) -> Self {
        Self::from_text(id, name, &serde_json::to_string(&input).unwrap_or_default())
    }

    /// Creates a call from the text of its arguments.
    pub(crate) fn from_text(id: impl Into<String>, name: impl Into<String>, input: &str) -> Self {
        let mut call = Inner::new(id.into(), name.into(), RawJson::empty_object());
        call.set_input(input);
        Self(Arc::new(call))
    }

    pub(super) fn read(json: &mut JsonCursor<'_>) -> Option<Self> {
        let (mut id, mut tool, mut input) = (None, None, None);
        let (mut caller, mut toolset_name, mut extra) = (Lenient::Absent, Lenient::Absent, Extra::default());
        json.object(|json, name| {
            match name {
                "type" => drop(json.string()?),
                "id" => id = Some(json.text()?),
                "name" => tool = Some(json.text()?),
                "input" => input = Some(json.value()?),
                "caller" => caller = Lenient::read(json, Caller::read)?,
                "toolset_name" => toolset_name = Lenient::read(json, JsonCursor::text)?,
                _ => drop(extra.insert(name.to_owned(), typed(json)?)),
            }
            Some(())
        })?;
        let (text, mut call) = (input?, Inner::new(id?, tool?, RawJson::null()));
        if has_half(text) {
            call.set_input(text);
        } else {
            call.input = RawJson::parse(text).ok()?;
        }
        Some(Self(Arc::new(Inner { caller, toolset_name, extra, ..call })))
    }

    /// Returns the id of the call. The result must refer to it.
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// Returns the name of the tool.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Returns the arguments, a JSON object. The raw text keeps every digit of numbers.
    pub fn input(&self) -> &RawValue {
        self.0.input.raw()
    }

    /// Deserializes the arguments into a type.
    ///
    /// # Errors
    /// Returns an error if the arguments do not match the type ([`Error::is_mismatch`](crate::Error::is_mismatch)).
    ///
    /// ```
    /// use claudette::ToolUse;
    /// use serde_json::json;
    ///
    /// let call = ToolUse::new("toolu_1", "sums", json!({"a": 1, "b": 2}));
    /// let arguments: std::collections::BTreeMap<String, i64> = call.input_as()?;
    /// assert_eq!(arguments["b"], 2);
    /// # Ok::<(), claudette::Error>(())
    /// ```
    pub fn input_as<T: DeserializeOwned>(&self) -> crate::Result<T> {
        let wanted = std::any::type_name::<T>();
        serde_json::from_str(self.input().get()).map_err(|error| {
            crate::Error::mismatch(format!("the arguments of `{}` do not match `{wanted}`", self.name()))
                .caused_by(error)
        })
    }

    /// Returns the original text of the arguments if it is not a JSON object, contains half of a surrogate pair, or is
    /// incomplete. Such a call is answered with an error and never run.
    pub fn invalid_input(&self) -> Option<&str> {
        self.0.invalid.as_deref().or_else(|| (!self.0.input.is_object()).then(|| self.0.input.text()))
    }

    /// Returns `true` if the arguments are an object without fields.
    pub(in crate::messages) fn is_without_input(&self) -> bool {
        let fields = self.input().get().strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        fields.is_some_and(|fields| fields.trim().is_empty())
    }

    /// Returns the origin of the call: the model, or its code on the server. Older models do not report it.
    pub fn caller(&self) -> Option<&Caller> {
        self.0.caller.known()
    }

    /// Returns `true` if code of the model made the call.
    pub(crate) fn is_of_code(&self) -> bool {
        self.caller().is_some_and(|caller| !caller.is_direct())
    }

    /// Returns the name of the toolset that the tool is a member of, such as `computer`, if any.
    pub fn toolset_name(&self) -> Option<&str> {
        self.0.toolset_name.known().map(String::as_str)
    }

    pub(super) fn set_input(&mut self, text: &str) {
        self.inner_mut().set_input(text);
    }

    pub(in crate::messages) fn set_name(&mut self, name: String) {
        self.inner_mut().name = name;
    }

    pub(crate) fn set_id(&mut self, id: String) {
        self.inner_mut().id = id;
    }

    /// Replaces arguments that are not an object with `{}`, because the API accepts only objects.
    pub(super) fn mend_input(&mut self) {
        if !self.0.input.is_object() {
            self.set_input(self.0.input.clone().text());
        }
    }

    fn inner_mut(&mut self) -> &mut Inner {
        Arc::make_mut(&mut self.0)
    }
}

impl Inner {
    fn new(id: String, name: String, input: RawJson) -> Self {
        Self {
            r#type: ToolUseTag,
            id,
            name,
            input,
            caller: Lenient::Absent,
            toolset_name: Lenient::Absent,
            extra: Extra::default(),
            invalid: None,
        }
    }

    fn set_input(&mut self, text: &str) {
        match RawJson::parse(text) {
            Ok(json) if json.is_object() && !has_half(text) => {
                self.input = json;
                self.invalid = None;
            }
            _ => {
                self.input = RawJson::empty_object();
                self.invalid = Some(text.into());
            }
        }
    }
}

impl Serialize for ToolUse {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ToolUse {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        whole(raw.get(), Self::read)
            .ok_or_else(|| Error::custom("invalid tool call: expected an object with `id`, `name` and `input`"))
    }
}

impl fmt::Debug for ToolUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Brief(&*self.0).fmt(f)?;
        match &self.0.invalid {
            Some(input) => write!(f, " with the invalid input {:?}", Brief(&&**input)),
            None => Ok(()),
        }
    }
}

/// Returns `true` if the API accepts the text as the id of a call
/// ([Messages API](https://platform.claude.com/docs/en/api/messages/create)).
pub(crate) fn is_call_id(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// Formats the call as one line of code: `sums({"a":1,"b":2})`. Arguments are cut after 4,000 characters; the alternate
/// form (`{:#}`) writes all of them.
impl fmt::Display for ToolUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_call(f, self.name(), self.invalid_input().unwrap_or(self.input().get()))
    }
}

/// Writes a call as one line. Line breaks between JSON tokens become spaces.
pub(super) fn write_call(f: &mut fmt::Formatter<'_>, name: &str, input: &str) -> fmt::Result {
    const LONGEST: usize = 4_000;
    let most = if f.alternate() { usize::MAX } else { LONGEST };
    let mut write = |text: &str| {
        for (place, char) in text.chars().enumerate() {
            match char {
                _ if place == most => return write!(f, "…[{} bytes]", text.len()),
                '\n' | '\r' => f.write_str(" ")?,
                _ => write_shown(f, char)?,
            }
        }
        Ok(())
    };
    write(name)?;
    write("(")?;
    write(input)?;
    write(")")
}
