//! Generates schemas with defects, each together with a clean schema of the same meaning.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Map, Value, json};

/// A schema in two forms, and values that fit it, unless keywords around it forbid them.
#[derive(Clone, Debug)]
pub(super) struct Case {
    /// As a careless server sends it.
    pub(super) dirty: Value,
    /// The same in draft 2020-12.
    pub(super) clean: Value,
    pub(super) values: Vec<Value>,
}

impl Case {
    #[allow(clippy::needless_pass_by_value)] // The values are written in place.
    fn new(dirty: Value, clean: Value, values: impl Into<Vec<Value>>) -> Self {
        Self { dirty, clean, values: values.into() }
    }

    fn same(schema: Value, values: impl Into<Vec<Value>>) -> Self {
        Self { dirty: schema.clone(), clean: schema, values: values.into() }
    }

    /// Applies the same change to both forms.
    fn wrap(&self, wrap: impl Fn(Value) -> Value) -> [Value; 2] {
        [wrap(self.dirty.clone()), wrap(self.clean.clone())]
    }
}

/// A schema without subschemas, or with a reference.
fn leaf() -> impl Strategy<Value = Case> {
    select(vec![
        Case::same(json!({"type": "string"}), [json!("a"), json!("")]),
        Case::same(json!({"type": "string", "minLength": 2, "description": "Two"}), [json!("ab")]),
        Case::same(json!({"type": "string", "pattern": "^[a-c]+$"}), [json!("abc")]),
        Case::same(json!({"type": "string", "pattern": "^[0-9]+$", "format": "x"}), [json!("12")]),
        Case::same(json!({"type": "integer", "minimum": 0, "maximum": 9}), [json!(0), json!(9)]),
        Case::same(json!({"type": "number", "multipleOf": 0.5}), [json!(1.5)]),
        Case::same(json!({"type": ["boolean", "null"]}), [json!(true), json!(null)]),
        Case::same(json!({"const": "x"}), [json!("x")]),
        Case::same(json!({"enum": ["x", "y", 1, null]}), [json!("y"), json!(1), json!(null)]),
        Case::same(json!(true), [json!({"a": []})]),
        Case::same(json!({"$ref": "#/definitions/Leaf"}), [json!("leaf")]),
        Case::same(json!({"$ref": "#/definitions/Tree"}), [json!({"next": {"next": {}}}), json!({"v": 1})]),
        Case::same(json!({"$ref": "#/properties/p0"}), [json!("a"), json!(1)]),
        Case::new(json!({"$ref": "Leaf"}), json!({"$ref": "#/definitions/Leaf"}), [json!("leaf")]),
        Case::new(json!({"$ref": "#/definitions/Odd%20<1>"}), json!({"$ref": "#/definitions/Odd"}), [json!(3)]),
        Case::new(json!({"$ref": "#odd"}), json!({"$ref": "#/definitions/Odd"}), [json!(3)]),
        Case::new(json!({"$ref": "https://x.example/s"}), json!({}), [json!([1])]),
        Case::new(json!({"$ref": "#/definitions/None"}), json!({}), [json!(2)]),
        Case::new(json!("string"), json!({"type": "string"}), [json!("a")]),
        Case::new(json!([]), json!({}), [json!(null)]),
        Case::new(json!(null), json!({}), [json!("a")]),
        Case::new(json!({"type": "str", "maxLength": "3"}), json!({"type": "string", "maxLength": 3}), [json!("abc")]),
        Case::new(json!({"type": "any", "enum": []}), json!({}), [json!([])]),
        Case::new(json!({"type": null, "pattern": 3}), json!({}), [json!("a")]),
        Case::new(
            json!({"type": "integer", "minimum": 3, "exclusiveMinimum": true, "maximum": 9, "exclusiveMaximum": false}),
            json!({"type": "integer", "exclusiveMinimum": 3, "maximum": 9}),
            [json!(4), json!(9)],
        ),
        Case::new(
            json!({"type": "string", "nullable": true, "enum": ["a", "a"]}),
            json!({"type": ["string", "null"], "enum": ["a", null]}),
            [json!("a"), json!(null)],
        ),
        Case::new(
            json!({"allOf": [{"$ref": "#/definitions/Leaf"}], "nullable": true}),
            json!({"anyOf": [{"$ref": "#/definitions/Leaf"}, {"type": "null"}]}),
            [json!("leaf"), json!(null)],
        ),
    ])
}

