#![allow(clippy::unwrap_used)]

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use claudette::wire::ContentBlock;
use claudette::{ToolOutcome, ToolUse};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::convert;
use crate::client::content::testing::{gif, pdf, png};

const MOST: usize = 100_000;

/// Converts an answer, and returns what a chat makes of it.
fn outcome_within(answer: &Value, most: usize) -> ToolOutcome {
    let call = ToolUse::new("toolu_1", "t", json!({}));
    ToolOutcome::new(call, convert("files", "read", answer, most), Duration::ZERO)
}

fn outcome(answer: &Value) -> ToolOutcome {
    outcome_within(answer, MOST)
}

fn kinds(outcome: &ToolOutcome) -> Vec<&str> {
    outcome.result().content().unwrap().blocks().iter().map(ContentBlock::kind).collect()
}

fn texts(outcome: &ToolOutcome) -> Vec<&str> {
    outcome.result().content().unwrap().blocks().iter().filter_map(ContentBlock::as_text).collect()
}

fn b64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

#[test]
fn text_is_text() {
    let one = outcome(&json!({"content": [{"type": "text", "text": "sunny"}]}));
    assert_eq!((one.text().as_ref(), one.is_error()), ("sunny", false));
    assert_eq!(one.value::<String>().unwrap(), "sunny");
    let many = outcome(&json!({"content": [
        {"type": "text", "text": "a"}, {"type": "text", "text": " \n"}, {"type": "text", "text": ""},
        {"type": "text", "text": "b"},
    ]}));
    assert_eq!(texts(&many), ["a", "b"]);
    // Lenient forms.
    for content in [json!("a"), json!(["a"]), json!({"type": "text", "text": "a"})] {
        assert_eq!(outcome(&json!({"content": content})).text(), "a");
    }
    assert_eq!(outcome(&json!({"content": [{"type": "text", "text": 7}]})).text(), "7");
}

#[test]
fn hidden_characters_are_removed_for_the_model_only() {
    let text = "a\u{1b}[31mb\u{202e}c\u{e0041}";
    let cleaned = outcome(&json!({"content": [{"type": "text", "text": text}]}));
    assert_eq!(cleaned.text(), "abc");
    assert_eq!(cleaned.value::<String>().unwrap(), text);
}

#[test]
fn empty_answers_are_empty() {
    for answer in [
        json!({}),
        json!({"content": []}),
        json!({"content": null}),
        json!({"resultType": "complete"}),
        json!({"_meta": {"a": 1}}),
        json!({"isError": false}),
        json!({"structuredContent": null}),
        json!({"content": [{"type": "text", "text": ""}]}),
        Value::Null,
    ] {
        let empty = outcome(&answer);
        assert_eq!((empty.text().as_ref(), empty.is_error()), ("", false), "{answer}");
    }
}

#[test]
fn images_are_checked_by_their_bytes() {
    let image =
        |data: &str, label: &str| outcome(&json!({"content": [{"type": "image", "data": data, "mimeType": label}]}));
    for bytes in [png(), gif()] {
        let shown = image(&b64(&bytes), "image/jpeg");
        assert_eq!(kinds(&shown), ["image"]);
    }
    let (urlsafe, url) =
        (b64(&png()).replace('+', "-").replace('/', "_"), "data:image/png;base64,".to_owned() + &b64(&png()));
    for data in [urlsafe, url, b64(&png()).replace("AAA", "AA\r\nA"), b64(&png()).trim_end_matches('=').to_owned()] {
        assert_eq!(kinds(&image(&data, "image/png")), ["image"], "{data}");
    }
    let cut = png();
    let cut = b64(&cut[..cut.len() - 15]);
    for (data, label, why) in [
        (b64(b"<svg xmlns=''/>"), "image/png", "it begins like SVG, but the API accepts JPEG, PNG, GIF and WebP"),
        (cut, "image/png", "its data is damaged or incomplete"),
        ("no base64!".to_owned(), "image/png", "its data is not base64"),
    ] {
        let note = image(&data, label);
        assert!(note.text().starts_with("[Image (image/png, ") && note.text().contains(why), "{}", note.text());
        assert!(note.text().ends_with("; it is kept for the program]"), "{}", note.text());
        assert_eq!(note.value::<Value>().unwrap()["content"][0]["data"], data);
    }
}

