//! [`Branches`]: merges the branches of a schema into one shape.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::{Value, json};

use super::alternatives::constants;
use super::join::{join, meet};
use super::keywords::{Object, is_annotation};
use super::limits::MOST_BYTES;
use super::notes::Notes;
use super::rules::{Branch, Rule};
use super::shape::Shape;

/// The maximum number of branches that are merged, with those of branches. References can multiply them.
const MOST_BRANCHES: usize = 2000;
/// The maximum size of the JSON of these branches.
const MOST_BRANCH_BYTES: usize = 8 * MOST_BYTES;
/// The maximum number of references that lead to a branch.
const MOST_REFERENCES: usize = 50;

/// Reads the shape of a schema.
pub(super) struct Branches<'s> {
    root: &'s Value,
    /// The references that lead to the current branch.
    path: Vec<&'s str>,
    left: usize,
    bytes_left: usize,
    notes: &'s mut Notes,
}

impl<'s> Branches<'s> {
    pub(super) fn new(root: &'s Value, notes: &'s mut Notes) -> Self {
        Self { root, path: Vec::new(), left: MOST_BRANCHES, bytes_left: MOST_BRANCH_BYTES, notes }
    }

    /// Returns the shape of a schema; `None` if it accepts no object.
    ///
    /// # Errors
    ///
    /// There are too many branches.
    pub(super) fn shape(&mut self, schema: &'s Value) -> Result<Option<Shape>, String> {
        self.left = self.left.checked_sub(1).ok_or_else(|| {
            format!("its input schema has more than {MOST_BRANCHES} alternatives for the arguments as a whole")
        })?;
        let keywords = match schema {
            Value::Bool(false) => return Ok(None),
            Value::Object(keywords) => keywords,
            _ => return Ok(Some(Shape::default())),
        };
        if !Shape::accepts_objects(keywords) {
            return Ok(None);
        }
        let mut shape = Shape::of(keywords);
        self.bytes_left = self.bytes_left.checked_sub(shape.bytes()).ok_or_else(|| {
            "its input schema has alternatives for the arguments as a whole that are too large to merge".to_owned()
        })?;
        let list = |keyword: &str| keywords.get(keyword).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let mut parts = vec![self.target(keywords)?];
        for part in list("allOf") {
            parts.push(self.shape(part)?);
        }
        for (keyword, is_exactly_one) in [("anyOf", false), ("oneOf", true)] {
            if !list(keyword).is_empty() {
                parts.push(self.alternatives(list(keyword), is_exactly_one)?);
            }
        }
        for part in parts {
            let Some(part) = part else { return Ok(None) };
            shape = self.both(shape, part);
        }
        Ok(Some(shape))
    }

    /// Returns the shape of the target of a reference, which is empty if there is none.
    fn target(&mut self, keywords: &'s Object) -> Result<Option<Shape>, String> {
        let reference = keywords.get("$ref").and_then(Value::as_str);
        let target = reference.and_then(|it| self.root.pointer(it.strip_prefix('#')?));
        let (Some(reference), Some(target)) = (reference, target) else { return Ok(Some(Shape::default())) };
        // A reference to a schema around it adds nothing.
        if self.path.contains(&reference) || self.path.len() >= MOST_REFERENCES {
            return Ok(Some(Shape::default()));
        }
        self.path.push(reference);
        let shape = self.shape(target);
        self.path.pop();
        shape
    }

    fn alternatives(&mut self, all: &'s [Value], is_exactly_one: bool) -> Result<Option<Shape>, String> {
        let mut shapes = Vec::new();
        for alternative in all {
            if let Some(shape) = self.shape(alternative)? {
                shapes.push((shape, alternative));
            }
        }
        if shapes.len() < 2 {
            return Ok(shapes.pop().map(|(shape, _)| shape));
        }
        Ok(Some(self.either(shapes, is_exactly_one)))
    }

    /// Returns the shape of the objects of both shapes.
    fn both(&mut self, mut one: Shape, other: Shape) -> Shape {
        for (name, schema) in other.properties {
            let is_partial = other.partial.contains(&name);
            let Some(known) = one.properties.get_mut(&name) else {
                if is_partial {
                    one.partial.insert(name.clone());
                }
                one.properties.insert(name, schema);
                continue;
            };
            // A branch that does not declare the property accepts every value that the other schema accepts.
            match (one.partial.contains(&name), is_partial) {
                (false, true) => {}
                (true, false) => {
                    one.partial.remove(&name);
                    *known = schema;
                }
                (true, true) => *known = join(vec![known.take(), schema]),
                (false, false) => *known = meet(known.take(), schema),
            }
        }
        let known: HashSet<String> = one.required.iter().cloned().collect();
        one.required.extend(other.required.into_iter().filter(|name| !known.contains(name)));
        one.is_closed |= other.is_closed;
        for (keyword, value) in other.rest {
            self.add_rest(&mut one.rest, keyword, value);
        }
        one.conditions.extend(other.conditions);
        one.rules.extend(other.rules);
        one
    }

