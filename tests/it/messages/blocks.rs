//! Any block, citation or delta is written back unchanged, and a streamed block is the same block.

use claudette::wire::{Accumulator, Citation, Delta, ServerToolResult, ServerToolUse, StreamEvent};
use claudette::{ContentBlock, Document, Message, Response, Usage};
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Returns blocks that the model sends, one of each type and form.
fn received() -> Vec<Value> {
    let direct = json!({"type": "direct"});
    let result = |kind: &str, content: Value| json!({"type": kind, "tool_use_id": "srvtoolu_1", "content": content});
    let failed = |kind: &str, error: &str| result(kind, json!({"type": format!("{kind}_error"), "error_code": error}));
    vec![
        json!({"type": "text", "text": "Hi, \u{1F600}\n"}),
        json!({"type": "text", "text": "\n\n", "citations": null}),
        json!({"citations": citations(), "type": "text", "text": "It left on Monday."}),
        json!({"type": "thinking", "thinking": "Let me see: größer…", "signature": "c2lnbmF0dXJl"}),
        json!({"type": "thinking", "thinking": "", "signature": "c2lnbmF0dXJl"}),
        json!({"type": "redacted_thinking", "data": "ZGF0YQ=="}),
        json!({"type": "tool_use", "id": "toolu_1", "name": "sums", "input": {"a": 33_392_837_120_239_382_u64, "b": [1.5]},
               "caller": direct}),
        json!({"type": "tool_use", "id": "toolu_2", "name": "left_click", "input": {"coordinate": [1, 2]},
               "toolset_name": "computer", "caller": {"type": "code_execution_20260120", "tool_id": "srvtoolu_1"}}),
        json!({"type": "tool_use", "id": "toolu_3", "name": "now", "input": {}}),
        json!({"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "weather"}}),
        json!({"type": "server_tool_use", "id": "srvtoolu_2", "name": "code_execution", "input": {"code": "1+1"},
               "caller": direct}),
        json!({"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "caller": direct, "content": [
            {"type": "web_search_result", "url": "https://a.example", "title": "A", "encrypted_content": "eA==",
             "page_age": null},
            {"type": "web_search_result", "url": "https://b.example", "title": "B", "encrypted_content": "eQ==",
             "page_age": "2 days ago"}]}),
        failed("web_search_tool_result", "max_uses_exceeded"),
        result(
            "web_fetch_tool_result",
            json!({"type": "web_fetch_result", "url": "https://a.example",
            "retrieved_at": "2026-11-22T10:00:00Z", "content": {"type": "document", "title": "A", "citations": null,
            "source": {"type": "text", "media_type": "text/plain", "data": "Rain."}}}),
        ),
        failed("web_fetch_tool_result", "url_not_accessible"),
        result(
            "code_execution_tool_result",
            json!({"type": "code_execution_result", "stdout": "2\n", "stderr": "",
            "return_code": 0, "abort_reason": null,
            "content": [{"type": "code_execution_output", "file_id": "file_1"}]}),
        ),
        result(
            "code_execution_tool_result",
            json!({"type": "encrypted_code_execution_result",
            "encrypted_stdout": "eA==", "stderr": "", "return_code": 1, "content": []}),
        ),
        failed("code_execution_tool_result", "execution_time_exceeded"),
        result(
            "bash_code_execution_tool_result",
            json!({"type": "bash_code_execution_result", "stdout": "",
            "stderr": "no such file", "return_code": 2, "content": []}),
        ),
        failed("bash_code_execution_tool_result", "output_file_too_large"),
        result(
            "text_editor_code_execution_tool_result",
            json!({"type": "text_editor_code_execution_view_result",
            "content": "a\nb", "file_type": "text", "num_lines": 2, "start_line": null, "total_lines": 2}),
        ),
        result(
            "text_editor_code_execution_tool_result",
            json!({"type": "text_editor_code_execution_create_result",
            "is_file_update": false}),
        ),
        result(
            "text_editor_code_execution_tool_result",
            json!({"type":
            "text_editor_code_execution_str_replace_result", "lines": ["-a", "+b"], "old_start": 1, "old_lines": 1,
            "new_start": 1, "new_lines": 1}),
        ),
        result(
            "text_editor_code_execution_tool_result",
            json!({"type":
            "text_editor_code_execution_tool_result_error", "error_code": "file_not_found", "error_message": "?"}),
        ),
        result(
            "tool_search_tool_result",
            json!({"type": "tool_search_tool_search_result",
            "tool_references": [{"type": "tool_reference", "tool_name": "get_weather"}]}),
        ),
        failed("tool_search_tool_result", "unavailable"),
        json!({"type": "container_upload", "file_id": "file_1"}),
        json!({"type": "compaction", "content": null}),
        json!({"type": "compaction", "content": "So far: nothing.", "encrypted_content": "eA==", "signature": "c2ln"}),
        json!({"type": "compaction", "signature": null, "content": "So far: nothing.", "depth": {"a": null},
               "tool_changes": [{"type": "tool_removal", "tool": {"type": "tool_reference", "name": "sums"}},
                                {"type": "glow", "n": 33_392_837_120_239_382_u64}]}),
        json!({"type": "fallback", "from": {"model": "claude-fable-5"}, "to": {"model": "claude-opus-5"},
               "trigger": {"type": "refusal", "category": null}}),
        json!({"type": "mcp_tool_use", "id": "mcptoolu_1", "name": "find", "server_name": "s",
               "input": {"n": 33_392_837_120_239_382_u64}}),
        json!({"type": "mcp_tool_result", "tool_use_id": "mcptoolu_1", "is_error": false,
               "content": [{"type": "text", "text": "found"}]}),
        json!({"type": "mcp_tool_listing", "mcp_server_name": "s", "tools": [{"name": "find", "input_schema": {}}]}),
        result("advisor_tool_result", json!({"type": "advisor_result", "text": "Do.", "stop_reason": null})),
        json!({"type": "hologram", "depth": [1, {"deeper": null}]}),
    ]
}

fn citations() -> Value {
    json!([
        {"type": "char_location", "cited_text": "C1 left.", "document_index": 0, "document_title": "orders.txt",
         "start_char_index": 0, "end_char_index": 8, "file_id": null},
        {"type": "page_location", "cited_text": "C2 left.", "document_index": 1, "document_title": null,
         "start_page_number": 1, "end_page_number": 3},
        {"type": "content_block_location", "cited_text": "C3 left.", "document_index": 2, "document_title": "list",
         "start_block_index": 4, "end_block_index": 5, "file_id": "file_1"},
        {"type": "web_search_result_location", "cited_text": "C4 left.", "url": "https://a.example", "title": null,
         "encrypted_index": "eA=="},
        {"type": "search_result_location", "cited_text": "C5 left.", "source": "https://b.example", "title": "Orders",
         "search_result_index": 6, "start_block_index": 0, "end_block_index": 1},
        {"type": "star_location", "cited_text": "C6 left.", "parsecs": 3},
    ])
}

/// Returns blocks that only the caller sends.
fn sent() -> Vec<Value> {
    let text = json!({"type": "text", "text": "a", "cache_control": {"type": "ephemeral", "ttl": "1h"}});
    let image =
        json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}});
    let pdf = json!({"type": "base64", "media_type": "application/pdf", "data": "JVBERi0x"});
    let document = |source: Value| json!({"type": "document", "source": source});
    let file = json!({"type": "file", "file_id": "file_1"});
    let found = json!({"type": "search_result", "source": "https://a.example", "title": "A", "content": [text],
                       "citations": {"enabled": true}, "cache_control": null});
    let answer = |content: Value| json!({"type": "tool_result", "tool_use_id": "toolu_1", "content": content});
    vec![
        json!({"type": "image", "source": {"type": "url", "url": "https://a.example/cat.png"}, "cache_control": null,
               "transformations": {"oversized_image": "downsize"}}),
        json!({"type": "image", "source": file}),
        document(file.clone()),
        document(json!({"type": "url", "url": "https://a.example/a.pdf"})),
        document(json!({"type": "content", "content": "a"})),
        document(json!({"type": "content", "content": [text, image]})),
        json!({"type": "document", "source": pdf, "title": "t", "context": null, "citations": {"enabled": false}}),
        json!({"type": "tool_result", "tool_use_id": "toolu_1"}),
        answer(json!("5")),
        json!({"type": "tool_result", "tool_use_id": "toolu_1", "content": "no", "is_error": true,
               "toolset_name": "browser"}),
        answer(json!([text, image, document(pdf.clone()), found, {"type": "tool_reference", "tool_name": "sums"},
            {"type": "browser_state", "tabs": [{"tab_id": 1, "title": "A", "url": "https://a.example"}]}])),
        json!({"type": "tool_addition", "tool": {"type": "tool_reference", "name": "sums"}}),
        json!({"type": "tool_addition", "cache_control": {"type": "ephemeral"}, "tool": {"type": "tool_definition",
            "definition": {"name": "sums", "input_schema": {"type": "object", "maximum": 18_446_744_073_709_551_615_u64}}}}),
        json!({"type": "tool_addition", "tool": {"type": "mcp_tool_reference", "server_name": "s", "name": "find"}}),
        json!({"type": "tool_removal", "tool": {"type": "mcp_toolset_reference", "server_name": "s"}}),
        json!({"type": "tool_removal", "tool": {"type": "tool_reference", "name": "sums"}}),
        found.clone(),
        image.clone(),
        text.clone(),
    ]
}

