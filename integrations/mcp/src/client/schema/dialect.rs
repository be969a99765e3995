//! [`translate`]: words of older drafts and of `OpenAPI`, in the words of draft 2020-12.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::keywords::{Object, for_each_child};
use super::notes::Notes;
use super::words::{meant_type, repair};
use crate::text::clean_line;

const DRAFT_4: &str = "words of JSON Schema draft 4 are translated";

/// Translates a schema and its subschemas. Afterwards it is a valid schema of draft 2020-12 that accepts at least the
/// same values.
pub(super) fn translate(schema: &mut Value, notes: &mut Notes) {
    let keywords = match schema {
        Value::Bool(_) => return,
        Value::Object(keywords) => keywords,
        other => {
            *other = meant(other);
            notes.add("a part that is not a schema is replaced by what it seems to mean");
            return;
        }
    };
    collect_required(keywords, notes);
    translate_bounds(keywords, notes);
    repair(keywords, notes);
    translate_items(keywords, notes);
    translate_dependencies(keywords, notes);
    report_headers(keywords, notes);
    for_each_child(schema, notes, |_, child, notes| translate(child, notes));
    if let Value::Object(keywords) = schema {
        translate_nullable(keywords, notes);
    }
}

/// Returns the schema that a value seems to mean that is not a schema: `"string"` or `["string", "null"]` are types.
fn meant(value: &Value) -> Value {
    let kind = |word: &Value| meant_type(word.as_str()?).ok().flatten();
    let kinds: Option<Vec<&str>> = match value {
        Value::Array(words) if !words.is_empty() => words.iter().map(kind).collect(),
        _ => None,
    };
    match (kind(value), kinds) {
        (Some(kind), _) => json!({"type": kind}),
        (_, Some(mut kinds)) => {
            kinds.sort_unstable();
            kinds.dedup();
            json!({"type": kinds})
        }
        _ => json!({}),
    }
}

/// Draft 3: `"required": true` at a property belongs into the list of the parent.
fn collect_required(keywords: &mut Object, notes: &mut Notes) {
    let mut names = Vec::new();
    if let Some(Value::Object(properties)) = keywords.get_mut("properties") {
        for (name, property) in properties {
            let Value::Object(property) = property else { continue };
            if let Some(Value::Bool(is_required)) = property.get("required") {
                if *is_required {
                    names.push(json!(name));
                }
                property.remove("required");
                notes.say("`required` of single arguments is collected in one list");
            }
        }
    }
    if names.is_empty() {
        return;
    }
    match keywords.get_mut("required") {
        Some(Value::Array(all)) => {
            names.retain(|name| !all.contains(name));
            all.extend(names);
        }
        _ => drop(keywords.insert("required".to_owned(), Value::Array(names))),
    }
}

/// Draft 4: `exclusiveMinimum: true` beside `minimum`.
fn translate_bounds(keywords: &mut Object, notes: &mut Notes) {
    for (exclusive, inclusive) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
        let Some(Value::Bool(is_exclusive)) = keywords.get(exclusive) else { continue };
        let is_exclusive = *is_exclusive;
        keywords.remove(exclusive);
        if is_exclusive && let Some(bound) = keywords.remove(inclusive) {
            keywords.insert(exclusive.to_owned(), bound);
        }
        notes.add(DRAFT_4);
    }
}

/// Before draft 2020-12: a list of schemas in `items`, and `additionalItems`.
fn translate_items(keywords: &mut Object, notes: &mut Notes) {
    let additional = keywords.remove("additionalItems");
    if !matches!(keywords.get("items"), Some(Value::Array(_))) {
        return;
    }
    let Some(Value::Array(first)) = keywords.remove("items") else { return };
    if !first.is_empty() && !keywords.contains_key("prefixItems") {
        keywords.insert("prefixItems".to_owned(), Value::Array(first));
    }
    if let Some(additional) = additional.filter(|it| it.is_object() || it.is_boolean()) {
        keywords.insert("items".to_owned(), additional);
    }
    notes.add(DRAFT_4);
}

/// Before draft 2019-09: `dependencies` for both kinds.
fn translate_dependencies(keywords: &mut Object, notes: &mut Notes) {
    if let Some(Value::Object(dependencies)) = keywords.remove("dependencies") {
        for (name, dependency) in dependencies {
            let (keyword, value) = match dependency {
                Value::Array(_) => ("dependentRequired", dependency),
                Value::String(_) => ("dependentRequired", json!([dependency])),
                Value::Object(_) | Value::Bool(_) => ("dependentSchemas", dependency),
                _ => continue,
            };
            let all = keywords.entry(keyword).or_insert_with(|| json!({}));
            if let Value::Object(all) = all {
                all.entry(name).or_insert(value);
            }
        }
        notes.add(DRAFT_4);
    }
    if let Some(Value::Object(dependencies)) = keywords.get_mut("dependentRequired") {
        for names in dependencies.values_mut() {
            let mut seen = HashSet::new();
            let all = names.as_array().into_iter().flatten().filter_map(Value::as_str);
            let unique: Vec<&str> = all.filter(|name| seen.insert(*name)).collect();
            let unique = json!(unique);
            if *names != unique {
                *names = unique;
                notes.add("`dependentRequired` had a value that is not valid; it is corrected");
            }
        }
    }
}

/// Removes `x-mcp-header`, which the model must not read, and warns of it.
fn report_headers(keywords: &mut Object, notes: &mut Notes) {
    for (name, property) in keywords.get("properties").and_then(Value::as_object).into_iter().flatten() {
        if property.get("x-mcp-header").is_some() {
            let name = clean_line(name, 64);
            notes.say(format!("the argument `{name}` is also sent in an HTTP header, which proxies can log"));
        }
    }
    keywords.remove("x-mcp-header");
}

/// `OpenAPI` 3.0: `"nullable": true`.
fn translate_nullable(keywords: &mut Object, notes: &mut Notes) {
    const OTHERS: [&str; 7] = ["$ref", "allOf", "oneOf", "not", "if", "const", "anyOf"];
    let Some(nullable) = keywords.remove("nullable") else { return };
    if nullable != Value::Bool(true) {
        return;
    }
    notes.add("`nullable` is translated");
    if OTHERS.iter().any(|keyword| keywords.contains_key(*keyword)) {
        let mut outer = Object::new();
        for keyword in ["title", "description", "default"] {
            if let Some(value) = keywords.remove(keyword) {
                outer.insert(keyword.to_owned(), value);
            }
        }
        let inner = Value::Object(std::mem::take(keywords));
        outer.insert("anyOf".to_owned(), json!([inner, {"type": "null"}]));
        *keywords = outer;
        return;
    }
    match keywords.get_mut("type") {
        Some(Value::String(kind)) if kind != "null" => {
            let kind = kind.clone();
            keywords.insert("type".to_owned(), json!([kind, "null"]));
        }
        Some(Value::Array(kinds)) if !kinds.contains(&json!("null")) => kinds.push(json!("null")),
        _ => {}
    }
    if let Some(Value::Array(constants)) = keywords.get_mut("enum")
        && !constants.contains(&Value::Null)
    {
        constants.push(Value::Null);
    }
}

/// Adds a sentence to the description of a schema.
pub(super) fn describe(keywords: &mut Object, sentence: &str) {
    let description = match keywords.get("description").and_then(Value::as_str) {
        Some(description) if !description.trim().is_empty() => format!("{} {sentence}", description.trim_end()),
        _ => sentence.to_owned(),
    };
    keywords.insert("description".to_owned(), Value::String(description));
}
