//! Violations of values that do not fit their schemas.

use serde_json::{Value, json};

use super::tree::Tree;
use super::validator::violations;

/// Returns `true` if a text contains all of these parts.
fn contains_all(text: &str, parts: &[&str]) -> bool {
    parts.iter().all(|part| text.contains(part))
}

fn message(schema: &Value, value: &Value) -> String {
    let text = value.to_string();
    violations(schema, &Tree::parse(&text).expect("JSON"), None).message("argument").unwrap_or_default()
}

/// Returns the violations of one argument `it` with this schema.
fn of(schema: &Value, value: &Value) -> String {
    message(&json!({"properties": {"it": schema}, "required": ["it"]}), &json!({"it": value}))
}

#[test]
fn valid_values_have_no_violations() {
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
fn each_keyword_is_checked() {
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
        assert!(!text.is_empty() && contains_all(&text, parts), "{schema} {value}: {text}");
    }
    let text = of(&json!({"type": "integer"}), &long);
    assert!(text.len() < 800 && contains_all(&text, &["\"xxx"]), "{text}");
}

#[test]
fn all_violations_are_reported_with_their_paths() {
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
    assert_eq!(message(&schema, &json!({"points": [{"x": 1, "y": 2, "label": null}]})), "");
    assert!(contains_all(&message(&schema, &json!({})), &["`points`", "`x`", "`y`"]));
    let text = message(
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
    assert!(!message(&json!({"minProperties": 1}), &json!({})).is_empty());
}

#[test]
fn only_the_first_violations_are_reported() {
    let text = message(&json!({"items": {"type": "integer"}}), &json!(vec!["a"; 100]));
    assert_eq!(text.lines().count(), 10);
    assert!(
        text.contains("`[7]`")
            && !text.contains("`[8]`")
            && text.lines().last().is_some_and(|last| last.contains("92")),
        "{text}"
    );
}

#[test]
fn violations_are_those_of_the_most_similar_alternative() {
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
        assert!(contains_all(&of(&schema, &value), parts), "{value}: {}", of(&schema, &value));
    }
    for value in [json!({"kind": "square", "side": 2}), json!("point")] {
        assert_eq!(of(&schema, &value), "", "{value}");
    }
    let text = of(&json!({"anyOf": [round, square]}), &json!({"kind": "cirle"}));
    assert!(contains_all(&text, &["`it.kind`", "\"circle\"", "\"square\"", "\"cirle\""]), "{text}");
}

#[test]
fn definitions_are_followed_and_cycles_end() {
    let tree = json!({"type": "object", "properties": {"children": {"items": {"$ref": "#/$defs/Tree"}}}, "additionalProperties": false});
    let schema = json!({"$ref": "#/$defs/Tree", "$defs": {"Tree": tree}});
    assert_eq!(message(&schema, &json!({"children": [{}, {"children": []}]})), "");
    assert!(contains_all(
        &message(&schema, &json!({"children": [{"children": [7]}]})),
        &["`children[0].children[0]`", "7"]
    ));
    assert_eq!(message(&json!({"anyOf": [{"$ref": "#"}, {"$ref": "#"}]}), &json!(1)), "");
    assert_eq!(message(&json!({"not": {"$ref": "#"}}), &json!(1)), "");
    assert_eq!(message(&json!({"$ref": "https://example.com"}), &json!(1)), "");
}

#[test]
fn malformed_schemas_do_not_panic() {
    for schema in [
        json!({"type": 7, "properties": [], "required": {}, "items": 3, "enum": {}, "anyOf": {}, "minimum": "a"}),
        json!({"anyOf": [], "allOf": [1], "multipleOf": 0, "minItems": -1.5, "$ref": "#/x", "prefixItems": [4]}),
    ] {
        for value in [json!(null), json!(1), json!("a"), json!([1, "a"]), json!({"a": {"b": null}})] {
            message(&schema, &value);
        }
    }
}
