//! [`Shape`]: the objects that a schema accepts, without branches.

use std::collections::HashSet;

use serde_json::Value;

use super::keywords::{Object, required};
use super::rules::Rule;

/// The objects that a schema accepts. It accepts at least the objects that the branches accept, if an argument that a
/// branch does not declare has a value that another branch accepts.
#[derive(Default)]
pub(super) struct Shape {
    pub(super) properties: Object,
    pub(super) required: Vec<String>,
    /// `true` if there can be no other properties.
    pub(super) is_closed: bool,
    /// All other keywords.
    pub(super) rest: Object,
    /// Groups of `if`, `then` and `else`.
    pub(super) conditions: Vec<Object>,
    pub(super) rules: Vec<Rule>,
    /// Properties for which a branch accepts any value, because it does not declare them.
    pub(super) partial: HashSet<String>,
}

impl Shape {
    /// Returns the shape of a schema without its branches.
    pub(super) fn of(keywords: &Object) -> Self {
        const READ: [&str; 11] = [
            "type",
            "properties",
            "required",
            "$ref",
            "allOf",
            "anyOf",
            "oneOf",
            "$defs",
            "definitions",
            "$schema",
            // Its meaning depends on the branches.
            "unevaluatedProperties",
        ];
        const CONDITION: [&str; 3] = ["if", "then", "else"];
        let mut shape = Self { required: required(keywords).map(str::to_owned).collect(), ..Self::default() };
        let mut condition = Object::new();
        shape.is_closed = keywords.get("additionalProperties") == Some(&Value::Bool(false))
            && !keywords.contains_key("patternProperties");
        for (keyword, value) in keywords {
            match (keyword.as_str(), value) {
                ("properties", Value::Object(properties)) => shape.properties.clone_from(properties),
                ("additionalProperties", _) if shape.is_closed => {}
                (keyword, _) if READ.contains(&keyword) => {}
                (keyword, _) if CONDITION.contains(&keyword) => {
                    condition.insert(keyword.to_owned(), value.clone());
                }
                _ => drop(shape.rest.insert(keyword.clone(), value.clone())),
            }
        }
        if condition.contains_key("if") {
            shape.conditions.push(condition);
        }
        shape
    }

    /// Returns the size of the properties as JSON, roughly.
    pub(super) fn bytes(&self) -> usize {
        let properties = self.properties.iter().map(|(name, schema)| name.len() + schema.to_string().len());
        properties.chain(self.required.iter().map(String::len)).sum()
    }

    /// Returns `false` if a schema clearly accepts no object.
    pub(super) fn accepts_objects(keywords: &Object) -> bool {
        let is_type = match keywords.get("type") {
            Some(Value::String(kind)) => kind == "object",
            Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "object"),
            _ => true,
        };
        let is_constant = match (keywords.get("const"), keywords.get("enum")) {
            (Some(constant), _) => constant.is_object(),
            (None, Some(Value::Array(constants))) => constants.iter().any(Value::is_object),
            _ => true,
        };
        is_type && is_constant
    }

    /// Returns the arguments that a `not` of an alternative excludes: `{"required": ["a"]}`, or several of these.
    pub(super) fn excluded(&self) -> Vec<String> {
        let Some(Value::Object(not)) = self.rest.get("not") else { return Vec::new() };
        let single = |schema: &Value| {
            let schema = schema.as_object()?;
            let mut names = required(schema);
            let first = names.next()?.to_owned();
            (schema.len() == 1 && names.next().is_none()).then_some(first)
        };
        match not.get("anyOf") {
            Some(Value::Array(all)) if not.len() == 1 => all.iter().filter_map(single).collect(),
            _ => single(&Value::Object(not.clone())).into_iter().collect(),
        }
    }
}
