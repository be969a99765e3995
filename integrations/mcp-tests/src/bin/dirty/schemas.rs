//! Input schemas that clients or the Messages API do not accept.

use serde_json::{Map, Value, json};

use crate::lists::tool;

/// Returns the schema of a fault that is nothing but a schema.
pub(crate) fn of(fault: &str) -> Option<Value> {
    Some(match fault {
        "schema-true" => json!(true),
        "schema-null" => Value::Null,
        "property-true" => json!({"type": "object", "properties": {"anything": true}}),
        "any-of" => json!({
            "type": "object",
            "anyOf": [
                {"properties": {"page": {"type": "string"}}, "required": ["page"]},
                {"properties": {"block": {"type": "string"}}, "required": ["block"]},
            ],
        }),
        "ref-root" => json!({
            "$ref": "#/$defs/Arguments",
            "$defs": {"Arguments": {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}},
        }),
        "external-ref" => json!({
            "type": "object",
            "properties": {"a": {"$ref": "https://example.com/schema.json"}, "b": {"$ref": "file:///etc/passwd"}, "c": {"$ref": "#/nowhere"}},
        }),
        "array-root" => json!({"type": "array", "items": {"type": "integer"}}),
        "draft-4" => json!({
            "$schema": "http://json-schema.org/draft-04/schema#", "id": "x", "type": "object",
            "properties": {
                "n": {"type": "number", "minimum": 0, "exclusiveMinimum": true, "required": true},
                "pair": {"type": "array", "items": [{"type": "string"}, {"type": "integer"}]},
            },
        }),
        "bad-keys" => {
            let long = "k".repeat(80);
            json!({
                "type": "object",
                "properties": {"filter[id]": {"type": "string"}, "$top": {"type": "integer"}, "a b": {}, long: {"type": "boolean"}},
                "required": ["filter[id]"],
            })
        }
        "header" => json!({"type": "object", "properties": {"token": {"type": "string", "x-mcp-header": "X-Token"}}}),
        "bomb-refs" => references(),
        "bomb-nested" => nested(50),
        // More than the 128 levels that most JSON parsers read.
        "bomb-deep" => nested(2000),
        "bomb-big" => big(),
        _ => return None,
    })
}

/// Returns nine tools whose schemas the API refuses.
pub(crate) fn nine() -> Vec<Value> {
    let faults = [
        "schema-true",
        "schema-null",
        "any-of",
        "ref-root",
        "external-ref",
        "array-root",
        "draft-4",
        "bad-keys",
        "bomb-refs",
    ];
    faults.iter().map(|fault| tool(&fault.replace('-', "_"), &of(fault).unwrap())).collect()
}

/// Returns a schema of 30 definitions that becomes 2^30 objects if its references are replaced by what they point to.
fn references() -> Value {
    let mut definitions = Map::new();
    for n in 0..30 {
        let next = json!({"$ref": format!("#/$defs/d{}", n + 1)});
        let definition = json!({"type": "object", "properties": {"a": next.clone(), "b": next}});
        definitions.insert(format!("d{n}"), definition);
    }
    definitions.insert("d30".to_owned(), json!({"$ref": "#/$defs/d0"}));
    json!({"$ref": "#/$defs/d0", "$defs": definitions})
}

/// Returns a schema that is nested that many times. `json!` would copy the inner schema each time.
fn nested(depth: usize) -> Value {
    (0..depth).fold(json!(true), |inner, _| {
        let properties = Map::from_iter([("a".to_owned(), inner)]);
        let schema = [("type".to_owned(), json!("object")), ("properties".to_owned(), Value::Object(properties))];
        Value::Object(Map::from_iter(schema))
    })
}

/// Returns a schema of 10 MB.
fn big() -> Value {
    let properties: Map<String, Value> = (0..100_000)
        .map(|n| (format!("property{n}"), json!({"type": "string", "description": "x".repeat(60)})))
        .collect();
    json!({"type": "object", "properties": properties})
}
