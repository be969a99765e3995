//! [`Validator`]: compares a value with its schema.
//!
//! It supports the dialect that `schema/` generates, and the common keywords of schemas written by hand. It ignores
//! other keywords, such as `format` and `pattern`.
//!
//! There are two kinds of violations. serde checks the form of a value: types, fields and constants. If the type has
//! read a value whose form violates the schema, the value is accepted ([`Reader`]). serde does not check bounds: the
//! size of a number, the length of a text or a list. Bounds are always checked.

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

/// Returns the violations of a schema by a value, except violations of form in values that the type has read.
pub(crate) fn violations(schema: &Value, value: &Tree<'_>, reader: Option<&Reader<'_>>) -> SchemaViolations {
    Validator::new(schema, reader).violations(schema, value)
}

pub(crate) struct Validator<'s> {
    root: &'s Value,
    /// The record of the type that has read the value, if any.
    reader: Option<&'s Reader<'s>>,
    /// The path to the value that is being checked.
    path: String,
    found: SchemaViolations,
    depth: usize,
    /// The number of schemas that can still be checked.
    left: usize,
    /// The violations of a value by alternatives, by the places of both. Recursive types need them many times.
    known: HashMap<(usize, usize), SchemaViolations>,
}

/// The similarity of a value to an alternative, judged without its nested values.
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

    /// Returns the violations of `schema` by `value` at the current path.
    pub(crate) fn violations(&mut self, schema: &'s Value, value: &Tree<'_>) -> SchemaViolations {
        let before = std::mem::take(&mut self.found);
        self.check(schema, value);
        std::mem::replace(&mut self.found, before)
    }

    /// Adds the violations of `value`. Values beyond the limits of depth and number count as valid.
    fn check(&mut self, schema: &'s Value, value: &Tree<'_>) {
        const DEEP: usize = 300;
        self.left = if self.depth < DEEP { self.left.saturating_sub(1) } else { 0 };
        if self.left == 0 {
            return;
        }
        self.depth += 1;
        match schema {
            Value::Bool(false) => self.add_form(value, || texts::expected(texts::NOTHING, &value.brief())),
            // Checking other keywords would only repeat this violation.
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

    /// Checks a keyword that applies to values of any type.
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
                    // An unsigned type cannot read the value, so if it was read, the bound is not the type's.
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
            // If the type has read all fields of the object, the field is not required.
            if !self.is_read_with_all(value) {
                self.at_key(name, |it| it.add_as(texts::SPACE, || texts::is_required(&wanted(root, property))));
            }
        }
        let others = of_others(schema);
        for (name, value) in fields {
            let schema = match property(name) {
                // Null is equivalent to a missing field: serde reads `None`, or the default.
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

    /// Checks the bounds of fields in a list that a derived struct has read as its fields, in order.
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

    /// Adds the violations of the alternative that was probably meant, unless one of the alternatives fits.
    fn find_meant(&mut self, schema: &Value, all: &'s [Value], only_one: bool, value: &Tree<'_>) {
        let mut fitting = 0_usize;
        let mut meant: Option<(Likeness, Reverse<usize>, SchemaViolations)> = None;
        let alike: Vec<_> = all.iter().filter_map(|it| Some((self.likeness(it, value)?, it))).collect();
        let is_tagged = alike.iter().any(|(likeness, _)| *likeness == Likeness::Tag);
        for (likeness, alternative) in alike {
            // Fields that the type has read as one alternative would hide violations of another.
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
                    // The type can read the index of a variant as a tag; the fields of the variant are then not known.
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

    /// Returns the similarity of a value to an alternative; `None` if the value is clearly of another kind.
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

    /// Returns the tag field of the alternatives, its value in `value`, and its valid values.
    fn tag<'v, 't>(&self, all: &'s [Value], value: &'v Tree<'t>) -> Option<(&'s str, &'v Tree<'t>, Vec<Value>)> {
        let constants = || all.iter().flat_map(|schema| constants(self.resolve(schema)));
        let (tag, given) = constants().find_map(|(tag, _)| Some((tag, value.field(tag)?)))?;
        let constants = constants().filter(|(other, _)| *other == tag).map(|(_, constant)| constant.clone());
        Some((tag, given, constants.collect()))
    }

    /// Returns a schema, or the target of its `$ref`.
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

    /// Returns `true` if a value fits a schema, regardless of the type.
    fn fits(&mut self, schema: &'s Value, value: &Tree<'_>) -> bool {
        let mut other = Self { left: self.left, depth: self.depth, ..Self::new(self.root, None) };
        let fits = other.violations(schema, value).is_empty();
        self.left = other.left;
        fits && self.left > 0
    }

    fn is_read(&self, value: &Tree<'_>) -> bool {
        self.reader.is_some_and(|reader| reader.has_read(value))
    }

    /// Returns `true` if the type has read an object and all its fields.
    fn is_read_with_all(&self, value: &Tree<'_>) -> bool {
        self.reader.is_some_and(|reader| {
            reader.has_read(value) && value.fields().iter().all(|(_, value)| reader.has_read(value))
        })
    }

    fn add_other(&mut self, schema: &Value, value: &Tree<'_>) {
        const OF_AN_ARGUMENT: usize = 2;
        // For a plain argument, only the type decides, so that the result does not depend on the other arguments.
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

    /// Adds a violation, unless the type has read the value. The schema then does not describe the fields inside, as
    /// for an alias or a list in place of an object, so a field that the type has skipped is a violation.
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

/// Returns `true` if a value has the type of a schema, and is one of its constants.
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

/// Returns `true` if a number has no fraction, in any notation.
fn is_whole(number: &Tree<'_>) -> bool {
    number.text.bytes().all(|byte| byte.is_ascii_digit()) || number.decimal().is_some_and(|number| number.is_whole())
}

/// Returns the schema for fields without a property.
fn of_others(schema: &Value) -> Option<&Value> {
    let others = schema.get("additionalProperties");
    match schema.get("patternProperties").and_then(Value::as_object) {
        None => others,
        // A map with numeric keys: all fields must match the pattern, and serde reports those that do not.
        Some(patterns) if others == Some(&Value::Bool(false)) && patterns.len() == 1 => patterns.values().next(),
        Some(_) => None,
    }
}

/// Returns the fields that have only one valid value, such as the tag of a variant.
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