/// Any schema.
pub(super) fn case() -> impl Strategy<Value = Case> {
    leaf().prop_recursive(3, 24, 4, |inner| {
        let list = prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            inner.clone().prop_map(|case| list_of(&case)),
            list.clone().prop_map(|cases| tuple(&cases)),
            object(inner.clone()).prop_map(|object| object.case()),
            (select(vec!["anyOf", "oneOf"]), list.clone(), any::<Index>()).prop_map(|(keyword, cases, one)| {
                let [dirty, clean] = [all_dirty(&cases), all_clean(&cases)];
                let values = one.get(&cases).values.clone();
                Case::new(json!({keyword: dirty}), json!({keyword: clean}), values)
            }),
            list.prop_map(|cases| {
                let values = cases[0].values.clone();
                Case::new(json!({"allOf": all_dirty(&cases)}), json!({"allOf": all_clean(&cases)}), values)
            }),
            (inner.clone(), inner.clone()).prop_map(|(not, other)| {
                let [dirty, clean] = not.wrap(|schema| json!({"not": schema}));
                Case::new(dirty, clean, [other.values, not.values].concat())
            }),
            (inner.clone(), inner.clone(), inner).prop_map(|(if_, then, else_)| {
                let form = |if_: &Value, then: &Value, else_: &Value| json!({"if": if_, "then": then, "else": else_});
                Case::new(
                    form(&if_.dirty, &then.dirty, &else_.dirty),
                    form(&if_.clean, &then.clean, &else_.clean),
                    [if_.values, then.values, else_.values].concat(),
                )
            }),
        ]
    })
}

fn all_dirty(cases: &[Case]) -> Vec<Value> {
    cases.iter().map(|case| case.dirty.clone()).collect()
}

fn all_clean(cases: &[Case]) -> Vec<Value> {
    cases.iter().map(|case| case.clean.clone()).collect()
}

fn list_of(element: &Case) -> Case {
    let [dirty, clean] = element.wrap(|schema| json!({"type": "array", "items": schema, "maxItems": 4}));
    Case::new(dirty, clean, [json!(element.values), json!([])])
}

fn tuple(cases: &[Case]) -> Case {
    let values: Vec<Value> = cases.iter().filter_map(|case| case.values.first().cloned()).collect();
    Case::new(
        json!({"type": "array", "items": all_dirty(cases), "additionalItems": false}),
        json!({"type": "array", "prefixItems": all_clean(cases), "items": false}),
        [json!(values), json!([])],
    )
}

/// An object whose properties are known, so that objects can be merged.
#[derive(Clone, Debug)]
pub(super) struct ObjectCase {
    pub(super) properties: Vec<(String, Case, bool)>,
    closed: bool,
    /// `true` to mark required properties in the properties themselves.
    marks: bool,
    typed: bool,
}

/// The names of properties: few, so that objects often share some, and some that the API refuses.
fn name() -> impl Strategy<Value = String> {
    let long = "an_argument_with_a_name_that_is_longer_than_the_sixty-four_characters_of_the_api";
    select(vec!["a", "b", "c.d", "e_f", "e f", "filter[id]", "$top", "", "p0", long]).prop_map(str::to_owned)
}

