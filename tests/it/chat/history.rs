//! The API never refuses a request for its structure, whatever the model, the network and the caller do.

use claudette::testing::{MockResponse, MockServer};
use claudette::wire::Role;
use claudette::{Chat, Client, Event, Message, tool, tools};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

/// Adds a + b.
#[tool]
async fn sums(
    /// First thing to sum
    a: i64,
    /// Second thing to sum
    b: i64,
) -> i64 {
    tokio::task::yield_now().await;
    a.wrapping_add(b)
}

/// Fails, with or without a reason.
#[tool]
fn fail(
    /// The reason
    why: String,
) -> Result<(), String> {
    Err(why)
}

/// Panics.
#[tool]
fn explode() {
    panic!("boom")
}

/// The reaction of the model to a request.
#[derive(Clone, Debug)]
enum Turn {
    Text(String),
    Calls {
        calls: Vec<(&'static str, Value)>,
        text: Option<String>,
        searches: Vec<bool>,
        stop: &'static str,
    },
    /// Server tool calls, each with or without a result.
    Searches {
        searches: Vec<bool>,
        stop: &'static str,
    },
    Error(u16),
    Cut {
        calls: bool,
        events: usize,
    },
    Empty,
}

/// An operation of the caller.
#[derive(Clone, Debug)]
enum Op {
    Send {
        streamed: bool,
    },
    Loop {
        streamed: bool,
        max_steps: u32,
        max_parallel: usize,
    },
    Resume,
    /// Reads this many events of a loop, and drops the loop.
    Drop {
        events: usize,
    },
    Fork,
    Rewind(Index),
}

fn call() -> impl Strategy<Value = (&'static str, Value)> {
    prop_oneof![
        4 => (any::<i64>(), any::<i64>()).prop_map(|(a, b)| ("sums", json!({"a": a, "b": b}))),
        1 => any::<String>().prop_map(|why| ("fail", json!({"why": why}))),
        1 => Just(("explode", json!({}))),
        1 => Just(("unknown_tool", json!({"x": 1}))),
        1 => prop_oneof![
            Just(json!({"a": "one"})),
            Just(json!({})),
            Just(json!({"a": 1, "b": 2, "c": 3})),
            Just(json!({"a": 1.5, "b": [1]})),
            Just(json!({"a": {"b": null}, "b": null})),
        ]
        .prop_map(|input| ("sums", input)),
    ]
}

fn turn() -> impl Strategy<Value = Turn> {
    let text =
        prop_oneof![4 => "[a-z ]{1,20}", 1 => Just(String::new()), 1 => Just(" \n".to_owned()), 1 => any::<String>()];
    let stop = prop_oneof![
        8 => Just("tool_use"),
        1 => Just("max_tokens"),
        1 => Just("end_turn"),
        1 => Just("refusal"),
        1 => Just("pause_turn"),
        1 => Just("model_context_window_exceeded"),
        1 => Just("something_new"),
    ];
    prop_oneof![
        3 => text.clone().prop_map(Turn::Text),
        6 => (prop::collection::vec(call(), 1..=4), prop::option::of(text), searches(), stop.clone())
            .prop_map(|(calls, text, searches, stop)| Turn::Calls { calls, text, searches, stop }),
        2 => (searches(), stop).prop_map(|(searches, stop)| Turn::Searches { searches, stop }),
        1 => prop_oneof![Just(400), Just(500), Just(529)].prop_map(Turn::Error),
        1 => (any::<bool>(), 0..9_usize).prop_map(|(calls, events)| Turn::Cut { calls, events }),
        1 => Just(Turn::Empty),
    ]
}

fn searches() -> impl Strategy<Value = Vec<bool>> {
    prop_oneof![2 => Just(vec![]), 1 => prop::collection::vec(any::<bool>(), 1..3)]
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        1 => any::<bool>().prop_map(|streamed| Op::Send { streamed }),
        4 => (any::<bool>(), 1..5_u32, 1..4_usize)
            .prop_map(|(streamed, max_steps, max_parallel)| Op::Loop { streamed, max_steps, max_parallel }),
        1 => Just(Op::Resume),
        1 => (0..12_usize).prop_map(|events| Op::Drop { events }),
        1 => Just(Op::Fork),
        1 => any::<Index>().prop_map(Op::Rewind),
    ]
}

fn response(place: usize, turn: &Turn, request: &Value) -> MockResponse {
    let begun = finished(request);
    let text = |text: &str| json!({"type": "text", "text": text});
    let content = |blocks: Vec<Value>| MockResponse::content(begun.iter().cloned().chain(blocks).collect()).chunked(3);
    match turn {
        Turn::Text(said) => content(vec![text(said)]),
        Turn::Calls { calls, text: said, searches, stop } => {
            let said = said.iter().map(|said| text(said));
            let calls = calls.iter().enumerate().map(|(nth, (name, input))| {
                json!({"type": "tool_use", "id": format!("toolu_{place}_{nth}"), "name": name, "input": input})
            });
            content(said.chain(served(place, searches)).chain(calls).collect()).stop_reason(*stop)
        }
        Turn::Searches { searches, stop } => content(served(place, searches).collect()).stop_reason(*stop),
        Turn::Error(status) => MockResponse::error(*status, "api_error", "no"),
        Turn::Cut { calls: true, events } => {
            let call =
                json!({"type": "tool_use", "id": format!("toolu_{place}"), "name": "sums", "input": {"a": 1, "b": 2}});
            content(vec![call]).cut_after(*events)
        }
        Turn::Cut { calls: false, events } => content(vec![text("one two three")]).cut_after(*events),
        Turn::Empty => content(vec![]),
    }
}

