//! [`Checker`]: a walk over a value, along its schema.
//!
//! It knows the dialect that `schema.rs` writes, and what is common in schemas written by hand; any other keyword, as
//! `format` or `pattern`, says nothing.

use std::cmp::{Ordering, Reverse};
use std::collections::HashSet;
use std::fmt::Write;

use serde_json::{Map, Number, Value, json};

use super::expected::{brief, expected, other};
use super::mistake::{Mistake, Mistakes};
use super::nearest::{list, nearest};
use super::param::shorten;
use super::path::push_key;
use super::schema::definition;

type Object = Map<String, Value>;

pub(super) struct Checker<'s> {
    root: &'s Value,
    /// To the value that is looked at.
    path: String,
    found: Mistakes,
    depth: usize,
    /// How many schemas may still be looked at: alternatives within alternatives are many.
    left: usize,
}

/// How much a value is like one of several alternatives, as far as it shows without a look inside.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Likeness {
    Type,
    Tag,
}

impl<'s> Checker<'s> {
    pub(super) fn new(root: &'s Value) -> Self {
        Self { root, path: String::new(), found: Mistakes::default(), depth: 0, left: 100_000 }
    }

    /// What of `value` does not fit, where this stands.
    pub(super) fn mistakes(&mut self, schema: &'s Value, value: &Value) -> Mistakes {
        let before = std::mem::take(&mut self.found);
        self.check(schema, value);
        std::mem::replace(&mut self.found, before)
    }

    /// Adds what is wrong with `value`. What is too deep or too much to be looked at is taken for right.
    fn check(&mut self, schema: &'s Value, value: &Value) {
        const DEEP: usize = 300;
        self.left = if self.depth < DEEP { self.left.saturating_sub(1) } else { 0 };
        if self.left == 0 {
            return;
        }
        self.depth += 1;
        match schema {
            Value::Bool(false) => self.add(|| format!("expected nothing, got {}", brief(value))),
            // Whatever else is asked for would only say it again.
            _ if !is_like(schema, value) => self.add_other(schema, value),
            Value::Object(keywords) => {
                for (keyword, wanted) in keywords {
                    self.check_keyword(schema, keyword, wanted, value);
                }
                match value {
                    Value::Object(fields) => self.check_fields(schema, fields),
                    Value::Array(elements) => self.check_elements(schema, elements),
                    _ => {}
                }
            }
            _ => {}
        }
        self.depth -= 1;
    }

    /// What can be asked of a value of any type.
    fn check_keyword(&mut self, schema: &'s Value, keyword: &str, wanted: &'s Value, value: &Value) {
        match (keyword, wanted) {
            ("$ref", Value::String(target)) => {
                if let Some(schema) = definition(self.root, target) {
                    self.check(schema, value);
                }
            }
            ("allOf", Value::Array(all)) => all.iter().for_each(|schema| self.check(schema, value)),
            ("anyOf" | "oneOf", Value::Array(alternatives)) => {
                self.check_alternatives(schema, alternatives, keyword == "oneOf", value);
            }
            ("not", _) if self.mistakes(wanted, value).is_empty() && self.left > 0 => {
                self.add(|| format!("expected anything but {}", brief(value)));
            }
            (_, Value::Number(limit)) => {
                if let Some(expected) = exceeds(schema, keyword, limit, value) {
                    self.add(|| expected);
                }
            }
            _ => {}
        }
    }

    fn check_fields(&mut self, schema: &'s Value, fields: &Object) {
        let properties = schema.get("properties").and_then(Value::as_object);
        let property = |name: &str| properties.and_then(|properties| properties.get(name));
        let required: Vec<&str> = names(schema).collect();
        let root = self.root;
        for name in required.iter().filter(|name| !fields.contains_key(**name)) {
            let property = property(name).unwrap_or(&Value::Null);
            self.at_key(name, |it| it.add_as("missing ", || expected(root, property)));
        }
        let others = of_others(schema);
        for (name, value) in fields {
            let schema = match property(name) {
                // Left out, in other words: serde reads `None`, or the default.
                Some(_) if value.is_null() && !required.contains(&name.as_str()) => None,
                property => property.or(others),
            };
            self.at_key(name, |it| match schema {
                Some(Value::Bool(false)) => it.add_as("unknown ", || known(name, properties)),
                Some(schema) => it.check(schema, value),
                None => {}
            });
        }
        if let Some(schema) = schema.get("propertyNames") {
            for name in fields.keys() {
                if let Some(mistake) = self.mistakes(schema, &name.as_str().into()).first.first() {
                    self.at_key(name, |it| it.add(|| format!("its name is wrong: {}", mistake.text)));
                }
            }
        }
    }