fn deltas() -> Vec<Value> {
    let citation_deltas = citations().as_array().unwrap().clone().into_iter();
    let mut deltas: Vec<Value> =
        citation_deltas.map(|citation| json!({"type": "citations_delta", "citation": citation})).collect();
    deltas.extend([
        json!({"type": "text_delta", "text": "a"}),
        json!({"type": "input_json_delta", "partial_json": "{\"a\": \"\\u00"}),
        json!({"type": "thinking_delta", "thinking": "a", "estimated_tokens": 3}),
        json!({"type": "signature_delta", "signature": "a"}),
        json!({"type": "compaction_delta", "content": null, "encrypted_content": "eA=="}),
        json!({"type": "glow_delta", "glow": 1}),
    ]);
    deltas
}

#[track_caller]
fn round_trip<T: DeserializeOwned + Serialize>(json: &Value) {
    let value: T = serde_json::from_str(&json.to_string()).unwrap_or_else(|error| panic!("{error}: {json}"));
    let written = serde_json::to_value(&value).unwrap();
    assert!(is_same(&written, json), "{json} was written as {written}");
}

/// Returns `true` if both are the same, apart from texts that a server left out, which are written as empty texts.
fn is_same(written: &Value, json: &Value) -> bool {
    match (written, json) {
        (Value::Object(fields), Value::Object(before)) => {
            let text = match fields.get("type").and_then(Value::as_str) {
                Some("text") => "text",
                Some("thinking") => "thinking",
                Some("redacted_thinking") => "data",
                _ => "",
            };
            let is_empty = |name: &str, value: &Value| name == text && value == "";
            before.keys().all(|name| fields.contains_key(name))
                && fields.iter().all(|(name, value)| match before.get(name) {
                    None | Some(Value::Null) if is_empty(name, value) => true,
                    None => false,
                    Some(before) => is_same(value, before),
                })
        }
        (Value::Array(values), Value::Array(before)) => {
            values.len() == before.len() && values.iter().zip(before).all(|(value, before)| is_same(value, before))
        }
        _ => written == json,
    }
}

