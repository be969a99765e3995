//! [`ObjectSchema`]: the schema of a tool's arguments, in the one dialect of JSON Schema that the API takes everywhere.
//!
//! schemars describes a type for a validator; here a model reads the schema and a grammar is made of it. What neither
//! needs is taken out (`$schema`, `title`, `format: int64`), and what they need is said in one way.

use std::cell::LazyCell;

use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::variants::{restore, variants};
use crate::tool::function::ToolParam;
use crate::tool::run::guard;

/// In the order in which schemars wrote it: its feature `preserve_order` is on, so `shift_remove` is there as well.
type Object = Map<String, Value>;

/// Collects the properties of the arguments, in order.
#[derive(Debug)]
pub struct ObjectSchema {
    generator: SchemaGenerator,
    properties: Object,
    required: Vec<Value>,
    variants: Vec<Probe>,
    /// Why an argument cannot be described.
    flaw: Option<String>,
}

/// Finds the enums in a type.
type Probe = fn() -> Vec<&'static [&'static str]>;

/// One property: an argument.
pub(crate) struct Property {
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    pub(crate) schema: fn(&mut SchemaGenerator) -> Schema,
    pub(crate) variants: Probe,
    pub(crate) required: bool,
    pub(crate) default: Option<Value>,
}

impl Default for ObjectSchema {
    fn default() -> Self {
        Self {
            generator: generator(),
            properties: Object::new(),
            required: Vec::new(),
            variants: Vec::new(),
            flaw: None,
        }
    }
}

impl ObjectSchema {
    /// An object with this type as its only field.
    pub(crate) fn of_one<T: ToolParam>(name: &'static str) -> Value {
        let mut schema = Self::default();
        schema.add(Property {
            name,
            description: "",
            schema: SchemaGenerator::subschema_for::<T>,
            variants: variants::<T>,
            required: true,
            default: None,
        });
        schema.finish()
    }

    /// Adds an argument. Making its schema runs code of its type; a panic there is told where the definition is used.
    pub(crate) fn try_add(&mut self, name: &str, property: impl FnOnce() -> Property) {
        if let Err(panic) = guard(|| self.add(property())) {
            let why = panicked(&panic.0);
            self.flaw.get_or_insert_with(|| format!("the type of argument `{name}` cannot be described: {why}"));
        }
    }

    pub(crate) fn add(&mut self, property: Property) {
        let mut schema = (property.schema)(&mut self.generator).to_value();
        self.variants.push(property.variants);
        restore(&mut schema, &LazyCell::new(property.variants));
        clean(&mut schema);
        if !property.required {
            without_null(&mut schema);
        }
        describe(&mut schema, property.description);
        if let (Some(schema), Some(default)) = (schema.as_object_mut(), property.default.filter(|it| !it.is_null())) {
            schema.insert("default".into(), default);
        }
        sort(&mut schema);
        if property.required {
            self.required.push(property.name.into());
        }
        self.properties.insert(property.name.into(), schema);
    }

    /// The schema, and what is wrong with its arguments.
    pub(crate) fn finish_with_flaw(mut self) -> (Value, Option<String>) {
        let mut flaw = self.flaw.take();
        let schema = guard(|| self.finish()).unwrap_or_else(|panic| {
            flaw.get_or_insert_with(|| format!("its arguments cannot be described: {}", panicked(&panic.0)));
            Value::Null
        });
        (schema, flaw)
    }

    pub(crate) fn finish(mut self) -> Value {
        let mut root = Object::new();
        root.insert("type".into(), "object".into());
        root.insert("properties".into(), self.properties.into());
        if !self.required.is_empty() {
            root.insert("required".into(), self.required.into());
        }
        root.insert("additionalProperties".into(), false.into());
        complete(root, &mut self.generator, &self.variants)
    }
}

/// The schema of arguments that are one struct.
pub(crate) fn whole<T: ToolParam>() -> Value {
    let mut generator = generator();
    let mut schema = generator.subschema_for::<T>().to_value();
    restore(&mut schema, &LazyCell::new(variants::<T>));
    clean(&mut schema);
    let Value::Object(mut root) = schema else { return schema };
    if root.get("type").is_some_and(|kind| kind == "object") {
        // A struct without fields: `clean` cannot know it from a free-form object.
        root.entry("properties").or_insert_with(|| json!({}));
        root.entry("additionalProperties").or_insert(Value::Bool(false));
    }
    complete(root, &mut generator, &[variants::<T>])
}

