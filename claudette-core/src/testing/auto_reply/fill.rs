//! [`Filler`]: values that match a JSON schema, taken from the prompt if possible.

use serde_json::{Map, Number, Value};

use super::made_up::{self, Length, Range};
use super::prompt::{Kind, Prompt};

/// Fills a schema with values from a prompt.
pub(super) struct Filler<'a> {
    root: &'a Value,
    prompt: &'a mut Prompt,
    /// The references that are being followed. A reference that leads back to itself is not followed again.
    open: Vec<&'a str>,
    depth: usize,
    /// The number of values that may still be created. Definitions that use each other can require a great many.
    left: usize,
}

/// A value for a schema, and where it came from.
pub(super) struct Filled {
    pub(super) value: Value,
    /// The kinds of the values that the prompt supplied, in order.
    pub(super) found: Vec<Kind>,
    /// The number of values that were made up.
    pub(super) made_up: usize,
}

impl<'a> Filler<'a> {
    pub(super) fn new(root: &'a Value, prompt: &'a mut Prompt) -> Self {
        Self { root, prompt, open: Vec::new(), depth: 0, left: 10_000 }
    }

    /// Fills the whole schema. `name` is the name of the value, and its text if nothing else is found.
    pub(super) fn fill(&mut self, name: &str) -> Filled {
        self.value(self.root, name)
    }

    fn value(&mut self, schema: &'a Value, name: &str) -> Filled {
        if self.left == 0 || self.depth > 100 {
            return Filled::made_up(Value::Null);
        }
        self.left -= 1;
        self.depth += 1;
        let filled = self.value_of(schema, name);
        self.depth -= 1;
        filled
    }

    fn value_of(&mut self, schema: &'a Value, name: &str) -> Filled {
        if let Some(target) = schema["$ref"].as_str() {
            return self.reference(target, name);
        }
        if let Some(value) = schema.get("const") {
            return Filled::fixed(value.clone());
        }
        if let Some(values) = schema["enum"].as_array() {
            return self.one_of(values, schema);
        }
        if let Some(variants) = schema["anyOf"].as_array().or(schema["oneOf"].as_array()) {
            return self.variant(variants, name);
        }
        if let Some(parts) = schema["allOf"].as_array() {
            return self.all_of(schema, parts, name);
        }
        match type_of(schema) {
            Some("object") => self.object(schema),
            Some("array") => self.array(schema, name),
            Some("integer") => self.number(schema, name, true),
            Some("number") => self.number(schema, name, false),
            Some("boolean") => self.boolean(schema, name),
            Some("null") => Filled::fixed(Value::Null),
            _ => self.string(schema, name),
        }
    }

    fn reference(&mut self, target: &'a str, name: &str) -> Filled {
        let pointer = target.strip_prefix('#').unwrap_or(target);
        let schema = self.root.pointer(pointer);
        let Some(schema) = schema.filter(|_| !self.open.contains(&target)) else {
            return Filled::made_up(Value::Null);
        };
        self.open.push(target);
        let filled = self.value(schema, name);
        self.open.pop();
        filled
    }

    /// Returns the value that the prompt names, or else the default or the first value.
    fn one_of(&mut self, values: &[Value], schema: &Value) -> Filled {
        let named = values.iter().find(|value| match value {
            Value::String(text) => self.prompt.mentions(text) || self.prompt.mentions(&text.replace(['_', '-'], " ")),
            Value::Number(number) => self.prompt.take_number(|other| other == number).is_some(),
            _ => false,
        });
        match (named, values.first()) {
            (Some(value), _) => Filled::found(value.clone(), Kind::Word),
            (None, Some(first)) => Filled::made_up(schema.get("default").unwrap_or(first).clone()),
            (None, None) => Filled::made_up(Value::Null),
        }
    }

    /// Returns the first variant for which the prompt has a value; else `null`, if it is allowed; else the first
    /// variant.
    fn variant(&mut self, variants: &'a [Value], name: &str) -> Filled {
        let mut made_up = Vec::new();
        for variant in variants {
            match self.attempt(variant, name) {
                Ok(filled) => return filled,
                Err(filled) => made_up.push(filled),
            }
        }
        let null = made_up.iter().position(|filled| filled.value.is_null());
        match made_up.into_iter().nth(null.unwrap_or(0)) {
            Some(filled) => filled,
            None => Filled::made_up(Value::Null),
        }
    }