pub(super) fn object(inner: impl Strategy<Value = Case>) -> impl Strategy<Value = ObjectCase> {
    (prop::collection::vec((name(), inner, any::<bool>()), 0..4), any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(mut properties, closed, marks, typed)| {
            let mut seen = std::collections::HashSet::new();
            properties.retain(|(name, ..)| seen.insert(name.clone()));
            ObjectCase { properties, closed, marks, typed }
        },
    )
}

impl ObjectCase {
    /// Returns the dirty and the clean schema.
    pub(super) fn schemas(&self) -> [Value; 2] {
        let mut dirty = Map::new();
        let mut clean = Map::new();
        if self.typed {
            dirty.insert("type".into(), json!("object"));
            clean.insert("type".into(), json!("object"));
        }
        let mut properties = [Map::new(), Map::new()];
        let mut required = Vec::new();
        let mut listed = Vec::new();
        for (name, case, is_required) in &self.properties {
            let mut schema = case.dirty.clone();
            if *is_required {
                required.push(name.clone());
                match &mut schema {
                    Value::Object(keywords) if self.marks => drop(keywords.insert("required".into(), json!(true))),
                    _ => listed.push(name.clone()),
                }
            }
            properties[0].insert(name.clone(), schema);
            properties[1].insert(name.clone(), case.clean.clone());
        }
        let [dirty_properties, clean_properties] = properties;
        let dirty_properties = if dirty_properties.is_empty() { json!([]) } else { json!(dirty_properties) };
        dirty.insert("properties".into(), dirty_properties);
        clean.insert("properties".into(), json!(clean_properties));
        if !listed.is_empty() {
            dirty.insert("required".into(), json!(listed));
        }
        clean.insert("required".into(), json!(required));
        if self.closed {
            dirty.insert("additionalProperties".into(), json!(false));
            clean.insert("additionalProperties".into(), json!(false));
        }
        [json!(dirty), json!(clean)]
    }

    /// Returns values that fit: with all properties, and with the required ones.
    pub(super) fn values(&self) -> Vec<Value> {
        let value = |only_required: bool| -> Value {
            let properties = self.properties.iter().filter(|(.., is_required)| *is_required || !only_required);
            let values = properties.filter_map(|(name, case, _)| Some((name.clone(), case.values.first()?.clone())));
            Value::Object(values.collect())
        };
        vec![value(false), value(true)]
    }

    fn case(&self) -> Case {
        let [dirty, clean] = self.schemas();
        Case::new(dirty, clean, self.values())
    }
}

/// A whole schema with arguments that may fit it.
#[derive(Clone, Debug)]
pub(super) struct RootCase {
    pub(super) dirty: Value,
    /// The meaning of the schema. An argument that an alternative does not declare has the schema of another one.
    pub(super) clean: Value,
    pub(super) arguments: Vec<Value>,
}

#[derive(Clone, Copy, Debug)]
enum Form {
    Plain,
    AllOf,
    AnyOf,
    OneOf,
    Reference,
}

/// A schema for the arguments of a tool.
pub(super) fn root() -> impl Strategy<Value = RootCase> {
    let form = select(vec![Form::Plain, Form::AllOf, Form::AnyOf, Form::OneOf, Form::Reference]);
    let objects = prop::collection::vec(object(case()), 1..4);
    let other =
        prop::collection::vec((name(), select(vec![json!(1), json!("a"), json!(null), json!([]), json!({})])), 0..3);
    (form, object(case()), objects, prop::collection::vec(any::<Index>(), 2), other).prop_map(
        |(form, base, objects, indices, other)| {
            let arguments = arguments(&base, &objects, &indices, form, &other);
            let [dirty, clean] = build(form, &base, &objects);
            RootCase { dirty, clean, arguments }
        },
    )
}

