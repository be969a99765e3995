//! [`Shape`]: the fields that an object can and must have; functions that check the types of values.

use serde_json::{Map, Value};

use super::dialect::Dialect;
use super::path::Path;
use super::refusal::{Check, Refusal};

pub(super) type Fields = Map<String, Value>;

/// The fields that an object can and must have.
#[derive(Clone, Copy, Default)]
pub(super) struct Shape {
    required: &'static [&'static str],
    optional: &'static [&'static str],
    /// The fields that exist only for requests with a beta header.
    beta: &'static [&'static str],
}

impl Shape {
    pub(super) const fn new(required: &'static [&'static str]) -> Self {
        Self { required, optional: &[], beta: &[] }
    }

    pub(super) const fn optional(mut self, names: &'static [&'static str]) -> Self {
        self.optional = names;
        self
    }

    pub(super) const fn beta(mut self, names: &'static [&'static str]) -> Self {
        self.beta = names;
        self
    }

    /// Refuses unknown fields first, then missing ones.
    pub(super) fn check(&self, fields: &Fields, at: &Path<'_>, dialect: Dialect) -> Check {
        let known = |name: &str| {
            self.required.contains(&name) || self.optional.contains(&name) || dialect.beta && self.beta.contains(&name)
        };
        if let Some(name) = fields.keys().find(|name| !known(name)) {
            return Err(unknown(&at.field(name)));
        }
        match self.required.iter().find(|name| !fields.contains_key(**name)) {
            Some(name) => Err(missing(&at.field(name))),
            None => Ok(()),
        }
    }
}

pub(super) fn unknown(at: &Path<'_>) -> Refusal {
    Refusal::at(at, "Extra inputs are not permitted")
}

pub(super) fn missing(at: &Path<'_>) -> Refusal {
    Refusal::at(at, "Field required")
}

pub(super) fn object<'v>(value: &'v Value, at: &Path<'_>) -> Result<&'v Fields, Refusal> {
    typed(value.as_object(), at, "dictionary")
}

pub(super) fn list<'v>(value: &'v Value, at: &Path<'_>) -> Result<&'v [Value], Refusal> {
    typed(value.as_array(), at, "list").map(Vec::as_slice)
}

pub(super) fn string<'v>(value: &'v Value, at: &Path<'_>) -> Result<&'v str, Refusal> {
    typed(value.as_str(), at, "string")
}

pub(super) fn boolean(value: &Value, at: &Path<'_>) -> Result<bool, Refusal> {
    typed(value.as_bool(), at, "boolean")
}

pub(super) fn number(value: &Value, at: &Path<'_>) -> Result<f64, Refusal> {
    typed(value.as_f64(), at, "number")
}

/// Checks that a value is a non-negative integer.
pub(super) fn natural(value: &Value, at: &Path<'_>) -> Result<u64, Refusal> {
    if value.is_i64() && !value.is_u64() {
        return at_least(0, at);
    }
    typed(value.as_u64(), at, "integer")
}

pub(super) fn at_least<T>(minimum: u64, at: &Path<'_>) -> Result<T, Refusal> {
    Err(Refusal::at(at, format_args!("Input should be greater than or equal to {minimum}")))
}

fn typed<T>(value: Option<T>, at: &Path<'_>, name: &str) -> Result<T, Refusal> {
    value.ok_or_else(|| Refusal::at(at, format_args!("Input should be a valid {name}")))
}

/// Checks that a value is one of a few strings.
pub(super) fn one_of<'v>(value: &'v Value, at: &Path<'_>, allowed: &[&str]) -> Result<&'v str, Refusal> {
    let text = string(value, at)?;
    if allowed.contains(&text) {
        return Ok(text);
    }
    let quoted: Vec<String> = allowed.iter().map(|name| format!("'{name}'")).collect();
    let list = match quoted.as_slice() {
        [head @ .., last] if !head.is_empty() => format!("{} or {last}", head.join(", ")),
        _ => quoted.concat(),
    };
    Err(Refusal::at(at, format_args!("Input should be {list}")))
}

/// Checks the name of an effort.
pub(super) fn effort(value: &Value, at: &Path<'_>) -> Check {
    one_of(value, at, &["low", "medium", "high", "xhigh", "max"]).map(drop)
}

/// Returns the `type` of an object that has one of several shapes.
pub(super) fn tag<'v>(fields: &'v Fields, at: &Path<'_>) -> Result<&'v str, Refusal> {
    let at = at.field("type");
    string(fields.get("type").ok_or_else(|| missing(&at))?, &at)
}

pub(super) fn unknown_tag(tag: &str, at: &Path<'_>, expected: &[&str]) -> Refusal {
    let quoted: Vec<String> = expected.iter().map(|tag| format!("'{tag}'")).collect();
    Refusal::at(
        at,
        format_args!(
            "Input tag '{tag}' found using 'type' does not match any of the expected tags: {}",
            quoted.join(", ")
        ),
    )
}

/// Returns a field that is present and not null. Every optional field may be null.
pub(super) fn given<'v>(fields: &'v Fields, name: &str) -> Option<&'v Value> {
    fields.get(name).filter(|value| !value.is_null())
}

/// Returns a string field, or the empty text if it is missing.
pub(super) fn text<'v>(fields: &'v Fields, name: &str) -> &'v str {
    fields.get(name).and_then(Value::as_str).unwrap_or_default()
}
