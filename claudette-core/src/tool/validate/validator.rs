//! [`Validator`]: a walk over a value, along its schema.
//!
//! It knows the dialect that `schema.rs` writes, and what is common in schemas written by hand; any other keyword, as
//! `format` or `pattern`, says nothing.
//!
//! There are two kinds of violations. serde sees the form of a value: its types, fields and constants. If the type has read a
//! value that violates its schema, the type is right, and nothing is reported ([`Reader`]). serde does not see bounds:
//! how large a number may be, how long a text or a list. Those always hold.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};

use super::bounds::exceeds;
use super::describe::{other, wanted};
use super::path::{push_index, push_key};
use super::plain::is_leaf;
use super::reader::Reader;
use super::schema_violation::{SchemaViolation, SchemaViolations};
use super::suggest::suggest;
use super::tree::{Kind, Tree};
use crate::tool::run::shorten;
use crate::tool::schema::{definition, is_unsigned, required};
use crate::tool::texts;

type Object = Map<String, Value>;
type Fields<'t> = [(Cow<'t, str>, Tree<'t>)];

/// What of a value does not fit the schema; without what a type has read all the same, if one has.
pub(crate) fn violations(schema: &Value, value: &Tree<'_>, reader: Option<&Reader<'_>>) -> SchemaViolations {
    Validator::new(schema, reader).violations(schema, value)
}

pub(crate) struct Validator<'s> {
    root: &'s Value,
    /// The type that has read the value, if one has.
    reader: Option<&'s Reader<'s>>,
    /// To the value that is looked at.
    path: String,
    found: SchemaViolations,
    depth: usize,
    /// How many schemas may still be looked at.
    left: usize,
    /// What was found already of a value among alternatives: those of recursive types meet it again and again.
    known: HashMap<(usize, usize), SchemaViolations>,
}

/// How much a value is like one of several alternatives, as far as it shows without a look inside.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Likeness {
    Type,
    Tag,
}

impl<'s> Validator<'s> {
    pub(crate) fn new(root: &'s Value, reader: Option<&'s Reader<'s>>) -> Self {
        Self {
            root,
            reader,
            path: String::new(),
            found: SchemaViolations::default(),
            depth: 0,
            left: 100_000,
            known: HashMap::new(),
        }
    }

    /// What of `value` does not fit, where this stands.
    pub(crate) fn violations(&mut self, schema: &'s Value, value: &Tree<'_>) -> SchemaViolations {
        let before = std::mem::take(&mut self.found);
        self.check(schema, value);
        std::mem::replace(&mut self.found, before)
    }

    /// Adds what is wrong with `value`. What is too deep or too much to be looked at is taken for right.
    fn check(&mut self, schema: &'s Value, value: &Tree<'_>) {
        const DEEP: usize = 300;
        self.left = if self.depth < DEEP { self.left.saturating_sub(1) } else { 0 };
        if self.left == 0 {
            return;
        }
        self.depth += 1;
        match schema {
            Value::Bool(false) => self.add_form(value, || texts::expected(texts::NOTHING, &value.brief())),
            // Whatever else is asked for would only say it again.
            _ if !is_like(schema, value) => {
                self.add_other(schema, value);
                self.check_positions(schema, value);
            }
            Value::Object(keywords) => {
                for (keyword, wanted) in keywords {
                    self.check_keyword(schema, keyword, wanted, value);
                }
                match &value.kind {
                    Kind::Object(fields) => self.check_fields(schema, value, fields),
                    Kind::List(elements) => self.check_elements(schema, elements),
                    _ => {}
                }
            }
            _ => {}
        }
        self.depth -= 1;
    }