/// The schema that a `$ref` stands for, if it is in the same document.
pub(crate) fn definition<'a>(root: &'a Value, target: &str) -> Option<&'a Value> {
    root.pointer(target.strip_prefix('#')?)
}

fn panicked(message: &str) -> String {
    format!(
        "its `Deserialize`, `JsonSchema` or default panicked: {}",
        if message.is_empty() { "no message" } else { message }
    )
}

/// The schema as it is sent: without the formats that `schema.rs` keeps to know unsigned types.
pub(crate) fn sent(schema: &Value) -> Value {
    let mut schema = schema.clone();
    drop_unsigned_formats(&mut schema);
    schema
}

fn drop_unsigned_formats(schema: &mut Value) {
    let is_unsigned = is_unsigned(schema);
    let Value::Object(object) = schema else { return };
    if is_unsigned {
        object.shift_remove("format");
    }
    subschemas(object).for_each(|(_, schema)| drop_unsigned_formats(schema));
}

/// Returns the schema of an element of a list.
pub(crate) fn element(list: &Value, index: usize) -> Option<&Value> {
    list.get("prefixItems").and_then(|first| first.get(index)).or_else(|| list.get("items"))
}

/// Returns the names of the fields that an object must have.
pub(crate) fn required(schema: &Value) -> impl Iterator<Item = &str> {
    schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// Whether `minimum: 0` is that of an unsigned type, and not one that the author declared.
pub(crate) fn is_unsigned(schema: &Value) -> bool {
    schema.as_object().is_some_and(has_unsigned_bound)
}

fn has_unsigned_bound(schema: &Object) -> bool {
    let format = schema.get("format").and_then(Value::as_str);
    format.is_some_and(|format| format.starts_with("uint")) && schema.get("minimum").is_some_and(|it| *it == 0)
}

fn generator() -> SchemaGenerator {
    SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true).into_generator()
}

/// Adds the definitions of recursive types, for only those are referred to by name, and closes the structs.
fn complete(mut root: Object, generator: &mut SchemaGenerator, probes: &[Probe]) -> Value {
    let mut definitions = generator.take_definitions(false);
    if !definitions.is_empty() {
        let known = LazyCell::new(|| probes.iter().flat_map(|variants| variants()).collect());
        for schema in definitions.values_mut() {
            restore(schema, &known);
            clean(schema);
        }
        root.insert("$defs".into(), definitions.into());
    }
    let mut root = Value::Object(root);
    close(&mut root, false);
    sort(&mut root);
    root
}

/// Puts the argument's own description in front of the one its type has.
pub(crate) fn describe(schema: &mut Value, description: &str) {
    let Value::Object(schema) = schema else { return };
    let of_type = schema.get("description").and_then(Value::as_str).filter(|text| *text != description);
    let both = paragraphs(description, of_type.unwrap_or_default());
    if !both.is_empty() {
        schema.insert("description".into(), both.into());
    }
}

pub(crate) fn paragraphs(first: &str, second: &str) -> String {
    match (first, second) {
        ("", text) | (text, "") => text.to_owned(),
        (first, second) => format!("{first}\n\n{second}"),
    }
}

