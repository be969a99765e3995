//! JSON that is read while it is written: the value does not depend on the pieces, follows the rules of `serde_json`,
//! and only grows.

use std::fmt::Write;

use claudette::json::{MalformedJson, PartialJson};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Map, Value, json};

/// Generates any value, with text that JSON has to escape.
fn value() -> impl Strategy<Value = Value> {
    let text = prop_oneof![any::<String>(), "[\"\\\\/\\x00-\\x20aé😀]{0,12}"];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 60, 6, |inner| {
        let members = prop::collection::vec(("[a-c/~\"é]{0,2}", inner.clone()), 0..6);
        prop_oneof![
            prop::collection::vec(inner, 0..6).prop_map(Value::from),
            members.prop_map(|members| Value::from(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// Writes the value as text: compact or with white space, and with non-ASCII characters unchanged or escaped.
fn written(value: &Value, pretty: bool, escaped: bool) -> String {
    let text = if pretty { serde_json::to_string_pretty(value) } else { serde_json::to_string(value) }.unwrap();
    let mut json = String::new();
    for char in text.chars() {
        if char.is_ascii() || !escaped {
            json.push(char);
        } else {
            char.encode_utf16(&mut [0; 2]).iter().for_each(|unit| write!(json, "\\u{unit:04x}").unwrap());
        }
    }
    json
}

/// Returns the positions where the text can be cut.
fn bounds(text: &str) -> Vec<usize> {
    text.char_indices().map(|(at, _)| at).chain([text.len()]).collect()
}

/// Cuts the text at these places.
fn cut<'a>(text: &'a str, places: &[Index]) -> Vec<&'a str> {
    let bounds = bounds(text);
    let mut places: Vec<_> = places.iter().map(|place| *place.get(&bounds)).chain([0, text.len()]).collect();
    places.sort_unstable();
    places.windows(2).map(|piece| &text[piece[0]..piece[1]]).collect()
}

fn read(pieces: &[impl AsRef<str>]) -> Result<Value, MalformedJson> {
    let mut json = PartialJson::new();
    for piece in pieces {
        json.push(piece.as_ref())?;
    }
    json.finish()
}

/// Checks that the value at a place only grew, and that its finished parts did not change.
fn assert_grown(before: &PartialJson, after: &PartialJson, pointer: &str) {
    let was = before.value().pointer(pointer).unwrap();
    let is = after.value().pointer(pointer).unwrap_or_else(|| panic!("{pointer} is missing"));
    if before.is_finished(pointer) {
        assert_eq!(was, is, "{pointer}");
        assert!(after.is_finished(pointer), "{pointer}");
    }
    match (was, is) {
        (Value::String(was), Value::String(is)) => assert!(is.starts_with(was), "{pointer}: {was:?} became {is:?}"),
        (Value::Array(was), Value::Array(_)) => {
            for index in 0..was.len() {
                assert_grown(before, after, &format!("{pointer}/{index}"));
            }
        }
        (Value::Object(was), Value::Object(_)) => {
            for key in was.keys() {
                assert_grown(before, after, &format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1")));
            }
        }
        // The text has not begun.
        (Value::Null, _) if pointer.is_empty() => {}
        (was, is) => {
            assert_eq!(was, is, "{pointer}");
            assert!(before.is_finished(pointer), "{pointer}");
        }
    }
}

/// Parts of valid and of invalid JSON.
const TOKENS: &[&str] = &[
    "{", "}", "[", "]", ",", ":", "\"", "\"\"", "\"a\"", "\"a\":", "\\", "\\n", "\\u", "00e9", "\\ud83d", "\\ude00",
    "\\u+123", " ", "\n", "\u{b}", "\u{a0}", "\u{1f}", "\u{7f}", "é", "-", "+", ".", "0", "1", "-0", "e5", "E+",
    "1e400", "true", "fal", "null",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_value_in_any_pieces_arrives(
        value in value(),
        (pretty, escaped) in any::<(bool, bool)>(),
        places in prop::collection::vec(any::<Index>(), 0..40),
    ) {
        let text = written(&value, pretty, escaped);
        let mut json = PartialJson::new();
        for piece in cut(&text, &places) {
            let before = json.clone();
            json.push(piece).unwrap();
            assert_grown(&before, &json, "");
        }
        prop_assert_eq!(json.text(), &text);
        prop_assert_eq!(json.is_complete(), json.is_finished(""));
        prop_assert!(json.is_complete() || value.is_number());
        prop_assert_eq!(json.finish().unwrap(), value);
    }

    /// Reads random tokens, most of them invalid JSON: the result agrees with `serde_json`, and does not depend on the
    /// pieces.
    #[test]
    fn serde_json_agrees(
        tokens in prop::collection::vec(prop::sample::select(TOKENS), 0..12),
        places in prop::collection::vec(any::<Index>(), 0..12),
    ) {
        let text = tokens.concat();
        assert_agreed(&text, &cut(&text, &places));
    }

    #[test]
    fn serde_json_agrees_on_nearly_valid_json(
        value in value(),
        (place, token) in (any::<Index>(), prop::sample::select(TOKENS)),
        places in prop::collection::vec(any::<Index>(), 0..12),
    ) {
        let mut text = written(&value, false, true);
        text.insert_str(*place.get(&bounds(&text)), token);
        assert_agreed(&text, &cut(&text, &places));
    }
}

/// Checks that the text is read or refused as by `serde_json`, in pieces and as a whole.
fn assert_agreed(text: &str, pieces: &[impl AsRef<str>]) {
    let whole = read(&[text]);
    assert_eq!(read(pieces), whole, "{text:?}");
    match serde_json::from_str::<Value>(text) {
        Ok(value) => assert_eq!(whole, Ok(value), "{text:?}"),
        Err(error) => assert!(whole.is_err(), "{text:?} was read as {whole:?}: {error}"),
    }
}

#[test]
fn serde_json_agrees_at_the_edges() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    let long = format!("[0.{}1]", "0".repeat(5_000));
    for text in [
        "",
        " ",
        "-0",
        "-0.0",
        "1e5",
        "01",
        "1.",
        ".5",
        "+1",
        "-",
        "1e",
        "1e400",
        "-1e400",
        "1e-400",
        "1.5.5",
        "1-1",
        "0x1",
        "NaN",
        "18446744073709551616",
        "-9223372036854775809",
        "0.1",
        "1 ",
        " 1",
        "1 1",
        "1,",
        "true",
        "tru",
        "truefalse",
        "nulls",
        "True",
        "\"\\ud83d\\ude00\"",
        "\"\\ud83d\"",
        "\"\\ud83d\\n\"",
        "\"\\ud83dx\"",
        "\"\\ude00\"",
        "\"\\ude00\\ud83d\"",
        "\"\\ud83d\\ud83d\"",
        "\"\\u00E9\\u00e9\"",
        "\"\\u00g9\"",
        "\"\\u 0e9\"",
        "\"\\u+0e9\"",
        "\"\\u00é\"",
        "\"\\x\"",
        "\"\\/\\b\\f\\n\\r\\t\\\"\\\\\"",
        "\"\\u0000\"",
        "\"\n\"",
        "\"\t\"",
        "\"\0\"",
        "\"\u{7f}\"",
        "\"é😀\"",
        "\"",
        "'a'",
        "[]",
        "[ ]",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[",
        "]",
        "[}",
        "[1",
        "[1]]",
        "[\"a\",\n{}]",
        "{}",
        "{ }",
        "{,}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{\"a\":1 \"b\":2}",
        "{\"a\"1}",
        "{a:1}",
        "{1:1}",
        "{\"a\":1]",
        "{\" \" : 1 }",
        "{\"a\":1,\"a\":2}",
        "{\"a\":{\"b\":1},\"c\":2,\"a\":[\"x\"]}",
        "{\"a\":\"x\",\"\\u0061\":\"y\"}",
        "{\"\\ud83d\":1}",
        "[1]//",
        "\u{feff}[1]",
        "[1]\u{a0}",
        "é",
        &nested(127),
        &nested(128),
        &long,
    ] {
        let chars: Vec<_> = text.chars().collect();
        for size in [1, 2, 3, 7] {
            let pieces: Vec<_> = chars.chunks(size).map(String::from_iter).collect();
            assert_agreed(text, &pieces);
        }
    }
}

#[test]
fn numbers_and_literals_appear_when_they_are_complete() {
    let text = r#"{"a": [12, true, nul"#;
    let shown = |length: usize| {
        let mut json = PartialJson::new();
        json.push(&text[..length]).unwrap();
        json.value().clone()
    };
    assert_eq!(shown(5), json!({}));
    assert_eq!(shown(7), json!({"a": []}));
    assert_eq!(shown(9), json!({"a": []}));
    assert_eq!(shown(10), json!({"a": [12]}));
    assert_eq!(shown(14), json!({"a": [12]}));
    assert_eq!(shown(15), json!({"a": [12, true]}));
    assert_eq!(shown(20), json!({"a": [12, true]}));
}

#[test]
fn a_value_is_finished_when_the_text_is_past_it() {
    let mut json = PartialJson::new();
    assert!(!json.is_finished(""));
    json.push(r#"{"a": {"b": "x", "c": ["y", "z"#).unwrap();
    let finished: Vec<_> = ["", "/a", "/a/b", "/a/c", "/a/c/0", "/a/c/1", "/a/c/2", "/nowhere"]
        .into_iter()
        .filter(|pointer| json.is_finished(pointer))
        .collect();
    assert_eq!(finished, ["/a/b", "/a/c/0"]);
    json.push("\"]}").unwrap();
    assert!(json.is_finished("/a") && json.is_finished("/a/c/1") && !json.is_finished("") && !json.is_complete());
    json.push("}").unwrap();
    assert!(json.is_finished("") && json.is_complete());
}

#[test]
fn the_last_of_equal_keys_wins() {
    let mut json = PartialJson::new();
    json.push(r#"{"a": [1], "b": 2, "a": ["x", "y"#).unwrap();
    assert_eq!(*json.value(), json!({"a": ["x", "y"], "b": 2}));
    assert!(!json.is_finished("/a"));
    assert!(json.is_finished("/b"));
}

#[test]
fn an_error_is_permanent() {
    let mut json = PartialJson::new();
    let error = json.push(r#"{"a": ["b"}"#).unwrap_err();
    assert_eq!(error.to_string(), "invalid JSON at byte 10: expected `,` or `]`");
    assert_eq!(json.push("]}").unwrap_err(), error);
    assert_eq!(*json.value(), json!({"a": ["b"]}));
    assert!(!json.is_complete());
    assert_eq!(json.finish().unwrap_err(), error);
}

#[test]
fn the_error_of_an_incomplete_text_has_a_position() {
    assert_eq!(read(&[r#"{"a": "#]).unwrap_err().to_string(), "invalid JSON at byte 6: unexpected end of the text");
    assert_eq!(read(&["tru"]).unwrap_err().offset(), 3);
}
