//! The chunks of events: exact bytes, and the order rules for any sequence of events.

#![allow(clippy::needless_pass_by_value, reason = "the values are literals")]

use std::time::Duration;

use claudette::{Error, Event};
use claudette_web::protocol::{Chunk, SdkVersion, UiOptions, UiStream};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::validator::Page;

fn event(kind: &str, data: Value) -> Event {
    serde_json::from_value(json!({"type": kind, "data": data})).unwrap_or_else(|error| panic!("{kind}: {error}"))
}

fn call(id: &str) -> Value {
    json!({"type": "tool_use", "id": id, "name": "pay", "input": {"amount": 5}})
}

fn response(content: Value, stop: &str) -> Value {
    json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-5-5", "content": content,
           "stop_reason": stop, "stop_sequence": null, "usage": {"input_tokens": 1_000, "output_tokens": 100}})
}

fn outcome(id: &str, text: &str, is_error: bool) -> Value {
    json!({
        "call": call(id), "value": {"type": "text"}, "elapsed": {"secs": 0, "nanos": 5_000_000},
        "result": {"type": "tool_result", "tool_use_id": id, "content": text, "is_error": is_error},
    })
}

fn step(content: Value, pending: &[Value]) -> Value {
    json!({"response": response(content, "tool_use"), "calls": [], "outcomes": [], "pending": pending})
}

fn done(content: &Value, reason: &str) -> Event {
    event("done", json!({"steps": [step(content.clone(), &[])], "end_reason": reason}))
}

/// Returns the frames of these events.
fn frames(mut stream: UiStream, events: &[Event]) -> String {
    let mut chunks = stream.start("a1");
    for event in events {
        chunks.extend(stream.event(event, Duration::from_millis(1_500)));
    }
    chunks.iter().map(Chunk::to_frame).collect()
}

fn retry() -> Event {
    event("retry", json!({"attempt": 2, "wait": {"secs": 1, "nanos": 0}, "reason": "internal name"}))
}

