//! [`clean`]: rewrites schemas of schemars in the dialect that the API accepts.
//!
//! It removes keywords that neither the model nor a grammar needs (`$schema`, `title`, `format: int64`), and writes the
//! rest in one canonical form.

use serde_json::{Value, json};

use super::keywords::{Object, element, has_unsigned_bound, paragraphs, sort, subschemas, words};

/// Rewrites a schema and all its subschemas in the dialect. [`close`] then closes the structs.
pub(crate) fn clean(schema: &mut Value) {
    if *schema == Value::Bool(true) {
        *schema = json!({});
    }
    shorten_floats(schema);
    let Value::Object(object) = schema else { return };
    // Visit schemas only: inside `properties` and `default`, `title` is the name of a field.
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

/// Shortens the default of an `f32` to the digits of the source code. schemars writes the nearest `f64`, which has many
/// more digits.
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
            #[expect(clippy::cast_possible_truncation, reason = "a value that does not fit an `f32` is not changed")]
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

/// Removes the `format` of numbers, which names a Rust type, and the bounds of the small Rust types. Keeps
/// `minimum: 0`, which is useful for the model, and bounds that the author declared.
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
    // Keep the format of unsigned types: it shows the validator that `minimum: 0` comes from the type.
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

/// Removes `null` from optional fields, so that the model has only one way to omit a value.
fn unwrap_optional_properties(object: &mut Object) {
    let required = object.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let Some(Value::Object(properties)) = object.get_mut("properties") else { return };
    for (_, property) in properties.iter_mut().filter(|(name, _)| !required.iter().any(|it| it == *name)) {
        without_null(property);
    }
}

/// Turns the schema of `Option<T>` into the schema of `T`.
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

/// Copies the fields of a struct with a flattened enum into each alternative. `#[serde(flatten)]` on an enum gives
/// `properties` next to `anyOf`, and such an object cannot be closed.
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
    // An `Option` of an enum has a nested `anyOf` with the variants, and an alternative without fields.
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
    // Each alternative is closed on its own.
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

/// Replaces the list of constants that schemars writes for unit variants with docs by one `enum` and a description,
/// which is equivalent for a validator and easier for a model.
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

/// Replaces an `anyOf` with only one alternative by that alternative.
fn unwrap_single(object: &mut Object) {
    let Some(Value::Array(alternatives)) = object.get("anyOf") else { return };
    let [Value::Object(only)] = alternatives.as_slice() else { return };
    // Keywords of both schemas apply together, so two values of one keyword cannot be merged.
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

/// Closes every struct with `additionalProperties: false`.
///
/// Maps already have a schema for their values, and `{"type":"object"}` alone is a free-form object. If several schemas
/// apply to one value (`beside`), none of them can be closed, because each would refuse the fields of the others.
pub(crate) fn close(schema: &mut Value, beside: bool) {
    let Value::Object(object) = schema else { return };
    let has = |key: &&str| object.contains_key(*key);
    let is_struct = has(&"properties");
    let is_one_of_many = ["anyOf", "oneOf", "allOf", "$ref"].iter().any(has);
    let is_declared = ["additionalProperties", "patternProperties", "unevaluatedProperties"].iter().any(has);
    if is_struct && !beside && !is_one_of_many && !is_declared {
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
