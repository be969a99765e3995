//! [`fold`]: makes the root of a schema a plain object, as the API requires.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::branches::Branches;
use super::keywords::Object;
use super::notes::Notes;
use super::rules::Rule;
use super::shape::Shape;

const BRANCHES: [&str; 4] = ["$ref", "allOf", "anyOf", "oneOf"];

/// Returns `true` if the root has keywords that the API does not accept there.
pub(super) fn has_branches(root: &Object) -> bool {
    BRANCHES.iter().any(|keyword| root.contains_key(*keyword))
}

/// Makes the root `"type": "object"` without branches. Returns the rules of alternatives that are no longer in the
/// schema.
///
/// # Errors
///
/// The schema accepts no object, or has too many branches.
pub(super) fn fold(root: &mut Value, notes: &mut Notes) -> Result<Vec<Rule>, String> {
    let Value::Object(keywords) = &*root else { return Err("its input schema is not an object".to_owned()) };
    if !has_branches(keywords) {
        return set_type(root, notes).map(|()| Vec::new());
    }
    notes.say(if ["anyOf", "oneOf"].iter().any(|keyword| keywords.contains_key(*keyword)) {
        "the alternatives for the arguments as a whole are merged, because the API does not accept them; the \
         description states them"
    } else {
        "the parts of the schema are merged, because the API does not accept `allOf` or `$ref` for the arguments as a \
         whole"
    });
    let shape = Branches::new(root, notes).shape(root)?;
    let mut shape = shape.ok_or_else(|| "its input schema accepts no object, but MCP sends one".to_owned())?;
    let rules = std::mem::take(&mut shape.rules);
    let folded = write(shape, keywords, notes);
    *root = Value::Object(folded);
    Ok(rules)
}

/// Writes a shape as a schema, with the definitions of the root.
fn write(shape: Shape, root: &Object, notes: &mut Notes) -> Object {
    let mut folded = Object::new();
    let mut rest = shape.rest;
    for keyword in ["$schema", "title", "description"] {
        let value = if keyword == "$schema" { root.get(keyword).cloned() } else { rest.remove(keyword) };
        if let Some(value) = value {
            folded.insert(keyword.to_owned(), value);
        }
    }
    folded.insert("type".to_owned(), json!("object"));
    if !shape.properties.is_empty() || root.contains_key("properties") {
        folded.insert("properties".to_owned(), Value::Object(shape.properties));
    }
    if !shape.required.is_empty() {
        folded.insert("required".to_owned(), json!(shape.required));
    }
    if shape.is_closed {
        rest.remove("additionalProperties");
        folded.insert("additionalProperties".to_owned(), json!(false));
    }
    folded.extend(rest);
    let mut conditions = shape.conditions.into_iter();
    folded.extend(conditions.next().into_iter().flatten());
    if conditions.next().is_some() {
        notes.add("some conditions (`if`) for the arguments as a whole are removed");
    }
    let definitions = root.iter().filter(|(keyword, _)| ["$defs", "definitions"].contains(&keyword.as_str()));
    folded.extend(definitions.map(|(keyword, value)| (keyword.clone(), value.clone())));
    folded
}

/// Sets the type of a root without branches.
fn set_type(root: &mut Value, notes: &mut Notes) -> Result<(), String> {
    let Value::Object(keywords) = root else { return Ok(()) };
    match keywords.get("type") {
        Some(Value::String(kind)) if kind == "object" => return Ok(()),
        Some(Value::Array(kinds)) if kinds.iter().any(|kind| kind == "object") => {
            keywords.insert("type".to_owned(), json!("object"));
            notes.say("`type` is `object`, because arguments are always an object");
            return Ok(());
        }
        Some(kind) => {
            return Err(format!("its input schema describes a value of the type {kind}, but MCP sends an object"));
        }
        None => {}
    }
    let rest = std::mem::take(keywords);
    keywords.insert("type".to_owned(), json!("object"));
    keywords.extend(rest);
    notes.say("`type` is missing; it is `object`");
    Ok(())
}

/// Returns the names that a schema requires.
pub(super) fn required_names(root: &Object) -> HashSet<&str> {
    super::keywords::required(root).collect()
}
