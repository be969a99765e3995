//! [`repair`]: gives each keyword of a schema a value that draft 2020-12 allows.

use std::collections::HashSet;

use serde_json::{Number, Value, json};

use super::keywords::Object;
use super::notes::Notes;
use crate::text::{clean, cut};

/// The maximum size of one description in a schema.
const MOST_TEXT_BYTES: usize = 8 * 1024;
const TYPES: [&str; 7] = ["array", "boolean", "integer", "null", "number", "object", "string"];

/// The result of a repair.
enum Fix {
    Keep,
    /// The value is replaced by one of the same meaning.
    Clean,
    /// The value is replaced by one that accepts at least as much.
    Change,
    Drop,
}

/// Repairs the values of keywords, but not the schemas in them. Keywords that cannot be repaired are removed.
pub(super) fn repair(keywords: &mut Object, notes: &mut Notes) {
    let mut is_open = false;
    keywords.retain(|keyword, value| {
        match fix(keyword, value) {
            Fix::Keep => {}
            Fix::Clean => notes.say("hidden characters and long texts are removed from descriptions"),
            Fix::Change => notes.add(format!("`{keyword}` had a value that is not valid; it is corrected")),
            Fix::Drop => {
                // PHP writes an empty object as an empty list.
                let was_empty = value.as_array().is_some_and(Vec::is_empty) || value.is_null();
                is_open |= ["properties", "patternProperties", "prefixItems"].contains(&keyword.as_str()) && !was_empty;
                notes.add(format!("`{keyword}` had a value that is not valid; it is removed"));
                return false;
            }
        }
        true
    });
    if is_open {
        keywords.retain(|keyword, _| !["additionalProperties", "items"].contains(&keyword.as_str()));
    }
}

fn fix(keyword: &str, value: &mut Value) -> Fix {
    match keyword {
        "type" => fix_type(value),
        "enum" => fix_enum(value),
        "required" => fix_names(value),
        "properties" | "patternProperties" | "$defs" | "definitions" | "dependentSchemas" | "dependencies"
        | "dependentRequired" => if_(value.is_object()),
        "allOf" | "anyOf" | "oneOf" | "prefixItems" => match value {
            Value::Array(list) => if_(!list.is_empty()),
            Value::Object(_) => changed(value, |schema| json!([schema])),
            _ => Fix::Drop,
        },
        "additionalProperties"
        | "unevaluatedProperties"
        | "unevaluatedItems"
        | "items"
        | "additionalItems"
        | "propertyNames"
        | "contains"
        | "contentSchema"
        | "not"
        | "if"
        | "then"
        | "else" => match value {
            Value::Null => Fix::Drop,
            Value::String(text) if text == "true" || text == "false" => {
                let is = text == "true";
                changed(value, |_| json!(is))
            }
            _ => Fix::Keep,
        },
        "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" => fix_number(value),
        "multipleOf" => match fix_number(value) {
            Fix::Drop => Fix::Drop,
            fixed if value.as_f64().is_some_and(|number| number > 0.0) => fixed,
            _ => Fix::Drop,
        },
        "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties" | "maxProperties" | "minContains"
        | "maxContains" => fix_size(value),
        "title" | "description" | "$comment" => fix_text(value),
        "format" | "pattern" | "contentEncoding" | "contentMediaType" => if_(value.is_string()),
        "uniqueItems" | "deprecated" | "readOnly" | "writeOnly" => match value {
            Value::Bool(_) => Fix::Keep,
            Value::String(text) if text == "true" || text == "false" => {
                let is = text == "true";
                changed(value, |_| json!(is))
            }
            _ => Fix::Drop,
        },
        "examples" => match value {
            Value::Array(_) => Fix::Keep,
            Value::Null => Fix::Drop,
            _ => changed(value, |example| json!([example])),
        },
        _ => Fix::Keep,
    }
}

