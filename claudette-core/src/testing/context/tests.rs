//! Tests of the context window, the prompt cache, context editing and compaction, over HTTP.

#![allow(clippy::needless_pass_by_value, clippy::unwrap_used)]

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::testing::{MockResponse, MockServer, MockServerBuilder};

const EDITING: &str = "context-management-2025-06-27";
const THRESHOLD: &str = "compact-2026-01-12";
const ON_DEMAND: &str = "compact-2026-09-04";

/// Posts a request with some fields, and returns the body of the response.
async fn post(claude: &MockServer, path: &str, betas: &str, fields: Value) -> Value {
    let mut body = json!({"model": "claude-opus-5-5", "max_tokens": 1000});
    if path.ends_with("count_tokens") {
        body.as_object_mut().unwrap().shift_remove("max_tokens");
    }
    for (name, value) in fields.as_object().unwrap() {
        body[name] = value.clone();
    }
    let body = body.to_string();
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nx-api-key: key\r\n\
         anthropic-version: 2026-10-21\r\nanthropic-beta: {betas}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(claude.url().strip_prefix("http://").unwrap()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    let (_, text) = response.split_once("\r\n\r\n").unwrap();
    serde_json::from_str(text).unwrap_or(Value::String(text.to_owned()))
}

async fn send(claude: &MockServer, betas: &str, fields: Value) -> Value {
    post(claude, "/v1/messages", betas, fields).await
}

async fn improvising(builder: MockServerBuilder) -> MockServer {
    builder.auto_reply(true).start().await.unwrap()
}

fn user(text: &str) -> Value {
    json!({"role": "user", "content": text})
}

fn assistant(content: Value) -> Value {
    json!({"role": "assistant", "content": content})
}

/// Returns a prompt and this number of tool calls with long results.
fn steps(n: usize) -> Vec<Value> {
    let mut messages = vec![user("Go")];
    for step in 0..n {
        messages.push(assistant(json!([{"type": "tool_use", "id": format!("t{step}"), "name": "read", "input": {}}])));
        let result =
            json!({"type": "tool_result", "tool_use_id": format!("t{step}"), "content": "word ".repeat(1_000)});
        messages.push(json!({"role": "user", "content": [result]}));
    }
    messages
}

fn total_input(usage: &Value) -> u64 {
    let counters = ["input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"];
    counters.iter().map(|name| usage[name].as_u64().unwrap()).sum()
}

#[tokio::test]
async fn a_prompt_and_a_response_must_fit_into_the_window() {
    let claude = MockServer::builder().context_window(1_000).start().await.unwrap();
    let refused = send(&claude, "", json!({"messages": [user(&"word ".repeat(1_000))]})).await;
    let message = refused["error"]["message"].as_str().unwrap();
    assert!(message.starts_with("prompt is too long: ") && message.ends_with(" tokens > 1000 maximum"), "{message}");

    claude.respond(MockResponse::text("word ".repeat(700)));
    let cut = send(&claude, "", json!({"messages": [user(&"word ".repeat(700))]})).await;
    assert_eq!(cut["stop_reason"], "model_context_window_exceeded");
    let used = total_input(&cut["usage"]) + cut["usage"]["output_tokens"].as_u64().unwrap();
    assert_eq!(used, 1_000);
}

#[tokio::test]
async fn a_prefix_is_read_from_the_cache_in_the_next_request() {
    let claude = improvising(MockServer::builder()).await;
    let automatic = json!({"type": "ephemeral"});
    let usage = |messages: Vec<Value>, system: &'static str| {
        let fields = json!({"messages": messages, "system": system, "cache_control": automatic});
        let claude = claude.clone();
        async move { send(&claude, "", fields).await["usage"].clone() }
    };
    let first = usage(steps(3), "Be brief.").await;
    let written = first["cache_creation_input_tokens"].as_u64().unwrap();
    assert!(written > 3_000 && first["cache_read_input_tokens"] == 0, "{first}");
    assert_eq!(first["cache_creation"]["ephemeral_5m_input_tokens"], written);

    let second = usage(steps(4), "Be brief.").await;
    assert_eq!(second["cache_read_input_tokens"], written);
    assert!(second["cache_creation_input_tokens"].as_u64().unwrap() < written, "{second}");
    // A changed system prompt, and more than 20 blocks after the last entry.
    assert_eq!(usage(steps(4), "Be long.").await["cache_read_input_tokens"], 0);
    assert_eq!(usage(steps(20), "Be brief.").await["cache_read_input_tokens"], 0);

    let off = improvising(MockServer::builder().prompt_cache(false)).await;
    let fields = json!({"messages": steps(3), "cache_control": automatic});
    let whole = send(&off, "", fields.clone()).await["usage"].clone();
    assert_eq!((&whole["cache_creation_input_tokens"], &whole["cache_read_input_tokens"]), (&json!(0), &json!(0)));
    assert_eq!(total_input(&whole), total_input(&send(&claude, "", fields).await["usage"]));
}

