//! Generated JSON: [`anything`], values that match a schema ([`fits`]), and [`changed`] values.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Map, Value, json};

/// Generates any JSON.
pub(crate) fn anything() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-3..4_i8).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        select(&["", "a", "A", "1", "kind", "up", "struct"][..]).prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(select(&["a", "x", "kind", "t", "", "Number"][..]), inner, 0..4)
                .prop_map(|fields| fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
    .boxed()
}

/// Generates values that match the schema of a tool's arguments. Numbers are small, because the schema does not contain
/// the range of a type.
pub(crate) fn fits(schema: &Value) -> BoxedStrategy<Value> {
    Fits { root: schema, depth: 0 }.strategy(schema).expect("some value matches the schema")
}

#[derive(Clone, Copy)]
struct Fits<'s> {
    root: &'s Value,
    depth: usize,
}

impl<'s> Fits<'s> {
    /// Returns `None` if the nesting is too deep.
    fn strategy(self, schema: &'s Value) -> Option<BoxedStrategy<Value>> {
        const DEEP: usize = 7;
        if self.depth > DEEP {
            return None;
        }
        let inside = Self { depth: self.depth + 1, ..self };
        if let Some(target) = schema["$ref"].as_str() {
            return inside.strategy(self.root.pointer(&target[1..]).expect("the definition exists"));
        }
        if let Some(value) = schema.get("const") {
            return Some(Just(value.clone()).boxed());
        }
        if let Some(values) = schema["enum"].as_array() {
            return Some(select(values.clone()).boxed());
        }
        if let Some(schemas) = schema["anyOf"].as_array() {
            let all: Vec<_> = schemas.iter().filter_map(|schema| inside.strategy(schema)).collect();
            return (!all.is_empty()).then(|| proptest::strategy::Union::new(all).boxed());
        }
        if let Some(constant) = schema["not"].get("const").cloned() {
            let values = inside.of_type(schema["type"].as_str()?, schema)?;
            return Some(values.prop_filter("a constant", move |value| *value != constant).boxed());
        }
        match &schema["type"] {
            Value::Null => Some(anything()),
            Value::Array(kinds) => {
                let all = kinds.iter().filter_map(|kind| inside.of_type(kind.as_str()?, schema));
                Some(proptest::strategy::Union::new(all).boxed())
            }
            kind => inside.of_type(kind.as_str()?, schema),
        }
    }

    fn of_type(self, kind: &str, schema: &'s Value) -> Option<BoxedStrategy<Value>> {
        let limit = |keyword: &str| schema[keyword].as_i64();
        let size = |what: &str| {
            let at = |end: &str| limit(&format!("{end}{what}")).map(|n| usize::try_from(n).expect("the size fits"));
            let least = at("min").unwrap_or(0);
            least..=at("max").unwrap_or(least + 3)
        };
        Some(match kind {
            "null" => Just(Value::Null).boxed(),
            "boolean" => any::<bool>().prop_map(Value::from).boxed(),
            "integer" => {
                (limit("minimum").unwrap_or(-99)..=limit("maximum").unwrap_or(99)).prop_map(Value::from).boxed()
            }
            "number" => (-1e6..1e6).prop_map(Value::from).boxed(),
            "string" => match schema["format"].as_str() {
                Some("ip" | "ipv4") => Just(json!("127.0.0.1")).boxed(),
                _ => vec(any::<char>(), size("Length"))
                    .prop_map(|text| text.into_iter().collect::<String>().into())
                    .boxed(),
            },
            "array" => self.list(schema, size("Items"))?,
            "object" => self.object(schema)?,
            other => panic!("unknown type {other}"),
        })
    }

    fn list(self, schema: &'s Value, size: std::ops::RangeInclusive<usize>) -> Option<BoxedStrategy<Value>> {
        if let Some(schemas) = schema["prefixItems"].as_array() {
            let all: Option<Vec<_>> = schemas.iter().map(|schema| self.strategy(schema)).collect();
            return Some(all?.prop_map(Value::from).boxed());
        }
        let is_set = schema["uniqueItems"] == true;
        let Some(element) = self.strategy(&schema["items"]) else { return Some(Just(json!([])).boxed()) };
        let list = vec(element, size).prop_map(move |mut list| {
            if is_set {
                list.sort_by_key(Value::to_string);
                list.dedup();
            }
            Value::from(list)
        });
        Some(list.boxed())
    }