/// Returns variants of the JSON, each changed at one place as a newer server might.
fn changed(json: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    for place in places(json) {
        for change in 0..CHANGES {
            let mut json = json.clone();
            apply(&mut json, &place, change);
            all.push(json);
        }
    }
    all
}

const CHANGES: usize = 8;

fn apply(json: &mut Value, place: &str, change: usize) {
    let Some(value) = json.pointer_mut(place) else { return };
    match change {
        0 => *value = Value::Null,
        1 => *value = json!(-7),
        2 => *value = json!(33_392_837_120_239_382_u64),
        3 => *value = json!("word \" \\ \u{2028}"),
        4 => *value = json!([value.take(), {"of": "the future"}]),
        5 => *value = json!({"type": "of the future", "was": value.take()}),
        6 => {
            if let Some(fields) = value.as_object_mut() {
                fields.insert("mood".into(), json!({"sunny": [null, 1.5]}));
            }
        }
        _ => {
            if let Some((parent, key)) = place.rsplit_once('/')
                && let Some(fields) = json.pointer_mut(parent).and_then(Value::as_object_mut)
            {
                fields.remove(key);
            }
        }
    }
}

/// Returns the JSON pointers of all values inside.
fn places(json: &Value) -> Vec<String> {
    let inside: Vec<(String, &Value)> = match json {
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(values) => values.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    let below = inside
        .into_iter()
        .flat_map(|(name, value)| places(value).into_iter().map(move |place| format!("/{name}{place}")));
    std::iter::once(String::new()).chain(below).collect()
}

#[test]
fn every_block_is_written_back_unchanged() {
    for block in received().iter().chain(&sent()) {
        round_trip::<ContentBlock>(block);
        changed(block).iter().for_each(round_trip::<ContentBlock>);
        let message = json!({"role": "assistant", "content": [block, "no block", null], "mood": "sunny"});
        round_trip::<Message>(&message);
    }
    for citation in citations().as_array().unwrap() {
        round_trip::<Citation>(citation);
        changed(citation).iter().for_each(round_trip::<Citation>);
    }
    for delta in &deltas() {
        round_trip::<Delta>(delta);
        changed(delta).iter().for_each(round_trip::<Delta>);
    }
}

#[test]
fn a_response_is_written_back_unchanged() {
    let response = json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-opus-5", "content": received(),
        "stop_reason": "refusal", "stop_sequence": null,
        "stop_details": {"type": "refusal", "category": "bio", "explanation": null, "recommended_model": "m"},
        "container": {"id": "container_1", "expires_at": "2026-11-22T10:00:00Z",
                      "skills": [{"skill_id": "pptx", "type": "anthropic", "version": "latest"}]},
        "diagnostics": {"cache_miss_reason": null}, "context_management": {"applied_edits": []},
        "usage": {"input_tokens": 1, "output_tokens": 2, "cache_creation_input_tokens": null,
                  "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
                  "output_tokens_details": null, "server_tool_use": {"web_search_requests": 1},
                  "service_tier": "standard", "inference_geo": null, "speed": "fast",
                  "iterations": [{"type": "message", "input_tokens": 1}]}
    });
    round_trip::<Response>(&response);
    for json in
        changed(&json!({"content": [], "stop_details": response["stop_details"], "container": response["container"],
                                "usage": response["usage"], "stop_reason": "end_turn", "id": "m", "model": "m"}))
    {
        // A response needs a list of blocks.
        if json["content"].is_array() {
            round_trip::<Response>(&json);
        }
    }
    changed(&response["usage"]).iter().filter(|usage| usage.is_object()).for_each(round_trip::<Usage>);
}

