//! [`to_strict`]: the part of a schema that the API can enforce.
//!
//! The API compiles a strict schema to a grammar, which covers the form of a value but not its size or length (platform
//! documentation, "Structured outputs"). As in the official SDKs, keywords that a grammar cannot express move into the
//! description, where the model reads them; the value is later checked against the whole schema. `default`, and `type`
//! next to `enum`, stay in place because the API accepts them. A `pattern` moves because the API accepts only some.

use std::fmt::Write;

use serde_json::{Map, Value};

use super::keywords::{definition, describe, paragraphs, sort};
use crate::tool::validate::push_key;

/// A part of a schema that cannot be compiled to a grammar.
#[derive(Debug)]
pub(crate) struct UnsupportedSchema {
    path: String,
    why: &'static str,
}

impl UnsupportedSchema {
    /// Returns the cause and the remedy as text; `noun` is the word for a part of the value.
    pub(crate) fn message(&self, noun: &str) -> String {
        let Self { path, why } = self;
        if path.is_empty() { format!("the schema itself {why}") } else { format!("{noun} `{path}` {why}") }
    }
}

/// Returns the schema in the strict subset. A value that it accepts can still violate the whole schema.
///
/// # Errors
///
/// The schema has no strict form.
pub(crate) fn to_strict(schema: &Value) -> Result<Value, UnsupportedSchema> {
    StrictWriter { root: schema, path: String::new(), open: vec![("#", 0)], left: 10_000 }.write(schema)
}

/// Returns the first limit of the API that the strict schemas of one request exceed together, if any.
pub(crate) fn excess(schemas: &[Value]) -> Option<String> {
    let (mut optional, mut unions) = (0, 0);
    for schema in schemas {
        count(schema, &mut optional, &mut unions);
    }
    let limits = [
        (schemas.len(), 20, "strict tools", "remove `strict` from tools for which invalid arguments do no harm"),
        (
            optional,
            24,
            "optional arguments in its strict tools",
            "make some of them required, or remove `strict` from a tool",
        ),
        (
            unions,
            16,
            "arguments with alternatives in its strict tools",
            "give some of them one type that is not null, or remove `strict` from a tool",
        ),
    ];
    let (found, most, of_what, instead) = limits.into_iter().find(|(found, most, ..)| found > most)?;
    Some(format!("a request can have at most {most} {of_what}, and this one has {found}; {instead}"))
}

const MAP: &str = "is a map, whose keys are not in the schema; use a list of structs with a key and a value";
const RECURSIVE: &str = "is a type that contains itself; use a list of structs that refer to each other by id";
const TUPLE: &str = "is a tuple; use a struct with named fields";
const ANYTHING: &str = "can be any value; give it a type";
const ANY_OBJECT: &str = "is an object with any fields; use a struct with named fields";
const ANY_LIST: &str = "is a list of any values; give its elements a type";
const CONSTANTS: &str = "is a constant list or object (`enum` or `const`); use a `type` instead";
const MIXED: &str = "has fields next to alternatives, like a flattened enum; make the enum a separate field";
const EXTERNAL: &str = "refers to a schema that is not in this document; copy the schema into `$defs`";
const LARGE: &str = "is too large, because its definitions refer to each other many times; simplify it";

struct StrictWriter<'s> {
    root: &'s Value,
    path: String,
    /// The definitions that are being read, each with the length of the path to its `$ref`.
    open: Vec<(&'s str, usize)>,
    /// The number of schemas that can still be read.
    left: usize,
}