    /// What can be asked of a value of any type.
    fn check_keyword(&mut self, schema: &'s Value, keyword: &str, wanted: &'s Value, value: &Tree<'_>) {
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
            ("not", _) if self.fits(wanted, value) => {
                self.add(|| texts::excluded(&value.brief()));
            }
            (_, Value::Number(limit)) => {
                match exceeds(schema, keyword, limit, value) {
                    // An unsigned type reads nothing below; what reads it all the same is another.
                    Some(text) if keyword == "minimum" && is_unsigned(schema) => self.add_form(value, || text),
                    Some(text) => self.add(|| text),
                    None => {}
                }
            }
            _ => {}
        }
    }

    fn check_fields(&mut self, schema: &'s Value, value: &Tree<'_>, fields: &Fields<'_>) {
        let properties = schema.get("properties").and_then(Value::as_object);
        let property = |name: &str| properties.and_then(|properties| properties.get(name));
        let names: HashSet<&str> = required(schema).collect();
        let given: HashSet<&str> = fields.iter().map(|(name, _)| &**name).collect();
        let root = self.root;
        for name in required(schema).filter(|name| !given.contains(name)) {
            let property = property(name).unwrap_or(&Value::Null);
            // A type that has read all that there is has missed nothing.
            if !self.is_read_with_all(value) {
                self.at_key(name, |it| it.add_as(texts::SPACE, || texts::is_required(&wanted(root, property))));
            }
        }
        let others = of_others(schema);
        for (name, value) in fields {
            let schema = match property(name) {
                // Left out, in other words: serde reads `None`, or the default.
                Some(_) if matches!(value.kind, Kind::Null) && !names.contains(&**name) => None,
                property => property.or(others),
            };
            match schema {
                Some(Value::Bool(false)) => {
                    self.at_key(name, |it| it.add_form_as(texts::SPACE, value, || unknown(name, properties)));
                }
                Some(schema) => self.at_key(name, |it| it.check(schema, value)),
                None => {}
            }
        }
        if let Some(schema) = schema.get("propertyNames") {
            for (name, value) in fields {
                let Ok(quoted) = serde_json::to_string(name) else { continue };
                let Some(tree) = Tree::parse(&quoted) else { continue };
                if let Some(violation) = Self::new(self.root, None).violations(schema, &tree).first.first() {
                    self.at_key(name, |it| it.add_form(value, || texts::invalid_name(&violation.text)));
                }
            }
        }
    }

    fn check_elements(&mut self, schema: &'s Value, elements: &[Tree<'_>]) {
        let first = schema.get("prefixItems").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let schemas = first.iter().map(Some).chain(std::iter::repeat(schema.get("items")));
        let is_unique = schema.get("uniqueItems") == Some(&Value::Bool(true));
        let mut seen = HashSet::new();
        for (index, (element, schema)) in elements.iter().zip(schemas).enumerate() {
            let is_new = !is_unique || seen.insert(element.canonical());
            self.at_element(index, |it| match schema {
                _ if !is_new => it.add(|| texts::duplicate(&element.brief())),
                Some(schema) => it.check(schema, element),
                None => {}
            });
        }
    }

    /// A derived struct reads a list as its fields, in order; their bounds hold there as well.
    fn check_positions(&mut self, schema: &'s Value, value: &Tree<'_>) {
        let (Some(Value::Object(properties)), Kind::List(elements)) = (schema.get("properties"), &value.kind) else {
            return;
        };
        if self.reader.is_some_and(|reader| reader.is_struct(value)) {
            for (index, (element, schema)) in elements.iter().zip(properties.values()).enumerate() {
                self.at_element(index, |it| it.check(schema, element));
            }
        }
    }

    fn check_alternatives(&mut self, schema: &Value, all: &'s [Value], only_one: bool, value: &Tree<'_>) {
        let place = (all.as_ptr().addr(), value.place());
        if !self.known.contains_key(&place) {
            let before = std::mem::take(&mut self.found);
            self.find_meant(schema, all, only_one, value);
            let found = std::mem::replace(&mut self.found, before);
            self.known.insert(place, found);
        }
        self.found.append(self.known[&place].clone());
    }

    /// One of the alternatives fits, or the violations are told of the one that was probably meant.
    fn find_meant(&mut self, schema: &Value, all: &'s [Value], only_one: bool, value: &Tree<'_>) {
        let mut fitting = 0_usize;
        let mut meant: Option<(Likeness, Reverse<usize>, SchemaViolations)> = None;
        let alike: Vec<_> = all.iter().filter_map(|it| Some((self.likeness(it, value)?, it))).collect();
        let is_tagged = alike.iter().any(|(likeness, _)| *likeness == Likeness::Tag);
        for (likeness, alternative) in alike {
            // A type that has read the fields of one alternative would excuse all violations against another.
            if is_tagged && likeness == Likeness::Type && self.reader.is_some() {
                continue;
            }
            let violations = self.violations(alternative, value);
            let fewer = Reverse(violations.len());
            if violations.is_empty() {
                fitting += 1;
                if !only_one {
                    return;
                }
            } else if meant.as_ref().is_none_or(|(best, fewest, _)| (&likeness, &fewer) > (best, fewest)) {
                meant = Some((likeness, fewer, violations));
            }
        }
        match (fitting, meant) {
            (2.., _) if self.left > 0 => {
                self.add_form(value, || texts::expected(texts::EXACTLY_ONE, &value.brief()));
            }
            (1.., _) => {}
            (0, meant) => match (self.tag(all, value), meant) {
                (Some((tag, given, constants)), _) if !constants.iter().any(|constant| given.is(constant)) => {
                    self.at_key(tag, |it| it.add_other(&json!({"enum": constants}), given));
                    // The number of a variant is a tag as well, and does not say which fields there are.
                    let is_tag_read = self.is_read(given);
                    for (name, field) in value.fields() {
                        if is_tag_read && !self.is_read(field) {
                            self.at_key(name, |it| it.add_as(texts::SPACE, || texts::IS_UNUSED.to_owned()));
                        }
                    }
                }
                (_, Some((.., violations))) => self.found.append(violations),
                (_, None) => self.add_other(schema, value),
            },
        }
    }

    /// `None` if the value is clearly something else.
    fn likeness(&self, schema: &'s Value, value: &Tree<'_>) -> Option<Likeness> {
        let schema = self.resolve(schema);
        if !is_like(schema, value) {
            return None;
        }
        let Kind::Object(fields) = &value.kind else { return Some(Likeness::Type) };
        let mut names = required(schema).peekable();
        let given: HashSet<&str> = fields.iter().map(|(name, _)| &**name).collect();
        let mut is_tagged = names.peek().is_some() && names.all(|name| given.contains(name));
        for (tag, constant) in constants(schema) {
            match value.field(tag) {
                Some(value) if value.is(constant) => is_tagged = true,
                Some(_) => return None,
                None => {}
            }
        }
        Some(if is_tagged { Likeness::Tag } else { Likeness::Type })
    }

    /// The field that tells the alternatives apart and is wrong in `value`, with its value and with what it can be.
    fn tag<'v, 't>(&self, all: &'s [Value], value: &'v Tree<'t>) -> Option<(&'s str, &'v Tree<'t>, Vec<Value>)> {
        let constants = || all.iter().flat_map(|schema| constants(self.resolve(schema)));
        let (tag, given) = constants().find_map(|(tag, _)| Some((tag, value.field(tag)?)))?;
        let constants = constants().filter(|(other, _)| *other == tag).map(|(_, constant)| constant.clone());
        Some((tag, given, constants.collect()))
    }

    /// A schema, or the one it refers to.
    fn resolve(&self, schema: &'s Value) -> &'s Value {
        let target = schema.get("$ref").and_then(Value::as_str);
        target.and_then(|target| definition(self.root, target)).unwrap_or(schema)
    }

    fn at_key(&mut self, key: &str, then: impl FnOnce(&mut Self)) {
        self.at(|path| push_key(path, key), then);
    }

    fn at_element(&mut self, index: usize, then: impl FnOnce(&mut Self)) {
        self.at(|path| push_index(path, index), then);
    }

    fn at(&mut self, step: impl FnOnce(&mut String), then: impl FnOnce(&mut Self)) {
        let before = self.path.len();
        step(&mut self.path);
        then(self);
        self.path.truncate(before);
    }

    /// Whether a value fits a schema, whatever a type makes of it.
    fn fits(&mut self, schema: &'s Value, value: &Tree<'_>) -> bool {
        let mut other = Self { left: self.left, depth: self.depth, ..Self::new(self.root, None) };
        let fits = other.violations(schema, value).is_empty();
        self.left = other.left;
        fits && self.left > 0
    }

    fn is_read(&self, value: &Tree<'_>) -> bool {
        self.reader.is_some_and(|reader| reader.has_read(value))
    }

    /// Whether the type has passed over nothing in an object.
    fn is_read_with_all(&self, value: &Tree<'_>) -> bool {
        self.reader.is_some_and(|reader| {
            reader.has_read(value) && value.fields().iter().all(|(_, value)| reader.has_read(value))
        })
    }

    fn add_other(&mut self, schema: &Value, value: &Tree<'_>) {
        const OF_AN_ARGUMENT: usize = 2;
        // Only serde decides about a plain argument. Otherwise the other arguments would decide whether the schema counts.
        let is_plain = self.depth == OF_AN_ARGUMENT && is_leaf(schema);
        if is_plain && self.reader.is_some_and(|reader| reader.has_accepted(value)) {
            return;
        }
        let root = self.root;
        self.add_form(value, || other(root, schema, value));
    }

    fn add_form(&mut self, value: &Tree<'_>, text: impl FnOnce() -> String) {
        self.add_form_as(texts::COLON, value, text);
    }

    /// Adds a violation, unless the type has read the value. The schema then does not say which fields are inside,
    /// as of a list for an object, or of an alias: the type must not pass over any.
    fn add_form_as(&mut self, joint: &'static str, value: &Tree<'_>, text: impl FnOnce() -> String) {
        if !self.is_read(value) {
            self.add_as(joint, text);
        } else if let Some(reader) = self.reader.filter(|reader| !reader.is_struct(value))
            && let Some(field) = reader.passed_over(std::slice::from_ref(value))
        {
            self.add(|| texts::unused_field(&shorten(field)));
        }
    }

    fn add(&mut self, text: impl FnOnce() -> String) {
        self.add_as(texts::COLON, text);
    }

    fn add_as(&mut self, joint: &'static str, text: impl FnOnce() -> String) {
        let path = self.path.strip_prefix('.').unwrap_or(&self.path);
        self.found.push(|| SchemaViolation { path: shorten(path), joint, text: text() });
    }
}