/// Brings a schema and all those in it into the dialect, but for closing its structs.
fn clean(schema: &mut Value) {
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

/// All schemas directly inside another, each with the keyword it stands under.
pub(crate) fn subschemas(object: &mut Object) -> impl Iterator<Item = (&str, &mut Value)> {
    object.iter_mut().flat_map(|(key, value)| {
        let key = key.as_str();
        let inside: Vec<&mut Value> = match (key, value) {
            ("properties" | "patternProperties" | "$defs" | "dependentSchemas", Value::Object(map)) => {
                map.values_mut().collect()
            }
            ("anyOf" | "oneOf" | "allOf" | "prefixItems", Value::Array(list)) => list.iter_mut().collect(),
            // `additionalProperties: true` is how a map of anything is written; the long form says no more.
            ("additionalProperties", Value::Bool(_)) => Vec::new(),
            (
                "items" | "additionalProperties" | "propertyNames" | "contains" | "not" | "if" | "then" | "else",
                schema,
            ) => vec![schema],
            _ => Vec::new(),
        };
        inside.into_iter().map(move |schema| (key, schema))
    })
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
    // An unsigned type reads nothing below zero; the checker needs to know whose bound that is.
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
fn without_null(schema: &mut Value) {
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

/// The words of a schema that says nothing but which words there are: a unit variant, or all those without docs.
pub(crate) fn words(schema: &Value) -> Option<&[Value]> {
    let schema = schema.as_object()?;
    let nothing_else = schema.keys().all(|key| matches!(key.as_str(), "type" | "enum" | "const" | "description"));
    if !nothing_else || schema.get("type")? != "string" {
        return None;
    }
    match (schema.get("const"), schema.get("enum")) {
        (Some(word), None) => Some(std::slice::from_ref(word)),
        // What is said of many words is not the documentation of a variant.
        (None, Some(Value::Array(words))) if !schema.contains_key("description") => Some(words),
        _ => None,
    }
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
fn close(schema: &mut Value, beside: bool) {
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

/// The order in which a schema is easiest to read.
pub(crate) fn sort(schema: &mut Value) {
    let Value::Object(object) = schema else { return };
    let mut entries: Vec<_> = std::mem::take(object).into_iter().collect();
    entries.sort_by_key(|(key, _)| match key.as_str() {
        "description" => 0,
        "type" => 1,
        "properties" => 3,
        "required" => 4,
        "additionalProperties" => 5,
        "default" => 7,
        "$defs" => 8,
        // Stable: what schemars wrote first stays first.
        _ => 2,
    });
    object.extend(entries);
}

#[cfg(test)]
mod tests {
    #![allow(dead_code)]

    use std::collections::{BTreeMap, HashMap};

    use schemars::JsonSchema;
    use serde::Deserialize;

    use super::*;

    /// The schema of one required argument of this type.
    fn of<T: ToolParam>() -> Value {
        let mut schema = argument::<T>("", true);
        schema["properties"]["it"].take()
    }

    fn argument<T: ToolParam>(description: &'static str, required: bool) -> Value {
        let mut object = ObjectSchema::default();
        let schema = SchemaGenerator::subschema_for::<T>;
        object.add(Property { name: "it", description, schema, variants: variants::<T>, required, default: None });
        object.finish()
    }

    fn text(schema: &Value) -> String {
        sent(schema).to_string()
    }

    #[test]
    fn no_arguments_are_an_empty_object() {
        let text = ObjectSchema::default().finish().to_string();
        assert_eq!(text, r#"{"type":"object","properties":{},"additionalProperties":false}"#);
    }

    #[test]
    fn numbers_lose_the_rust_type_but_not_what_the_author_said() {
        #[derive(Deserialize, JsonSchema)]
        struct Ranged {
            #[schemars(range(min = 1, max = 255))]
            byte: u8,
            #[schemars(range(min = -5, max = 100))]
            percent: i8,
        }
        assert_eq!(text(&of::<i8>()), r#"{"type":"integer"}"#);
        assert_eq!(text(&of::<u16>()), r#"{"type":"integer","minimum":0}"#);
        assert_eq!(text(&of::<u64>()), r#"{"type":"integer","minimum":0}"#);
        assert_eq!(text(&of::<std::num::NonZeroU32>()), r#"{"type":"integer","minimum":1}"#);
        assert_eq!(text(&of::<f32>()), r#"{"type":"number"}"#);
        assert_eq!(text(&of::<Ranged>()["properties"]["percent"]), r#"{"type":"integer","minimum":-5,"maximum":100}"#);
    }

    #[test]
    fn float_defaults_are_as_they_were_written() {
        #[derive(Deserialize, JsonSchema)]
        #[serde(default)]
        struct Sound {
            volume: f32,
            exact: f64,
            pair: (f32, u8),
            list: Vec<Option<f32>>,
            by_name: BTreeMap<String, f32>,
        }
        impl Default for Sound {
            fn default() -> Self {
                let by_name = BTreeMap::from([("a".to_owned(), 0.7)]);
                Self { volume: 0.1, exact: 0.1, pair: (0.3, 1), list: vec![Some(0.2), None], by_name }
            }
        }
        let properties = &of::<Sound>()["properties"];
        let defaults = ["volume", "exact", "pair", "list", "by_name"].map(|name| text(&properties[name]["default"]));
        assert_eq!(defaults, ["0.1", "0.1", "[0.3,1]", "[0.2,null]", r#"{"a":0.7}"#]);
    }

    #[test]
    fn string_formats_stay() {
        assert_eq!(text(&of::<std::net::Ipv4Addr>()), r#"{"type":"string","format":"ipv4"}"#);
    }

    #[test]
    fn anything_is_an_empty_schema() {
        assert_eq!(text(&of::<Value>()), "{}");
        assert_eq!(text(&of::<Vec<Value>>()), r#"{"type":"array","items":{}}"#);
    }

    #[test]
    fn maps_keep_what_they_hold_and_structs_are_closed() {
        #[derive(Deserialize, JsonSchema)]
        struct Title {
            title: String,
            format: i32,
        }
        assert_eq!(
            text(&of::<BTreeMap<String, Title>>()),
            concat!(
                r#"{"type":"object","additionalProperties":{"type":"object","properties":"#,
                r#"{"title":{"type":"string"},"format":{"type":"integer"}},"#,
                r#""required":["title","format"],"additionalProperties":false}}"#,
            )
        );
        assert_eq!(text(&of::<Map<String, Value>>()), r#"{"type":"object","additionalProperties":true}"#);
        assert_eq!(
            text(&of::<HashMap<String, u8>>()),
            r#"{"type":"object","additionalProperties":{"type":"integer","minimum":0}}"#
        );
    }

    #[test]
    fn what_may_be_left_out_is_not_null() {
        #[derive(Deserialize, JsonSchema)]
        struct Fields {
            a: Option<i32>,
            #[serde(default)]
            b: Option<Named>,
            #[serde(default)]
            c: u8,
            d: Vec<Option<i32>>,
        }
        #[derive(Deserialize, JsonSchema, Default)]
        enum Named {
            /// The first
            #[default]
            One,
            /// The second
            Two,
        }
        assert_eq!(
            text(&of::<Fields>()),
            concat!(
                r#"{"type":"object","properties":{"a":{"type":"integer"},"#,
                r#""b":{"description":"- `One`: The first\n- `Two`: The second","type":"string","enum":["One","Two"]},"#,
                r#""c":{"type":"integer","minimum":0,"default":0},"#,
                r#""d":{"type":"array","items":{"type":["integer","null"]}}},"#,
                r#""required":["d"],"additionalProperties":false}"#,
            )
        );
        assert_eq!(text(&argument::<Option<String>>("", false)["properties"]["it"]), r#"{"type":"string"}"#);
    }

    #[test]
    fn unit_enums_are_one_list_of_words() {
        /// Where to.
        #[derive(Deserialize, JsonSchema)]
        #[serde(rename_all = "kebab-case")]
        enum Way {
            /// Up,
            /// to the sky
            ToTheTop,
            Left,
            /// Ahead
            StraightOn,
            Down,
        }
        #[derive(Deserialize, JsonSchema)]
        enum Plain {
            B,
            A,
        }
        let way = concat!(
            r#"{"description":"Where to.\n\n- `to-the-top`: Up,\n  to the sky\n- `straight-on`: Ahead","#,
            r#""type":"string","enum":["to-the-top","left","straight-on","down"]}"#,
        );
        assert_eq!(text(&of::<Way>()), way);
        assert_eq!(text(&of::<Vec<Option<Way>>>()["items"]["anyOf"][0]), way);
        assert_eq!(text(&of::<Plain>()), r#"{"type":"string","enum":["B","A"]}"#);
    }

    #[test]
    fn alternatives_are_any_of() {
        #[derive(Deserialize, JsonSchema)]
        #[serde(tag = "kind", rename_all = "lowercase")]
        enum Shape {
            /// Round
            Circle {
                radius: f64,
            },
            Square {
                side: f64,
            },
        }
        assert_eq!(
            text(&of::<Shape>()),
            concat!(
                r#"{"anyOf":[{"description":"Round","type":"object","properties":"#,
                r#"{"kind":{"type":"string","const":"circle"},"radius":{"type":"number"}},"#,
                r#""required":["kind","radius"],"additionalProperties":false},"#,
                r#"{"type":"object","properties":"#,
                r#"{"kind":{"type":"string","const":"square"},"side":{"type":"number"}},"#,
                r#""required":["kind","side"],"additionalProperties":false}]}"#,
            )
        );
    }

    #[test]
    fn flattened_alternatives_take_the_fields_in() {
        #[derive(Deserialize, JsonSchema)]
        struct Outer {
            name: String,
            #[serde(flatten)]
            inner: Inner,
        }
        #[derive(Deserialize, JsonSchema)]
        #[serde(tag = "kind")]
        enum Inner {
            A { a: i32 },
            B { b: Option<i32> },
        }
        assert_eq!(
            text(&of::<Outer>()),
            concat!(
                r#"{"anyOf":[{"type":"object","properties":"#,
                r#"{"name":{"type":"string"},"kind":{"type":"string","const":"A"},"a":{"type":"integer"}},"#,
                r#""required":["name","kind","a"],"additionalProperties":false},"#,
                r#"{"type":"object","properties":"#,
                r#"{"name":{"type":"string"},"kind":{"type":"string","const":"B"},"b":{"type":"integer"}},"#,
                r#""required":["name","kind"],"additionalProperties":false}]}"#,
            )
        );
    }

    #[test]
    fn flattened_maps_stay_open() {
        #[derive(Deserialize, JsonSchema)]
        struct Open {
            name: String,
            #[serde(flatten)]
            rest: Map<String, Value>,
        }
        assert_eq!(
            text(&of::<Open>()),
            r#"{"type":"object","properties":{"name":{"type":"string"}},"required":["name"],"additionalProperties":true}"#
        );
    }

    #[test]
    fn recursive_types_are_defined_at_the_root() {
        /// A tree.
        #[derive(Deserialize, JsonSchema)]
        struct Tree {
            children: Vec<Tree>,
        }
        let tree = concat!(
            r##"{"description":"A tree.","type":"object","properties":"##,
            r##"{"children":{"type":"array","items":{"$ref":"#/$defs/Tree"}}},"##,
            r##""required":["children"],"additionalProperties":false}"##,
        );
        assert_eq!(
            text(&argument::<Tree>("", true)),
            format!(
                r#"{{"type":"object","properties":{{"it":{tree}}},"required":["it"],"additionalProperties":false,"$defs":{{"Tree":{tree}}}}}"#
            )
        );
    }

    #[test]
    fn the_argument_speaks_before_its_type() {
        /// A tree.
        #[derive(Deserialize, JsonSchema)]
        struct Tree {}
        let description = |docs| argument::<Tree>(docs, true)["properties"]["it"]["description"].clone();
        assert_eq!(description("Where to sit"), "Where to sit\n\nA tree.");
        assert_eq!(description("A tree."), "A tree.");
        assert_eq!(description(""), "A tree.");
    }

    #[test]
    fn a_struct_of_arguments_is_an_object_even_without_fields() {
        #[derive(Deserialize, JsonSchema)]
        struct Nothing {}
        assert_eq!(text(&whole::<Nothing>()), r#"{"type":"object","properties":{},"additionalProperties":false}"#);
    }

    #[test]
    fn any_schema_is_survived() {
        for mut schema in [
            json!(true),
            json!(false),
            json!(null),
            json!({"oneOf": 3, "properties": [], "type": 7, "items": false, "required": "a", "enum": {}}),
            json!({"anyOf": [], "properties": {"a": true, "b": {"anyOf": [{"type": "null"}]}}}),
            json!({"anyOf": [{"const": 1}, {"enum": []}, 4], "allOf": [{"properties": {}}]}),
        ] {
            clean(&mut schema);
            without_null(&mut schema);
            close(&mut schema, false);
        }
    }
}