#[tokio::test]
async fn old_results_are_cleared_for_the_model_only() {
    let claude = improvising(MockServer::builder()).await;
    let edit = json!({
        "type": "clear_tool_uses_20250919",
        "trigger": {"type": "input_tokens", "value": 5_000},
        "keep": {"type": "tool_uses", "value": 2},
        "clear_at_least": {"type": "input_tokens", "value": 2_000},
    });
    let fields = |n| {
        json!({
            "messages": steps(n), "context_management": {"edits": [edit]}, "cache_control": {"type": "ephemeral"},
        })
    };
    assert_eq!(send(&claude, EDITING, fields(3)).await["context_management"]["applied_edits"], json!([]));

    // The fourth result passes the trigger, and two results are older than the last two.
    let cleared = send(&claude, EDITING, fields(4)).await;
    let edits = &cleared["context_management"]["applied_edits"];
    assert_eq!((&edits[0]["type"], &edits[0]["cleared_tool_uses"]), (&edit["type"], &json!(2)));
    let count = post(&claude, "/v1/messages/count_tokens", EDITING, fields(4)).await;
    assert_eq!(count["input_tokens"], total_input(&cleared["usage"]));
    let original = count["context_management"]["original_input_tokens"].as_u64().unwrap();
    assert_eq!(original, count["input_tokens"].as_u64().unwrap() + edits[0]["cleared_input_tokens"].as_u64().unwrap());

    // The next request clears the same results, so it reads the cleared conversation from the cache.
    let next = send(&claude, EDITING, fields(5)).await;
    assert_eq!(next["context_management"]["applied_edits"], *edits);
    assert_eq!(next["usage"]["cache_read_input_tokens"], total_input(&cleared["usage"]));
}

#[tokio::test]
async fn old_thinking_is_cleared() {
    let claude = improvising(MockServer::builder()).await;
    let mut messages = vec![user("Hi")];
    for _ in 0..3 {
        claude.respond(MockResponse::text("Hello").thinking("word ".repeat(100)));
        let response = send(&claude, "", json!({"messages": messages})).await;
        messages.push(assistant(response["content"].clone()));
        messages.push(user("Go on"));
    }
    let edits = json!([{"type": "clear_thinking_20251015", "keep": {"type": "thinking_turns", "value": 1}}]);
    let fields = json!({"messages": messages, "context_management": {"edits": edits}, "stream": true});
    let stream = send(&claude, EDITING, fields).await;
    let delta = stream.as_str().unwrap().lines().find(|line| line.contains("\"message_delta\"")).unwrap();
    let delta: Value = serde_json::from_str(delta.strip_prefix("data: ").unwrap()).unwrap();
    assert_eq!(delta["context_management"]["applied_edits"][0]["cleared_thinking_turns"], 2);
}

