//! [`ObjectSchema`]: the schema of a tool's arguments, in the dialect of JSON Schema that the API accepts everywhere.
//!
//! schemars describes types for validators. These schemas are read by a model and compiled to a grammar.

use std::cell::LazyCell;

use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Value, json};

use super::clean::{clean, close, without_null};
use super::keywords::{Object, describe, sort};
use super::tool_param::ToolParam;
use super::variants::{restore, variants};
use crate::tool::run::guard;

/// Collects the properties of the arguments, in order.
#[derive(Debug)]
pub struct ObjectSchema {
    generator: SchemaGenerator,
    properties: Object,
    required: Vec<Value>,
    variants: Vec<Probe>,
    /// The reason why an argument cannot be described.
    flaw: Option<String>,
}

/// A function that finds the enums in a type.
type Probe = fn() -> Vec<&'static [&'static str]>;

/// One property of the schema: an argument.
pub(crate) struct Property {
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    pub(crate) schema: fn(&mut SchemaGenerator) -> Schema,
    pub(crate) variants: Probe,
    pub(crate) required: bool,
    pub(crate) default: Option<Value>,
}

impl Default for ObjectSchema {
    fn default() -> Self {
        Self {
            generator: generator(),
            properties: Object::new(),
            required: Vec::new(),
            variants: Vec::new(),
            flaw: None,
        }
    }
}

impl ObjectSchema {
    /// Returns the schema of an object with this type as its only field.
    pub(crate) fn of_one<T: ToolParam>(name: &'static str) -> Value {
        let mut schema = Self::default();
        schema.add(Property {
            name,
            description: "",
            schema: SchemaGenerator::subschema_for::<T>,
            variants: variants::<T>,
            required: true,
            default: None,
        });
        schema.finish()
    }

    /// Adds an argument. Generating its schema runs code of its type; a panic there is reported as a flaw of the
    /// definition.
    pub(crate) fn try_add(&mut self, name: &str, property: impl FnOnce() -> Property) {
        if let Err(panic) = guard(|| self.add(property())) {
            let why = panicked(&panic.0);
            self.flaw.get_or_insert_with(|| format!("the type of argument `{name}` cannot be described: {why}"));
        }
    }

    pub(crate) fn add(&mut self, property: Property) {
        let mut schema = (property.schema)(&mut self.generator).to_value();
        self.variants.push(property.variants);
        restore(&mut schema, &LazyCell::new(property.variants));
        clean(&mut schema);
        if !property.required {
            without_null(&mut schema);
        }
        describe(&mut schema, property.description);
        if let (Some(schema), Some(default)) = (schema.as_object_mut(), property.default.filter(|it| !it.is_null())) {
            schema.insert("default".into(), default);
        }
        sort(&mut schema);
        if property.required {
            self.required.push(property.name.into());
        }
        self.properties.insert(property.name.into(), schema);
    }

    /// Returns the schema, and what is wrong with the arguments, if anything.
    pub(crate) fn finish_with_flaw(mut self) -> (Value, Option<String>) {
        let mut flaw = self.flaw.take();
        let schema = guard(|| self.finish()).unwrap_or_else(|panic| {
            flaw.get_or_insert_with(|| format!("its arguments cannot be described: {}", panicked(&panic.0)));
            Value::Null
        });
        (schema, flaw)
    }

    pub(crate) fn finish(mut self) -> Value {
        let mut root = Object::new();
        root.insert("type".into(), "object".into());
        root.insert("properties".into(), self.properties.into());
        if !self.required.is_empty() {
            root.insert("required".into(), self.required.into());
        }
        root.insert("additionalProperties".into(), false.into());
        complete(root, &mut self.generator, &self.variants)
    }
}