    /// Fills all parts: objects are merged. For other types, the part that lists its values is used, or the first part.
    fn all_of(&mut self, schema: &'a Value, parts: &'a [Value], name: &str) -> Filled {
        let listed = |part: &&Value| part.get("enum").or(part.get("const")).is_some();
        let Some(part) = parts.iter().find(listed).or(parts.first()) else {
            return self.string(schema, name);
        };
        let mut whole = self.value(part, name);
        if let Value::Object(fields) = &mut whole.value {
            let others = parts.iter().filter(|other| !std::ptr::eq(*other, part));
            let mut others: Vec<Filled> = others.map(|part| self.value(part, name)).collect();
            others.push(self.object(schema));
            for other in others {
                if let Value::Object(more) = other.value {
                    fields.extend(more);
                    whole.found.extend(other.found);
                    whole.made_up += other.made_up;
                }
            }
        }
        whole
    }

    /// Fills the required properties, and the optional ones for which the prompt has a value.
    fn object(&mut self, schema: &'a Value) -> Filled {
        let mut whole = Filled::fixed(Value::Null);
        let mut fields = Map::new();
        let properties = schema["properties"].as_object();
        let is_required = |name: &str| {
            let required = schema["required"].as_array();
            required.is_some_and(|required| required.iter().any(|other| other == name))
        };
        let mut numbers_needed =
            properties.into_iter().flatten().filter(|(name, schema)| is_required(name) && is_numeric(schema)).count();
        for (name, schema) in properties.into_iter().flatten() {
            let filled = if is_required(name) {
                numbers_needed -= usize::from(is_numeric(schema));
                self.value(schema, name)
            } else {
                // Optional properties must not use up numbers that required ones need.
                let kept = self.prompt.hold_back(numbers_needed);
                let filled = self.attempt(schema, name);
                self.prompt.give_back(kept);
                match filled {
                    Ok(filled) => filled,
                    Err(_) => continue,
                }
            };
            whole.found.extend(filled.found);
            whole.made_up += filled.made_up;
            fields.insert(name.clone(), filled.value);
        }
        whole.value = Value::Object(fields);
        whole
    }

    /// Returns as many items as the prompt supplies, and at least as many as the schema requires.
    fn array(&mut self, schema: &'a Value, name: &str) -> Filled {
        const PLENTY: u64 = 20;
        const TOO_MANY: u64 = 100;
        let mut whole = Filled::fixed(Value::Null);
        let mut items = Vec::new();
        let mut push = |filled: Filled| {
            whole.found.extend(filled.found);
            whole.made_up += filled.made_up;
            items.push(filled.value);
        };
        let mut count = 0;
        for part in schema["prefixItems"].as_array().into_iter().flatten() {
            push(self.value(part, name));
            count += 1;
        }
        let minimum = schema["minItems"].as_u64().unwrap_or(0).min(TOO_MANY);
        let maximum = schema["maxItems"].as_u64().unwrap_or(PLENTY).min(PLENTY);
        if let Some(item) = schema.get("items").filter(|items| items.is_object()) {
            while count < maximum.max(minimum) {
                match self.attempt(item, name) {
                    Ok(filled) => push(filled),
                    Err(filled) if count < minimum => push(filled),
                    Err(_) => break,
                }
                count += 1;
            }
        }
        whole.value = Value::Array(items);
        whole
    }

    fn number(&mut self, schema: &Value, name: &str, integer: bool) -> Filled {
        let range = Range::of(schema);
        let fits = |number: &Number| !(integer && number.is_f64()) && number.as_f64().is_some_and(|n| range.holds(n));
        let assigned = self.prompt.take_assigned(name);
        let assigned = assigned.and_then(|text| text.parse().ok()).filter(fits);
        if let Some(number) = assigned {
            return Filled::found(Value::Number(number), Kind::Assigned);
        }
        match self.prompt.take_number(fits) {
            Some(number) => Filled::found(number.into(), Kind::Number),
            None => Filled::made_up(made_up::suggested(schema).unwrap_or_else(|| range.any(integer))),
        }
    }

    fn boolean(&mut self, schema: &Value, name: &str) -> Filled {
        let word = name.replace('_', " ");
        if self.prompt.mentions(&word) || self.prompt.mentions("true") {
            Filled::found(true.into(), Kind::Word)
        } else if self.prompt.mentions("false") {
            Filled::found(false.into(), Kind::Word)
        } else {
            Filled::made_up(made_up::suggested(schema).unwrap_or(Value::Bool(false)))
        }
    }