#[tokio::test]
async fn a_long_prompt_is_compacted_at_the_threshold() {
    let claude = MockServer::start().await.unwrap();
    let edit = |pause: bool| {
        json!([{
            "type": "compact_20260112", "pause_after_compaction": pause,
            "trigger": {"type": "input_tokens", "value": 50_000},
        }])
    };
    let fields =
        |messages: Vec<Value>, pause| json!({"messages": messages, "context_management": {"edits": edit(pause)}});
    claude.respond(MockResponse::text("Short"));
    let short = send(&claude, THRESHOLD, fields(steps(10), false)).await;
    assert_eq!((&short["content"][0]["text"], &short["usage"]["iterations"]), (&json!("Short"), &Value::Null));

    claude.respond(MockResponse::text("Done").thinking("Hm."));
    claude.respond_to_compaction(MockResponse::text("Everything was read."));
    let response = send(&claude, THRESHOLD, fields(steps(50), false)).await;
    assert_eq!(response["content"][0]["content"], "Everything was read.");
    assert_eq!(response["content"][2]["text"], "Done");
    let iterations = &response["usage"]["iterations"];
    assert_eq!((&iterations[0]["type"], &iterations[1]["type"]), (&json!("compaction"), &json!("message")));
    assert!(total_input(&iterations[0]) > 50_000 && total_input(&response["usage"]) < 200, "{iterations}");

    // Everything before the block is dropped; its thinking is valid with and without the dropped messages.
    let mut messages = steps(50);
    messages.extend([assistant(response["content"].clone()), user("Thanks")]);
    for messages in [messages.clone(), messages[101..].to_vec()] {
        claude.respond(MockResponse::text("Welcome"));
        let next = send(&claude, THRESHOLD, fields(messages, false)).await;
        assert!(total_input(&next["usage"]) < 300, "{next}");
    }

    let paused = send(&claude, THRESHOLD, fields(steps(50), true)).await;
    assert_eq!((&paused["stop_reason"], &paused["usage"]["input_tokens"]), (&json!("compaction"), &json!(0)));
    let mut messages = steps(50);
    messages.push(assistant(paused["content"].clone()));
    claude.respond(MockResponse::text("Resumed"));
    let resumed = send(&claude, THRESHOLD, fields(messages, true)).await;
    assert_eq!(resumed["content"][0]["text"], "Resumed");
    claude.assert_finished();
}

#[tokio::test]
async fn a_conversation_is_compacted_on_demand() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text("One").thinking("First."));
    let first = send(&claude, "", json!({"messages": [user("1")]})).await;
    let mut messages = vec![user("1"), assistant(first["content"].clone()), user("2")];
    claude.respond(MockResponse::text("Two").thinking("Second."));
    let second = send(&claude, "", json!({"messages": messages})).await;

    // Compact what an earlier request contained; the tail starts with the response to it.
    let summary = json!({"messages": messages, "compaction": {"type": "summarize", "instructions": "Be brief."}});
    let response = send(&claude, ON_DEMAND, summary).await;
    assert_eq!(response["stop_reason"], "compaction");
    assert_eq!((&response["usage"]["input_tokens"], &response["usage"]["output_tokens"]), (&json!(0), &json!(0)));
    let iteration = &response["usage"]["iterations"][0];
    assert!(iteration["type"] == "compaction" && iteration["output_tokens"].as_u64().unwrap() > 0, "{iteration}");
    let block = &response["content"][0];
    assert_eq!(block["tool_changes"], json!([]));

    let tail = [assistant(second["content"].clone()), user("3")];
    let compacted: Vec<Value> = [assistant(response["content"].clone())].into_iter().chain(tail.clone()).collect();
    claude.respond(MockResponse::text("Three"));
    let third = send(&claude, ON_DEMAND, json!({"messages": compacted})).await;
    assert_eq!(third["content"][0]["text"], "Three");

    // Compacted again, with the old block in front.
    let again = send(&claude, ON_DEMAND, json!({"messages": compacted, "compaction": {"type": "summarize"}})).await;
    assert_eq!(again["content"][0]["type"], "compaction");

    // Thinking is bound to the messages that were summarized.
    let mut gap = compacted.clone();
    gap.insert(1, user("An additional message"));
    let refused = send(&claude, ON_DEMAND, json!({"messages": gap})).await;
    let text = refused["error"]["message"].as_str().unwrap();
    assert!(
        text.starts_with("messages.2.content.0: Invalid `signature` in `thinking` block. The block is bound"),
        "{text}"
    );

    let refusal = |messages: Value, code: &'static str| {
        let claude = claude.clone();
        async move {
            let refused = send(&claude, ON_DEMAND, json!({"messages": messages})).await;
            assert_eq!(refused["error"]["details"]["error_code"], code, "{refused}");
        }
    };
    messages.push(assistant(response["content"].clone()));
    messages.push(user("3"));
    refusal(json!(messages), "compaction_block_misplaced").await;
    refusal(json!([compacted[0], compacted[0], user("3")]), "compaction_block_ambiguous").await;
    let threshold = assistant(json!([{"type": "compaction", "content": "So far."}, {"type": "text", "text": "2"}]));
    refusal(json!([compacted[0], user("2"), threshold, user("3")]), "compaction_block_ambiguous").await;
    let with = |field: &str, value: Value| {
        let mut changed = block.clone();
        changed[field] = value;
        json!([assistant(json!([changed])), user("3")])
    };
    refusal(with("content", json!("Something else")), "compaction_content_mismatch").await;
    refusal(with("signature", json!("EqMockServer0")), "compaction_signature_invalid").await;
    refusal(with("tool_changes", json!([{}])), "compaction_tool_changes_mismatch").await;
    let refused = send(&claude, ON_DEMAND, json!({"messages": with("citations", Value::Null)})).await;
    let message = refused["error"]["message"].as_str().unwrap();
    assert!(message.ends_with("compaction.citations: Extra inputs are not permitted"), "{message}");
    let refused = send(&claude, "", json!({"messages": compacted})).await;
    let message = refused["error"]["message"].as_str().unwrap();
    assert!(message.ends_with("compaction is not an expected block type"), "{message}");
}