fn if_(is_valid: bool) -> Fix {
    if is_valid { Fix::Keep } else { Fix::Drop }
}

fn changed(value: &mut Value, change: impl FnOnce(Value) -> Value) -> Fix {
    *value = change(value.take());
    Fix::Change
}

/// Returns the type that a word means: `Err` for a word that means no type, and `Ok(None)` for any type.
pub(super) fn meant_type(word: &str) -> Result<Option<&'static str>, ()> {
    if let Some(kind) = TYPES.iter().find(|kind| **kind == word) {
        return Ok(Some(kind));
    }
    Ok(Some(match word.to_ascii_lowercase().as_str() {
        "int" | "int32" | "int64" | "long" | "integer" => "integer",
        "float" | "double" | "decimal" | "number" => "number",
        "str" | "text" | "string" | "date" | "datetime" | "date-time" | "uuid" | "url" | "uri" => "string",
        "bool" | "boolean" => "boolean",
        "dict" | "map" | "object" => "object",
        "list" | "tuple" | "set" | "array" => "array",
        "none" | "null" | "nil" => "null",
        "any" | "mixed" | "" => return Ok(None),
        _ => return Err(()),
    }))
}

fn fix_type(value: &mut Value) -> Fix {
    let words: Vec<&str> = match value {
        Value::String(word) => vec![word.as_str()],
        Value::Array(words) if !words.is_empty() => {
            let Some(words) = words.iter().map(Value::as_str).collect() else { return Fix::Drop };
            words
        }
        _ => return Fix::Drop,
    };
    let mut kinds = Vec::new();
    for word in &words {
        let Ok(Some(kind)) = meant_type(word) else { return Fix::Drop };
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    if kinds == words {
        return Fix::Keep;
    }
    changed(value, |_| if let [kind] = kinds[..] { json!(kind) } else { json!(kinds) })
}

fn fix_enum(value: &mut Value) -> Fix {
    let Value::Array(constants) = value else { return Fix::Drop };
    let before = constants.len();
    let mut seen = HashSet::new();
    constants.retain(|constant| seen.insert(constant.to_string()));
    match constants.len() {
        0 => Fix::Drop,
        after if after == before => Fix::Keep,
        _ => Fix::Change,
    }
}

fn fix_names(value: &mut Value) -> Fix {
    match value {
        Value::Array(names) => {
            let before = names.len();
            let mut seen = HashSet::new();
            names.retain(|name| name.as_str().is_some_and(|name| seen.insert(name.to_owned())));
            if names.len() == before { Fix::Keep } else { Fix::Change }
        }
        Value::String(_) => changed(value, |name| json!([name])),
        _ => Fix::Drop,
    }
}

fn fix_number(value: &mut Value) -> Fix {
    match value {
        Value::Number(_) => Fix::Keep,
        Value::String(text) => match text.trim().parse::<Number>() {
            Ok(number) => changed(value, |_| Value::Number(number)),
            Err(_) => Fix::Drop,
        },
        _ => Fix::Drop,
    }
}

fn fix_size(value: &mut Value) -> Fix {
    if value.is_u64() {
        return Fix::Keep;
    }
    match fix_number(value) {
        Fix::Drop => Fix::Drop,
        _ if value.is_u64() => Fix::Change,
        _ => match value.as_f64() {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            Some(size) if (0.0..1e9).contains(&size) && size.fract() == 0.0 => changed(value, |_| json!(size as u64)),
            _ => Fix::Drop,
        },
    }
}

fn fix_text(value: &mut Value) -> Fix {
    match value {
        Value::String(text) => {
            let plain = cut(&clean(text), MOST_TEXT_BYTES).to_owned();
            if plain == *text {
                return Fix::Keep;
            }
            *text = plain;
            Fix::Clean
        }
        Value::Number(_) | Value::Bool(_) => changed(value, |value| json!(value.to_string())),
        _ => Fix::Drop,
    }
}
