//! [`clean`]: brings what schemars wrote into the dialect that the API takes.
//!
//! What neither a model nor a grammar needs is taken out (`$schema`, `title`, `format: int64`), and what they need is
//! said in one way.

use serde_json::{Value, json};

use super::keywords::{Object, element, has_unsigned_bound, paragraphs, sort, subschemas, words};

/// Brings a schema and all those in it into the dialect, but for closing its structs.
pub(crate) fn clean(schema: &mut Value) {
    if *schema == Value::Bool(true) {
        *schema = json!({});
    }
    shorten_floats(schema);
    let Value::Object(object) = schema else { return };
    // Only where a schema stands: below `properties` and `default`, `title` is a name like any other.
    subschemas(object).for_each(|(_, schema)| clean(schema));
    object.shift_remove("$schema");
    object.shift_remove("title");
    drop_number_format(object);
    unwrap_optional_properties(object);
    if !object.contains_key("anyOf")
        && let Some(alternatives) = object.shift_remove("oneOf")
    {
        object.insert("anyOf".into(), alternatives);
    }
    spread_flattened(object);
    fold_unit_enum(object);
    unwrap_single(object);
    sort(schema);
}

/// Writes a default of a `f32` as its author did: schemars has made the nearest `f64` of it, with many more digits.
fn shorten_floats(schema: &mut Value) {
    let Some(mut default) = schema.get("default").cloned() else { return };
    shorten_floats_of(schema, &mut default);
    schema["default"] = default;
}

fn shorten_floats_of(schema: &Value, default: &mut Value) {
    for alternatives in ["anyOf", "oneOf", "allOf"].iter().filter_map(|keyword| schema.get(keyword)?.as_array()) {
        for schema in alternatives {
            shorten_floats_of(schema, default);
        }
    }
    match default {
        Value::Number(number) if schema.get("format").is_some_and(|format| format == "float") => {
            #[expect(clippy::cast_possible_truncation, reason = "what is no `f32` stays as it is")]
            let short = number
                .as_f64()
                .map(|long| (long, long as f32))
                .filter(|(long, short)| f64::from(*short).to_bits() == long.to_bits());
            if let Some(short) = short.and_then(|(_, short)| short.to_string().parse::<f64>().ok()) {
                *default = short.into();
            }
        }
        Value::Array(elements) => {
            for (index, value) in elements.iter_mut().enumerate() {
                if let Some(schema) = element(schema, index) {
                    shorten_floats_of(schema, value);
                }
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                let property = schema.get("properties").and_then(|properties| properties.get(name));
                if let Some(schema) = property.or_else(|| schema.get("additionalProperties")) {
                    shorten_floats_of(schema, field);
                }
            }
        }
        _ => {}
    }
}

/// A number's `format` is a Rust type, and so are the bounds that come with the small ones; `minimum: 0` is news to a
/// model, and whatever else the author wrote stays.
fn drop_number_format(object: &mut Object) {
    let is_number = match object.get("type") {
        Some(Value::String(kind)) => is_number_type(kind),
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).any(is_number_type),
        _ => false,
    };
    if !is_number {
        return;
    }
    let format = object.shift_remove("format");
    let bounds: &[(&str, i64)] = match format.as_ref().and_then(Value::as_str) {
        Some("int8") => &[("minimum", -128), ("maximum", 127)],
        Some("int16") => &[("minimum", -32_768), ("maximum", 32_767)],
        Some("uint8") => &[("maximum", 255)],
        Some("uint16") => &[("maximum", 65_535)],
        _ => &[],
    };
    for (key, bound) in bounds {
        if object.get(*key).and_then(Value::as_i64) == Some(*bound) {
            object.shift_remove(*key);
        }
    }
    // An unsigned type reads nothing below zero; the validator needs to know whose bound that is.
    if let Some(format) = format {
        object.insert("format".into(), format);
        if !has_unsigned_bound(object) {
            object.shift_remove("format");
        }
    }
}

fn is_number_type(kind: &str) -> bool {
    matches!(kind, "integer" | "number")
}

/// A field that may be left out need not be null as well: the model has one way to say nothing.
fn unwrap_optional_properties(object: &mut Object) {
    let required = object.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let Some(Value::Object(properties)) = object.get_mut("properties") else { return };
    for (_, property) in properties.iter_mut().filter(|(name, _)| !required.iter().any(|it| it == *name)) {
        without_null(property);
    }
}

/// The schema of `T` from that of `Option<T>`.
pub(crate) fn without_null(schema: &mut Value) {
    let Value::Object(object) = schema else { return };
    if let Some(Value::Array(kinds)) = object.get_mut("type") {
        kinds.retain(|kind| kind != "null");
        if let [kind] = kinds.as_slice() {
            let kind = kind.clone();
            object.insert("type".into(), kind);
        }
        if let Some(Value::Array(values)) = object.get_mut("enum") {
            values.retain(|value| !value.is_null());
        }
    }
    if let Some(Value::Array(alternatives)) = object.get_mut("anyOf")
        && alternatives.len() > 1
    {
        alternatives.retain(|schema| schema.get("type").is_none_or(|kind| kind != "null"));
        unwrap_single(object);
        fold_unit_enum(object);
    }
    if object.get("default").is_some_and(Value::is_null) {
        object.shift_remove("default");
    }
    sort(schema);
}

