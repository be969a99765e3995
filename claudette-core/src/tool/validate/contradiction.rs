//! [`contradiction`]: finds a type that cannot read the values that its own schema describes.
//!
//! A field with `#[serde(deserialize_with = ..)]` keeps the schema of its type, but can read another form: "30s", where
//! the schema describes an object with seconds. The model follows the schema, so every call of such a tool fails.
//!
//! The check generates values that fit the schema and reads them. It reports only certain cases: the type refuses every
//! value of the JSON type in the schema, and accepts a value of another JSON type.

use std::collections::HashMap;

use serde_json::Value;

use super::describe::wanted;
use super::path::{push_index, push_key};
use super::read_error::ReadError;
use super::reading::Reading;
use super::tree::Tree;
use crate::tool::schema::{definition, element, required};

/// Returns a message about the argument whose type and schema contradict each other, or `None` if no contradiction is
/// certain.
pub(crate) fn contradiction(schema: &Value, read: impl Fn(&Tree<'_>, &Reading) -> Vec<ReadError>) -> Option<String> {
    const TIMES: usize = 32;
    let mut maker = Maker { root: schema, turns: HashMap::new(), forced: None, firm: HashMap::new(), left: 0 };
    let try_it = |maker: &mut Maker<'_>| -> Option<Vec<ReadError>> {
        let text = maker.make()?;
        Some(read(&Tree::parse(&text)?, &Reading::default()))
    };
    for _ in 0..TIMES {
        let errors = try_it(&mut maker)?;
        let refused = errors.iter().find(|error| {
            let turns = maker.firm.get(&error.path()).map_or(0, |place| place.ways);
            error.is_of_another_type() && maker.turns.get(&error.path()).is_none_or(|turn| *turn < turns)
        });
        let path = refused?.path();
        let place = *maker.firm.get(&path)?;
        let turn = maker.turns.entry(path.clone()).or_default();
        *turn += 1;
        if *turn < place.ways {
            continue;
        }
        let others = [
            ("string", "\"a\""),
            ("string", "\"1\""),
            ("integer", "1"),
            ("boolean", "true"),
            ("object", "{}"),
            ("array", "[]"),
        ];
        for (other, value) in others {
            if place.kind == other || (place.kind, other) == ("number", "integer") {
                continue;
            }
            maker.forced = Some((path.clone(), value));
            let is_refused = |error: &ReadError| error.is_of_another_type() && error.path() == path;
            if !try_it(&mut maker)?.iter().any(is_refused) {
                let wanted = wanted(schema, place.schema);
                return Some(format!(
                    "the type of argument `{path}` reads {other}, but its schema describes {wanted}; \
                     change the schema, for example with `#[schemars(with = \"String\")]`"
                ));
            }
        }
        maker.forced = None;
    }
    None
}

/// A place whose JSON type is certain.
#[derive(Clone, Copy)]
struct Place<'s> {
    schema: &'s Value,
    kind: &'s str,
    /// The number of values that are generated for it.
    ways: usize,
}

/// Generates values that fit a schema.
struct Maker<'s> {
    root: &'s Value,
    /// The index of the value that is generated at a path; 0 by default.
    turns: HashMap<String, usize>,
    /// A path, and a value there that does not fit.
    forced: Option<(String, &'static str)>,
    firm: HashMap<String, Place<'s>>,
    left: usize,
}

impl<'s> Maker<'s> {
    fn make(&mut self) -> Option<String> {
        const MOST: usize = 2_000;
        self.firm.clear();
        self.left = MOST;
        let (root, mut path) = (self.root, String::new());
        self.value(root, &mut path, true, 0)
    }