#[tokio::test]
async fn a_compaction_excludes_the_settings_of_an_answer() {
    let claude = improvising(MockServer::builder()).await;
    let fields = |name: &str, value: Value| {
        let mut fields = json!({"messages": [user("Hi")], "compaction": {"type": "summarize"}});
        fields[name] = value;
        fields
    };
    let call = assistant(json!([{"type": "tool_use", "id": "t", "name": "read", "input": {}}]));
    for (fields, message) in [
        (fields("stop_sequences", json!(["END"])), "compaction: not supported together with `stop_sequences`"),
        (
            fields("context_management", json!({"edits": []})),
            "compaction: not supported together with `context_management`",
        ),
        (
            fields(
                "output_config",
                json!({"format": {"type": "json_schema", "schema": {"type": "object", "additionalProperties": false}}}),
            ),
            "compaction: not supported together with `output_config.format`",
        ),
        (
            fields("output_config", json!({"task_budget": {"type": "tokens", "total": 50_000, "remaining": 10}})),
            "output_config.task_budget.remaining: not supported together with an on-demand compaction",
        ),
        (fields("model", json!("claude-haiku-4-5")), "compaction is not supported on this model"),
        (
            fields("messages", json!([user("Hi"), call])),
            "compaction: the conversation ends with tool calls that have no result",
        ),
        (fields("compaction", json!({"type": "other"})), "compaction.type: Input should be 'summarize'"),
        (
            fields("compaction", json!({"type": "summarize", "instructions": "x".repeat(16_385)})),
            "compaction.instructions: String should have at most 16384 characters",
        ),
    ] {
        let refused = send(&claude, &format!("{ON_DEMAND},{EDITING},task-budgets-2026-03-13"), fields).await;
        assert_eq!(refused["error"]["message"], message);
    }
    let refused = send(&claude, EDITING, fields("max_tokens", json!(100))).await;
    assert_eq!(refused["error"]["message"], "compaction: this field requires the `compact-2026-09-04` beta header");
}

#[tokio::test]
async fn a_compaction_can_fail() {
    let claude = MockServer::start().await.unwrap();
    let fields = json!({"messages": [user("Hi")], "compaction": {"type": "summarize"}});
    claude.respond_to_compaction(MockResponse::text("cut").stop_reason("max_tokens"));
    claude.respond_to_compaction(MockResponse::text(""));
    let error =
        json!({"type": "overloaded_error", "message": "Later", "details": {"error_code": "compaction_unavailable"}});
    claude.respond_to_compaction(MockResponse::error(529, "overloaded_error", "Later").with("error", error));
    for reason in ["max_tokens", "end_turn"] {
        let response = send(&claude, ON_DEMAND, fields.clone()).await;
        assert_eq!((&response["stop_reason"], &response["content"]), (&json!(reason), &json!([])));
        assert_eq!(response["usage"]["iterations"][0]["type"], "compaction");
    }
    let error = send(&claude, ON_DEMAND, fields.clone()).await;
    assert_eq!(error["error"]["details"]["error_code"], "compaction_unavailable");
    let mut small = fields;
    small["max_tokens"] = json!(1);
    assert_eq!(send(&claude, ON_DEMAND, small).await["stop_reason"], "max_tokens");
    claude.assert_finished();
}

