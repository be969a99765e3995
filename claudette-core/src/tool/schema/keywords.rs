//! The parts of a JSON Schema, and how they are found.

use serde_json::{Map, Value};

/// A schema, in the order in which schemars wrote it: its feature `preserve_order` is on, so `shift_remove` is there as well.
pub(crate) type Object = Map<String, Value>;

/// The schema that a `$ref` stands for, if it is in the same document.
pub(crate) fn definition<'a>(root: &'a Value, target: &str) -> Option<&'a Value> {
    root.pointer(target.strip_prefix('#')?)
}

/// Returns the schema of an element of a list.
pub(crate) fn element(list: &Value, index: usize) -> Option<&Value> {
    list.get("prefixItems").and_then(|first| first.get(index)).or_else(|| list.get("items"))
}

/// Returns the names of the fields that an object must have.
pub(crate) fn required(schema: &Value) -> impl Iterator<Item = &str> {
    schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// All schemas directly inside another, each with the keyword it stands under.
pub(crate) fn subschemas(object: &mut Object) -> impl Iterator<Item = (&str, &mut Value)> {
    object.iter_mut().flat_map(|(key, value)| {
        let key = key.as_str();
        let inside: Vec<&mut Value> = match (key, value) {
            ("properties" | "patternProperties" | "$defs" | "dependentSchemas", Value::Object(map)) => {
                map.values_mut().collect()
            }
            ("anyOf" | "oneOf" | "allOf" | "prefixItems", Value::Array(list)) => list.iter_mut().collect(),
            // `additionalProperties: true` is how a map of anything is written; the long form says no more.
            ("additionalProperties", Value::Bool(_)) => Vec::new(),
            (
                "items" | "additionalProperties" | "propertyNames" | "contains" | "not" | "if" | "then" | "else",
                schema,
            ) => vec![schema],
            _ => Vec::new(),
        };
        inside.into_iter().map(move |schema| (key, schema))
    })
}

/// The words of a schema that says nothing but which words there are: a unit variant, or all those without docs.
pub(crate) fn words(schema: &Value) -> Option<&[Value]> {
    let schema = schema.as_object()?;
    let nothing_else = schema.keys().all(|key| matches!(key.as_str(), "type" | "enum" | "const" | "description"));
    if !nothing_else || schema.get("type")? != "string" {
        return None;
    }
    match (schema.get("const"), schema.get("enum")) {
        (Some(word), None) => Some(std::slice::from_ref(word)),
        // What is said of many words is not the documentation of a variant.
        (None, Some(Value::Array(words))) if !schema.contains_key("description") => Some(words),
        _ => None,
    }
}

/// Whether `minimum: 0` is that of an unsigned type, and not one that the author declared.
pub(crate) fn is_unsigned(schema: &Value) -> bool {
    schema.as_object().is_some_and(has_unsigned_bound)
}

pub(crate) fn has_unsigned_bound(schema: &Object) -> bool {
    let format = schema.get("format").and_then(Value::as_str);
    format.is_some_and(|format| format.starts_with("uint")) && schema.get("minimum").is_some_and(|it| *it == 0)
}

pub(crate) fn paragraphs(first: &str, second: &str) -> String {
    match (first, second) {
        ("", text) | (text, "") => text.to_owned(),
        (first, second) => format!("{first}\n\n{second}"),
    }
}

/// Puts the argument's own description in front of the one its type has.
pub(crate) fn describe(schema: &mut Value, description: &str) {
    let Value::Object(schema) = schema else { return };
    let of_type = schema.get("description").and_then(Value::as_str).filter(|text| *text != description);
    let both = paragraphs(description, of_type.unwrap_or_default());
    if !both.is_empty() {
        schema.insert("description".into(), both.into());
    }
}

/// The order in which a schema is easiest to read.
pub(crate) fn sort(schema: &mut Value) {
    let Value::Object(object) = schema else { return };
    let mut entries: Vec<_> = std::mem::take(object).into_iter().collect();
    entries.sort_by_key(|(key, _)| match key.as_str() {
        "description" => 0,
        "type" => 1,
        "properties" => 3,
        "required" => 4,
        "additionalProperties" => 5,
        "default" => 7,
        "$defs" => 8,
        // Stable: what schemars wrote first stays first.
        _ => 2,
    });
    object.extend(entries);
}