    fn object(self, schema: &'s Value) -> Option<BoxedStrategy<Value>> {
        let required = |name: &str| schema["required"].as_array().is_some_and(|names| names.contains(&name.into()));
        let mut fields = Vec::new();
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let name = Just(name.clone());
            match self.strategy(property) {
                Some(value) if required(&name.0) => fields.push((name, value.prop_map(Some).boxed())),
                Some(value) => fields.push((name, prop::option::of(value).boxed())),
                None if required(&name.0) => return None,
                None => {}
            }
        }
        let known: Vec<String> = fields.iter().map(|(name, _)| name.0.clone()).collect();
        let free = any::<String>().prop_filter("a property", move |name| !known.contains(name)).boxed();
        let (names, others) = match (schema["patternProperties"].as_object(), &schema["additionalProperties"]) {
            (Some(patterns), _) => {
                let (pattern, schema) = patterns.iter().next().expect("there is a pattern");
                let least = if pattern == r"^-?\d+$" { -99 } else { 0 };
                ((least..99).prop_map(|n: i32| n.to_string()).boxed(), self.strategy(schema))
            }
            (None, Value::Bool(false)) => (free, None),
            (None, Value::Bool(true) | Value::Null) => (free, Some(anything())),
            (None, schema) => (free, self.strategy(schema)),
        };
        let names = match schema.get("propertyNames") {
            Some(schema) => {
                self.strategy(schema)?.prop_map(|name| name.as_str().expect("the name is a string").to_owned()).boxed()
            }
            None => names,
        };
        let others = others.map_or(Just(Vec::new()).boxed(), |others| vec((names, others), 0..3).boxed());
        let object = (fields, others).prop_map(|(fields, others)| {
            let fields = fields.into_iter().filter_map(|(name, value)| Some((name, value?)));
            Value::Object(fields.chain(others).collect::<Map<_, _>>())
        });
        Some(object.boxed())
    }
}

/// Generates these values with some places changed.
pub(crate) fn changed(values: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    (values, vec((any::<Index>(), 0..7_u8, anything()), 1..3))
        .prop_map(|(mut value, changes)| {
            for (place, change, other) in changes {
                let mut places = vec![String::new()];
                collect(&value, "", &mut places);
                let place = value.pointer_mut(&places[place.index(places.len())]).expect("the place exists");
                *place = change_of(place, change, other);
            }
            // Arguments are always an object.
            if value.is_object() { value } else { json!({"a": value}) }
        })
        .boxed()
}

/// Collects the places inside a value as JSON pointers.
fn collect(value: &Value, path: &str, places: &mut Vec<String>) {
    let inside: Vec<(String, &Value)> = match value {
        Value::Array(list) => list.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect(),
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), value)).collect(),
        _ => Vec::new(),
    };
    for (name, value) in inside {
        let path = format!("{path}/{}", name.replace('~', "~0").replace('/', "~1"));
        places.push(path.clone());
        collect(value, &path, places);
    }
}

fn change_of(value: &Value, change: u8, other: Value) -> Value {
    match (change, value) {
        (0, value) => json!([value]),
        (1, value) => json!({"a": value}),
        (2, Value::Object(fields)) => fields.values().cloned().collect(),
        (2, Value::Array(list)) => list.iter().chain(list).cloned().collect(),
        (2, value) => value.to_string().into(),
        (3, Value::Object(fields)) => fields.clone().into_iter().skip(1).collect::<Map<_, _>>().into(),
        (3, Value::Array(list)) => list.iter().skip(1).cloned().collect(),
        (4, Value::Object(fields)) => {
            let mut fields = fields.clone();
            fields.insert("x".into(), other);
            fields.into()
        }
        (4, Value::Array(list)) => list.iter().cloned().chain([other]).collect(),
        (5, Value::Number(number)) => match number.as_i64() {
            Some(number) => number.wrapping_neg().into(),
            None => number.as_f64().map(|number| -number).into(),
        },
        (5, Value::String(text)) => text.to_uppercase().into(),
        (5, _) => Value::Null,
        _ => other,
    }
}
