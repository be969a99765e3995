//! The keywords of JSON Schema that contain schemas.

use serde_json::{Map, Value, json};

use super::notes::Notes;

pub(super) type Object = Map<String, Value>;

/// The form of the value of a keyword that contains schemas.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Schema,
    /// An object whose values are schemas.
    Map,
    List,
    /// `items`: a schema, or before draft 2020-12 a list of them.
    SchemaOrList,
    /// `dependencies`: an object whose values are schemas, or lists of names.
    Dependencies,
}

/// Returns the form of a keyword, if it contains schemas.
pub(super) fn form(keyword: &str) -> Option<Form> {
    Some(match keyword {
        "properties" | "patternProperties" | "$defs" | "definitions" | "dependentSchemas" => Form::Map,
        "allOf" | "anyOf" | "oneOf" | "prefixItems" => Form::List,
        "additionalProperties"
        | "unevaluatedProperties"
        | "propertyNames"
        | "additionalItems"
        | "unevaluatedItems"
        | "contains"
        | "contentSchema"
        | "not"
        | "if"
        | "then"
        | "else" => Form::Schema,
        "items" => Form::SchemaOrList,
        "dependencies" => Form::Dependencies,
        _ => return None,
    })
}

/// Returns the direct subschemas of a schema, each with the rest of its JSON pointer.
pub(super) fn children(schema: &Value) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    for (keyword, value) in schema.as_object().into_iter().flatten() {
        let Some(form) = form(keyword) else { continue };
        match (form, value) {
            (Form::Map | Form::Dependencies, Value::Object(map)) => {
                found.extend(map.iter().map(|(name, value)| (format!("/{keyword}/{}", escape(name)), value)));
            }
            (Form::List | Form::SchemaOrList, Value::Array(list)) => {
                found.extend(list.iter().enumerate().map(|(index, value)| (format!("/{keyword}/{index}"), value)));
            }
            // A single schema in place of a list is a defect that is mended later.
            (Form::Schema | Form::SchemaOrList, value) | (Form::List, value @ Value::Object(_)) => {
                found.push((format!("/{keyword}"), value));
            }
            _ => {}
        }
    }
    found
}

/// Returns the direct subschemas of a schema, each with the rest of its JSON pointer, to be changed.
pub(super) fn children_mut(schema: &mut Value) -> Vec<(String, &mut Value)> {
    let mut found = Vec::new();
    for (keyword, value) in schema.as_object_mut().into_iter().flatten() {
        let Some(form) = form(keyword) else { continue };
        match (form, value) {
            (Form::Map | Form::Dependencies, Value::Object(map)) => {
                found.extend(map.iter_mut().map(|(name, value)| (format!("/{keyword}/{}", escape(name)), value)));
            }
            (Form::List | Form::SchemaOrList, Value::Array(list)) => {
                found.extend(list.iter_mut().enumerate().map(|(index, value)| (format!("/{keyword}/{index}"), value)));
            }
            // A single schema in place of a list is a defect that is mended later.
            (Form::Schema | Form::SchemaOrList, value) | (Form::List, value @ Value::Object(_)) => {
                found.push((format!("/{keyword}"), value));
            }
            _ => {}
        }
    }
    found
}

/// Calls a function for each direct subschema, with the rest of its JSON pointer.
///
/// The function may change a schema so that it accepts more. Where the whole schema would then accept less, the keyword
/// is removed or weakened: a `not`, an `if`, an alternative of `oneOf`, or the maximum of `contains`.
pub(super) fn for_each_child(
    schema: &mut Value,
    notes: &mut Notes,
    mut change: impl FnMut(&str, &mut Value, &mut Notes),
) {
    let mut changed = Vec::new();
    for (step, child) in children_mut(schema) {
        let before = notes.changes();
        change(&step, child, notes);
        if notes.changes() > before {
            changed.push(step);
        }
    }
    let is_changed = |keyword: &str| changed.iter().any(|step| step[1..].split('/').next() == Some(keyword));
    let Value::Object(keywords) = schema else { return };
    if is_changed("not") {
        keywords.remove("not");
    }
    if is_changed("if") {
        keywords.retain(|keyword, _| !["if", "then", "else"].contains(&keyword.as_str()));
    }
    if is_changed("contains") {
        keywords.remove("maxContains");
    }
    if is_changed("oneOf") {
        one_to_any(keywords);
    }
    if !changed.is_empty() {
        // Fewer parts of the value may be evaluated than before.
        keywords.retain(|keyword, _| !["unevaluatedProperties", "unevaluatedItems"].contains(&keyword.as_str()));
    }
}

/// Replaces `oneOf` by `anyOf`.
pub(super) fn one_to_any(keywords: &mut Object) {
    let Some(alternatives) = keywords.remove("oneOf") else { return };
    if !keywords.contains_key("anyOf") {
        keywords.insert("anyOf".to_owned(), alternatives);
        return;
    }
    let alternatives = json!({"anyOf": alternatives});
    match keywords.get_mut("allOf") {
        Some(Value::Array(all)) => all.push(alternatives),
        _ => drop(keywords.insert("allOf".to_owned(), json!([alternatives]))),
    }
}

/// Returns the subschemas of a schema that describe the same value as the schema.
pub(super) fn same_value(schema: &Value) -> impl Iterator<Item = (String, &Value)> {
    const SAME: [&str; 8] = ["/allOf/", "/anyOf/", "/oneOf/", "/not", "/if", "/then", "/else", "/dependentSchemas/"];
    children(schema).into_iter().filter(|(pointer, _)| SAME.iter().any(|same| pointer.starts_with(same)))
}

/// Escapes a name for a JSON pointer.
pub(super) fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Returns `true` for a schema that accepts everything.
pub(super) fn is_anything(schema: &Value) -> bool {
    match schema {
        Value::Bool(is) => *is,
        Value::Object(keywords) => keywords.keys().all(|keyword| is_annotation(keyword)),
        _ => false,
    }
}

/// Returns `true` for a keyword that describes a value without restricting it.
pub(super) fn is_annotation(keyword: &str) -> bool {
    matches!(
        keyword,
        "title"
            | "description"
            | "default"
            | "examples"
            | "example"
            | "deprecated"
            | "readOnly"
            | "writeOnly"
            | "$comment"
    )
}

/// Returns the names in `required`.
pub(super) fn required(schema: &Object) -> impl Iterator<Item = &str> {
    schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}