#[tokio::test]
async fn the_edits_are_validated() {
    let claude = improvising(MockServer::builder()).await;
    let tool_uses = |fields: Value| {
        let mut edit = json!({"type": "clear_tool_uses_20250919"});
        edit.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        json!([edit])
    };
    let thinking = json!({"type": "clear_thinking_20251015", "keep": "all"});
    let compact =
        |value: u64| json!([{"type": "compact_20260112", "trigger": {"type": "input_tokens", "value": value}}]);
    for (edits, message) in [
        (
            json!([{"type": "clear_tool_uses_20250919"}, thinking]),
            "context_management.edits.1: `clear_thinking_20251015` must be the first edit",
        ),
        (
            tool_uses(json!({"older": 1})),
            "context_management.edits.0.clear_tool_uses_20250919.older: Extra inputs are not permitted",
        ),
        (
            tool_uses(json!({"keep": {"type": "input_tokens", "value": 1}})),
            "context_management.edits.0.clear_tool_uses_20250919.keep.type: Input should be 'tool_uses'",
        ),
        (
            compact(49_999),
            "context_management.edits.0.compact_20260112.trigger.value: Input should be greater than or equal to 50000",
        ),
    ] {
        let fields = json!({"messages": [user("Hi")], "context_management": {"edits": edits}});
        let refused = send(&claude, &format!("{EDITING},{THRESHOLD}"), fields).await;
        assert_eq!(refused["error"]["message"], message);
    }
    let fields = json!({"messages": [user("Hi")], "context_management": {"edits": []}});
    let refused = send(&claude, "", fields).await;
    assert_eq!(refused["error"]["message"], "context_management: Extra inputs are not permitted");
}

/// A message that applies until the next user message is not read after it; results of tools are such a message, too.
#[tokio::test]
async fn a_system_message_can_expire() {
    const CLEAR_AT: &str = "mid-conversation-system-clear-at-2026-08-21";
    let claude = improvising(MockServer::builder()).await;
    let count = async |time: &str, rest: Vec<Value>| {
        let reminder = json!({"role": "system", "content": "Stay below 100 words. ".repeat(100), "clear_at": time});
        let mut messages = vec![user("Go"), reminder];
        messages.extend(rest);
        let counted = post(&claude, "/v1/messages/count_tokens", CLEAR_AT, json!({"messages": messages})).await;
        counted["input_tokens"].as_u64().unwrap_or_else(|| panic!("{counted}"))
    };
    let call = assistant(json!([{"type": "tool_use", "id": "t", "name": "read", "input": {}}]));
    let result = json!({"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "x"}]});
    assert_eq!(count("next_user_message", vec![]).await, count("never", vec![]).await);
    for rest in [vec![call, result], vec![assistant(json!("Hi")), user("Go on")]] {
        let (expired, kept) = (count("next_user_message", rest.clone()).await, count("never", rest).await);
        assert!(expired + 500 < kept, "{expired} {kept}");
    }
}

/// The container of a message that runs code is added, and is the one of the request. An expired one is refused.
#[tokio::test]
async fn code_runs_in_a_container_until_it_expires() {
    let claude = MockServer::start().await.unwrap();
    let code = json!({"type": "server_tool_use", "id": "srvtoolu_1", "name": "code_execution", "input": {}});
    let says = || MockResponse::content(json!([code.clone()])).stop_reason("pause_turn");
    claude.respond(says());
    claude.respond(says());
    claude.respond(says().with("container", json!({"id": "container_9", "expires_at": "2020-01-01T00:00:00Z"})));
    claude.respond(MockResponse::text("Hi"));
    let mut containers = Vec::new();
    for request in [json!({}), json!({"container": "container_5"}), json!({"container": {"id": "container_9"}})] {
        let mut fields = json!({"messages": [user("Go")]});
        fields.as_object_mut().unwrap().extend(request.as_object().unwrap().clone());
        containers.push(send(&claude, THRESHOLD, fields).await["container"]["id"].clone());
    }
    assert!(containers[0].as_str().unwrap().starts_with("container_01"), "{containers:?}");
    assert_eq!(containers[1..], [json!("container_5"), json!("container_9")]);
    let refused = send(&claude, THRESHOLD, json!({"messages": [user("Go")], "container": "container_9"})).await;
    assert_eq!(refused["error"]["message"], "container: Container container_9 has expired.");
    let plain = send(&claude, THRESHOLD, json!({"messages": [user("Go")]})).await;
    assert_eq!(plain["container"], Value::Null);
    claude.assert_finished();
}