/// Returns the schema of arguments that are one struct.
pub(crate) fn whole<T: ToolParam>() -> Value {
    let mut generator = generator();
    let mut schema = generator.subschema_for::<T>().to_value();
    restore(&mut schema, &LazyCell::new(variants::<T>));
    clean(&mut schema);
    let Value::Object(mut root) = schema else { return schema };
    if root.get("type").is_some_and(|kind| kind == "object") {
        // A struct without fields: `clean` cannot distinguish it from a free-form object.
        root.entry("properties").or_insert_with(|| json!({}));
        root.entry("additionalProperties").or_insert(Value::Bool(false));
    }
    complete(root, &mut generator, &[variants::<T>])
}

fn panicked(message: &str) -> String {
    match message {
        "" => "its `Deserialize`, `JsonSchema` or default panicked without a message".to_owned(),
        message => format!("its `Deserialize`, `JsonSchema` or default panicked: {message}"),
    }
}

fn generator() -> SchemaGenerator {
    settings().into_generator()
}

/// Returns the settings for every schema: parts of a type are inlined, unless the type is recursive.
pub(super) fn settings() -> SchemaSettings {
    SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true)
}

/// Adds the definitions of recursive types, which are the only types with a `$ref`, and closes the structs.
fn complete(mut root: Object, generator: &mut SchemaGenerator, probes: &[Probe]) -> Value {
    let mut definitions = generator.take_definitions(false);
    if !definitions.is_empty() {
        let known = LazyCell::new(|| probes.iter().flat_map(|variants| variants()).collect());
        for schema in definitions.values_mut() {
            restore(schema, &known);
            clean(schema);
        }
        root.insert("$defs".into(), definitions.into());
    }
    let mut root = Value::Object(root);
    close(&mut root, false);
    sort(&mut root);
    root
}

#[cfg(test)]
mod tests {
    #![allow(dead_code)]

    use std::collections::{BTreeMap, HashMap};

    use schemars::JsonSchema;
    use serde::Deserialize;

    use super::super::sent::sent;
    use super::*;

    /// Returns the schema of one required argument of this type.
    fn of<T: ToolParam>() -> Value {
        let mut schema = argument::<T>("", true);
        schema["properties"]["it"].take()
    }

    fn argument<T: ToolParam>(description: &'static str, required: bool) -> Value {
        let mut object = ObjectSchema::default();
        let schema = SchemaGenerator::subschema_for::<T>;
        object.add(Property { name: "it", description, schema, variants: variants::<T>, required, default: None });
        object.finish()
    }

    fn text(schema: &Value) -> String {
        sent(schema).to_string()
    }