#[test]
fn known_fields_are_typed() {
    for block in received().iter().chain(&sent()) {
        let kind = block["type"].as_str().unwrap();
        let read: ContentBlock = serde_json::from_value(block.clone()).unwrap();
        assert_eq!(read.kind(), kind);
        let unknown = ["advisor", "hologram"];
        let is_unknown = unknown.iter().any(|name| kind.starts_with(name));
        assert_eq!(matches!(read, ContentBlock::Unknown(_)), is_unknown, "{block}");
    }
    let known: Vec<Citation> = serde_json::from_value(citations()).unwrap();
    assert_eq!(known.iter().filter(|citation| matches!(citation, Citation::Unknown(_))).count(), 1);
}

#[test]
fn a_citation_has_a_location() {
    let [chars, pages, blocks, web, search, star]: [Citation; 6] = serde_json::from_value(citations()).unwrap();
    assert_eq!((chars.cited_text(), chars.title(), chars.document_index()), ("C1 left.", Some("orders.txt"), Some(0)));
    assert!(matches!(&chars, Citation::Char(place) if place.chars() == (0..8) && place.file_id().is_none()));
    assert!(matches!(&pages, Citation::Page(place) if place.pages() == (1..3) && place.document_title().is_none()));
    assert!(matches!(&blocks, Citation::Block(place) if place.blocks() == (4..5)));
    assert!(matches!(&blocks, Citation::Block(place) if place.file_id() == Some("file_1")));
    assert_eq!((web.cited_text(), web.url(), web.title()), ("C4 left.", Some("https://a.example"), None));
    assert_eq!((search.source(), search.title()), (Some("https://b.example"), Some("Orders")));
    assert!(matches!(&search, Citation::SearchResult(place) if place.search_result_index() == 6));
    assert_eq!((star.kind(), star.cited_text(), star.document_index()), ("star_location", "", None));
}