    /// Generates a value; `None` if there is no small value.
    fn value(&mut self, schema: &'s Value, path: &mut String, is_firm: bool, depth: usize) -> Option<String> {
        const DEEP: usize = 12;
        self.left = self.left.checked_sub(1).filter(|_| depth < DEEP)?;
        let name = path.strip_prefix('.').unwrap_or(path).to_owned();
        if let Some((_, value)) = self.forced.as_ref().filter(|(forced, _)| *forced == name) {
            return Some((*value).to_owned());
        }
        if let Some(constant) = schema.get("const") {
            return Some(constant.to_string());
        }
        if let Some(constants) = schema.get("enum").and_then(Value::as_array) {
            return constants.first().map(Value::to_string);
        }
        if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
            return self.value(definition(self.root, target)?, path, is_firm, depth + 1);
        }
        let alternatives = schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Value::as_array);
        if let Some(alternatives) = alternatives.filter(|_| schema.get("properties").is_none()) {
            return alternatives.iter().find_map(|schema| self.value(schema, path, false, depth + 1));
        }
        let kind = schema.get("type")?;
        let is_one = kind.is_string() && schema.get("allOf").is_none() && schema.get("not").is_none();
        let kind = kind.as_str().or_else(|| kind.get(0)?.as_str())?;
        let ways = match kind {
            "integer" | "number" => 3,
            "boolean" | "string" => 2,
            _ => 1,
        };
        if is_firm && is_one && alternatives.is_none() && !name.is_empty() {
            self.firm.insert(name.clone(), Place { schema, kind, ways });
        }
        let turn = self.turns.get(&name).copied().unwrap_or_default() % ways;
        let limit = |keyword: &str| schema.get(keyword).and_then(Value::as_i64);
        Some(match (kind, turn) {
            ("null", _) => "null".to_owned(),
            ("boolean", 0) => "true".to_owned(),
            ("boolean", _) => "false".to_owned(),
            ("string", 0) => "\"a\"".to_owned(),
            ("string", _) => "\"1\"".to_owned(),
            ("number", 1) => "0.5".to_owned(),
            ("integer" | "number", 0) => limit("minimum").unwrap_or(1).to_string(),
            ("integer" | "number", _) => limit("maximum").unwrap_or(0).to_string(),
            ("array", _) => self.list(schema, path, is_firm, depth)?,
            ("object", _) => self.object(schema, path, is_firm, depth)?,
            _ => return None,
        })
    }

    fn list(&mut self, schema: &'s Value, path: &mut String, is_firm: bool, depth: usize) -> Option<String> {
        const MANY: usize = 16;
        let least = schema.get("minItems").and_then(Value::as_u64).unwrap_or_default();
        let first = schema.get("prefixItems").and_then(Value::as_array).map_or(0, Vec::len);
        let count = first.max(usize::try_from(least).ok()?).max(1);
        let mut elements = Vec::new();
        for index in 0..count.min(MANY) {
            let Some(schema) = element(schema, index) else { break };
            match self.inside(path, |path| push_index(path, index), schema, is_firm, depth) {
                Some(element) => elements.push(element),
                None if index < first => return None,
                // There is no small element: leave the list empty, as in a tree without branches.
                None => break,
            }
        }
        Some(format!("[{}]", elements.join(",")))
    }

    fn object(&mut self, schema: &'s Value, path: &mut String, is_firm: bool, depth: usize) -> Option<String> {
        let mut fields = Vec::new();
        let object = schema;
        for (name, schema) in object.get("properties").and_then(Value::as_object).into_iter().flatten() {
            match self.inside(path, |path| push_key(path, name), schema, is_firm, depth) {
                Some(value) => fields.push(format!("{}:{value}", Value::from(name.as_str()))),
                None if required(object).any(|it| it == name) => return None,
                None => {}
            }
        }
        Some(format!("{{{}}}", fields.join(",")))
    }

    fn inside(
        &mut self,
        path: &mut String,
        step: impl FnOnce(&mut String),
        schema: &'s Value,
        is_firm: bool,
        depth: usize,
    ) -> Option<String> {
        let before = path.len();
        step(path);
        let value = self.value(schema, path, is_firm, depth + 1);
        path.truncate(before);
        value
    }
}