    fn check_elements(&mut self, schema: &'s Value, elements: &[Value]) {
        let first = schema.get("prefixItems").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let schemas = first.iter().map(Some).chain(std::iter::repeat(schema.get("items")));
        let is_unique = schema.get("uniqueItems") == Some(&Value::Bool(true));
        let mut seen = HashSet::new();
        for (index, (element, schema)) in elements.iter().zip(schemas).enumerate() {
            let is_new = !is_unique || seen.insert(element);
            self.at(
                |path| _ = write!(path, "[{index}]"),
                |it| match schema {
                    _ if !is_new => it.add(|| format!("expected each element once, got {} again", brief(element))),
                    Some(schema) => it.check(schema, element),
                    None => {}
                },
            );
        }
    }

    /// One of the alternatives fits, or the mistakes are told of the one that was probably meant.
    fn check_alternatives(&mut self, schema: &Value, all: &'s [Value], only_one: bool, value: &Value) {
        let mut fitting = 0_usize;
        let mut meant: Option<(Likeness, Reverse<usize>, Mistakes)> = None;
        for alternative in all {
            let Some(likeness) = self.likeness(alternative, value) else { continue };
            let mistakes = self.mistakes(alternative, value);
            let fewer = Reverse(mistakes.len());
            if mistakes.is_empty() {
                fitting += 1;
                if !only_one {
                    return;
                }
            } else if meant.as_ref().is_none_or(|(best, fewest, _)| (&likeness, &fewer) > (best, fewest)) {
                meant = Some((likeness, fewer, mistakes));
            }
        }
        match (fitting, meant) {
            (2.., _) if self.left > 0 => {
                self.add(|| format!("expected what is only one of its kinds, got {}", brief(value)));
            }
            (1.., _) => {}
            (0, Some((.., mistakes))) => self.found.append(mistakes),
            (0, None) => match self.tag(all, value) {
                Some((tag, constants)) => {
                    self.at_key(tag, |it| it.add_other(&json!({"enum": constants}), &value[tag]));
                }
                None => self.add_other(schema, value),
            },
        }
    }

    /// `None` if the value is clearly something else.
    fn likeness(&self, schema: &'s Value, value: &Value) -> Option<Likeness> {
        let schema = self.resolve(schema);
        if !is_like(schema, value) {
            return None;
        }
        let Value::Object(fields) = value else { return Some(Likeness::Type) };
        let mut required = names(schema).peekable();
        let mut is_tagged = required.peek().is_some() && required.all(|name| fields.contains_key(name));
        for (tag, constant) in constants(schema) {
            match fields.get(tag) {
                Some(value) if value == constant => is_tagged = true,
                Some(_) => return None,
                None => {}
            }
        }
        Some(if is_tagged { Likeness::Tag } else { Likeness::Type })
    }

    /// The field that tells the alternatives apart and is wrong in `value`, with what it can be.
    fn tag(&self, all: &'s [Value], value: &Value) -> Option<(&'s str, Vec<Value>)> {
        let constants = || all.iter().flat_map(|schema| constants(self.resolve(schema)));
        let (tag, _) = constants().find(|(tag, _)| value.get(tag).is_some())?;
        Some((tag, constants().filter(|(other, _)| *other == tag).map(|(_, constant)| constant.clone()).collect()))
    }

    /// A schema, or the one it refers to.
    fn resolve(&self, schema: &'s Value) -> &'s Value {
        let target = schema.get("$ref").and_then(Value::as_str);
        target.and_then(|target| definition(self.root, target)).unwrap_or(schema)
    }

    fn at_key(&mut self, key: &str, then: impl FnOnce(&mut Self)) {
        self.at(|path| push_key(path, key), then);
    }

    fn at(&mut self, step: impl FnOnce(&mut String), then: impl FnOnce(&mut Self)) {
        let before = self.path.len();
        step(&mut self.path);
        then(self);
        self.path.truncate(before);
    }

    fn add_other(&mut self, schema: &Value, value: &Value) {
        let root = self.root;
        self.add(|| other(root, schema, value));
    }

    fn add(&mut self, text: impl FnOnce() -> String) {
        self.add_as("", text);
    }

    fn add_as(&mut self, place: &'static str, text: impl FnOnce() -> String) {
        let path = self.path.strip_prefix('.').unwrap_or(&self.path);
        self.found.push(|| Mistake { path: shorten(path), place, text: text() });
    }
}

/// Whether a value has the type, and is one of the values, that a schema names.
fn is_like(schema: &Value, value: &Value) -> bool {
    let has_type = |kind: &Value| match (kind.as_str(), value) {
        // `1.0` is a whole number too, but serde reads it as none.
        (Some("integer"), Value::Number(number)) => number.is_i64() || number.is_u64(),
        (Some("number"), Value::Number(_))
        | (Some("string"), Value::String(_))
        | (Some("boolean"), Value::Bool(_))
        | (Some("null"), Value::Null)
        | (Some("array"), Value::Array(_))
        | (Some("object"), Value::Object(_)) => true,
        _ => false,
    };
    let is_type = match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().any(has_type),
        Some(kind) => has_type(kind),
        None => true,
    };
    is_type
        && schema.get("const").is_none_or(|constant| constant == value)
        && schema.get("enum").and_then(Value::as_array).is_none_or(|values| values.contains(value))
}