#[test]
fn server_tools_can_be_read() {
    let results: Vec<_> = received()
        .into_iter()
        .filter_map(|block| match serde_json::from_value(block).unwrap() {
            ContentBlock::ServerToolResult(result) => Some(result),
            _ => None,
        })
        .collect();
    let failed: Vec<&str> = results.iter().filter_map(|result| result.error_code()).collect();
    assert_eq!(
        failed,
        [
            "max_uses_exceeded",
            "url_not_accessible",
            "execution_time_exceeded",
            "output_file_too_large",
            "file_not_found",
            "unavailable"
        ]
    );
    let pages: Vec<_> = results.iter().filter_map(ServerToolResult::web_search_results).flatten().collect();
    assert_eq!((pages[0].title(), pages[0].page_age()), ("A", None));
    assert_eq!((pages[1].url(), pages[1].page_age()), ("https://b.example", Some("2 days ago")));
    let fetched: Vec<_> = results.iter().filter_map(ServerToolResult::web_fetch_result).collect();
    assert_eq!((fetched[0].url(), fetched[0].retrieved_at()), ("https://a.example", Some("2026-11-22T10:00:00Z")));
    assert_eq!(fetched[0].document().source().data(), Some("Rain."));
    assert_eq!(fetched[0].document().given_title(), Some("A"));
    let runs: Vec<_> = results.iter().filter_map(ServerToolResult::code_execution_result).collect();
    let codes: Vec<_> = runs.iter().map(|run| (run.stdout(), run.stderr(), run.return_code())).collect();
    assert_eq!(codes, [("2\n", "", 0), ("", "", 1), ("", "no such file", 2)]);
    assert_eq!(runs[0].file_ids().collect::<Vec<_>>(), ["file_1"]);
    let found: Vec<_> = results.iter().filter_map(ServerToolResult::tool_references).flatten().collect();
    assert_eq!(found[0].tool_name(), "get_weather");
    let callers: Vec<_> = results.iter().filter_map(|result| result.caller()).collect();
    assert!(callers.len() == 1 && callers[0].is_direct());
}

