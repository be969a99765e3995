//! [`loosen`]: alternatives and negations that the check of arguments would misjudge.
//!
//! `claudette` compares arguments with the schema before a call, and ignores keywords such as `pattern` and `format`.
//! It also treats null as a missing field. Both make it accept more, except below `not` and `oneOf`, where accepting
//! more is refusing more. There, a schema whose keywords are not all checked becomes weaker.

use std::collections::HashSet;

use serde_json::Value;

use super::dialect::describe;
use super::keywords::{Object, children, is_annotation, is_anything, one_to_any, required};
use super::notes::Notes;
use crate::text::clean_line;

/// The maximum number of alternatives that are compared with each other.
const MOST_ALTERNATIVES: usize = 50;
/// The maximum number of pairs of constants that are compared for two alternatives.
const MOST_PAIRS: usize = 1000;

enum Loosen {
    OneOf,
    Not,
    If,
}

/// Replaces `oneOf` by `anyOf` if a value could seem to fit two alternatives, and describes a `not` instead of stating
/// it if a value could seem to violate it.
pub(super) fn loosen(root: &mut Value, notes: &mut Notes) {
    let mut found = Vec::new();
    let has_changed = notes.changes() > 0;
    visit(root, root, &mut String::new(), has_changed, &mut found);
    // From the inside out, because a change moves what is inside.
    for (pointer, loosen) in found.into_iter().rev() {
        let Some(Value::Object(keywords)) = root.pointer_mut(&pointer) else { continue };
        match loosen {
            Loosen::OneOf => {
                one_to_any(keywords);
                notes.say("`oneOf` is replaced by `anyOf`, because its alternatives overlap or cannot all be checked");
            }
            Loosen::Not => {
                if let Some(excluded) = keywords.remove("not") {
                    let excluded = excluded.to_string();
                    if excluded.len() <= 200 {
                        describe(keywords, &format!("It must not match {}.", clean_line(&excluded, 200)));
                    }
                    notes.say("`not` is moved to the description, because it cannot be checked");
                }
            }
            Loosen::If => {
                keywords.retain(|keyword, _| !["if", "then", "else"].contains(&keyword.as_str()));
                notes.say("a condition is removed, because a part of it had to be changed");
            }
        }
    }
}

fn visit(root: &Value, schema: &Value, pointer: &mut String, has_changed: bool, found: &mut Vec<(String, Loosen)>) {
    let mut judge = Judge { root, has_changed, seen: HashSet::new() };
    if let Some(Value::Array(branches)) = schema.get("oneOf") {
        let is_kept = branches.iter().all(|branch| judge.is_exact(branch)) || are_disjoint(root, branches);
        if !is_kept {
            found.push((pointer.clone(), Loosen::OneOf));
        }
    }
    if schema.get("not").is_some_and(|excluded| !judge.is_exact(excluded)) {
        found.push((pointer.clone(), Loosen::Not));
    }
    if has_changed && schema.get("if").is_some_and(|condition| condition.to_string().contains("\"$ref\"")) {
        found.push((pointer.clone(), Loosen::If));
    }
    for (step, child) in children(schema) {
        let before = pointer.len();
        pointer.push_str(&step);
        visit(root, child, pointer, has_changed, found);
        pointer.truncate(before);
    }
}

/// Decides whether the check of arguments knows every keyword of a schema.
struct Judge<'s> {
    root: &'s Value,
    /// `true` if a definition may accept more than it did.
    has_changed: bool,
    /// The references that were followed.
    seen: HashSet<&'s str>,
}

impl<'s> Judge<'s> {
    fn is_exact(&mut self, schema: &'s Value) -> bool {
        match schema {
            Value::Object(keywords) => {
                keywords.iter().all(|(keyword, value)| self.is_exact_keyword(keywords, keyword, value))
            }
            _ => true,
        }
    }

