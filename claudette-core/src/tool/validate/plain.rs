//! [`is_needed`]: whether arguments that serde has read have to be compared with their schema.

use serde_json::Value;

use crate::tool::schema::is_unsigned;

/// Whether arguments may be wrong though serde has read them, each by its own type.
///
/// Not if each is a plain number, text or truth value, or a list of those: serde is as exact there. But it passes over
/// fields that a struct does not have, and it does not know a range.
pub(crate) fn is_needed(schema: &Value) -> bool {
    let is_plain = |(keyword, value): (&String, &Value)| match (keyword.as_str(), value) {
        ("properties", Value::Object(properties)) => properties.values().all(is_leaf),
        (keyword, _) => ["type", "required", "additionalProperties", "description"].contains(&keyword),
    };
    !schema.as_object().is_some_and(|schema| schema.iter().all(is_plain))
}

/// Whether a schema says nothing that serde does not see.
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
    fn a_check_is_needed_where_serde_is_lenient() {
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
            // Of an unsigned type, but of any other it could be as well.
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
