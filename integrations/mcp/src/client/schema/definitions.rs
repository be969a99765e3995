//! [`cut_dangling`] and [`prune`]: references and definitions that do not fit together after mending.

use std::collections::HashSet;

use serde_json::Value;

use super::keywords::{children, for_each_child};
use super::notes::Notes;

/// Replaces references to places that no longer exist, because their surroundings were mended.
pub(super) fn cut_dangling(root: &mut Value, notes: &mut Notes) {
    fn dangling(root: &Value) -> HashSet<String> {
        let mut found = HashSet::new();
        let mut left = vec![root];
        while let Some(schema) = left.pop() {
            if let Some(Value::String(reference)) = schema.get("$ref") {
                let target = root.pointer(reference.trim_start_matches('#'));
                if !matches!(target, Some(Value::Object(_) | Value::Bool(_))) {
                    found.insert(reference.clone());
                }
            }
            left.extend(children(schema).into_iter().map(|(_, child)| child));
        }
        found
    }
    fn cut(schema: &mut Value, dangling: &HashSet<String>, notes: &mut Notes) {
        if let Value::Object(keywords) = schema {
            let is_cut = keywords.get("$ref").and_then(Value::as_str).is_some_and(|it| dangling.contains(it));
            if is_cut {
                keywords.remove("$ref");
                notes.add("a reference to a part that had to be changed accepts any value");
            }
        }
        for_each_child(schema, notes, |_, child, notes| cut(child, dangling, notes));
    }
    let dangling = dangling(root);
    if !dangling.is_empty() {
        cut(root, &dangling, notes);
    }
}

/// Removes definitions to which nothing refers, such as the one that became the root.
pub(super) fn prune(root: &mut Value) {
    const PLACES: [&str; 2] = ["$defs", "definitions"];
    let mut used: HashSet<[String; 2]> = HashSet::new();
    let outside = children(root).into_iter().filter(|(step, _)| !PLACES.iter().any(|it| step[1..].starts_with(it)));
    let mut left: Vec<&Value> = outside.map(|(_, child)| child).collect();
    while let Some(schema) = left.pop() {
        if let Some(Value::String(reference)) = schema.get("$ref") {
            let mut steps = reference.split('/').skip(1);
            // Any other reference points to the root or a part of it, which is searched anyway.
            if let (Some(place), Some(name)) = (steps.next(), steps.next())
                && PLACES.contains(&place)
                && used.insert([place.to_owned(), name.to_owned()])
            {
                left.extend(root.get(place).and_then(|definitions| definitions.get(name)));
            }
        }
        left.extend(children(schema).into_iter().map(|(_, child)| child));
    }
    let Value::Object(keywords) = root else { return };
    for place in PLACES {
        if let Some(Value::Object(definitions)) = keywords.get_mut(place) {
            definitions.retain(|name, _| used.contains(&[place.to_owned(), name.clone()]));
            if definitions.is_empty() {
                keywords.remove(place);
            }
        }
    }
}