#[test]
fn too_many_images_become_notes() {
    let one = json!({"type": "image", "data": b64(&png()), "mimeType": "image/png"});
    let many = outcome(&json!({"content": vec![one; 25]}));
    assert_eq!(kinds(&many).iter().filter(|kind| **kind == "image").count(), 20);
    assert_eq!(texts(&many).len(), 5);
}

#[test]
fn other_kinds_become_notes_and_are_kept() {
    let answer = json!({"content": [
        {"type": "audio", "data": b64(&[0; 3_000]), "mimeType": "audio/wav"},
        {"type": "video", "data": "x"},
        {"type": "text"},
        {"type": "text", "text": "secret", "annotations": {"audience": ["user"]}},
        {"type": "text", "text": "both", "annotations": {"audience": ["user", "assistant"]}},
        {"data": 1}, [1], null,
    ]});
    let notes = outcome(&answer);
    assert_eq!(
        texts(&notes),
        [
            "[Audio (audio/wav, 3 kB) is not shown: the model cannot hear it; it is kept for the program]",
            "[Content of the type \"video\" (27 bytes of JSON) is not shown: the type is unknown; it is kept for the program]",
            "[Text (15 bytes of JSON) is not shown: the block is damaged; it is kept for the program]",
            "[Content (text) is not shown: it is for the user only; it is kept for the program]",
            "both",
            "[Content (10 bytes of JSON) is not shown: it has no type; it is kept for the program]",
            "[List (3 bytes of JSON) is not shown: it is not a content block; it is kept for the program]",
        ]
    );
    assert_eq!(notes.value::<Value>().unwrap(), answer);
    // With structured content, that is what the program gets.
    let both = json!({"content": answer["content"][0], "structuredContent": {"a": 1}});
    let both = outcome(&both);
    assert_eq!(both.value::<Value>().unwrap(), json!({"a": 1}));
    assert_eq!(texts(&both), ["[Audio (audio/wav, 3 kB) is not shown: the model cannot hear it]", r#"{"a":1}"#]);
}

#[test]
fn resources_and_links() {
    let answer = json!({"content": [
        {"type": "resource", "resource": {"uri": "file:///a.txt", "text": "Order C1"}},
        {"type": "resource", "resource": {"uri": "file:///a.png", "blob": b64(&png()), "mimeType": "x/y"}},
        {"type": "resource", "resource": {"uri": "file:///a.pdf", "blob": b64(&pdf())}},
        {"type": "resource", "resource": {"uri": "file:///a.csv", "blob": b64(b"1,2"), "mimeType": "text/csv"}},
        {"type": "resource", "resource": {"uri": "file:///a.zip", "blob": b64(b"PK\x03\x04"), "mimeType": "application/zip"}},
        {"type": "resource", "resource": {"uri": "file:///e", "text": ""}},
        {"type": "resource", "resource": 7},
        {"type": "resource_link", "uri": "file:///b", "name": "b", "title": "The B", "mimeType": "text/plain", "size": 1200, "description": "All of it"},
        {"type": "resource_link", "uri": "file:///b"},
        {"type": "resource_link", "name": "b"},
    ]});
    let shown = outcome(&answer);
    assert_eq!(
        kinds(&shown),
        ["document", "image", "document", "document", "text", "text", "text", "text", "text", "text"]
    );
    let blocks = shown.result().content().unwrap().blocks();
    for (index, title, data) in [(0, "file:///a.txt", "Order C1"), (3, "file:///a.csv", "1,2")] {
        let ContentBlock::Document(document) = &blocks[index] else { panic!("not a document") };
        assert_eq!((document.given_title(), document.source().data()), (Some(title), Some(data)));
    }
    assert_eq!(
        texts(&shown),
        [
            "[Resource (file:///a.zip, application/zip, 4 bytes) is not shown: it is neither text, nor an image, nor a PDF; it is kept for the program]",
            "[Resource (file:///e) is empty]",
            "[Resource (32 bytes of JSON) is not shown: the block is damaged; it is kept for the program]",
            "Resource link: The B\nURI: file:///b\nType: text/plain, 1 kB\nAll of it",
            "Resource link: file:///b",
            "[Resource link (b, 35 bytes of JSON) is not shown: the block is damaged; it is kept for the program]",
        ]
    );
}

#[test]
fn structured_content_is_shown_once() {
    let text = |text: &str| json!([{"type": "text", "text": text}]);
    let large: String = "x y ".repeat(3_000);
    for (content, structured, shown) in [
        (json!([]), json!({"a": 1}), vec![r#"{"a":1}"#]),
        (Value::Null, json!([1, 2]), vec!["[1,2]"]),
        (text("{\"b\": 2,\n\"a\": 1}"), json!({"a": 1, "b": 2}), vec!["{\"b\": 2,\n\"a\": 1}"]),
        (text("It is 1."), json!({"a": 1}), vec!["It is 1.", r#"{"a":1}"#]),
        (text("3"), json!({"result": 3}), vec!["3"]),
        (text("sunny"), json!({"result": "sunny"}), vec!["sunny"]),
        (json!(["1", "x"]), json!({"result": [1, "x"]}), vec!["1", "x"]),
        (text("It is large."), json!({"a": large}), vec!["It is large."]),
    ] {
        let outcome = outcome(&json!({"content": content, "structuredContent": structured}));
        let content = outcome.result().content().unwrap();
        let seen = if content.blocks().is_empty() {
            vec![content.text().into_owned()]
        } else {
            texts(&outcome).into_iter().map(str::to_owned).collect()
        };
        assert_eq!(seen, shown);
        assert_eq!(outcome.value::<Value>().unwrap(), structured);
    }
    let picture = json!([{"type": "image", "data": b64(&png()), "mimeType": "image/png"}]);
    let outcome = outcome(&json!({"content": picture, "structuredContent": {"a": 1}}));
    assert_eq!(kinds(&outcome), ["image"]);
}

#[test]
fn base64_in_structured_content_is_left_out() {
    let structured = json!({"name": "cat", "data": ["A".repeat(2_000)], "words": "word ".repeat(400)});
    let shown = outcome(&json!({"structuredContent": structured}));
    assert!(shown.text().starts_with(r#"{"name":"cat","data":["[2 kB of base64]"],"words":"word word"#));
    assert_eq!(shown.value::<Value>().unwrap(), structured);
    // A text that repeats it is shortened, too.
    let same = outcome(&json!({"content": structured.to_string(), "structuredContent": structured}));
    assert_eq!(same.text(), shown.text());
}

#[test]
fn errors_have_a_text() {
    for (answer, shown) in [
        (
            json!({"isError": true, "content": [{"type": "text", "text": "no"}, {"type": "text", "text": "file"}]}),
            "no\nfile",
        ),
        (json!({"isError": true, "structuredContent": {"code": 7}}), r#"{"code":7}"#),
        (json!({"isError": true, "content": [], "structuredContent": {"code": 7}}), r#"{"code":7}"#),
        (json!({"isError": true, "content": "no", "structuredContent": {"code": 7}}), "no\n{\"code\":7}"),
        (json!({"isError": "true"}), "`read` failed, and the server \"files\" gave no reason."),
        (json!({"isError": true, "message": "no"}), r#"{"isError":true,"message":"no"}"#),
        (json!({"isError": true, "content": [{"type": "image", "data": b64(&png())}]}), "[An image is not shown]"),
    ] {
        let error = outcome(&answer);
        assert_eq!((error.text().as_ref(), error.is_error()), (shown, true), "{answer}");
    }
}

#[test]
fn answers_to_other_questions_are_errors() {
    for (answer, part) in [
        (json!({"tools": []}), "it has the key `tools`. Its content is lost"),
        (json!({"action": "accept"}), "it has the key `action`"),
        (json!({"resultType": "task", "taskId": "1"}), "a task that runs in the background"),
        (json!({"task": {"taskId": "1"}}), "a task that runs in the background"),
        (json!({"resultType": "input_required", "inputRequests": {}}), "a request for input"),
    ] {
        let error = outcome(&answer);
        assert!(error.is_error() && error.text().contains(part), "{}", error.text());
        assert!(error.text().starts_with("The server \"files\" answered the call of `read` with"));
    }
    let content = outcome(&json!({"content": "here", "tools": []}));
    assert_eq!(content.text(), "here");
    for (answer, shown) in [
        (json!({"toolResult": {"a": 1}}), r#"{"a":1}"#),
        (json!({"toolResult": "a"}), "a"),
        (json!({"temperature": 4}), r#"{"temperature":4}"#),
        (json!([1]), "[1]"),
        (json!("a"), "a"),
    ] {
        assert_eq!(outcome(&answer).text(), shown);
    }
}

#[test]
fn long_results_lose_their_middle() {
    let long = format!("begin {} end", "ä".repeat(1_000_000));
    let cut = outcome(&json!({"content": [{"type": "text", "text": long}]}));
    let text = cut.text();
    assert!(text.starts_with("begin ä") && text.ends_with("ä end") && text.len() < MOST + 200, "{}", text.len());
    let left_out: usize = text.split("\n[… ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    let shown: usize = text.split("\n[… ").map(|part| part.split("…]\n").last().unwrap().len()).sum();
    assert_eq!(left_out + shown, long.len());
    assert_eq!(cut.value::<String>().unwrap(), long);

    let asked = |chars: Value| json!({"content": long, "_meta": {"anthropic/maxResultSizeChars": chars}});
    assert!(outcome(&asked(json!(400_000))).text().len() > 399_000);
    assert!(outcome(&asked(json!(4_000_000_000_000_u64))).text().len() < 501_000);
    assert!(outcome(&asked(json!("all"))).text().len() < MOST + 200);

    // An error, a document and a mixture have the same limit.
    let error = outcome(&json!({"content": long, "isError": true}));
    assert!(error.text().len() < MOST + 200 && error.text().ends_with("end"));
    let document = outcome(&json!({"content": [{"type": "resource", "resource": {"uri": "a", "text": long}}]}));
    let ContentBlock::Document(block) = &document.result().content().unwrap().blocks()[0] else { panic!() };
    assert!(block.source().data().unwrap().len() < MOST + 200);
    assert_eq!(document.value::<Value>().unwrap()["content"][0]["resource"]["text"], long);
}

#[test]
fn many_tiny_blocks_are_joined() {
    let many = outcome(&json!({"content": vec![json!({"type": "text", "text": "a"}); 40_000]}));
    assert_eq!(many.result().content().unwrap().blocks().len(), 0);
    assert!(many.text().len() <= 80_000);
}

/// JSON in which the keys and values of results are frequent.
fn answers() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        "\\PC{0,12}",
        Just("\u{1b}[2J\u{202e}\0 ".to_owned()),
        Just(b64(&png())),
        Just(b64(&pdf())),
        Just(b64(&png()[..40])),
        Just("A".repeat(1_500)),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        text.prop_map(Value::from),
        prop::sample::select(vec!["text", "image", "audio", "resource", "resource_link", "user", "task"])
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 8, |inner| {
        let key = prop::sample::select(vec![
            "content",
            "type",
            "text",
            "data",
            "mimeType",
            "resource",
            "uri",
            "blob",
            "name",
            "annotations",
            "audience",
            "structuredContent",
            "isError",
            "toolResult",
            "tools",
            "_meta",
            "anthropic/maxResultSizeChars",
            "result",
            "x",
        ]);
        let block = (
            prop::sample::select(vec!["text", "image", "audio", "resource", "resource_link", "x"]),
            inner.clone(),
        )
            .prop_map(
                |(kind, inner)| json!({"type": kind, "text": inner, "data": inner, "resource": inner, "uri": inner}),
            );
        prop_oneof![
            block,
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..8).prop_map(|fields| fields
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect::<serde_json::Map<_, _>>()
                .into()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn any_answer_becomes_a_result_that_the_api_accepts(answer in answers(), most in 0..300_usize) {
        let outcome = outcome_within(&answer, most);
        let text = outcome.text();
        prop_assert!(!text.contains("cannot be sent"), "{}", text);
        let hidden = ['\u{1b}', '\u{202e}', '\0'];
        prop_assert!(!text.contains(hidden));
        prop_assert!(!outcome.is_error() || !text.trim().is_empty());
        let asks = answer.to_string().contains("maxResultSizeChars");
        prop_assert!(asks || outcome.is_error() || text.len() <= most + 120, "{} bytes of {most}", text.len());
        for block in outcome.result().content().unwrap().blocks() {
            match block {
                ContentBlock::Text(text) => prop_assert!(!text.text().trim().is_empty()),
                ContentBlock::Image(_) => {}
                ContentBlock::Document(document) => prop_assert!(document.source().data().is_some_and(|data| !data.is_empty())),
                other => prop_assert!(false, "{}", other.kind()),
            }
        }
        // A value for the program exists for every call that did not fail.
        prop_assert!(outcome.is_error() || outcome.value::<Value>().is_ok());
    }
}
