//! [`Mistakes`]: what of a JSON value does not fit its schema.
//!
//! serde stops at the first thing it cannot read, says so in Rust's words, and passes over fields that nobody knows. Here
//! a value is compared with the schema that the model was sent, and all that is wrong is said at once, in the words of JSON.

use std::fmt::Write;

use serde_json::Value;

use super::reader::Reader;
use super::tree::Tree;
use super::validator::Checker;
use crate::tool::schema::is_unsigned;

/// What is wrong with a value: the first few mistakes, and how many more there are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mistakes {
    pub(crate) first: Vec<SchemaViolation>,
    more: usize,
}

/// One thing that is wrong, and where.
#[derive(Clone, Debug)]
pub(crate) struct SchemaViolation {
    /// As in `list[1].x`; empty for the value as a whole.
    pub(crate) path: String,
    /// What is wrong with the place itself: `missing `, `unknown `, or nothing.
    pub(crate) place: &'static str,
    pub(crate) text: String,
}

/// What of a value does not fit the schema; without what a type has read all the same, if one has.
pub(crate) fn mistakes(schema: &Value, value: &Tree<'_>, reader: Option<&Reader<'_>>) -> Mistakes {
    Checker::new(schema, reader).mistakes(schema, value)
}

/// Whether arguments may be wrong though serde has read them, each by its own type.
///
/// Not if each is a plain number, text or truth value, or a list of those: serde is as exact there. But it passes over
/// fields that a struct does not have, and it does not know a range.
pub(crate) fn is_needed(schema: &Value) -> bool {
    let is_plain = |(keyword, value): (&String, &Value)| match (keyword.as_str(), value) {
        ("properties", Value::Object(properties)) => properties.values().all(is_leaf),
        (keyword, _) => ["type", "required", "additionalProperties", "description"].contains(&keyword),
    };
    !schema.as_object().is_some_and(|schema| schema.iter().all(is_plain))
}

/// Whether a schema says nothing that serde does not see.
pub(crate) fn is_leaf(schema: &Value) -> bool {
    let is_plain = |(keyword, value): (&String, &Value)| match keyword.as_str() {
        "description" | "default" | "format" => true,
        "minimum" => is_unsigned(schema),
        "type" => ["integer", "number", "string", "boolean", "array"].iter().any(|leaf| value == leaf),
        "items" => is_leaf(value),
        _ => false,
    };
    schema.as_object().is_some_and(|schema| schema.iter().all(is_plain))
}

