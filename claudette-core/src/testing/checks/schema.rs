//! JSON schemas: the schemas of tool input, and the subset that strict tools and structured outputs support.

use std::collections::HashSet;

use serde_json::Value;

use super::path::Path;
use super::refusal::{Check, Refusal};
use super::shape::{self, Fields};

/// Checks the schema of a tool's input.
pub(super) fn check_input(schema: &Value, at: &Path<'_>) -> Check {
    let Some(fields) = schema.as_object() else {
        return Err(Refusal::at(at, "Input does not match the expected shape."));
    };
    let kind = at.field("type");
    match fields.get("type") {
        None => return Err(shape::missing(&kind)),
        Some(value) if value != "object" => {
            return Err(Refusal::at(&kind, "Input should be 'object'"));
        }
        Some(_) => {}
    }
    if ["oneOf", "allOf", "anyOf"].iter().any(|key| fields.contains_key(*key)) {
        return Err(Refusal::at(at, "input_schema does not support oneOf, allOf, or anyOf at the top level"));
    }
    if !is_valid(schema) {
        return Err(Refusal::at(
            at,
            "JSON schema is invalid. It must match JSON Schema draft 2020-12 \
             (https://json-schema.org/draft/2020-12). Learn more about tool use at \
             https://docs.claude.com/en/docs/tool-use.",
        ));
    }
    let properties = fields.get("properties").and_then(Value::as_object);
    if properties.is_some_and(|properties| !properties.keys().all(|name| is_property(name))) {
        return Err(Refusal::at(
            &at.field("properties"),
            "Property keys should match pattern '^[a-zA-Z0-9_.-]{1,64}$'",
        ));
    }
    Ok(())
}

fn is_property(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
}

/// Returns `true` if the keywords of a schema, and of all schemas in it, have values of the right type.
fn is_valid(schema: &Value) -> bool {
    const TYPES: [&str; 7] = ["null", "boolean", "object", "array", "number", "string", "integer"];
    let is_type = |value: &Value| value.as_str().is_some_and(|name| TYPES.contains(&name));
    let schema = match schema {
        Value::Bool(_) => return true,
        Value::Object(fields) => fields,
        _ => return false,
    };
    schema.iter().all(|(keyword, value)| match keyword.as_str() {
        "type" => match value {
            Value::Array(types) => !types.is_empty() && types.iter().all(is_type),
            one => is_type(one),
        },
        "properties" | "$defs" | "patternProperties" | "dependentSchemas" => {
            value.as_object().is_some_and(|schemas| schemas.values().all(is_valid))
        }
        "items" | "additionalProperties" | "not" | "contains" | "propertyNames" => is_valid(value),
        "anyOf" | "oneOf" | "allOf" | "prefixItems" => {
            value.as_array().is_some_and(|schemas| !schemas.is_empty() && schemas.iter().all(is_valid))
        }
        "required" => value.as_array().is_some_and(|names| names.iter().all(Value::is_string)),
        "enum" => value.is_array(),
        "$ref" | "title" | "description" | "pattern" | "format" => value.is_string(),
        "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf" => value.is_number(),
        "minItems" | "maxItems" | "minLength" | "maxLength" => value.is_u64(),
        "uniqueItems" => value.is_boolean(),
        _ => true,
    })
}

/// Checks the schema of a structured output, or of the input of a strict tool.
pub(super) fn check_strict(schema: &Value) -> Result<(), String> {
    if let Some(cycle) = find_cycle(schema) {
        return Err(format!(
            "Invalid schema: Circular reference detected in schema definitions: {cycle}. Self-referencing or \
             mutually-referencing definitions are not supported."
        ));
    }
    check_supported(schema)
}

/// Returns the definitions of a circular reference, as `A -> B -> A`.
pub(super) fn find_cycle(schema: &Value) -> Option<String> {
    let mut search = Search { definitions: definitions(schema)?, trail: Vec::new(), done: HashSet::new() };
    search.definitions.keys().find_map(|name| search.follow(name))
}

struct Search<'s> {
    definitions: &'s Fields,
    /// The definitions on the way to the current one.
    trail: Vec<&'s str>,
    /// The definitions that are not part of a cycle.
    done: HashSet<&'s str>,
}

impl<'s> Search<'s> {
    fn follow(&mut self, name: &'s str) -> Option<String> {
        // Real schemas do not nest definitions this deeply.
        const DEEP: usize = 50;
        if let Some(start) = self.trail.iter().position(|other| *other == name) {
            return Some([&self.trail[start..], &[name]].concat().join(" -> "));
        }
        if self.trail.len() > DEEP || self.done.contains(name) {
            return None;
        }
        self.trail.push(name);
        let cycle = self.definitions.get(name).and_then(|schema| self.search(schema));
        self.trail.pop();
        self.done.insert(name);
        cycle
    }

    fn search(&mut self, schema: &'s Value) -> Option<String> {
        match schema {
            Value::Object(fields) => fields.iter().find_map(|(keyword, value)| match reference(keyword, value) {
                Some(name) => self.follow(name),
                None => self.search(value),
            }),
            Value::Array(items) => items.iter().find_map(|item| self.search(item)),
            _ => None,
        }
    }
}

fn definitions(schema: &Value) -> Option<&Fields> {
    let definitions = schema.get("$defs").or_else(|| schema.get("definitions"))?;
    definitions.as_object()
}