/// `#[serde(flatten)]` of an enum gives fields beside alternatives. Each alternative takes the fields in: an object that
/// is open to the alternatives beside it could never be closed.
fn spread_flattened(object: &mut Object) {
    const OF_STRUCTS: [&str; 5] = ["description", "type", "properties", "required", "additionalProperties"];
    let is_struct = |schema: &Value| {
        schema.as_object().is_some_and(|schema| {
            schema.keys().all(|key| OF_STRUCTS.contains(&key.as_str()))
                && schema.get("type").is_none_or(|kind| kind == "object")
        })
    };
    if !object.contains_key("properties") || object.contains_key("allOf") {
        return;
    }
    // An `Option` of an enum: the alternatives of the enum, and one without any fields of it.
    if let Some(Value::Array(alternatives)) = object.get_mut("anyOf") {
        let inner = |schema: &Value| match schema.as_object()?.iter().next()? {
            (keyword, Value::Array(inner)) if keyword == "anyOf" && schema.as_object()?.len() == 1 => {
                Some(inner.clone())
            }
            _ => None,
        };
        *alternatives =
            alternatives.drain(..).flat_map(|schema| inner(&schema).unwrap_or_else(|| vec![schema])).collect();
    }
    let fits = object.get("anyOf").and_then(Value::as_array).is_some_and(|list| list.iter().all(is_struct));
    if !fits {
        return;
    }
    let mut fields: Object = ["type", "properties", "required", "additionalProperties"]
        .into_iter()
        .filter_map(|key| Some((key.to_owned(), object.shift_remove(key)?)))
        .collect();
    fields.insert("type".into(), "object".into());
    // That no other fields are let in is said of each alternative.
    object.shift_remove("unevaluatedProperties");
    let Some(Value::Array(alternatives)) = object.get_mut("anyOf") else { return };
    for alternative in alternatives {
        let mut whole = fields.clone();
        for (key, value) in alternative.as_object_mut().map(std::mem::take).into_iter().flatten() {
            match (whole.get_mut(&key), value) {
                (Some(Value::Object(properties)), Value::Object(more)) => properties.extend(more),
                (Some(Value::Array(required)), Value::Array(more)) => required.extend(more),
                (_, value) => drop(whole.insert(key, value)),
            }
        }
        *alternative = Value::Object(whole);
        sort(alternative);
    }
}

/// Unit variants with docs are a list of constants; one `enum` and a description are the same to a validator and
/// easier for a model.
fn fold_unit_enum(object: &mut Object) {
    let Some(Value::Array(alternatives)) = object.get("anyOf") else { return };
    let Some(words) = alternatives.iter().map(words).collect::<Option<Vec<_>>>() else { return };
    let mut lines = Vec::new();
    let mut values = Vec::new();
    for (alternative, words) in alternatives.iter().zip(words) {
        if let Some(docs) = alternative.get("description").and_then(Value::as_str) {
            let word = words.first().and_then(Value::as_str).unwrap_or_default();
            lines.push(format!("- `{word}`: {}", docs.replace('\n', "\n  ")));
        }
        values.extend_from_slice(words);
    }
    if values.is_empty() {
        return;
    }
    object.shift_remove("anyOf");
    let docs = object.get("description").and_then(Value::as_str).unwrap_or_default();
    let docs = paragraphs(docs, &lines.join("\n"));
    if !docs.is_empty() {
        object.insert("description".into(), docs.into());
    }
    object.insert("type".into(), "string".into());
    object.insert("enum".into(), values.into());
}

/// One alternative is none.
fn unwrap_single(object: &mut Object) {
    let Some(Value::Array(alternatives)) = object.get("anyOf") else { return };
    let [Value::Object(only)] = alternatives.as_slice() else { return };
    // What both say of the value would have to hold at once.
    if only.keys().any(|key| !matches!(key.as_str(), "description" | "anyOf") && object.contains_key(key)) {
        return;
    }
    let only = only.clone();
    object.shift_remove("anyOf");
    for (key, value) in only {
        let value = match (object.get(&key).and_then(Value::as_str), value.as_str()) {
            (Some(outer), Some(inner)) if outer != inner => paragraphs(outer, inner).into(),
            _ => value,
        };
        object.insert(key, value);
    }
}

/// Says of every struct that it has no other fields. Maps have said what they hold, and `{"type":"object"}` alone is
/// how a free-form object is written. Where schemas stand `beside` each other for one value, neither knows the fields
/// of the other, so neither can be closed.
pub(crate) fn close(schema: &mut Value, beside: bool) {
    let Value::Object(object) = schema else { return };
    let has = |key: &&str| object.contains_key(*key);
    let is_struct = has(&"properties");
    let is_one_of_many = ["anyOf", "oneOf", "allOf", "$ref"].iter().any(has);
    let is_said = ["additionalProperties", "patternProperties", "unevaluatedProperties"].iter().any(has);
    if is_struct && !beside && !is_one_of_many && !is_said {
        object.insert("additionalProperties".into(), false.into());
    }
    for (key, schema) in subschemas(object) {
        let beside = match key {
            "anyOf" | "oneOf" => beside || is_struct,
            key => matches!(key, "allOf" | "not" | "if" | "then" | "else" | "contains"),
        };
        close(schema, beside);
    }
    sort(schema);
}
