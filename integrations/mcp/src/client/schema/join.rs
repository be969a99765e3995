//! [`join`] and [`meet`]: one schema from the schemas of several branches.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::keywords::{Object, is_anything};

/// Returns a schema for values that fit at least one of the schemas.
pub(super) fn join(schemas: Vec<Value>) -> Value {
    let mut different: Vec<Value> = Vec::new();
    let mut indices: HashMap<String, usize> = HashMap::new();
    for schema in schemas {
        let index = *indices.entry(without_texts(&schema).to_string()).or_insert(different.len());
        match different.get_mut(index) {
            Some(other) => add_description(other, &schema),
            None => different.push(schema),
        }
    }
    if let Some(constants) = join_constants(&different) {
        return constants;
    }
    if different.len() > 1 && different.iter().any(is_anything) {
        let mut anything = json!({});
        for schema in &different {
            add_description(&mut anything, schema);
        }
        return anything;
    }
    match different.len() {
        1 => different.remove(0),
        _ => json!({"anyOf": different}),
    }
}

/// Joins schemas that only list values of one type, as tags do.
fn join_constants(schemas: &[Value]) -> Option<Value> {
    let mut kind = None;
    let mut constants: Vec<&Value> = Vec::new();
    let mut seen = HashSet::new();
    if schemas.len() < 2 {
        return None;
    }
    for schema in schemas {
        let keywords = schema.as_object()?;
        if !keywords.keys().all(|keyword| ["type", "const", "enum"].contains(&keyword.as_str())) {
            return None;
        }
        if kind.is_some_and(|kind| kind != keywords.get("type")) {
            return None;
        }
        kind = Some(keywords.get("type"));
        let own = match (keywords.get("const"), keywords.get("enum")) {
            (Some(constant), None) => std::slice::from_ref(constant),
            (None, Some(Value::Array(constants))) => constants.as_slice(),
            _ => return None,
        };
        for constant in own {
            if seen.insert(constant.to_string()) {
                constants.push(constant);
            }
        }
    }
    Some(match kind.flatten() {
        Some(kind) => json!({"type": kind, "enum": constants}),
        None => json!({"enum": constants}),
    })
}

/// Returns a schema for values that fit both schemas.
pub(super) fn meet(one: Value, other: Value) -> Value {
    if without_texts(&one) == without_texts(&other) || is_anything(&other) {
        let mut one = one;
        add_description(&mut one, &other);
        return one;
    }
    if is_anything(&one) {
        let mut other = other;
        add_description(&mut other, &one);
        return other;
    }
    match (one, other) {
        (Value::Object(mut one), Value::Object(other)) if can_merge(&one, &other) => {
            let mut rest = Value::Object(other);
            let mut merged = Value::Object(std::mem::take(&mut one));
            add_description(&mut merged, &rest);
            if let (Value::Object(merged), Value::Object(rest)) = (&mut merged, &mut rest) {
                for (keyword, value) in std::mem::take(rest) {
                    merged.entry(keyword).or_insert(value);
                }
            }
            merged
        }
        (one, other) => json!({"allOf": [one, other]}),
    }
}

/// Returns `true` if the keywords of two schemas do not influence each other, so that they can be in one schema.
fn can_merge(one: &Object, other: &Object) -> bool {
    const PARTS: [&str; 11] = [
        "if",
        "then",
        "else",
        "items",
        "prefixItems",
        "contains",
        "properties",
        "patternProperties",
        "additionalProperties",
        "unevaluatedProperties",
        "unevaluatedItems",
    ];
    let is_text = |keyword: &str| ["title", "description"].contains(&keyword);
    let has_parts = |schema: &Object| PARTS.iter().any(|part| schema.contains_key(*part));
    !(has_parts(one) && has_parts(other))
        && one.iter().all(|(keyword, value)| is_text(keyword) || other.get(keyword).is_none_or(|it| it == value))
}

fn without_texts(schema: &Value) -> Value {
    match schema {
        Value::Object(keywords) => Value::Object(
            keywords
                .iter()
                .filter(|(keyword, _)| !["title", "description"].contains(&keyword.as_str()))
                .map(|(keyword, value)| (keyword.clone(), value.clone()))
                .collect(),
        ),
        schema => schema.clone(),
    }
}

/// Adds the description of another schema, unless it is there already.
fn add_description(schema: &mut Value, other: &Value) {
    let Some(more) = other.get("description").and_then(Value::as_str) else { return };
    if *schema == Value::Bool(true) {
        *schema = json!({});
    }
    let Value::Object(keywords) = schema else { return };
    let description = match keywords.get("description").and_then(Value::as_str) {
        Some(known) if known.contains(more) => return,
        Some(known) => format!("{known}\n{more}"),
        None => more.to_owned(),
    };
    keywords.insert("description".to_owned(), Value::String(description));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joined_schemas_accept_each_value() {
        let cases = [
            (vec![json!({"const": "a"}), json!({"const": "b"})], json!({"enum": ["a", "b"]})),
            (
                vec![json!({"type": "string", "const": "a"}), json!({"type": "string", "enum": ["a", "b"]})],
                json!({"type": "string", "enum": ["a", "b"]}),
            ),
            (vec![json!({"type": "string"}), json!({"type": "string"})], json!({"type": "string"})),
            (
                vec![json!({"type": "string", "description": "A"}), json!({"type": "string", "description": "B"})],
                json!({"type": "string", "description": "A\nB"}),
            ),
            (
                vec![json!({"type": "string"}), json!({"type": "integer"})],
                json!({"anyOf": [{"type": "string"}, {"type": "integer"}]}),
            ),
            (vec![json!({"type": "string", "description": "A"}), json!(true)], json!({"description": "A"})),
        ];
        for (schemas, joined) in cases {
            assert_eq!(join(schemas), joined);
        }
    }

    #[test]
    fn met_schemas_accept_common_values() {
        let cases = [
            (json!({"type": "string"}), json!({"minLength": 1}), json!({"type": "string", "minLength": 1})),
            (json!({"type": "string"}), json!({}), json!({"type": "string"})),
            (json!(true), json!({"type": "string"}), json!({"type": "string"})),
            (json!({"minimum": 1}), json!({"minimum": 2}), json!({"allOf": [{"minimum": 1}, {"minimum": 2}]})),
            (
                json!({"properties": {"a": {}}}),
                json!({"additionalProperties": false}),
                json!({"allOf": [{"properties": {"a": {}}}, {"additionalProperties": false}]}),
            ),
        ];
        for (one, other, met) in cases {
            assert_eq!(meet(one, other), met);
        }
    }
}