    #[test]
    fn no_arguments_are_an_empty_object() {
        let text = ObjectSchema::default().finish().to_string();
        assert_eq!(text, r#"{"type":"object","properties":{},"additionalProperties":false}"#);
    }

    #[test]
    fn numbers_lose_the_rust_type_but_keep_declared_bounds() {
        #[derive(Deserialize, JsonSchema)]
        struct Ranged {
            #[schemars(range(min = 1, max = 255))]
            byte: u8,
            #[schemars(range(min = -5, max = 100))]
            percent: i8,
        }
        assert_eq!(text(&of::<i8>()), r#"{"type":"integer"}"#);
        assert_eq!(text(&of::<u16>()), r#"{"type":"integer","minimum":0}"#);
        assert_eq!(text(&of::<u64>()), r#"{"type":"integer","minimum":0}"#);
        assert_eq!(text(&of::<std::num::NonZeroU32>()), r#"{"type":"integer","minimum":1}"#);
        assert_eq!(text(&of::<f32>()), r#"{"type":"number"}"#);
        assert_eq!(text(&of::<Ranged>()["properties"]["percent"]), r#"{"type":"integer","minimum":-5,"maximum":100}"#);
    }

    #[test]
    fn float_defaults_are_as_they_were_written() {
        #[derive(Deserialize, JsonSchema)]
        #[serde(default)]
        struct Sound {
            volume: f32,
            exact: f64,
            pair: (f32, u8),
            list: Vec<Option<f32>>,
            by_name: BTreeMap<String, f32>,
        }
        impl Default for Sound {
            fn default() -> Self {
                let by_name = BTreeMap::from([("a".to_owned(), 0.7)]);
                Self { volume: 0.1, exact: 0.1, pair: (0.3, 1), list: vec![Some(0.2), None], by_name }
            }
        }
        let properties = &of::<Sound>()["properties"];
        let defaults = ["volume", "exact", "pair", "list", "by_name"].map(|name| text(&properties[name]["default"]));
        assert_eq!(defaults, ["0.1", "0.1", "[0.3,1]", "[0.2,null]", r#"{"a":0.7}"#]);
    }

    #[test]
    fn string_formats_stay() {
        assert_eq!(text(&of::<std::net::Ipv4Addr>()), r#"{"type":"string","format":"ipv4"}"#);
    }

    #[test]
    fn anything_is_an_empty_schema() {
        assert_eq!(text(&of::<Value>()), "{}");
        assert_eq!(text(&of::<Vec<Value>>()), r#"{"type":"array","items":{}}"#);
    }

    #[test]
    fn maps_keep_their_value_type_and_structs_are_closed() {
        #[derive(Deserialize, JsonSchema)]
        struct Title {
            title: String,
            format: i32,
        }
        assert_eq!(
            text(&of::<BTreeMap<String, Title>>()),
            concat!(
                r#"{"type":"object","additionalProperties":{"type":"object","properties":"#,
                r#"{"title":{"type":"string"},"format":{"type":"integer"}},"#,
                r#""required":["title","format"],"additionalProperties":false}}"#,
            )
        );
        assert_eq!(text(&of::<Object>()), r#"{"type":"object","additionalProperties":true}"#);
        assert_eq!(
            text(&of::<HashMap<String, u8>>()),
            r#"{"type":"object","additionalProperties":{"type":"integer","minimum":0}}"#
        );
    }

    #[test]
    fn optional_fields_are_not_null() {
        #[derive(Deserialize, JsonSchema)]
        struct Fields {
            a: Option<i32>,
            #[serde(default)]
            b: Option<Named>,
            #[serde(default)]
            c: u8,
            d: Vec<Option<i32>>,
        }
        #[derive(Deserialize, JsonSchema, Default)]
        enum Named {
            /// The first
            #[default]
            One,
            /// The second
            Two,
        }
        assert_eq!(
            text(&of::<Fields>()),
            concat!(
                r#"{"type":"object","properties":{"a":{"type":"integer"},"#,
                r#""b":{"description":"- `One`: The first\n- `Two`: The second","type":"string","enum":["One","Two"]},"#,
                r#""c":{"type":"integer","minimum":0,"default":0},"#,
                r#""d":{"type":"array","items":{"type":["integer","null"]}}},"#,
                r#""required":["d"],"additionalProperties":false}"#,
            )
        );
        assert_eq!(text(&argument::<Option<String>>("", false)["properties"]["it"]), r#"{"type":"string"}"#);
    }

    #[test]
    fn unit_enums_are_one_list_of_words() {
        /// Where to.
        #[derive(Deserialize, JsonSchema)]
        #[serde(rename_all = "kebab-case")]
        enum Way {
            /// Up,
            /// to the sky
            ToTheTop,
            Left,
            /// Ahead
            StraightOn,
            Down,
        }
        #[derive(Deserialize, JsonSchema)]
        enum Plain {
            B,
            A,
        }
        let way = concat!(
            r#"{"description":"Where to.\n\n- `to-the-top`: Up,\n  to the sky\n- `straight-on`: Ahead","#,
            r#""type":"string","enum":["to-the-top","left","straight-on","down"]}"#,
        );
        assert_eq!(text(&of::<Way>()), way);
        assert_eq!(text(&of::<Vec<Option<Way>>>()["items"]["anyOf"][0]), way);
        assert_eq!(text(&of::<Plain>()), r#"{"type":"string","enum":["B","A"]}"#);
    }

    #[test]
    fn alternatives_are_any_of() {
        #[derive(Deserialize, JsonSchema)]
        #[serde(tag = "kind", rename_all = "lowercase")]
        enum Shape {
            /// Round
            Circle {
                radius: f64,
            },
            Square {
                side: f64,
            },
        }
        assert_eq!(
            text(&of::<Shape>()),
            concat!(
                r#"{"anyOf":[{"description":"Round","type":"object","properties":"#,
                r#"{"kind":{"type":"string","const":"circle"},"radius":{"type":"number"}},"#,
                r#""required":["kind","radius"],"additionalProperties":false},"#,
                r#"{"type":"object","properties":"#,
                r#"{"kind":{"type":"string","const":"square"},"side":{"type":"number"}},"#,
                r#""required":["kind","side"],"additionalProperties":false}]}"#,
            )
        );
    }

    #[test]
    fn flattened_alternatives_get_the_fields_of_the_struct() {
        #[derive(Deserialize, JsonSchema)]
        struct Outer {
            name: String,
            #[serde(flatten)]
            inner: Inner,
        }
        #[derive(Deserialize, JsonSchema)]
        #[serde(tag = "kind")]
        enum Inner {
            A { a: i32 },
            B { b: Option<i32> },
        }
        assert_eq!(
            text(&of::<Outer>()),
            concat!(
                r#"{"anyOf":[{"type":"object","properties":"#,
                r#"{"name":{"type":"string"},"kind":{"type":"string","const":"A"},"a":{"type":"integer"}},"#,
                r#""required":["name","kind","a"],"additionalProperties":false},"#,
                r#"{"type":"object","properties":"#,
                r#"{"name":{"type":"string"},"kind":{"type":"string","const":"B"},"b":{"type":"integer"}},"#,
                r#""required":["name","kind"],"additionalProperties":false}]}"#,
            )
        );
    }

    #[test]
    fn flattened_maps_stay_open() {
        #[derive(Deserialize, JsonSchema)]
        struct Open {
            name: String,
            #[serde(flatten)]
            rest: Object,
        }
        assert_eq!(
            text(&of::<Open>()),
            r#"{"type":"object","properties":{"name":{"type":"string"}},"required":["name"],"additionalProperties":true}"#
        );
    }

    #[test]
    fn recursive_types_are_defined_at_the_root() {
        /// A tree.
        #[derive(Deserialize, JsonSchema)]
        struct Tree {
            children: Vec<Tree>,
        }
        let tree = concat!(
            r##"{"description":"A tree.","type":"object","properties":"##,
            r##"{"children":{"type":"array","items":{"$ref":"#/$defs/Tree"}}},"##,
            r##""required":["children"],"additionalProperties":false}"##,
        );
        assert_eq!(
            text(&argument::<Tree>("", true)),
            format!(
                r#"{{"type":"object","properties":{{"it":{tree}}},"required":["it"],"additionalProperties":false,"$defs":{{"Tree":{tree}}}}}"#
            )
        );
    }

    #[test]
    fn description_of_the_argument_precedes_that_of_its_type() {
        /// A tree.
        #[derive(Deserialize, JsonSchema)]
        struct Tree {}
        let description = |docs| argument::<Tree>(docs, true)["properties"]["it"]["description"].clone();
        assert_eq!(description("Where to sit"), "Where to sit\n\nA tree.");
        assert_eq!(description("A tree."), "A tree.");
        assert_eq!(description(""), "A tree.");
    }

    #[test]
    fn a_struct_of_arguments_is_an_object_even_without_fields() {
        #[derive(Deserialize, JsonSchema)]
        struct Nothing {}
        assert_eq!(text(&whole::<Nothing>()), r#"{"type":"object","properties":{},"additionalProperties":false}"#);
    }

    #[test]
    fn malformed_schemas_do_not_panic() {
        for mut schema in [
            json!(true),
            json!(false),
            json!(null),
            json!({"oneOf": 3, "properties": [], "type": 7, "items": false, "required": "a", "enum": {}}),
            json!({"anyOf": [], "properties": {"a": true, "b": {"anyOf": [{"type": "null"}]}}}),
            json!({"anyOf": [{"const": 1}, {"enum": []}, 4], "allOf": [{"properties": {}}]}),
        ] {
            clean(&mut schema);
            without_null(&mut schema);
            close(&mut schema, false);
        }
    }
}