fn build(form: Form, base: &ObjectCase, objects: &[ObjectCase]) -> [Value; 2] {
    let mut base = base.clone();
    // References point to it.
    base.properties.retain(|(name, ..)| name != "p0");
    base.properties.push(("p0".into(), Case::same(json!({"type": ["string", "integer"]}), [json!("a")]), false));
    let [mut dirty, mut clean] = base.schemas();
    let schemas: Vec<[Value; 2]> = objects.iter().map(ObjectCase::schemas).collect();
    let [all_dirty, all_clean] = [0, 1].map(|at| schemas.iter().map(|it| it[at].clone()).collect::<Vec<_>>());
    let (keyword, is_either) = match form {
        Form::Plain => ("", false),
        Form::AllOf => ("allOf", false),
        Form::AnyOf => ("anyOf", true),
        Form::OneOf => ("oneOf", true),
        Form::Reference => ("$ref", false),
    };
    match form {
        Form::Plain => {}
        Form::Reference => {
            dirty["$ref"] = json!("#/definitions/Root");
            clean["$ref"] = json!("#/definitions/Root");
        }
        _ => {
            dirty[keyword] = json!(all_dirty);
            clean[keyword] = json!(all_clean);
        }
    }
    let [first_dirty, first_clean] = schemas[0].clone();
    dirty["definitions"] = json!({
        "Leaf": {"type": "string", "minLength": 4}, "Tree": {"properties": {"next": {"$ref": "#/definitions/Tree"}, "v": {"type": "int"}}},
        "Odd <1>": {"$anchor": "odd", "enum": [3, 4]}, "Root": first_dirty,
        "Loop": {"anyOf": [{"$ref": "#/definitions/Loop"}]},
    });
    clean["definitions"] = json!({
        "Leaf": {"type": "string", "minLength": 4},
        "Tree": {"properties": {"next": {"$ref": "#/definitions/Tree"}, "v": {"type": "integer"}}},
        "Odd": {"enum": [3, 4]}, "Root": first_clean,
    });
    if is_either {
        clean = json!({"allOf": [stated(&base, objects)], "definitions": clean["definitions"].clone(), "$ref": "#/definitions/Itself"});
        let [_, mut itself] = base.schemas();
        itself[keyword] = json!(all_clean);
        clean["definitions"]["Itself"] = itself;
        // References to places in the root still point to the root.
        clean["properties"] = json!({"p0": {"type": ["string", "integer"]}});
    }
    [dirty, clean]
}

/// Returns the schema of arguments that only some alternatives declare.
fn stated(base: &ObjectCase, objects: &[ObjectCase]) -> Value {
    let mut properties: Map<String, Value> = Map::new();
    for (name, ..) in objects.iter().flat_map(|object| &object.properties) {
        if base.properties.iter().any(|(other, ..)| other == name) {
            continue;
        }
        let declared = objects.iter().flat_map(|object| &object.properties).filter(|(other, ..)| other == name);
        let schemas: Vec<Value> = declared.map(|(_, case, _)| case.clean.clone()).collect();
        properties.insert(name.clone(), json!({"anyOf": schemas}));
    }
    json!({"properties": properties})
}

/// Returns arguments that fit the base and one or all of the objects, with more or without some.
fn arguments(
    base: &ObjectCase,
    objects: &[ObjectCase],
    indices: &[Index],
    form: Form,
    other: &[(String, Value)],
) -> Vec<Value> {
    let mut found = Vec::new();
    for (version, index) in indices.iter().enumerate() {
        let parts: Vec<Value> = match form {
            Form::Plain => vec![],
            Form::AllOf => objects.iter().map(|object| object.values()[version].clone()).collect(),
            Form::AnyOf | Form::OneOf => vec![index.get(objects).values()[version].clone()],
            Form::Reference => vec![objects[0].values()[version].clone()],
        };
        let mut merged = Map::new();
        for part in std::iter::once(base.values()[version].clone()).chain(parts) {
            merged.extend(part.as_object().cloned().unwrap_or_default());
        }
        let mut more = merged.clone();
        more.extend(other.iter().cloned());
        found.extend([Value::Object(merged), Value::Object(more)]);
    }
    found
}