/// Returns the events of a stream with these blocks. Its texts are cut into pieces of this many characters.
fn events(blocks: &[Value], size: usize) -> Vec<Value> {
    let pieces = |text: &str| -> Vec<String> {
        let chars: Vec<char> = text.chars().collect();
        chars.chunks(size).map(|piece| piece.iter().collect()).collect()
    };
    let mut events = vec![json!({"type": "message_start", "message": {"role": "assistant", "model": "claude-fable-5",
                                 "content": [], "stop_reason": null, "usage": {"input_tokens": 1}}})];
    for (index, block) in blocks.iter().enumerate() {
        let mut start = block.clone();
        let mut deltas = Vec::new();
        match block["type"].as_str().unwrap() {
            "text" => {
                start["text"] = json!("");
                if block["citations"].is_array() {
                    start["citations"] = json!([]);
                }
                let texts = pieces(block["text"].as_str().unwrap()).into_iter();
                deltas.extend(texts.map(|text| json!({"type": "text_delta", "text": text})));
                let citations = block["citations"].as_array().into_iter().flatten();
                deltas.extend(citations.map(|citation| json!({"type": "citations_delta", "citation": citation})));
            }
            "thinking" => {
                (start["thinking"], start["signature"]) = (json!(""), json!(""));
                let texts = pieces(block["thinking"].as_str().unwrap()).into_iter();
                deltas.extend(texts.map(|text| json!({"type": "thinking_delta", "thinking": text})));
                deltas.push(json!({"type": "signature_delta", "signature": block["signature"]}));
            }
            "tool_use" | "server_tool_use" | "mcp_tool_use" => {
                start["input"] = json!({});
                deltas.push(json!({"type": "input_json_delta", "partial_json": ""}));
                let texts = pieces(&block["input"].to_string()).into_iter();
                deltas.extend(texts.map(|text| json!({"type": "input_json_delta", "partial_json": text})));
            }
            "compaction" => {
                let mut delta = json!({"type": "compaction_delta", "content": block["content"]});
                start["content"] = json!("");
                if let Some(encrypted) = block.get("encrypted_content") {
                    delta["encrypted_content"] = encrypted.clone();
                    start["encrypted_content"] = Value::Null;
                }
                deltas.push(delta);
            }
            _ => {}
        }
        // A delta of an unknown type.
        deltas.push(json!({"type": "glow_delta", "glow": 1}));
        events.push(json!({"type": "content_block_start", "index": index, "content_block": start}));
        let index_deltas = deltas.into_iter();
        events.extend(index_deltas.map(|delta| json!({"type": "content_block_delta", "index": index, "delta": delta})));
        events.push(json!({"type": "content_block_stop", "index": index}));
    }
    events.push(json!({"type": "message_delta", "delta": {"stop_reason": "refusal", "stop_sequence": null,
        "stop_details": {"type": "refusal", "category": "cyber", "explanation": null},
        "container": {"id": "container_1", "expires_at": "2026-11-22T10:00:00Z"}}, "usage": {"output_tokens": 3}}));
    events.push(json!({"type": "message_stop"}));
    events
}

fn accumulated(events: &[Value]) -> Response {
    let mut response = Accumulator::new();
    for event in events {
        response.push(&serde_json::from_str::<StreamEvent>(&event.to_string()).unwrap()).unwrap();
    }
    assert!(response.is_complete());
    response.into_response().unwrap()
}

#[test]
fn a_streamed_block_is_the_same_block() {
    for size in [1, 2, 3, 7, 1000] {
        for block in received() {
            let response = accumulated(&events(std::slice::from_ref(&block), size));
            assert_eq!(serde_json::to_value(response.content()).unwrap(), json!([block]));
        }
        let response = accumulated(&events(&received(), size));
        assert_eq!(serde_json::to_value(response.content()).unwrap(), json!(received()));
        assert_eq!(response.model(), "claude-opus-5", "another model continued");
        assert_eq!(response.stop_details().unwrap().category(), Some("cyber"));
        assert_eq!(response.container().unwrap().id(), "container_1");
        assert_eq!(response.thinking(), "Let me see: größer…");
        assert_eq!(
            response.server_tool_uses().map(ServerToolUse::name).collect::<Vec<_>>(),
            ["web_search", "code_execution"]
        );
    }
}