impl<'s> StrictWriter<'s> {
    fn write(&mut self, schema: &'s Value) -> Result<Value, UnsupportedSchema> {
        self.left = self.left.checked_sub(1).ok_or_else(|| self.too_wide(LARGE))?;
        let Value::Object(schema) = schema else { return Err(self.too_wide(ANYTHING)) };
        if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
            return self.reference(target, schema.get("description").and_then(Value::as_str));
        }
        let mut strict = Map::new();
        let mut rest = String::new();
        for (keyword, value) in schema {
            let value = match (keyword.as_str(), value) {
                ("format", Value::String(format)) if format.starts_with("uint") => continue,
                ("$schema" | "$defs" | "definitions" | "additionalProperties", _) => continue,
                ("prefixItems", _) => return Err(self.too_wide(TUPLE)),
                ("patternProperties", _) => return Err(self.too_wide(MAP)),
                ("properties", Value::Object(properties)) => self.properties(properties)?,
                ("items", schema) => self.at(|path| path.push_str("[]"), |it| it.write(schema))?,
                ("oneOf", Value::Array(_)) if schema.contains_key("anyOf") => return Err(self.too_wide(MIXED)),
                ("anyOf" | "oneOf" | "allOf", Value::Array(list)) => {
                    list.iter().map(|schema| self.write(schema)).collect::<Result<Value, _>>()?
                }
                ("enum", Value::Array(values)) if !values.iter().all(is_scalar) => return Err(self.too_wide(CONSTANTS)),
                ("const", value) if !is_scalar(value) => return Err(self.too_wide(CONSTANTS)),
                ("type" | "required" | "enum" | "const" | "default" | "description" | "title", value) => value.clone(),
                ("format", Value::String(format)) if FORMATS.contains(&format.as_str()) => value.clone(),
                ("minItems", Value::Number(least)) if least.as_u64().is_some_and(|least| least < 2) => value.clone(),
                (keyword, value) => {
                    let comma = if rest.is_empty() { "" } else { ", " };
                    let _ = write!(rest, "{comma}{keyword}: {value}");
                    continue;
                }
            };
            strict.insert(if keyword == "oneOf" { "anyOf" } else { keyword }.to_owned(), value);
        }
        if !rest.is_empty() {
            let docs = strict.get("description").and_then(Value::as_str).unwrap_or_default();
            let docs = paragraphs(docs, &format!("{{{rest}}}"));
            strict.insert("description".into(), docs.into());
        }
        self.close(schema, &mut strict)?;
        let mut strict = Value::Object(strict);
        sort(&mut strict);
        Ok(strict)
    }

    /// Writes the definition in place of its reference, because the API ignores keywords next to a `$ref`.
    fn reference(&mut self, target: &'s str, description: Option<&str>) -> Result<Value, UnsupportedSchema> {
        if let Some((_, length)) = self.open.iter().find(|(open, _)| *open == target) {
            self.path.truncate(*length);
            return Err(self.too_wide(RECURSIVE));
        }
        let schema = definition(self.root, target).ok_or_else(|| self.too_wide(EXTERNAL))?;
        self.open.push((target, self.path.len()));
        let mut strict = self.write(schema)?;
        self.open.pop();
        describe(&mut strict, description.unwrap_or_default());
        Ok(strict)
    }

    fn properties(&mut self, properties: &'s Map<String, Value>) -> Result<Value, UnsupportedSchema> {
        let strict = |(name, schema): (&'s String, &'s Value)| {
            Ok((name.clone(), self.at(|path| push_key(path, name), |it| it.write(schema))?))
        };
        properties.iter().map(strict).collect::<Result<_, _>>().map(Value::Object)
    }

    /// Closes an object, and refuses schemas that cannot be closed.
    fn close(&self, schema: &Map<String, Value>, strict: &mut Map<String, Value>) -> Result<(), UnsupportedSchema> {
        let may_be = |kind: &str| match strict.get("type") {
            Some(Value::Array(kinds)) => kinds.iter().any(|it| it == kind),
            Some(it) => it == kind,
            None => kind == "object" && strict.contains_key("properties"),
        };
        let others = schema.get("additionalProperties");
        let is_object = may_be("object");
        let all_of = strict.get("allOf").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let has_parts = strict.contains_key("anyOf") || !all_of.is_empty();
        let has_type = ["type", "enum", "const", "anyOf", "allOf"].iter().any(|keyword| strict.contains_key(*keyword));
        if others.is_some_and(|others| *others != Value::Bool(false)) {
            return Err(self.too_wide(MAP));
        }
        if !has_type && !is_object {
            return Err(self.too_wide(ANYTHING));
        }
        // If several schemas apply to one value, closing one of them would refuse the fields of the others.
        if is_object && has_parts || all_of.len() > 1 && all_of.iter().any(|part| part.get("properties").is_some()) {
            return Err(self.too_wide(MIXED));
        }
        if may_be("array") && !strict.contains_key("items") {
            return Err(self.too_wide(ANY_LIST));
        }
        if is_object {
            // At the root, an object without properties means that there are no arguments.
            if !strict.contains_key("properties") && others.is_none() && !self.path.is_empty() {
                return Err(self.too_wide(ANY_OBJECT));
            }
            strict.entry("properties").or_insert_with(|| Map::new().into());
            strict.insert("additionalProperties".into(), false.into());
        }
        Ok(())
    }

    fn at<T>(
        &mut self,
        step: impl FnOnce(&mut String),
        then: impl FnOnce(&mut Self) -> Result<T, UnsupportedSchema>,
    ) -> Result<T, UnsupportedSchema> {
        let before = self.path.len();
        step(&mut self.path);
        let result = then(self)?;
        self.path.truncate(before);
        Ok(result)
    }

    fn too_wide(&self, why: &'static str) -> UnsupportedSchema {
        UnsupportedSchema { path: self.path.strip_prefix('.').unwrap_or(&self.path).to_owned(), why }
    }
}

