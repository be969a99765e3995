//! Access to the keywords of a JSON Schema.

use serde_json::{Map, Value};

/// A schema, in the order in which schemars wrote it. The feature `preserve_order` also adds `shift_remove` to maps.
pub(crate) type Object = Map<String, Value>;

/// Returns the target of a `$ref`, if it is in the same document.
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

/// Returns the direct subschemas of a schema, each with its keyword.
pub(crate) fn subschemas(object: &mut Object) -> impl Iterator<Item = (&str, &mut Value)> {
    object.iter_mut().flat_map(|(key, value)| {
        let key = key.as_str();
        let inside: Vec<&mut Value> = match (key, value) {
            ("properties" | "patternProperties" | "$defs" | "dependentSchemas", Value::Object(map)) => {
                map.values_mut().collect()
            }
            ("anyOf" | "oneOf" | "allOf" | "prefixItems", Value::Array(list)) => list.iter_mut().collect(),
            // `additionalProperties: true` is a map of any values and stays in this short form.
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

/// Returns the words of a schema that only lists words: a unit variant with docs, or all variants without docs.
pub(crate) fn words(schema: &Value) -> Option<&[Value]> {
    let schema = schema.as_object()?;
    let nothing_else = schema.keys().all(|key| matches!(key.as_str(), "type" | "enum" | "const" | "description"));
    if !nothing_else || schema.get("type")? != "string" {
        return None;
    }
    match (schema.get("const"), schema.get("enum")) {
        (Some(word), None) => Some(std::slice::from_ref(word)),
        // A description of several words is not the documentation of one variant.
        (None, Some(Value::Array(words))) if !schema.contains_key("description") => Some(words),
        _ => None,
    }
}

/// Returns `true` if `minimum: 0` comes from an unsigned type and was not declared by the author.
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

/// Adds the description of the argument before the description of its type.
pub(crate) fn describe(schema: &mut Value, description: &str) {
    let Value::Object(schema) = schema else { return };
    let of_type = schema.get("description").and_then(Value::as_str).filter(|text| *text != description);
    let both = paragraphs(description, of_type.unwrap_or_default());
    if !both.is_empty() {
        schema.insert("description".into(), both.into());
    }
}

/// Sorts the keywords of a schema into the order that is easiest to read.
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
        // The sort is stable, so other keywords keep the order of schemars.
        _ => 2,
    });
    object.extend(entries);
}
