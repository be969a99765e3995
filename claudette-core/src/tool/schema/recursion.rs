//! [`is_recursive`]: finds types that contain themselves.

use std::collections::HashMap;

use serde_json::Value;

/// Returns `true` if a definition of the schema refers to itself, directly or through other definitions.
pub(crate) fn is_recursive(schema: &Value) -> bool {
    Search { schema, done: HashMap::new() }.finds("#", schema)
}

struct Search<'s> {
    schema: &'s Value,
    /// The references that were followed; `false` while their targets are being read.
    done: HashMap<&'s str, bool>,
}

impl<'s> Search<'s> {
    fn finds(&mut self, name: &'s str, value: &'s Value) -> bool {
        self.done.insert(name, false);
        // The values are in a list instead of on the stack, because a schema can be deep.
        let mut left = vec![value];
        while let Some(value) = left.pop() {
            match value {
                Value::Object(fields) => {
                    left.extend(fields.iter().filter(|(key, _)| *key != "$defs").map(|(_, value)| value));
                }
                Value::Array(items) => left.extend(items),
                _ => {}
            }
            let Some(reference) = value.get("$ref").and_then(Value::as_str) else { continue };
            match self.done.get(reference) {
                Some(true) => {}
                Some(false) => return true,
                None => {
                    let target = reference.strip_prefix('#').and_then(|path| self.schema.pointer(path));
                    if target.is_some_and(|target| self.finds(reference, target)) {
                        return true;
                    }
                }
            }
        }
        self.done.insert(name, true);
        false
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn recursive_types_are_found() {
        let of = |node: Value| {
            json!({
                "type": "object",
                "properties": {"a": {"$ref": "#/$defs/Node"}, "b": {"$ref": "#/$defs/Node"}},
                "$defs": {"Node": node, "Leaf": {"type": "string"}},
            })
        };
        let list = |to: &str| json!({"type": "array", "items": {"$ref": to}});
        assert!(!is_recursive(&of(list("#/$defs/Leaf"))));
        assert!(!is_recursive(&of(list("https://example.com"))));
        assert!(is_recursive(&of(list("#/$defs/Node"))));
        assert!(is_recursive(&of(list("#"))));
    }
}