#[test]
fn the_bytes_of_a_run() {
    let content = json!([{"type": "thinking", "thinking": "Hm.", "signature": "s"}, {"type": "text", "text": "Let me pay."},
                         call("toolu_1"), call("toolu_2")]);
    let events = [
        event("thinking", json!("Hm.")),
        event("text", json!("Let me ")),
        event("text", json!("pay.")),
        event("tool_input", json!({"call_id": "toolu_1", "name": "pay", "text": "{\"amount\":"})),
        event("tool_input", json!({"call_id": "toolu_1", "name": "pay", "text": "5}"})),
        event("response", response(content.clone(), "tool_use")),
        event("tool_call", call("toolu_1")),
        event("progress", json!({"call": call("toolu_1"), "text": "paying"})),
        event("tool_result", outcome("toolu_1", "{\"paid\":5}", false)),
        event("tool_result", outcome("toolu_2", "no money", true)),
        event("step", step(content.clone(), &[])),
        retry(),
        event("text", json!("Paid.")),
        event("response", response(json!([{"type": "text", "text": "Paid."}]), "end_turn")),
        event("step", step(json!([]), &[])),
        done(&content, "Finished"),
    ];
    let golden = concat!(
        r#"data: {"type":"start","messageId":"a1"}"#,
        "\n\n",
        r#"data: {"type":"start-step"}"#,
        "\n\n",
        r#"data: {"type":"reasoning-start","id":"p1"}"#,
        "\n\n",
        r#"data: {"type":"reasoning-delta","id":"p1","delta":"Hm."}"#,
        "\n\n",
        r#"data: {"type":"reasoning-end","id":"p1"}"#,
        "\n\n",
        r#"data: {"type":"text-start","id":"p2"}"#,
        "\n\n",
        r#"data: {"type":"text-delta","id":"p2","delta":"Let me "}"#,
        "\n\n",
        r#"data: {"type":"text-delta","id":"p2","delta":"pay."}"#,
        "\n\n",
        r#"data: {"type":"text-end","id":"p2"}"#,
        "\n\n",
        r#"data: {"type":"tool-input-start","toolCallId":"toolu_1","toolName":"pay","dynamic":true}"#,
        "\n\n",
        r#"data: {"type":"tool-input-delta","toolCallId":"toolu_1","inputTextDelta":"{\"amount\":"}"#,
        "\n\n",
        r#"data: {"type":"tool-input-delta","toolCallId":"toolu_1","inputTextDelta":"5}"}"#,
        "\n\n",
        r#"data: {"type":"tool-input-available","toolCallId":"toolu_1","toolName":"pay","input":{"amount":5},"dynamic":true}"#,
        "\n\n",
        r#"data: {"type":"tool-input-available","toolCallId":"toolu_2","toolName":"pay","input":{"amount":5},"dynamic":true}"#,
        "\n\n",
        r#"data: {"type":"data-tool","id":"toolu_1","data":{"call_id":"toolu_1","state":"running"},"transient":true}"#,
        "\n\n",
        r#"data: {"type":"data-tool","id":"toolu_1","data":{"call_id":"toolu_1","state":"progress","text":"paying"},"transient":true}"#,
        "\n\n",
        r#"data: {"type":"data-tool","id":"toolu_1","data":{"call_id":"toolu_1","state":"done","elapsed_ms":5},"transient":true}"#,
        "\n\n",
        r#"data: {"type":"tool-output-available","toolCallId":"toolu_1","output":{"paid":5},"dynamic":true}"#,
        "\n\n",
        r#"data: {"type":"data-tool","id":"toolu_2","data":{"call_id":"toolu_2","state":"error","elapsed_ms":5},"transient":true}"#,
        "\n\n",
        r#"data: {"type":"tool-output-error","toolCallId":"toolu_2","errorText":"no money","dynamic":true}"#,
        "\n\n",
        r#"data: {"type":"finish-step"}"#,
        "\n\n",
        r#"data: {"type":"data-retry","data":{"attempt":2,"wait_ms":1000},"transient":true}"#,
        "\n\n",
        r#"data: {"type":"start-step"}"#,
        "\n\n",
        r#"data: {"type":"text-start","id":"p3"}"#,
        "\n\n",
        r#"data: {"type":"text-delta","id":"p3","delta":"Paid."}"#,
        "\n\n",
        r#"data: {"type":"text-end","id":"p3"}"#,
        "\n\n",
        r#"data: {"type":"finish-step"}"#,
        "\n\n",
        r#"data: {"type":"finish","finishReason":"stop","messageMetadata":{"model":"claude-sonnet-5-5","#,
        r#""usage":{"input_tokens":1000,"output_tokens":100,"cache_creation_input_tokens":0,"cache_read_input_tokens":0},"#,
        r#""cost_usd":COST,"elapsed_ms":1500,"end_reason":"Finished"}}"#,
        "\n\n",
    );
    let usage = serde_json::from_value(json!({"input_tokens": 1_000, "output_tokens": 100})).unwrap();
    let cost = claudette::catalog::Cost::of("claude-sonnet-5-5", &usage).unwrap().total();
    let golden = golden.replace("COST", &serde_json::to_string(&cost).unwrap());
    assert_eq!(frames(UiStream::new(UiOptions::new()), &events), golden);

    let static_tools = frames(UiStream::new(UiOptions::new().static_tools(true)), &events);
    assert_eq!(static_tools, golden.replace(r#","dynamic":true"#, ""));
}

/// Returns an event inside the sub-agents that these calls run, the outermost first.
fn inside(calls: &[&str], kind: &str, data: Value) -> Event {
    let innermost = json!({"type": kind, "data": data});
    let wrap = |event: Value, id: &&str| json!({"type": "sub_agent", "data": {"call": agent(id), "event": event}});
    serde_json::from_value(calls.iter().rev().fold(innermost, wrap)).unwrap()
}

fn agent(id: &str) -> Value {
    json!({"type": "tool_use", "id": id, "name": format!("agent_{id}"), "input": {"prompt": "Pay."}})
}

fn spent() -> Value {
    let cost = serde_json::to_value(cost_of(2_000, 200)).unwrap();
    json!({"usage": {"input_tokens": 2_000, "output_tokens": 200}, "cost": cost})
}

fn cost_of(input: u64, output: u64) -> claudette::catalog::Cost {
    let usage = serde_json::from_value(json!({"input_tokens": input, "output_tokens": output})).unwrap();
    claudette::catalog::Cost::of("claude-sonnet-5-5", &usage).unwrap()
}

fn compacted() -> Event {
    event(
        "context",
        json!({"type": "compacted", "data": {"tokens_before": 7_000, "messages": 9, "summary": "S.", "spent": spent()}}),
    )
}

#[test]
fn the_bytes_of_changes_and_of_sub_agents() {
    let (pay, content) = (call("toolu_2"), json!([agent("toolu_1")]));
    let pending = json!({"type": "tool_use", "id": "toolu_1/toolu_9/toolu_2", "name": "pay", "input": {"amount": 5}});
    let events = [
        compacted(),
        event("response", response(content.clone(), "tool_use")),
        inside(&["toolu_1"], "text", json!("I pay.")),
        inside(&["toolu_1"], "tool_call", call("toolu_3")),
        inside(&["toolu_1"], "progress", json!({"call": call("toolu_3"), "text": "paying"})),
        inside(&["toolu_1"], "tool_result", outcome("toolu_3", "no money", true)),
        inside(
            &["toolu_1"],
            "retry",
            json!({"attempt": 1, "wait": {"secs": 1, "nanos": 0}, "reason": "internal name"}),
        ),
        inside(
            &["toolu_1"],
            "context",
            json!({"type": "trimmed", "data": {"tokens_before": 9, "tokens_removed": 4, "results": 1, "messages": 0}}),
        ),
        inside(&["toolu_1", "toolu_9"], "text", json!("Deep.")),
        inside(&["toolu_1", "toolu_9"], "response", response(json!([pay]), "tool_use")),
        event("step", step(content.clone(), &[pending])),
    ];
    let golden = [
        r#"{"type":"start","messageId":"a1"}"#.to_owned(),
        format!(
            r#"{{"type":"data-context","data":{{"kind":"compacted","text":"a summary replaced 9 messages of 7000 tokens","messages":9,"tokens_before":7000,"summary":"S.","usage":{{"input_tokens":2000,"output_tokens":200,"cache_creation_input_tokens":0,"cache_read_input_tokens":0}},"cost_usd":{}}}}}"#,
            serde_json::to_string(&cost_of(2_000, 200).total()).unwrap()
        ),
        r#"{"type":"start-step"}"#.to_owned(),
        r#"{"type":"tool-input-available","toolCallId":"toolu_1","toolName":"agent_toolu_1","input":{"prompt":"Pay."},"dynamic":true}"#.to_owned(),
        r#"{"type":"data-agent","data":{"call_id":"toolu_1","text":"I pay."},"transient":true}"#.to_owned(),
        r#"{"type":"data-tool","id":"toolu_1/toolu_3","data":{"call_id":"toolu_1/toolu_3","state":"running","name":"pay","input":{"amount":5}},"transient":true}"#.to_owned(),
        r#"{"type":"data-tool","id":"toolu_1/toolu_3","data":{"call_id":"toolu_1/toolu_3","state":"progress","text":"paying"},"transient":true}"#.to_owned(),
        r#"{"type":"data-tool","id":"toolu_1/toolu_3","data":{"call_id":"toolu_1/toolu_3","state":"error","elapsed_ms":5},"transient":true}"#.to_owned(),
        r#"{"type":"data-retry","data":{"attempt":1,"wait_ms":1000,"call_id":"toolu_1"},"transient":true}"#.to_owned(),
        r#"{"type":"data-context","data":{"kind":"trimmed","text":"removed about 4 of 9 tokens: 1 tool results","messages":0,"results":1,"tokens_before":9,"tokens_removed":4,"call_id":"toolu_1"},"transient":true}"#.to_owned(),
        r#"{"type":"data-agent","data":{"call_id":"toolu_1/toolu_9","text":"Deep."},"transient":true}"#.to_owned(),
        r#"{"type":"tool-input-available","toolCallId":"toolu_1/toolu_9/toolu_2","toolName":"pay","input":{"amount":5},"dynamic":true,"title":"agent_toolu_1 › agent_toolu_9 › pay"}"#.to_owned(),
        r#"{"type":"tool-output-available","toolCallId":"toolu_1","output":"Waits for a decision on a call inside.","dynamic":true}"#.to_owned(),
    ];
    let frames = frames(UiStream::new(UiOptions::new()), &events);
    let lines: Vec<&str> = frames.split_terminator("\n\n").map(|frame| frame.strip_prefix("data: ").unwrap()).collect();
    assert_eq!(lines[..golden.len()], golden);
    let approval: Value = serde_json::from_str(lines[golden.len()]).unwrap();
    assert_eq!(approval["toolCallId"], "toolu_1/toolu_9/toolu_2");
    assert!(approval["approvalId"].as_str().unwrap().starts_with("toolu_1/toolu_9/toolu_2."));
    assert_eq!(lines[golden.len() + 1..], [r#"{"type":"finish-step"}"#]);
}

#[test]
fn summaries_and_sub_agents_count_once() {
    let metadata = |events: &[Event]| {
        let frames = frames(UiStream::new(UiOptions::new()), events);
        let last = frames.split_terminator("\n\n").last().unwrap().strip_prefix("data: ").unwrap();
        serde_json::from_str::<Value>(last).unwrap()["messageMetadata"].clone()
    };
    let close = |a: &Value, b: f64| (a.as_f64().unwrap() - b).abs() < 1e-9;
    let (one, summary) = (cost_of(1_000, 100).total(), cost_of(2_000, 200).total());
    let content = json!([{"type": "text", "text": "Paid."}]);
    let answer = || event("response", response(content.clone(), "end_turn"));

    let mut paid = outcome("toolu_1", "paid", false);
    paid["spent"] = spent();
    for extra in [vec![compacted(), answer()], vec![event("tool_result", paid), answer()], vec![answer(), compacted()]]
    {
        let spent = metadata(&[extra, vec![done(&content, "Finished")]].concat());
        assert!(close(&spent["cost_usd"], one + summary), "{spent}");
        assert_eq!((&spent["usage"]["input_tokens"], &spent["usage"]["output_tokens"]), (&json!(3_000), &json!(300)));
    }

    // The usage of a response contains that of the summary that the API has written in it.
    let mut contains = response(content.clone(), "end_turn");
    contains["usage"]["iterations"] = json!([
        {"type": "compaction", "input_tokens": 2_000, "output_tokens": 200},
        {"type": "message", "input_tokens": 1_000, "output_tokens": 100},
    ]);
    let end = event(
        "done",
        json!({"end_reason": "Finished",
        "steps": [{"response": contains, "calls": [], "outcomes": [], "pending": []}]}),
    );
    let spent = metadata(&[compacted(), event("response", contains), end]);
    assert!(close(&spent["cost_usd"], one + summary), "{spent}");
    assert_eq!((&spent["usage"]["input_tokens"], &spent["usage"]["output_tokens"]), (&json!(3_000), &json!(300)));
}

#[test]
fn only_version_7_removes_what_a_failed_response_has_shown() {
    let events = [
        event("text", json!("Hal")),
        event("tool_input", json!({"call_id": "toolu_1", "name": "pay", "text": "{\"am"})),
        retry(),
        event("text", json!("Hello")),
    ];
    let of = |sdk| frames(UiStream::new(UiOptions::new().sdk(sdk)), &events);
    let new = of(SdkVersion::V7);
    assert!(new.contains(r#"{"type":"reset-step"}"#) && !new.contains("tool-input-error"), "{new}");
    for old in [of(SdkVersion::V5), of(SdkVersion::V6)] {
        assert!(!old.contains("reset-step") && old.contains(r#""errorText":"The arguments were not completed.""#));
    }
}

#[test]
fn tools_of_the_api_and_sources_are_shown() {
    let content = json!([
        {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "oslo"}},
        {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": [
            {"type": "web_search_result", "url": "https://oslo.example", "title": "Oslo", "encrypted_content": "x"}]},
        {"type": "server_tool_use", "id": "srvtoolu_2", "name": "web_search", "input": {"query": "x"}},
        {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_2",
         "content": {"type": "web_search_tool_result_error", "error_code": "max_uses_exceeded"}},
        {"type": "text", "text": "Oslo.", "citations": [
            {"type": "web_search_result_location", "url": "https://oslo.example", "title": "Oslo", "cited_text": "c",
             "encrypted_index": "e"},
            {"type": "web_search_result_location", "url": "javascript:alert(1)", "title": "Evil", "cited_text": "c",
             "encrypted_index": "e"},
            {"type": "char_location", "cited_text": "c", "document_index": 0, "document_title": "orders.txt",
             "start_char_index": 0, "end_char_index": 1}]},
    ]);
    let events = [event("text", json!("Oslo.")), event("response", response(content, "end_turn"))];
    let body = frames(UiStream::new(UiOptions::new()), &events);
    for frame in [
        r#"{"type":"tool-input-available","toolCallId":"srvtoolu_1","toolName":"web_search","input":{"query":"oslo"},"dynamic":true,"providerExecuted":true}"#,
        r#"{"type":"tool-output-available","toolCallId":"srvtoolu_1","output":[{"type":"web_search_result","#,
        r#"{"type":"tool-output-error","toolCallId":"srvtoolu_2","errorText":"The tool failed: max_uses_exceeded","dynamic":true,"providerExecuted":true}"#,
        r#"{"type":"source-url","sourceId":"https://oslo.example","url":"https://oslo.example","title":"Oslo"}"#,
        r#"{"type":"source-document","sourceId":"document-0","mediaType":"text/plain","title":"orders.txt"}"#,
    ] {
        assert!(body.contains(frame), "{frame} is missing in {body}");
    }
    assert!(!body.contains("javascript"), "{body}");
}

#[test]
fn values_kept_from_the_model_are_sent_only_if_wanted() {
    let mut kept = outcome("toolu_1", "3 rows", false);
    kept["value"] = json!({"type": "kept", "data": {"rows": ["secret"]}});
    let events = [event("tool_result", kept)];
    let hidden = frames(UiStream::new(UiOptions::new()), &events);
    assert!(hidden.contains(r#""output":"3 rows""#) && !hidden.contains("secret"), "{hidden}");
    let shown = frames(UiStream::new(UiOptions::new().kept_values(true)), &events);
    assert!(shown.contains(r#""output":{"rows":["secret"]}"#), "{shown}");
}

#[test]
fn the_reasons_have_the_words_of_the_sdk() {
    for (reason, expected) in [
        ("Finished", "stop"),
        ("Tool", "stop"),
        ("Suspended", "tool-calls"),
        ("MaxTokens", "length"),
        ("ContextExceeded", "length"),
        ("Refusal", "content-filter"),
        ("MaxSteps", "other"),
        ("Deadline", "other"),
    ] {
        let body = frames(UiStream::new(UiOptions::new()), &[done(&json!([]), reason)]);
        assert!(body.contains(&format!(r#""finishReason":"{expected}""#)), "{reason}: {body}");
    }
}

/// A call that waits: one of the chat, or one inside sub-agents.
fn waiting() -> impl Strategy<Value = Value> {
    prop::sample::select(vec!["c1", "c2", "c3", "c1/c2", "c2/c1", "c2/c9/c1"]).prop_map(call)
}

/// One event of an arbitrary sequence. Calls have one of three ids.
fn events() -> impl Strategy<Value = Event> {
    let id = || prop::sample::select(vec!["c1", "c2", "c3"]);
    let blocks = prop::collection::vec(
        prop_oneof![
            Just(json!({"type": "text", "text": "Hi"})),
            Just(json!({"type": "thinking", "thinking": "Hm", "signature": "s"})),
            id().prop_map(call),
            Just(json!({"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {}})),
            Just(json!({"type": "web_search_tool_result", "tool_use_id": "s1", "content": []})),
            Just(json!({"type": "web_search_tool_result", "tool_use_id": "s2", "content": []})),
            Just(json!({"type": "text", "text": "x", "citations": [{"type": "web_search_result_location",
                "url": "https://a.example", "title": "A", "cited_text": "c", "encrypted_index": "e"}]})),
        ],
        0..4,
    );
    prop_oneof![
        prop::sample::select(vec!["", "a", "text\n\ndata: [DONE]"]).prop_map(|text| event("text", json!(text))),
        Just(event("thinking", json!("t"))),
        id().prop_map(|id| event("tool_input", json!({"call_id": id, "name": "pay", "text": "{\"a"}))),
        id().prop_map(|id| event("tool_call", call(id))),
        id().prop_map(|id| event("progress", json!({"call": call(id), "text": "p"}))),
        (id(), any::<bool>()).prop_map(|(id, failed)| event("tool_result", outcome(id, "out", failed))),
        Just(retry()),
        blocks.prop_map(|blocks| event("response", response(json!(blocks), "tool_use"))),
        prop::collection::vec(waiting(), 0..3).prop_map(|pending| event("step", step(json!([]), &pending))),
        Just(compacted()),
        (id(), id()).prop_map(|(agent, id)| inside(&[agent], "tool_call", call(id))),
        (id(), id()).prop_map(|(agent, id)| inside(&[agent], "tool_result", outcome(id, "out", false))),
        (id(), id()).prop_map(|(agent, id)| inside(
            &[agent, "c9"],
            "response",
            response(json!([call(id)]), "tool_use")
        )),
        id().prop_map(|agent| inside(&[agent], "text", json!("t"))),
        id().prop_map(|agent| inside(
            &[agent],
            "retry",
            json!({"attempt": 1, "wait": {"secs": 1, "nanos": 0}, "reason": "r"})
        )),
        Just(done(&json!([]), "Suspended")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_events_keep_the_rules_of_the_client(
        events in prop::collection::vec(events(), 0..40),
        (sdk, version) in prop::sample::select(vec![(SdkVersion::V5, 5), (SdkVersion::V6, 6), (SdkVersion::V7, 7)]),
        is_static in any::<bool>(),
        is_denied in any::<bool>(),
        continues in any::<bool>(),
        end in 0..3,
    ) {
        let mut stream = UiStream::new(UiOptions::new().sdk(sdk).static_tools(is_static));
        let mut page = Page::new(version);
        // A call is denied only in a message that continues.
        if continues && !is_static {
            stream = stream.known_calls(["c1"]);
            page = page.with_calls(&["c1"]);
            if is_denied {
                stream = stream.denied(["c1"]);
            }
        }
        let mut chunks = stream.start("a1");
        let mut results = std::collections::BTreeSet::new();
        for event in &events {
            // A call has one outcome.
            let comes_again = |id: &str| results.contains(id);
            match event {
                Event::ToolResult(outcome) if comes_again(outcome.call_id()) => continue,
                Event::ToolInput(input) if comes_again(input.call_id()) => continue,
                Event::Response(response) if response.tool_uses().any(|call| comes_again(call.id())) => continue,
                Event::Step(step) if step.pending().iter().any(|call| comes_again(call.id())) => continue,
                Event::ToolResult(outcome) => {
                    results.insert(outcome.call_id().to_owned());
                },
                Event::SubAgent(inner) => {
                    if let Event::ToolResult(outcome) = inner.event() {
                        let id = format!("{}/{}", inner.call().id(), outcome.call_id());
                        if !results.insert(id) {
                            continue;
                        }
                    }
                },
                _ => {}
            }
            chunks.extend(stream.event(event, Duration::ZERO));
        }
        chunks.extend(match end {
            0 => stream.error(&Error::other("broken")),
            1 => stream.abort("stopped"),
            _ => stream.event(&done(&json!([]), "Finished"), Duration::ZERO),
        });
        for chunk in &chunks {
            // A frame is one line.
            let frame = chunk.to_frame();
            prop_assert_eq!(frame.lines().count(), 2);
            let chunk: Value = serde_json::from_str(frame.strip_prefix("data: ").unwrap()).unwrap();
            if let Err(problem) = page.read(&chunk) {
                let all: String = chunks.iter().map(Chunk::to_frame).collect();
                prop_assert!(false, "{}\n{}", problem, all);
            }
        }
        prop_assert_eq!(page.end(), Ok(()));
    }
}
