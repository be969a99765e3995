//! [`break_cycles`]: schemas that refer to themselves without a step into the value.

use std::collections::{BTreeSet, HashSet};

use serde_json::Value;

use super::keywords::{for_each_child, same_value};
use super::notes::Notes;

/// Removes references of a schema to itself for the same value, such as `{"A": {"$ref": "#/$defs/A"}}`. They restrict
/// nothing, and a validator that follows them does not end. Recursive types are not changed.
pub(super) fn break_cycles(root: &mut Value, notes: &mut Notes) {
    let cycles = find(root);
    for (target, reference) in cycles {
        let Some(schema) = root.pointer_mut(target.trim_start_matches('#')) else { continue };
        remove(schema, &reference, notes);
    }
}

/// Returns the references that close a cycle: the reference to the schema that contains it, and the reference.
fn find(root: &Value) -> Vec<(String, String)> {
    let mut targets = vec!["#".to_owned()];
    all_references(root, &mut targets);
    let mut done: HashSet<String> = HashSet::new();
    let mut cycles = Vec::new();
    for start in targets {
        // A depth-first search, on a stack of its own because chains of references can be long.
        let mut path: HashSet<String> = HashSet::new();
        let mut stack: Vec<(String, Vec<String>)> = Vec::new();
        let enter = |target: String, path: &mut HashSet<String>, stack: &mut Vec<_>| {
            let edges = root.pointer(target.trim_start_matches('#')).map(edges).unwrap_or_default();
            path.insert(target.clone());
            stack.push((target, edges));
        };
        if !done.contains(&start) {
            enter(start, &mut path, &mut stack);
        }
        while let Some((target, edges)) = stack.last_mut() {
            match edges.pop() {
                Some(next) if path.contains(&next) => cycles.push((target.clone(), next)),
                Some(next) if done.contains(&next) => {}
                Some(next) => enter(next, &mut path, &mut stack),
                None => {
                    path.remove(target);
                    done.insert(target.clone());
                    stack.pop();
                }
            }
        }
    }
    cycles
}

/// Adds all references of a document.
fn all_references(schema: &Value, found: &mut Vec<String>) {
    let mut seen: HashSet<String> = found.iter().cloned().collect();
    let mut left = vec![schema];
    while let Some(schema) = left.pop() {
        if let Some(Value::String(reference)) = schema.get("$ref")
            && seen.insert(reference.clone())
        {
            found.push(reference.clone());
        }
        left.extend(super::keywords::children(schema).into_iter().map(|(_, child)| child));
    }
}

/// Returns the references of a schema for the same value.
fn edges(schema: &Value) -> Vec<String> {
    let mut found = BTreeSet::new();
    let mut left = vec![schema];
    while let Some(schema) = left.pop() {
        if let Some(Value::String(reference)) = schema.get("$ref") {
            found.insert(reference.clone());
        }
        left.extend(same_value(schema).map(|(_, child)| child));
    }
    found.into_iter().collect()
}

/// Removes a reference where it applies to the same value as the schema.
fn remove(schema: &mut Value, reference: &str, notes: &mut Notes) {
    if schema.get("$ref").is_some_and(|it| it == reference)
        && let Value::Object(keywords) = schema
    {
        keywords.remove("$ref");
        notes.add("a reference of a schema to itself is removed");
    }
    let same: HashSet<String> = same_value(schema).map(|(pointer, _)| pointer).collect();
    for_each_child(schema, notes, |step, child, notes| {
        if same.contains(step) {
            remove(child, reference, notes);
        }
    });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn broken(mut schema: Value) -> (Value, usize) {
        let mut notes = Notes::default();
        break_cycles(&mut schema, &mut notes);
        (schema, notes.changes())
    }

    #[test]
    fn cycles_without_a_step_are_broken() {
        let (schema, changes) = broken(json!({"$defs": {"A": {"$ref": "#/$defs/A"}}, "items": {"$ref": "#/$defs/A"}}));
        assert_eq!((schema, changes), (json!({"$defs": {"A": {}}, "items": {"$ref": "#/$defs/A"}}), 1));
        let (schema, changes) = broken(json!({"$defs": {
            "A": {"allOf": [{"$ref": "#/$defs/B"}]}, "B": {"anyOf": [{"$ref": "#/$defs/A"}, {"type": "string"}]},
        }, "items": {"$ref": "#/$defs/A"}}));
        assert_eq!(changes, 1, "{schema}");
    }

    #[test]
    fn recursive_types_stay() {
        let tree = json!({"$defs": {"Tree": {"properties": {"children": {"items": {"$ref": "#/$defs/Tree"}}}}},
            "properties": {"tree": {"$ref": "#/$defs/Tree"}, "self": {"$ref": "#"}}});
        assert_eq!(broken(tree.clone()), (tree, 0));
    }

    #[test]
    fn long_chains_are_followed() {
        let defs: serde_json::Map<_, _> =
            (0..3000).map(|n| (format!("{n}"), json!({"$ref": format!("#/$defs/{}", (n + 1) % 3000)}))).collect();
        let (_, changes) = broken(json!({"$defs": defs, "items": {"$ref": "#/$defs/0"}}));
        assert_eq!(changes, 1);
    }
}