#[test]
fn arguments_keep_every_digit() {
    let number = "123456789012345678901234567890.10";
    for kind in ["tool_use", "server_tool_use", "mcp_tool_use"] {
        let text = format!(r#"{{"type":"{kind}","id":"i","name":"n","input":{{"n":{number}}}}}"#);
        let block: ContentBlock = serde_json::from_str(&text).unwrap();
        assert!(serde_json::to_string(&block).unwrap().contains(number), "{kind}");
        let mut stream = events(&[json!({"type": kind, "id": "i", "name": "n", "input": {}})], 1);
        stream.retain(|event| event["type"] != "content_block_delta");
        let delta = json!({"type": "input_json_delta", "partial_json": format!(r#"{{"n":{number}}}"#)});
        stream.insert(2, json!({"type": "content_block_delta", "index": 0, "delta": delta}));
        assert!(serde_json::to_string(&accumulated(&stream)).unwrap().contains(number), "{kind}");
    }
}

/// Deeply nested blocks from the network must not overflow the stack.
#[test]
fn deep_nesting_does_not_overflow_the_stack() {
    for open in [
        r#"{"type":"tool_result","tool_use_id":"t","content":["#,
        r#"{"type":"search_result","source":"s","title":"t","content":["#,
        r#"{"type":"document","source":{"type":"content","content":["#,
    ] {
        let close = if open.contains("document") { "]}}" } else { "]}" };
        for levels in [3, 30, 50_000] {
            let text = format!("{}{}", open.repeat(levels), close.repeat(levels));
            let block: ContentBlock = serde_json::from_str(&text).unwrap();
            assert_eq!(serde_json::to_string(&block).unwrap().len(), text.len());
        }
    }
    assert!(matches!(serde_json::from_value(json!(Document::content(vec!["a"]))).unwrap(), ContentBlock::Document(_)));
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_filter("JSON has no other", |number| number.is_finite()).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(any::<String>(), inner, 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// Generates one of these values with several changes, some of them to random values.
fn changed_at_random(all: Vec<Value>) -> impl Strategy<Value = Value> {
    let changes = prop::collection::vec((any::<prop::sample::Index>(), 0..=CHANGES, value()), 0..4);
    (prop::sample::select(all), changes).prop_map(|(mut json, changes)| {
        for (place, change, value) in changes {
            let places = places(&json);
            let place = place.get(&places);
            match json.pointer_mut(place) {
                Some(old) if change == CHANGES => *old = value,
                _ => apply(&mut json, place, change),
            }
        }
        json
    })
}

fn block() -> impl Strategy<Value = Value> {
    changed_at_random(received().into_iter().chain(sent()).collect())
}

/// Generates a response in which anything may be changed, but the content is a list.
fn response() -> impl Strategy<Value = Value> {
    let response = json!({
        "model": "claude-sonnet-5-5", "id": "msg_1", "type": "message", "role": "assistant",
        "content": [{"type": "text", "text": "a"}, {"type": "tool_use", "id": "toolu_1", "name": "sums",
            "input": {"a": [1, {"b": 2}]}, "caller": {"type": "direct"}}],
        "stop_reason": "tool_use", "stop_sequence": null, "stop_details": null,
        "container": {"id": "container_1", "expires_at": "2026-11-27T10:00:00Z"},
        "usage": {"input_tokens": 1, "cache_creation_input_tokens": 2, "cache_read_input_tokens": 3, "output_tokens": 4,
            "cache_creation": {"ephemeral_5m_input_tokens": 5, "ephemeral_1h_input_tokens": 6},
            "service_tier": "standard", "inference_geo": "global", "server_tool_use": {"web_search_requests": 7}},
    });
    changed_at_random(vec![response]).prop_filter("content is a list", |response| response["content"].is_array())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_block_is_written_back_unchanged(block in block()) {
        round_trip::<ContentBlock>(&block);
        // As part of a response, and as part of the turn that is sent back.
        let response = json!({"content": [block]});
        round_trip::<Response>(&response);
        let response: Response = serde_json::from_value(response).unwrap();
        prop_assert!(is_same(&json!(Message::from(&response))["content"][0], &block));
    }

    #[test]
    fn any_response_is_written_back_unchanged(response in response()) {
        round_trip::<Response>(&response);
    }

    #[test]
    fn any_response_is_the_same_when_streamed(
        blocks in prop::collection::vec(prop::sample::select(received()), 0..5),
        size in 1..9_usize,
    ) {
        let response = accumulated(&events(&blocks, size));
        prop_assert_eq!(serde_json::to_value(response.content()).unwrap(), json!(blocks));
    }
}