/// Returns the name of the definition that a `$ref` refers to.
fn reference<'s>(keyword: &str, value: &'s Value) -> Option<&'s str> {
    let target = value.as_str().filter(|_| keyword == "$ref")?;
    target.strip_prefix("#/$defs/").or_else(|| target.strip_prefix("#/definitions/"))
}

fn check_supported(schema: &Value) -> Result<(), String> {
    let Some(fields) = schema.as_object() else {
        return Ok(());
    };
    for keyword in ["oneOf", "not", "if"] {
        if fields.contains_key(keyword) {
            return Err(format!("Schema type '{keyword}' is not supported"));
        }
    }
    if let Some(target) = shape::given(fields, "$ref").and_then(Value::as_str)
        && !target.starts_with('#')
    {
        return Err(format!("External $ref '{target}' is not supported"));
    }
    keywords(fields)?;
    object(fields)?;
    array(fields)?;
    string(fields)?;
    for schemas in ["properties", "$defs", "definitions"] {
        let schemas = fields.get(schemas).and_then(Value::as_object);
        schemas.into_iter().flat_map(Fields::values).try_for_each(check_supported)?;
    }
    for schemas in ["anyOf", "allOf"] {
        let schemas = fields.get(schemas).and_then(Value::as_array);
        schemas.into_iter().flatten().try_for_each(check_supported)?;
    }
    fields.get("items").map_or(Ok(()), check_supported)
}

/// Refuses the keywords whose constraints a grammar cannot express.
fn keywords(fields: &Fields) -> Result<(), String> {
    const NUMBER: [&str; 5] = ["exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum", "multipleOf"];
    for (kind, keywords) in
        [("number", &NUMBER[..]), ("string", &["maxLength", "minLength"]), ("array", &["maxItems", "uniqueItems"])]
    {
        let used: Vec<&str> = keywords.iter().copied().filter(|keyword| fields.contains_key(*keyword)).collect();
        if !used.is_empty() {
            let kind = fields.get("type").and_then(Value::as_str).unwrap_or(kind);
            return Err(format!("For '{kind}' type, properties {} are not supported", used.join(", ")));
        }
    }
    Ok(())
}

fn object(fields: &Fields) -> Result<(), String> {
    if !has_type(fields, "object") {
        return Ok(());
    }
    let shown = match fields.get("additionalProperties") {
        Some(Value::Bool(false)) => return Ok(()),
        Some(Value::Bool(true)) => "true",
        Some(_) => "object",
        None => {
            return Err("For 'object' type, 'additionalProperties' must be explicitly set to false".to_owned());
        }
    };
    Err(format!(
        "For 'object' type, 'additionalProperties: {shown}' is not supported. Please set 'additionalProperties' to \
         false"
    ))
}

fn array(fields: &Fields) -> Result<(), String> {
    match fields.get("minItems").and_then(Value::as_u64) {
        Some(2..) => Err("For 'array' type, 'minItems' values other than 0 or 1 are not supported".to_owned()),
        _ => Ok(()),
    }
}

fn string(fields: &Fields) -> Result<(), String> {
    const FORMATS: [&str; 9] = ["date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6"];
    let format = fields.get("format").and_then(Value::as_str);
    if let Some(format) = format.filter(|format| !FORMATS.contains(format) && *format != "uuid") {
        return Err(format!("For 'string' type, format '{format}' is not supported"));
    }
    let pattern = fields.get("pattern").and_then(Value::as_str);
    let unsupported = [
        ("(?=", "lookahead"),
        ("(?!", "lookahead"),
        ("(?<", "lookbehind"),
        ("\\b", "word boundary"),
        ("\\1", "backreference"),
    ];
    let pattern = pattern.unwrap_or_default();
    match unsupported.iter().find(|(feature, _)| pattern.contains(feature)) {
        Some((_, name)) => Err(format!("Unsupported regex feature in pattern field: {name}")),
        None => Ok(()),
    }
}

fn has_type(fields: &Fields, name: &str) -> bool {
    match fields.get("type") {
        Some(Value::Array(types)) => types.iter().any(|kind| kind == name),
        Some(kind) => kind == name,
        None => false,
    }
}

/// Checks the limits on all strict schemas of a request together.
pub(super) fn check_limits<'s>(schemas: impl Iterator<Item = &'s Value>) -> Result<(), String> {
    const STRICT_TOOLS: usize = 20;
    const OPTIONAL: usize = 24;
    const UNIONS: usize = 16;

    let (mut count, mut optional, mut unions) = (0, 0, 0);
    for schema in schemas {
        count += 1;
        measure(schema, &mut optional, &mut unions);
    }
    // The schema of the answer does not count as a tool.
    if count > STRICT_TOOLS + 1 || optional > OPTIONAL || unions > UNIONS {
        return Err(
            "Schema is too complex for compilation. Try reducing the number of tools or simplifying tool schemas."
                .to_owned(),
        );
    }
    Ok(())
}

fn measure(schema: &Value, optional: &mut usize, unions: &mut usize) {
    match schema {
        Value::Object(fields) => {
            let union = fields.contains_key("anyOf") || fields.get("type").is_some_and(Value::is_array);
            *unions += usize::from(union);
            if let Some(properties) = fields.get("properties").and_then(Value::as_object) {
                let required = fields.get("required").and_then(Value::as_array);
                let required = required.map_or(0, Vec::len);
                *optional += properties.len().saturating_sub(required);
            }
            fields.values().for_each(|value| measure(value, optional, unions));
        }
        Value::Array(items) => items.iter().for_each(|item| measure(item, optional, unions)),
        _ => {}
    }
}