impl Mistakes {
    /// All of them, for a model to read, if there is one; `noun` is what it calls a part of the value.
    pub(crate) fn tell(&self, noun: &str) -> Option<String> {
        match (self.first.as_slice(), self.more) {
            ([], _) => None,
            ([only], 0) => Some(only.tell(noun)),
            (first, more) => {
                let mut text = format!("the {noun}s are wrong:");
                for mistake in first {
                    let _ = write!(text, "\n- {}", mistake.tell(noun));
                }
                if more > 0 {
                    let _ = write!(text, "\n- and {more} more");
                }
                Some(text)
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.first.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.first.len() + self.more
    }

    pub(crate) fn push(&mut self, mistake: impl FnOnce() -> SchemaViolation) {
        const A_HANDFUL: usize = 8;
        if self.first.len() < A_HANDFUL { self.first.push(mistake()) } else { self.more += 1 }
    }

    pub(crate) fn append(&mut self, others: Self) {
        others.first.into_iter().for_each(|mistake| self.push(|| mistake));
        self.more += others.more;
    }
}

impl SchemaViolation {
    pub(crate) fn tell(&self, noun: &str) -> String {
        match self {
            Self { path, text, .. } if path.is_empty() => format!("the {noun}s are wrong: {text}"),
            Self { path, place, text } => format!("{place}{noun} `{path}`: {text}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Whether a text names all of this, in whatever words.
    fn says(text: &str, parts: &[&str]) -> bool {
        parts.iter().all(|part| text.contains(part))
    }

    fn told(schema: &Value, value: &Value) -> String {
        let text = value.to_string();
        mistakes(schema, &Tree::parse(&text).expect("JSON"), None).tell("argument").unwrap_or_default()
    }

    /// What is told of one argument `it` with this schema.
    fn of(schema: &Value, value: &Value) -> String {
        told(&json!({"properties": {"it": schema}, "required": ["it"]}), &json!({"it": value}))
    }

    #[test]
    fn what_fits_is_no_mistake() {
        for (schema, value) in [
            (json!(true), json!([1])),
            (json!({}), json!(null)),
            (json!({"type": "integer"}), json!(u64::MAX)),
            (json!({"type": "number"}), json!(1)),
            (json!({"type": "integer"}), json!(1.0)),
            (json!({"type": ["string", "null"], "maxLength": 2}), json!("éé")),
            (json!({"anyOf": [{"type": "integer"}, {"type": "string"}]}), json!("a")),
            (json!({"type": "object", "additionalProperties": {"type": "integer"}}), json!({"a": 1, "b": 2})),
            (json!({"prefixItems": [{"type": "string"}], "items": {"type": "integer"}}), json!(["a", 1, 2])),
            (json!({"type": "string", "format": "date", "pattern": "x", "made up": 7}), json!("a")),
            (json!({"multipleOf": 0.1, "exclusiveMinimum": 0.2, "maximum": 0.3}), json!(0.3)),
        ] {
            assert_eq!(of(&schema, &value), "", "{schema} {value}");
        }
    }

    #[test]
    fn each_keyword_is_told() {
        let long = json!("x".repeat(1_000));
        let cases: [(Value, Value, &[&str]); 16] = [
            (json!({"type": "integer"}), json!("1"), &["\"1\""]),
            (json!({"type": "integer"}), json!(1.5), &["1.5"]),
            (json!({"type": ["integer", "null"]}), json!([]), &["[]"]),
            (json!({"type": "array", "items": {"type": "string"}}), json!("a"), &["\"a\""]),
            (json!({"enum": ["a", 1, null]}), json!(2), &["2"]),
            (
                json!({"type": "string", "enum": ["celsius", "fahrenheit"]}),
                json!("Celsus"),
                &["\"celsius\"", "\"fahrenheit\"", "\"Celsus\""],
            ),
            (json!(false), json!(1), &["`it`"]),
            (json!({"not": {"type": "null"}}), json!(null), &["null"]),
            (json!({"minimum": 1}), json!(0), &["1", "0"]),
            (
                json!({"maximum": 9_007_199_254_740_992_i64}),
                json!(9_007_199_254_740_993_i64),
                &["9007199254740992", "9007199254740993"],
            ),
            (json!({"exclusiveMaximum": 1.5}), json!(1.5), &["1.5"]),
            (json!({"multipleOf": 5}), json!(7), &["5", "7"]),
            (json!({"minLength": 2}), json!("é"), &["2", "1"]),
            (json!({"minItems": 2, "maxItems": 2}), json!([1]), &["1"]),
            (json!({"maxProperties": 1}), json!({"a": 1, "b": 1}), &["1", "2"]),
            (json!({"oneOf": [{"minimum": 1}, {"minimum": 2}]}), json!(2), &["2"]),
        ];
        for (schema, value, parts) in cases {
            let text = of(&schema, &value);
            assert!(!text.is_empty() && says(&text, parts), "{schema} {value}: {text}");
        }
        let text = of(&json!({"type": "integer"}), &long);
        assert!(text.len() < 800 && says(&text, &["\"xxx"]), "{text}");
    }

    #[test]
    fn all_mistakes_are_told_with_their_places() {
        let point = json!({
            "type": "object",
            "properties": {"x": {"type": "number"}, "y": {"type": "number"}, "label": {"type": "string"}},
            "required": ["x", "y"],
            "additionalProperties": false,
        });
        let schema = json!({
            "type": "object",
            "properties": {
                "points": {"type": "array", "items": point, "uniqueItems": true},
                "by name": {"type": "object", "propertyNames": {"enum": ["a"]}, "additionalProperties": point},
            },
            "required": ["points"],
        });
        assert_eq!(told(&schema, &json!({"points": [{"x": 1, "y": 2, "label": null}]})), "");
        assert!(says(&told(&schema, &json!({})), &["`points`", "`x`", "`y`"]));
        let text = told(
            &schema,
            &json!({
                "points": [{"x": 1, "z": 2}, {"x": 1, "y": "2", "label": 7}, [1, 2], {"x": 1, "y": "2", "label": 7}],
                "by name": {"b c": {"x": 1, "y": 2}},
            }),
        );
        let parts = [
            "`points[0].y`",
            "`points[0].z`",
            "`points[1].y`",
            "`points[1].label`",
            "`points[2]`",
            "`points[3]`",
            "`[\"by name\"][\"b c\"]`",
        ];
        assert_eq!(text.lines().count(), 1 + parts.len(), "{text}");
        for (line, part) in text.lines().skip(1).zip(parts) {
            assert!(line.contains(part), "{text}");
        }
        assert!(!told(&json!({"minProperties": 1}), &json!({})).is_empty());
    }

    #[test]
    fn of_many_mistakes_the_first_are_told() {
        let text = told(&json!({"items": {"type": "integer"}}), &json!(vec!["a"; 100]));
        assert_eq!(text.lines().count(), 10);
        assert!(
            text.contains("`[7]`")
                && !text.contains("`[8]`")
                && text.lines().last().is_some_and(|last| last.contains("92")),
            "{text}"
        );
    }

    #[test]
    fn of_alternatives_the_one_that_was_meant_speaks() {
        let round = json!({
            "type": "object",
            "properties": {"kind": {"const": "circle"}, "radius": {"type": "number"}},
            "required": ["kind", "radius"],
            "additionalProperties": false,
        });
        let square = json!({
            "type": "object",
            "properties": {"kind": {"const": "square"}, "side": {"type": "number"}},
            "required": ["kind", "side"],
            "additionalProperties": false,
        });
        let rod = json!({"type": "object", "properties": {"rod": {"type": "integer"}}, "required": ["rod"]});
        let schema = json!({"anyOf": [round, square, rod, {"enum": ["point", "plane"]}]});
        let cases: [(Value, &[&str]); 4] = [
            (json!({"kind": "square", "radius": 2}), &["`it.side`", "`it.radius`", "`kind`", "`side`"]),
            (json!({"rod": "long"}), &["`it.rod`", "\"long\""]),
            (json!({"radius": 2}), &["`it.kind`", "\"circle\""]),
            (json!("pont"), &["`kind`", "`radius`", "`side`", "`rod`", "\"point\"", "\"plane\"", "\"pont\""]),
        ];
        for (value, parts) in cases {
            assert!(says(&of(&schema, &value), parts), "{value}: {}", of(&schema, &value));
        }
        for value in [json!({"kind": "square", "side": 2}), json!("point")] {
            assert_eq!(of(&schema, &value), "", "{value}");
        }
        let text = of(&json!({"anyOf": [round, square]}), &json!({"kind": "cirle"}));
        assert!(says(&text, &["`it.kind`", "\"circle\"", "\"square\"", "\"cirle\""]), "{text}");
    }

    #[test]
    fn definitions_are_followed_and_circles_left() {
        let tree = json!({"type": "object", "properties": {"children": {"items": {"$ref": "#/$defs/Tree"}}}, "additionalProperties": false});
        let schema = json!({"$ref": "#/$defs/Tree", "$defs": {"Tree": tree}});
        assert_eq!(told(&schema, &json!({"children": [{}, {"children": []}]})), "");
        assert!(says(&told(&schema, &json!({"children": [{"children": [7]}]})), &["`children[0].children[0]`", "7"]));
        assert_eq!(told(&json!({"anyOf": [{"$ref": "#"}, {"$ref": "#"}]}), &json!(1)), "");
        assert_eq!(told(&json!({"not": {"$ref": "#"}}), &json!(1)), "");
        assert_eq!(told(&json!({"$ref": "https://example.com"}), &json!(1)), "");
    }

    #[test]
    fn a_check_is_needed_where_serde_is_lenient() {
        let with =
            |schema: Value| is_needed(&json!({"type": "object", "properties": {"a": schema}, "required": ["a"]}));
        for leaf in [
            json!({"description": "A number", "type": "integer", "default": 1}),
            json!({"type": "array", "items": {"type": "string", "format": "date"}}),
            json!({"type": "integer", "format": "uint8", "minimum": 0}),
            json!({}),
        ] {
            assert!(!with(leaf.clone()), "{leaf}");
        }
        for other in [
            // Of an unsigned type, but of any other it could be as well.
            json!({"type": "integer", "minimum": 0}),
            json!({"type": ["integer", "null"]}),
            json!({"type": "string", "enum": ["a"]}),
            json!({"type": "object"}),
            json!({"type": "array", "items": {"type": "object"}}),
            json!({"type": "array", "items": {"type": "string"}, "uniqueItems": true}),
        ] {
            assert!(with(other.clone()), "{other}");
        }
        assert!(is_needed(&json!({"type": "object", "minProperties": 1})));
    }

    #[test]
    fn any_schema_is_survived() {
        for schema in [
            json!({"type": 7, "properties": [], "required": {}, "items": 3, "enum": {}, "anyOf": {}, "minimum": "a"}),
            json!({"anyOf": [], "allOf": [1], "multipleOf": 0, "minItems": -1.5, "$ref": "#/x", "prefixItems": [4]}),
        ] {
            for value in [json!(null), json!(1), json!("a"), json!([1, "a"]), json!({"a": {"b": null}})] {
                told(&schema, &value);
            }
        }
    }
}
