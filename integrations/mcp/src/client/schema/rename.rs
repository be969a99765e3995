//! [`rename`]: arguments whose names the API does not accept.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Value, json};

use super::dialect::describe;
use super::keywords::Object;
use super::notes::Notes;
use crate::client::names::{fit_with, with_hash};
use crate::text::clean_line;

/// The maximum length of the name of an argument.
const LONGEST: usize = 64;
/// The characters in the name of an argument, besides ASCII letters and digits.
const MARKS: &str = "_.-";

/// Returns `true` if the API accepts the name of an argument.
pub(super) fn is_accepted(name: &str) -> bool {
    !name.is_empty() && fit_with(name, LONGEST, MARKS) == name
}

/// Renames arguments at the root of a schema, because the API checks names only there. Returns the new name of each renamed
/// argument, by its original name.
pub(super) fn rename(root: &mut Object, notes: &mut Notes) -> BTreeMap<String, String> {
    let names = new_names(root);
    if names.is_empty() {
        return names;
    }
    for name in names.keys() {
        let name = clean_line(name, 64);
        notes.say(format!("the argument `{name}` is renamed, because the API does not accept its name"));
    }
    if let Some(Value::Object(properties)) = root.get_mut("properties") {
        *properties = std::mem::take(properties)
            .into_iter()
            .map(|(name, mut schema)| match names.get(&name) {
                Some(new) => {
                    if schema == Value::Bool(true) {
                        schema = json!({});
                    }
                    if let Value::Object(keywords) = &mut schema {
                        describe(keywords, &format!("The server calls it `{}`.", clean_line(&name, 128)));
                    }
                    (new.clone(), schema)
                }
                None => (name, schema),
            })
            .collect();
    }
    rename_lists(root, &names);
    let mut removed = Vec::new();
    let mut remove = |root: &mut Object, keywords: &[&str]| {
        root.retain(|keyword, _| {
            let is_removed = keywords.contains(&keyword.as_str());
            if is_removed {
                removed.push(keyword.clone());
            }
            !is_removed
        });
    };
    remove(root, &["propertyNames", "const", "enum", "default", "examples"]);
    if root.contains_key("patternProperties") {
        remove(root, &["patternProperties", "additionalProperties"]);
    }
    let mut is_renamed = |keyword: &str| root.get_mut(keyword).is_none_or(|schema| rename_inside(schema, &names));
    let is_not_renamed = is_renamed("not");
    let is_if_renamed = ["if", "then", "else"].into_iter().all(is_renamed);
    if !is_not_renamed {
        remove(root, &["not"]);
    }
    if !is_if_renamed {
        remove(root, &["if", "then", "else"]);
    }
    if let Some(Value::Object(schemas)) = root.get_mut("dependentSchemas") {
        schemas.retain(|_, schema| rename_inside(schema, &names));
    }
    for keyword in removed {
        notes.add(format!("`{keyword}` is removed, because arguments are renamed"));
    }
    names
}

/// Returns the new name of each argument that needs one.
fn new_names(root: &Object) -> BTreeMap<String, String> {
    let Some(Value::Object(properties)) = root.get("properties") else { return BTreeMap::new() };
    let mut taken: HashSet<String> = properties.keys().filter(|name| is_accepted(name)).cloned().collect();
    let mut names = BTreeMap::new();
    for name in properties.keys().filter(|name| !is_accepted(name)) {
        let fitting = if name.is_empty() { "unnamed".to_owned() } else { fit_with(name, LONGEST, MARKS) };
        let mut new = fitting.clone();
        let mut tries = 0_usize;
        while !taken.insert(new.clone()) {
            new = with_hash(&fitting, &format!("{name}\0{tries}"), LONGEST);
            tries += 1;
        }
        names.insert(name.clone(), new);
    }
    names
}

/// Renames arguments in `required` and `dependentRequired`, and as keys of `dependentSchemas`.
fn rename_lists(keywords: &mut Object, names: &BTreeMap<String, String>) {
    let rename = |list: &mut Value| {
        for name in list.as_array_mut().into_iter().flatten() {
            if let Some(new) = name.as_str().and_then(|name| names.get(name)) {
                *name = json!(new);
            }
        }
    };
    if let Some(list) = keywords.get_mut("required") {
        rename(list);
    }
    if let Some(Value::Object(lists)) = keywords.get_mut("dependentRequired") {
        lists.values_mut().for_each(rename);
        rename_keys(lists, names);
    }
    if let Some(Value::Object(schemas)) = keywords.get_mut("dependentSchemas") {
        rename_keys(schemas, names);
    }
}

fn rename_keys(map: &mut Object, names: &BTreeMap<String, String>) {
    *map = std::mem::take(map)
        .into_iter()
        .map(|(name, value)| (names.get(&name).cloned().unwrap_or(name), value))
        .collect();
}

/// Renames arguments in a schema for the same object; returns `false` if that is not possible.
fn rename_inside(schema: &mut Value, names: &BTreeMap<String, String>) -> bool {
    const FIXED: [&str; 6] = ["$ref", "propertyNames", "patternProperties", "const", "enum", "unevaluatedProperties"];
    let Value::Object(keywords) = schema else { return true };
    if FIXED.iter().any(|keyword| keywords.contains_key(*keyword)) {
        return false;
    }
    rename_lists(keywords, names);
    if let Some(Value::Object(properties)) = keywords.get_mut("properties") {
        rename_keys(properties, names);
    }
    let list = ["allOf", "anyOf", "oneOf"];
    keywords.iter_mut().all(|(keyword, value)| match (keyword.as_str(), value) {
        ("not" | "if" | "then" | "else", schema) => rename_inside(schema, names),
        (keyword, Value::Array(all)) if list.contains(&keyword) => all.iter_mut().all(|it| rename_inside(it, names)),
        ("dependentSchemas", Value::Object(all)) => all.values_mut().all(|it| rename_inside(it, names)),
        _ => true,
    })
}