    fn string(&mut self, schema: &Value, name: &str) -> Filled {
        let format = schema["format"].as_str().unwrap_or_default();
        let length = Length::of(schema);
        let found = match self.prompt.take_assigned(name) {
            Some(text) => Some((Kind::Assigned, text)),
            None => self.prompt.take_string(kinds_for(name, format)),
        };
        match found {
            Some((Kind::Date, date)) if format == "date-time" => {
                Filled::found(format!("{date}T00:00:00Z").into(), Kind::Date)
            }
            Some((kind, text)) if length.allows(&text) => Filled::found(text.into(), kind),
            _ => {
                let made_up = made_up::suggested(schema).or_else(|| Some(made_up::example(schema, format)?.into()));
                Filled::made_up(made_up.unwrap_or_else(|| length.fit(name).into()))
            }
        }
    }

    /// Fills a value from the prompt. A value that is entirely made up is returned as `Err`, and the prompt is
    /// unchanged.
    fn attempt(&mut self, schema: &'a Value, name: &str) -> Result<Filled, Filled> {
        let before = self.prompt.clone();
        let filled = self.value(schema, name);
        if filled.found.is_empty() {
            *self.prompt = before;
            return Err(filled);
        }
        Ok(filled)
    }
}

impl Filled {
    fn fixed(value: Value) -> Self {
        Self { value, found: Vec::new(), made_up: 0 }
    }

    fn found(value: Value, kind: Kind) -> Self {
        Self { found: vec![kind], ..Self::fixed(value) }
    }

    fn made_up(value: Value) -> Self {
        Self { made_up: 1, ..Self::fixed(value) }
    }
}

/// Returns the type of a schema; of several types, the first that is not `null`.
pub(super) fn type_of(schema: &Value) -> Option<&str> {
    match &schema["type"] {
        Value::String(name) => Some(name),
        Value::Array(names) => {
            let mut names = names.iter().filter_map(Value::as_str);
            let first = names.next()?;
            Some(if first == "null" { names.next().unwrap_or(first) } else { first })
        }
        _ if schema["properties"].is_object() => Some("object"),
        _ if schema["items"].is_object() => Some("array"),
        _ => None,
    }
}

pub(super) fn is_numeric(schema: &Value) -> bool {
    matches!(type_of(schema), Some("integer" | "number"))
}

/// Returns the kinds of values to use for a text with this name, best first.
fn kinds_for(name: &str, format: &str) -> &'static [Kind] {
    use Kind::{Date, Email, Id, Name, Number, Quoted, Url, Whole};
    let has = |parts: &[&str]| {
        let mut words = name.split(['_', '-', ' ']);
        words.any(|word| parts.contains(&word.to_lowercase().as_str()))
    };
    match format {
        "date" | "date-time" => return &[Date],
        "email" => return &[Email],
        "uri" => return &[Url],
        "" => {}
        _ => return &[],
    }
    if has(&["latitude", "longitude", "lat", "lon"]) {
        &[Number]
    } else if has(&["email", "mail"]) {
        &[Email, Quoted]
    } else if has(&["url", "uri", "link"]) {
        &[Url, Quoted]
    } else if has(&["date", "day"]) {
        &[Date, Quoted]
    } else if has(&["id", "code", "number", "key", "sku", "zip", "phone"]) {
        &[Id, Quoted, Number, Name]
    } else if has(&["text", "query", "question", "prompt", "message", "input", "content", "expression", "data", "body"])
    {
        &[Quoted, Whole]
    } else {
        &[Quoted, Name, Id, Email, Url]
    }
}

#[cfg(test)]
#[allow(clippy::too_many_lines)] // Tables.
mod tests {
    use serde_json::json;

    use super::*;

    fn fill(schema: &Value, prompt: &str) -> Value {
        Filler::new(schema, &mut Prompt::read(prompt)).fill("answer").value
    }

