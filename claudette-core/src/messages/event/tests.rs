use proptest::prelude::*;
use serde_json::{Value, json};

use super::block_events::ContentBlockDelta;
use super::delta::Delta;
use super::stream_event::StreamEvent;

/// Generates the JSON of a delta in the form of the API, with its padding.
fn delta() -> impl Strategy<Value = String> {
    let kinds = [("text_delta", "text"), ("input_json_delta", "partial_json"), ("thinking_delta", "thinking")];
    (prop::sample::select(kinds.to_vec()), 0..99_usize, any::<String>(), 0..3_usize, 0..3_usize).prop_map(
        |((kind, field), index, text, inner, outer)| {
            let (text, inner, outer) = (json!(text), " ".repeat(inner), " ".repeat(outer));
            format!(
                r#"{{"type":"content_block_delta","index":{index},"delta":{{"type":"{kind}","{field}":{text}{inner}}}{outer}}}"#
            )
        },
    )
}

proptest! {
    #[test]
    fn the_fast_path_reads_the_same_delta(json in delta()) {
        let usual = Delta::usual(&json).expect("the form of the API has a fast path");
        let any = ContentBlockDelta::parse_any(&json).unwrap();
        prop_assert_eq!(usual, (any.index, any.delta));
    }

    /// Damaged JSON is read as a usual delta only if it still is one.
    #[test]
    fn damaged_deltas_are_not_misread(json in delta(), at in any::<prop::sample::Index>(), with in "[\\x00-\\x7f]{0,3}", cut in 0..4_usize) {
        let mut bytes = json.into_bytes();
        let at = at.index(bytes.len());
        let end = (at + cut).min(bytes.len());
        bytes.splice(at..end, with.into_bytes());
        let Ok(json) = String::from_utf8(bytes) else { return Ok(()) };
        if let Some(usual) = Delta::usual(&json) {
            let any = ContentBlockDelta::parse_any(&json);
            prop_assert!(any.is_ok(), "{} is not JSON", json);
            let any = any.unwrap();
            prop_assert_eq!(usual, (any.index, any.delta));
        }
    }
}

#[test]
fn other_forms_of_a_delta_are_read_too() {
    for json in [
        r#"{"index":1,"type":"content_block_delta","delta":{"type":"text_delta","text":"a"}}"#,
        r#"{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"a","new":1}}"#,
        r#"{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"a"},"new":1}"#,
        r#"{"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "a"}}"#,
    ] {
        assert!(Delta::usual(json).is_none(), "{json}");
        let event = StreamEvent::parse("content_block_delta", json).unwrap();
        assert_eq!(event.text(), Some("a"));
        assert_eq!(json!(event), serde_json::from_str::<Value>(json).unwrap());
    }
}