    fn is_exact_keyword(&mut self, schema: &'s Object, keyword: &str, value: &'s Value) -> bool {
        match (keyword, value) {
            ("$ref", Value::String(reference)) => {
                let is_new = self.seen.insert(reference);
                !self.has_changed && (!is_new || self.target(reference).is_some_and(|it| self.is_exact(it)))
            }
            ("properties", Value::Object(properties)) => properties.iter().all(|(name, property)| {
                (accepts_null(property) || required(schema).any(|other| other == name)) && self.is_exact(property)
            }),
            ("allOf" | "anyOf" | "oneOf" | "prefixItems", Value::Array(all)) => {
                all.iter().all(|schema| self.is_exact(schema))
            }
            ("items" | "not", schema) => self.is_exact(schema),
            ("additionalProperties", value) => !schema.contains_key("patternProperties") && self.is_exact(value),
            (
                "pattern"
                | "patternProperties"
                | "propertyNames"
                | "contains"
                | "minContains"
                | "maxContains"
                | "multipleOf"
                | "if"
                | "then"
                | "else"
                | "dependentRequired"
                | "dependentSchemas"
                | "unevaluatedProperties"
                | "unevaluatedItems",
                _,
            ) => false,
            _ => true,
        }
    }

    fn target(&self, reference: &str) -> Option<&'s Value> {
        self.root.pointer(reference.strip_prefix('#')?)
    }
}

/// Returns `true` if it does not matter that null is treated as a missing field.
fn accepts_null(schema: &Value) -> bool {
    let null = |kind: &Value| kind == "null";
    is_anything(schema)
        || schema.as_object().is_some_and(|keywords| {
            keywords.iter().all(|(keyword, value)| {
                is_annotation(keyword)
                    || (keyword == "type" && (null(value) || value.as_array().is_some_and(|all| all.iter().any(null))))
            })
        })
}

/// Returns `true` if no value can fit two of the alternatives.
fn are_disjoint(root: &Value, branches: &[Value]) -> bool {
    if branches.len() > MOST_ALTERNATIVES {
        return false;
    }
    let branches: Vec<&Value> = branches.iter().map(|branch| resolve(root, branch)).collect();
    branches.iter().enumerate().all(|(index, one)| branches[..index].iter().all(|other| is_disjoint(root, one, other)))
}

fn is_disjoint(root: &Value, one: &Value, other: &Value) -> bool {
    have_no_common_type(one, other)
        || have_no_common_constant(one, other)
        || tags(root, one).any(|(name, tag)| {
            tags(root, other)
                .any(|(other_name, other_tag)| name == other_name && have_no_common_constant(tag, other_tag))
        })
}

/// Follows references, a few times.
fn resolve<'s>(root: &'s Value, mut schema: &'s Value) -> &'s Value {
    for _ in 0..8 {
        let target = schema.get("$ref").and_then(Value::as_str).and_then(|it| it.strip_prefix('#'));
        match target.and_then(|target| root.pointer(target)) {
            Some(target) => schema = target,
            None => break,
        }
    }
    schema
}

fn have_no_common_type(one: &Value, other: &Value) -> bool {
    fn types(schema: &Value) -> Option<Vec<&str>> {
        match schema.get("type")? {
            Value::String(kind) => Some(vec![kind]),
            Value::Array(kinds) => kinds.iter().map(Value::as_str).collect(),
            _ => None,
        }
    }
    // Every integer is a number.
    let name = |kind: &str| if kind == "integer" { "number".to_owned() } else { kind.to_owned() };
    match (types(one), types(other)) {
        (Some(one), Some(other)) => !one.iter().any(|kind| other.iter().any(|it| name(it) == name(kind))),
        _ => false,
    }
}

/// Returns the values that a schema accepts, if it lists them.
pub(super) fn constants(schema: &Value) -> Option<&[Value]> {
    match (schema.get("const"), schema.get("enum")) {
        (Some(constant), _) => Some(std::slice::from_ref(constant)),
        (None, Some(Value::Array(constants))) => Some(constants),
        _ => None,
    }
}

fn have_no_common_constant(one: &Value, other: &Value) -> bool {
    let is_plain = |constants: &[Value]| constants.iter().all(|it| it.is_string() || it.is_boolean() || it.is_null());
    match (constants(one), constants(other)) {
        (Some(one), Some(other)) => {
            is_plain(one)
                && is_plain(other)
                && one.len() * other.len() <= MOST_PAIRS
                && !one.iter().any(|it| other.contains(it))
        }
        _ => false,
    }
}

/// Returns the required properties of a schema that have a list of values.
fn tags<'s>(root: &'s Value, schema: &'s Value) -> impl Iterator<Item = (&'s str, &'s Value)> {
    let object = schema.as_object();
    let property = move |name: &'s str| Some((name, resolve(root, object?.get("properties")?.get(name)?)));
    object.into_iter().flat_map(required).filter_map(property).filter(|(_, property)| constants(property).is_some())
}
