//! [`wanted`]: describes the values that a schema accepts, in a few words of JSON.

use std::collections::HashSet;

use serde_json::Value;

use super::suggest::suggest;
use super::tree::Tree;
use crate::tool::run::shorten;
use crate::tool::schema::definition;
use crate::tool::texts;

/// Returns text such as `expected "celsius" or "fahrenheit", got "celsus"; did you mean "celsius"?`
pub(crate) fn other(root: &Value, schema: &Value, value: &Tree<'_>) -> String {
    let suggestion = value.as_text().and_then(|word| suggest(word, words(schema)));
    let hint = suggestion.map(|suggestion| texts::did_you_mean(&Value::from(suggestion))).unwrap_or_default();
    texts::expected(&wanted(root, schema), &value.brief()) + &hint
}

/// Returns text such as `integer or null`.
pub(crate) fn wanted(root: &Value, schema: &Value) -> String {
    shorten(&or(kinds(root, schema, 4)))
}

/// Shortens a constant of a schema.
fn brief(constant: &Value) -> String {
    shorten(&constant.to_string())
}

/// Returns the kinds of values that fit, each as text. Nested types are described up to `levels`.
fn kinds(root: &Value, schema: &Value, levels: u8) -> Vec<String> {
    let inside = |schema: &Value| levels.checked_sub(1).map_or_else(anything, |levels| kinds(root, schema, levels));
    let list = |keyword| schema.get(keyword).and_then(Value::as_array);
    if let Some(constant) = schema.get("const") {
        vec![brief(constant)]
    } else if let Some(values) = list("enum") {
        values.iter().map(brief).collect()
    } else if let Some(alternatives) = list("anyOf").or_else(|| list("oneOf")) {
        alternatives.iter().flat_map(inside).collect()
    } else if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
        definition(root, target).map_or_else(anything, inside)
    } else {
        let of_type = |kind| match kind {
            "array" => of_list(schema, inside),
            "object" => of_object(schema),
            kind => kind.to_owned(),
        };
        match schema.get("type") {
            Some(Value::String(kind)) => vec![of_type(kind)],
            Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).map(of_type).collect(),
            _ => anything(),
        }
    }
}

fn of_list(schema: &Value, inside: impl Fn(&Value) -> Vec<String>) -> String {
    if let Some(Value::Array(schemas)) = schema.get("prefixItems") {
        let kinds: Vec<_> = schemas.iter().map(|schema| or(inside(schema))).collect();
        return texts::tuple(&kinds);
    }
    match or(schema.get("items").map_or_else(anything, inside)).as_str() {
        texts::ANYTHING => texts::LIST.to_owned(),
        kind => texts::list_of(kind),
    }
}

fn of_object(schema: &Value) -> String {
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    texts::object_with(&required.filter_map(Value::as_str).collect::<Vec<_>>())
}

fn anything() -> Vec<String> {
    vec![texts::ANYTHING.to_owned()]
}

/// Joins kinds as `a, b or c`, each once.
fn or(kinds: Vec<String>) -> String {
    let mut seen = HashSet::new();
    let kinds: Vec<_> = kinds.into_iter().filter(|kind| seen.insert(kind.clone())).collect();
    if kinds.is_empty() { texts::NOTHING.to_owned() } else { texts::alternatives(&kinds) }
}

/// Returns the text constants that a schema accepts.
fn words(schema: &Value) -> Vec<&str> {
    let list = |keyword| schema.get(keyword).and_then(Value::as_array).into_iter().flatten();
    let own = schema.get("const").into_iter().chain(list("enum")).filter_map(Value::as_str);
    own.chain(list("anyOf").chain(list("oneOf")).flat_map(words)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn schemas_are_described_in_a_few_words() {
        let cases: [(Value, &[&str]); 11] = [
            (json!({"type": "integer", "minimum": 0}), &["integer"]),
            (json!({"type": ["string", "null"]}), &["string", "null"]),
            (json!({"enum": ["a", 1]}), &["\"a\"", "1"]),
            (json!({"type": "array", "items": {"type": "array", "items": {"type": "string"}}}), &["list", "string"]),
            (json!({"type": "array", "items": {}}), &["list"]),
            (json!({"type": "array", "prefixItems": [{"type": "string"}, {}]}), &["list", "string"]),
            (json!({"type": "object", "properties": {"a": {}}, "required": ["a"]}), &["object", "`a`"]),
            (json!({"anyOf": [{"const": "a"}, {"type": "object"}, {"type": "object"}]}), &["\"a\"", "object"]),
            (json!({"$ref": "#/$defs/A", "$defs": {"A": {"type": "boolean"}}}), &["boolean"]),
            (json!({"$ref": "#"}), &[]),
            (json!({"description": "Anything"}), &[]),
        ];
        for (schema, parts) in cases {
            let words = or(kinds(&schema, &schema, 4));
            assert!(!words.is_empty() && parts.iter().all(|part| words.contains(part)), "{schema}: {words}");
        }
    }
}