const FORMATS: [&str; 10] =
    ["date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"];

fn is_scalar(value: &Value) -> bool {
    !value.is_object() && !value.is_array()
}

/// Counts the optional fields, and the values that have alternatives.
fn count(schema: &Value, optional: &mut usize, unions: &mut usize) {
    let is_union = schema.get("anyOf").is_some() || schema.get("type").is_some_and(Value::is_array);
    *unions += usize::from(is_union);
    if let Some(Value::Object(properties)) = schema.get("properties") {
        let required = schema.get("required").and_then(Value::as_array).map_or(0, Vec::len);
        *optional += properties.len().saturating_sub(required);
        properties.values().for_each(|schema| count(schema, optional, unions));
    }
    let parts = ["anyOf", "allOf"].iter().filter_map(|keyword| schema.get(*keyword)?.as_array()).flatten();
    parts.chain(schema.get("items")).for_each(|schema| count(schema, optional, unions));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(properties: &Value) -> Value {
        json!({"type": "object", "properties": properties, "required": [], "additionalProperties": false})
    }

    fn text(schema: &Value) -> String {
        to_strict(&object(&json!({"it": schema}))).expect("it can be strict")["properties"]["it"].to_string()
    }

    fn refused(schema: &Value) -> String {
        let text = to_strict(&object(&json!({"it": schema}))).expect_err("it cannot be strict").message("argument");
        text.split_once("; ").expect("cause and remedy").0.to_owned()
    }

    #[test]
    fn keywords_without_a_grammar_move_into_the_description() {
        assert_eq!(
            text(&json!({"description": "How many", "type": "integer", "minimum": 0, "maximum": 7, "default": 1})),
            r#"{"description":"How many\n\n{minimum: 0, maximum: 7}","type":"integer","default":1}"#
        );
        assert_eq!(
            text(&json!({"type": "string", "format": "ipv4", "pattern": "^\\d"})),
            r#"{"description":"{pattern: \"^\\\\d\"}","type":"string","format":"ipv4"}"#
        );
        assert_eq!(
            text(&json!({"type": "string", "format": "ip"})),
            r#"{"description":"{format: \"ip\"}","type":"string"}"#
        );
        assert_eq!(
            text(&json!({"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1, "maxItems": 2})),
            r#"{"description":"{maxItems: 2}","type":"array","items":{"description":"{minLength: 1}","type":"string"},"minItems":1}"#
        );
        assert_eq!(
            text(&json!({"type": "array", "items": {"type": "null"}, "minItems": 2})),
            r#"{"description":"{minItems: 2}","type":"array","items":{"type":"null"}}"#
        );
    }

    #[test]
    fn keywords_with_a_grammar_stay() {
        for schema in [
            json!({"type": ["integer", "null"]}),
            json!({"description": "A word", "type": "string", "enum": ["a", "b"], "default": "a"}),
            json!({"anyOf": [{"type": "string", "const": "a"}, object(&json!({"x": {"type": "number"}}))]}),
            json!({"allOf": [{"type": "string"}, {"type": "string", "format": "uri"}]}),
        ] {
            assert_eq!(text(&schema), schema.to_string());
        }
    }

    #[test]
    fn one_of_is_any_of_and_objects_are_closed() {
        assert_eq!(
            text(&json!({"oneOf": [{"type": ["object", "null"], "properties": {}}, {"type": "string"}]})),
            r#"{"anyOf":[{"type":["object","null"],"properties":{},"additionalProperties":false},{"type":"string"}]}"#
        );
        assert_eq!(
            text(&json!({"type": "object", "additionalProperties": false})),
            r#"{"type":"object","properties":{},"additionalProperties":false}"#
        );
    }

    #[test]
    fn definitions_are_written_out() {
        let schema = json!({
            "type": "object",
            "properties": {"a": {"description": "Here", "$ref": "#/$defs/A"}, "b": {"$ref": "#/$defs/A"}},
            "$defs": {"A": {"description": "There", "type": "string"}},
        });
        let strict = to_strict(&schema).expect("it can be strict");
        assert_eq!(
            strict.to_string(),
            r#"{"type":"object","properties":{"a":{"description":"Here\n\nThere","type":"string"},"b":{"description":"There","type":"string"}},"additionalProperties":false}"#
        );
    }

    #[test]
    fn schemas_without_a_strict_form_are_reported() {
        let integer = json!({"type": "integer"});
        for (schema, expected) in [
            (json!(true), "can be any value"),
            (json!({"description": "Anything"}), "can be any value"),
            (json!({"type": "object"}), "is an object with any fields"),
            (json!({"type": "array"}), "is a list of any values"),
            (json!({"type": "object", "additionalProperties": true}), "is a map, whose keys are not in the schema"),
            (json!({"type": "object", "additionalProperties": integer}), "is a map, whose keys are not in the schema"),
            (
                json!({"type": "object", "patternProperties": {"^a": integer}}),
                "is a map, whose keys are not in the schema",
            ),
            (json!({"type": "array", "prefixItems": [integer]}), "is a tuple"),
            (json!({"enum": [[1], [2]]}), "is a constant list or object (`enum` or `const`)"),
            (
                json!({"properties": {}, "anyOf": [{"properties": {}}]}),
                "has fields next to alternatives, like a flattened enum",
            ),
            (
                json!({"allOf": [{"properties": {}}, {"properties": {}}]}),
                "has fields next to alternatives, like a flattened enum",
            ),
            (json!({"$ref": "https://example.com"}), "refers to a schema that is not in this document"),
        ] {
            assert_eq!(refused(&schema), format!("argument `it` {expected}"), "{schema}");
        }
        let inner = json!({"type": "array", "items": object(&json!({"any": {}}))});
        assert_eq!(refused(&inner), "argument `it[].any` can be any value");
        assert_eq!(
            to_strict(&json!({})).expect_err("an empty schema has no type").message("argument"),
            "the schema itself can be any value; give it a type"
        );
    }

    #[test]
    fn recursive_types_are_found_where_they_begin() {
        let tree = object(&json!({"children": {"type": "array", "items": {"$ref": "#/$defs/Tree"}}}));
        let schema = json!({"type": "object", "properties": {"tree": tree}, "$defs": {"Tree": tree}});
        let error = to_strict(&schema).expect_err("the type is recursive");
        assert!(error.message("argument").starts_with("argument `tree.children[]` is a type that contains itself"));
        assert!(refused(&json!({"$ref": "#"})).starts_with("the schema itself is a type"));
        let mut many: Map<_, _> = (0..40)
            .map(|n| (n.to_string(), json!({"anyOf": vec![json!({"$ref": format!("#/$defs/{}", n + 1)}); 2]})))
            .collect();
        many.insert("40".into(), json!({"type": "string"}));
        let error = to_strict(&json!({"$ref": "#/$defs/0", "$defs": many})).expect_err("the schema is too large");
        assert!(error.message("argument").contains("too large"));
    }

    #[test]
    fn limits_of_one_request_are_reported() {
        let optional = |n: usize| object(&(0..n).map(|n| (n.to_string(), json!({"type": "string"}))).collect());
        assert_eq!(excess(&[optional(12), optional(12)]), None);
        let text = excess(&[optional(12), optional(13)]).expect("too many");
        assert!(
            text.starts_with(
                "a request can have at most 24 optional arguments in its strict tools, and this one has 25; "
            ),
            "{text}"
        );
        let text = excess(&vec![optional(1); 21]).expect("too many");
        assert!(text.starts_with("a request can have at most 20 strict tools, and this one has 21; "), "{text}");
        let unions = json!({"type": "array", "items": {"anyOf": vec![json!({"type": ["string", "null"]}); 16]}});
        assert!(excess(&[unions]).expect("too many").contains("16 arguments with alternatives"));
    }
}