    fn add_rest(&mut self, rest: &mut Object, keyword: String, value: Value) {
        let Some(known) = rest.get_mut(&keyword) else {
            rest.insert(keyword, value);
            return;
        };
        if *known == value || is_annotation(&keyword) {
            return;
        }
        match (keyword.as_str(), &mut *known, value) {
            ("dependentRequired", Value::Object(known), Value::Object(more)) => {
                for (name, names) in more {
                    let all = known.entry(name).or_insert_with(|| json!([]));
                    if let (Value::Array(all), Value::Array(names)) = (all, names) {
                        let new: Vec<Value> = names.into_iter().filter(|name| !all.contains(name)).collect();
                        all.extend(new);
                    }
                }
            }
            ("dependentSchemas" | "patternProperties", Value::Object(known), Value::Object(more)) => {
                for (name, schema) in more {
                    let schema = match known.remove(&name) {
                        Some(known) => meet(known, schema),
                        None => schema,
                    };
                    known.insert(name, schema);
                }
            }
            ("minProperties", known, more) if known.as_u64() < more.as_u64() => *known = more,
            ("maxProperties", known, more) if known.as_u64() > more.as_u64() => *known = more,
            ("minProperties" | "maxProperties", ..) => {}
            ("propertyNames", known, more) => *known = meet(known.take(), more),
            ("not", known, more) => *known = json!({"anyOf": [known.take(), more]}),
            (keyword, ..) => self.notes.add(format!("`{keyword}` of a part of `allOf` is removed")),
        }
    }

    /// Returns the shape of the objects of at least one of the shapes.
    fn either(&mut self, shapes: Vec<(Shape, &Value)>, is_exactly_one: bool) -> Shape {
        let mut order: Vec<String> = Vec::new();
        let mut declared: HashMap<String, usize> = HashMap::new();
        let mut needed: HashMap<String, usize> = HashMap::new();
        for (shape, _) in &shapes {
            for name in shape.properties.keys() {
                let count = declared.entry(name.clone()).or_default();
                *count += 1;
                if *count == 1 {
                    order.push(name.clone());
                }
            }
            for name in shape.required.iter().collect::<BTreeSet<_>>() {
                *needed.entry(name.clone()).or_default() += 1;
            }
        }
        let in_all = |name: &String| declared.get(name) == Some(&shapes.len());
        let is_common = |name: &String| needed.get(name) == Some(&shapes.len());
        let branches = shapes.iter().map(|(shape, schema)| branch(shape, schema, in_all, is_common)).collect();
        let required = shapes[0].0.required.iter().filter(|name| is_common(name)).cloned().collect();
        let partial = order
            .iter()
            .filter(|name| {
                shapes.iter().any(|(shape, _)| {
                    shape.partial.contains(*name) || (!shape.properties.contains_key(*name) && !shape.is_closed)
                })
            })
            .cloned()
            .collect();
        let is_closed = shapes.iter().all(|(shape, _)| shape.is_closed);
        let mut properties: Vec<Vec<Value>> = vec![Vec::new(); order.len()];
        for (mut shape, _) in shapes {
            for (schemas, name) in properties.iter_mut().zip(&order) {
                schemas.extend(shape.properties.remove(name));
            }
            let is_told = !shape.excluded().is_empty();
            shape.rest.retain(|keyword, _| !(is_annotation(keyword) || is_told && keyword == "not"));
            if !shape.rules.is_empty() || !shape.conditions.is_empty() || !shape.rest.is_empty() {
                self.notes.add("some rules of the alternatives for the arguments as a whole are removed");
            }
        }
        Shape {
            properties: order.into_iter().zip(properties.into_iter().map(join)).collect(),
            required,
            is_closed,
            rules: vec![Rule { is_exactly_one, branches }],
            partial,
            ..Shape::default()
        }
    }
}

/// Describes an alternative, for the rule.
fn branch(
    shape: &Shape,
    schema: &Value,
    is_declared_by_all: impl Fn(&String) -> bool,
    is_required_by_all: impl Fn(&String) -> bool,
) -> Branch {
    let required: HashSet<&String> = shape.required.iter().collect();
    let optional = shape.properties.keys().filter(|name| !is_declared_by_all(name) && !required.contains(name));
    let tag = |(name, schema): (&String, &Value)| match constants(schema)? {
        [constant] if is_required_by_all(name) => Some((name.clone(), constant.clone())),
        _ => None,
    };
    Branch {
        label: schema.get("title").and_then(Value::as_str).map(str::to_owned),
        required: shape.required.clone(),
        optional: optional.cloned().collect(),
        excluded: shape.excluded(),
        tags: shape.properties.iter().filter_map(tag).collect(),
    }
}