    #[test]
    fn each_type_is_filled() {
        for (schema, prompt, expected) in [
            (json!({"type": "integer"}), "take 3.5 or 4", json!(4)),
            (json!({"type": "number"}), "take 3.5 or 4", json!(3.5)),
            (json!({"type": "integer", "minimum": 10}), "take 4", json!(10)),
            (json!({"type": "integer", "exclusiveMinimum": 10}), "", json!(11)),
            (json!({"type": "integer", "maximum": -5}), "", json!(-5)),
            (json!({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}), "", json!(0.5)),
            (json!({"type": "integer", "multipleOf": 7, "minimum": 8}), "take 9", json!(14)),
            (json!({"type": "integer", "default": 8}), "", json!(8)),
            (json!({"type": "boolean"}), "", json!(false)),
            (json!({"type": "boolean", "default": true}), "", json!(true)),
            (json!({"type": "null"}), "", json!(null)),
            (json!({"const": "v1"}), "", json!("v1")),
            (json!({"enum": ["red", "dark_blue"]}), "in dark blue", json!("dark_blue")),
            (json!({"enum": [1, 2]}), "the 2nd", json!(2)),
            (json!({"enum": ["red", "blue"]}), "", json!("red")),
            (json!({"type": ["null", "string"]}), "in Oslo", json!("Oslo")),
            (json!({"type": "string", "format": "date"}), "on 2026-11-22", json!("2026-11-22")),
            (json!({"type": "string", "format": "email"}), "", json!("someone@example.com")),
            (json!({"type": "string", "minLength": 8}), "", json!("answerxx")),
            (json!({"type": "string", "maxLength": 2}), "in Oslo", json!("an")),
            (json!({"type": "string", "minLength": 5}), "in Oslo", json!("answer")),
            (json!({"type": "string", "examples": ["x"]}), "", json!("x")),
            (json!({"type": "array", "items": {"type": "integer"}}), "1, 2 and 3", json!([1, 2, 3])),
            (json!({"type": "array", "items": {"type": "integer"}}), "", json!([])),
            (json!({"type": "array", "items": {"type": "integer"}, "minItems": 2}), "5", json!([5, 1])),
            (json!({"type": "array", "items": {"type": "integer"}, "maxItems": 1}), "1 2", json!([1])),
            (json!({"anyOf": [{"type": "integer"}, {"type": "null"}]}), "", json!(null)),
            (json!({"oneOf": [{"type": "integer"}, {"type": "string"}]}), "in Oslo", json!("Oslo")),
            (json!({"allOf": [{"type": "string"}, {"enum": ["a", "b"]}]}), "take b", json!("b")),
            (json!({"type": "string"}), "answer = low", json!("low")),
            (json!({"type": "integer"}), "1 or 2, but answer = 2", json!(2)),
            (json!(true), "", json!("answer")),
            (json!({}), "", json!("answer")),
        ] {
            assert_eq!(fill(&schema, prompt), expected, "{schema} from {prompt:?}");
        }
    }

    #[test]
    fn required_numbers_come_before_optional_ones() {
        let schema = json!({
            "type": "object",
            "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
            "required": ["b"],
        });
        assert_eq!(fill(&schema, "only 5"), json!({"b": 5}));
        assert_eq!(fill(&schema, "5 and 6"), json!({"a": 5, "b": 6}));
    }

    #[test]
    fn definitions_may_lead_back_to_themselves() {
        let schema = json!({
            "$ref": "#/$defs/Node",
            "$defs": {"Node": {
                "type": "object",
                "properties": {
                    "value": {"type": "integer"},
                    "next": {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}]},
                    "others": {"type": "array", "items": {"$ref": "#/$defs/Node"}},
                },
                "required": ["value", "next", "others"],
            }},
        });
        let expected = json!({"value": 1, "next": null, "others": []});
        assert_eq!(fill(&schema, "1 2 3"), expected);
    }

    #[test]
    fn no_schema_takes_forever() {
        let mut nested = json!({"type": "integer"});
        for _ in 0..60 {
            nested = json!({"anyOf": [nested]});
        }
        assert_eq!(fill(&nested, ""), json!(1));

        let node = |next: usize| {
            let next = json!({"$ref": format!("#/$defs/{next}")});
            json!({"type": "object", "properties": {"a": next, "b": next}, "required": ["a", "b"]})
        };
        let definitions: Map<String, Value> = (0..50).map(|n| (n.to_string(), node(n + 1))).collect();
        assert!(fill(&json!({"$ref": "#/$defs/0", "$defs": definitions}), "").is_object());

        let many = json!({"type": "array", "items": {"type": "null"}, "minItems": u64::MAX});
        assert_eq!(fill(&many, "").as_array().map(Vec::len), Some(100));
    }

    #[test]
    fn lists_of_objects_grow_with_the_prompt() {
        let schema = json!({"type": "array", "items": {
            "type": "object",
            "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
            "required": ["name", "age"],
        }});
        assert_eq!(
            fill(&schema, "there are Ann, 31, and Bob, 42"),
            json!([{"name": "Ann", "age": 31}, {"name": "Bob", "age": 42}])
        );
    }
}