/// Whether a value has the type, and is one of the values, that a schema names.
fn is_like(schema: &Value, value: &Tree<'_>) -> bool {
    let has_type = |kind: &Value| match (kind.as_str(), &value.kind) {
        (Some("integer"), Kind::Number) => is_whole(value),
        (Some("number"), Kind::Number)
        | (Some("string"), Kind::Text(_))
        | (Some("boolean"), Kind::Bool(_))
        | (Some("null"), Kind::Null)
        | (Some("array"), Kind::List(_))
        | (Some("object"), Kind::Object(_)) => true,
        _ => false,
    };
    let is_type = match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().any(has_type),
        Some(kind) => has_type(kind),
        None => true,
    };
    is_type
        && schema.get("const").is_none_or(|constant| value.is(constant))
        && schema.get("enum").and_then(Value::as_array).is_none_or(|values| values.iter().any(|it| value.is(it)))
}

/// Whether a number has no fraction, however it is written.
fn is_whole(number: &Tree<'_>) -> bool {
    number.text.bytes().all(|byte| byte.is_ascii_digit()) || number.decimal().is_some_and(|number| number.is_whole())
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

/// The fields that can have one value only, as the tag of a variant.
fn constants(schema: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    properties.filter_map(|(name, schema)| {
        let only = schema.get("enum").and_then(Value::as_array).filter(|values| values.len() == 1);
        Some((name.as_str(), schema.get("const").or_else(|| only?.first())?))
    })
}

/// ``is unknown; expected `a` or `b`; did you mean `a`?``
fn unknown(wrong: &str, properties: Option<&Object>) -> String {
    let names: Vec<&str> = properties.into_iter().flat_map(Object::keys).map(String::as_str).collect();
    let known = shorten(&texts::alternatives(&texts::quoted(&names)));
    texts::is_unknown(&known, suggest(wrong, names))
}