/// Returns the results of pending searches and MCP calls, with which the API continues a turn.
fn finished(request: &Value) -> Vec<Value> {
    let messages = request["messages"].as_array().unwrap();
    let turn = messages.iter().rev().take(2).find(|message| message["role"] == "assistant");
    turn.map(pending).unwrap_or_default()
}

fn pending(turn: &Value) -> Vec<Value> {
    let blocks = turn["content"].as_array().into_iter().flatten();
    let is_call = |block: &&Value| block["type"] == "server_tool_use" || block["type"] == "mcp_tool_use";
    let calls = blocks.clone().filter(is_call).filter_map(|call| call["id"].as_str());
    calls.filter(|id| !blocks.clone().any(|block| block["tool_use_id"] == *id)).map(found).collect()
}

/// Returns the result of a search, or of an MCP call if its id says so.
fn found(id: &str) -> Value {
    let kind = if id.starts_with("mcp") { "mcp_tool_result" } else { "web_search_tool_result" };
    json!({"type": kind, "tool_use_id": id, "content": []})
}

/// Returns server searches and MCP calls in turns, with their results or still pending.
fn served(place: usize, searches: &[bool]) -> impl Iterator<Item = Value> {
    searches.iter().enumerate().flat_map(move |(nth, finished)| {
        let (id, call) = if nth % 2 == 0 {
            let id = format!("srvtoolu_{place}_{nth}");
            (id.clone(), json!({"type": "server_tool_use", "id": id, "name": "web_search", "input": {"query": "q"}}))
        } else {
            let id = format!("mcptoolu_{place}_{nth}");
            (id.clone(), json!({"type": "mcp_tool_use", "id": id, "name": "find", "server_name": "s", "input": {}}))
        };
        std::iter::once(call).chain(finished.then(|| found(&id)))
    })
}

async fn perform(chat: &mut Chat, op: &Op) {
    // Errors are expected; only the later requests are checked.
    match *op {
        Op::Send { streamed: false } => drop(chat.send("Go on.").await),
        Op::Send { streamed: true } => drain(chat.send("Go on.").stream(), usize::MAX).await,
        Op::Loop { streamed: false, max_steps, max_parallel } => {
            drop(chat.toolloop("Do it.").max_steps(max_steps).max_parallel(max_parallel).await);
        }
        Op::Loop { streamed: true, max_steps, max_parallel } => {
            drain(chat.toolloop("Do it.").max_steps(max_steps).max_parallel(max_parallel).stream(), usize::MAX).await;
        }
        Op::Resume => drop(chat.resume().await),
        Op::Drop { events } => drain(chat.toolloop("Do it.").stream(), events).await,
        Op::Fork => *chat = chat.fork(),
        Op::Rewind(to) => chat.rewind(to.index(chat.history().len() + 1)).unwrap(),
    }
}

async fn drain(mut events: claudette::chat::Events<'_>, most: usize) {
    for _ in 0..most {
        match events.next().await {
            None | Some(Ok(Event::Done(_))) => break,
            Some(_) => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_request_is_refused_for_its_structure(
        turns in prop::collection::vec(turn(), 1..12),
        ops in prop::collection::vec(op(), 1..8),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let claude = MockServer::start().await.unwrap();
            for (place, turn) in turns.iter().cloned().enumerate() {
                claude.respond_with(move |request| response(place, &turn, request));
            }
            let client = Client::builder("claude-sonnet-5-5")
                .api_key("k")
                .base_url(claude.url())
                .max_retries(0)
                .build()
                .unwrap();
            let mut chat = Chat::builder(client).tools(tools![sums, fail, explode]).build().unwrap();
            for op in &ops {
                perform(&mut chat, op).await;
                // The API accepts the final history.
                let mut messages = chat.history().to_vec();
                prop_assert_eq!(chat.history().to_json(), serde_json::to_string(&messages).unwrap());
                prop_assert!(Chat::builder(chat.client()).history(messages.clone()).build().is_ok(), "{:#?}", messages);
                let is_open = |last: &Message| *last.role() == Role::Assistant && pending(&json!(last)).is_empty();
                if messages.last().is_none_or(is_open) {
                    messages.push(Message::user("Go on."));
                }
                drop(chat.client().send(messages).tools(tools![sums, fail, explode]).await);
            }
            for request in claude.requests() {
                prop_assert!(!request.refused(), "{:#}", request.body());
            }
            Ok(())
        })?;
    }
}