/// What is asked for, if a number is out of its bounds, or a text, list or object has the wrong size.
fn exceeds(schema: &Value, keyword: &str, limit: &Number, value: &Value) -> Option<String> {
    let (size, unit) = match (keyword, value) {
        (_, Value::Number(number)) => (number.clone(), ""),
        ("minLength" | "maxLength", Value::String(text)) => (text.chars().count().into(), " characters"),
        ("minItems" | "maxItems", Value::Array(list)) => (list.len().into(), " elements"),
        ("minProperties" | "maxProperties", Value::Object(fields)) => (fields.len().into(), " fields"),
        _ => return None,
    };
    let (fits, bound) = match (keyword, compare(&size, limit)) {
        ("minimum" | "minLength" | "minItems" | "minProperties", order) => (order.is_ge(), "at least "),
        ("maximum" | "maxLength" | "maxItems" | "maxProperties", order) => (order.is_le(), "at most "),
        ("exclusiveMinimum", order) => (order.is_gt(), "more than "),
        ("exclusiveMaximum", order) => (order.is_lt(), "less than "),
        ("multipleOf", _) => (is_multiple(&size, limit), "a multiple of "),
        _ => return None,
    };
    let pair = keyword.get(3..).map(|what| ["min", "max"].map(|end| schema.get(format!("{end}{what}"))));
    let bound = if pair.is_some_and(|[min, max]| min.is_some() && min == max) { "" } else { bound };
    (!fits).then(|| format!("expected {bound}{limit}{unit}, got {size}"))
}

fn compare(a: &Number, b: &Number) -> Ordering {
    match (a.as_i128(), b.as_i128()) {
        (Some(a), Some(b)) => a.cmp(&b),
        // What is in JSON is a number.
        _ => a.as_f64().partial_cmp(&b.as_f64()).unwrap_or(Ordering::Equal),
    }
}

fn is_multiple(number: &Number, of: &Number) -> bool {
    match (number.as_i128(), of.as_i128(), number.as_f64(), of.as_f64()) {
        (_, Some(0), ..) => true,
        (Some(number), Some(of), ..) => number % of == 0,
        (.., Some(number), Some(of)) => {
            // 0.3 is a multiple of 0.1, but for what the two lose as floating point.
            let times = number / of;
            (times - times.round()).abs() <= times.abs() * f64::EPSILON
        }
        _ => true,
    }
}

/// What fields without a property have to be.
fn of_others(schema: &Value) -> Option<&Value> {
    let others = schema.get("additionalProperties");
    match schema.get("patternProperties").and_then(Value::as_object) {
        None => others,
        // A map with numbers for keys: it has no others, so whatever there is fits the pattern, or serde tells.
        Some(patterns) if others == Some(&Value::Bool(false)) && patterns.len() == 1 => patterns.values().next(),
        Some(_) => None,
    }
}

fn names(schema: &Value) -> impl Iterator<Item = &str> {
    schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// The fields that can have one value only, as the tag of a variant.
fn constants(schema: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    properties.filter_map(|(name, schema)| {
        let only = schema.get("enum").and_then(Value::as_array).filter(|values| values.len() == 1);
        Some((name.as_str(), schema.get("const").or_else(|| only?.first())?))
    })
}

/// ``there are `a` and `b`; did you mean `a`?``
fn known(wrong: &str, properties: Option<&Object>) -> String {
    let names: Vec<&str> = properties.into_iter().flat_map(Object::keys).map(String::as_str).collect();
    let known = match names.as_slice() {
        [] => "there is none".to_owned(),
        [only] => format!("there is only `{only}`"),
        names => format!("there are {}", list(names)),
    };
    let near = nearest(wrong, names).map(|near| format!("; did you mean `{near}`?"));
    shorten(&known) + &near.unwrap_or_default()
}
