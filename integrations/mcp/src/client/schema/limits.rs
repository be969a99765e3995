//! [`check`]: limits for the size of a schema.

use serde_json::Value;

/// The maximum size of a schema as JSON. Every request contains the schema, so a larger one costs too much.
pub(super) const MOST_BYTES: usize = 64 * 1024;
/// The maximum depth of the JSON of a schema.
const DEEPEST: usize = 96;
/// The maximum number of values in the JSON of a schema.
const MOST_VALUES: usize = 16 * 1024;
/// The maximum length of a name in a schema. References to parts of the schema repeat the names on their way.
const LONGEST_NAME: usize = 256;

/// Returns the reason why a schema is too large or too deep.
pub(super) fn check(schema: &Value) -> Result<(), String> {
    let mut values = 0_usize;
    let mut bytes = 0_usize;
    let mut left = vec![(schema, 1_usize)];
    while let Some((value, depth)) = left.pop() {
        values += 1;
        // At least this many bytes, so that a bomb is found before it is written as a whole.
        bytes += 1;
        if depth > DEEPEST {
            return Err(format!("its input schema is nested deeper than {DEEPEST} levels"));
        }
        match value {
            Value::String(text) => bytes += text.len(),
            Value::Array(list) => left.extend(list.iter().map(|value| (value, depth + 1))),
            Value::Object(map) => {
                bytes += map.keys().map(String::len).sum::<usize>();
                if map.keys().any(|name| name.len() > LONGEST_NAME) {
                    return Err(format!("its input schema has a name of more than {LONGEST_NAME} bytes"));
                }
                left.extend(map.values().map(|value| (value, depth + 1)));
            }
            _ => {}
        }
        if bytes > MOST_BYTES {
            return Err(format!("its input schema has more than {MOST_BYTES} bytes"));
        }
        if values > MOST_VALUES {
            return Err(format!("its input schema has more than {MOST_VALUES} values"));
        }
    }
    let bytes = schema.to_string().len();
    if bytes > MOST_BYTES {
        return Err(format!("its input schema has {bytes} bytes, more than {MOST_BYTES}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn limits_are_reported() {
        assert_eq!(check(&json!({"type": "object"})), Ok(()));
        let deep = (0..200).fold(json!({}), |inner, _| json!({"items": inner}));
        assert!(check(&deep).unwrap_err().contains("deeper"));
        assert!(check(&json!({"description": "x".repeat(70_000)})).unwrap_err().contains("bytes"));
        assert!(check(&json!({"x".repeat(300): 1})).unwrap_err().contains("name"));
        assert!(check(&json!({"enum": vec![1; 20_000]})).unwrap_err().contains("values"));
        assert!(check(&json!({"enum": vec![123_456; 10_000]})).unwrap_err().contains("bytes"));
    }
}
