//! [`is_needed`]: decides whether arguments that serde has read must be compared with their schema.

use serde_json::Value;

use crate::tool::schema::is_unsigned;

/// Returns `true` if arguments that serde has read can still violate their schema.
///
/// For plain numbers, texts, booleans and lists of these, serde is as exact as the schema. But serde skips unknown
/// fields of a struct, and does not check ranges.
pub(crate) fn is_needed(schema: &Value) -> bool {
    let is_plain = |(keyword, value): (&String, &Value)| match (keyword.as_str(), value) {
        ("properties", Value::Object(properties)) => properties.values().all(is_leaf),
        (keyword, _) => ["type", "required", "additionalProperties", "description"].contains(&keyword),
    };
    !schema.as_object().is_some_and(|schema| schema.iter().all(is_plain))
}

/// Returns `true` if serde checks everything in a schema.
pub(crate) fn is_leaf(schema: &Value) -> bool {
    let is_plain = |(keyword, value): (&String, &Value)| match keyword.as_str() {
        "description" | "default" | "format" => true,
        "minimum" => is_unsigned(schema),
        "type" => ["integer", "number", "string", "boolean", "array"].iter().any(|leaf| value == leaf),
        "items" => is_leaf(value),
        _ => false,
    };
    schema.as_object().is_some_and(|schema| schema.iter().all(is_plain))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_check_is_needed_if_serde_is_lenient() {
        let with =
            |schema: Value| is_needed(&json!({"type": "object", "properties": {"a": schema}, "required": ["a"]}));
        for leaf in [
            json!({"description": "A number", "type": "integer", "default": 1}),
            json!({"type": "array", "items": {"type": "string", "format": "date"}}),
            json!({"type": "integer", "format": "uint8", "minimum": 0}),
            json!({}),
        ] {
            assert!(!with(leaf.clone()), "{leaf}");
        }
        for other in [
            // Not certainly of an unsigned type: the author can declare the bound for any type.
            json!({"type": "integer", "minimum": 0}),
            json!({"type": ["integer", "null"]}),
            json!({"type": "string", "enum": ["a"]}),
            json!({"type": "object"}),
            json!({"type": "array", "items": {"type": "object"}}),
            json!({"type": "array", "items": {"type": "string"}, "uniqueItems": true}),
        ] {
            assert!(with(other.clone()), "{other}");
        }
        assert!(is_needed(&json!({"type": "object", "minProperties": 1})));
    }
}
