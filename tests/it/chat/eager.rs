//! Read-only calls that start while their response still arrives.

use std::collections::HashMap;
use std::future::IntoFuture;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::support::polls::{await_for, read_for, settle};
use claudette::chat::ToolLoop;
use claudette::testing::{MockResponse, MockServer};
use claudette::{Approval, Chat, Client, Error, Event, State, ToolContext, Toolset, tool, tools};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::yield_now;

const MODEL: &str = "claude-sonnet-5-5";

/// The number of times that each call began, by its id.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<HashMap<String, u32>>>);

impl Log {
    fn begin(&self, cx: &ToolContext) {
        *self.0.lock().unwrap().entry(cx.call_id().to_owned()).or_default() += 1;
    }

    fn most(&self) -> u32 {
        self.0.lock().unwrap().values().copied().max().unwrap_or(0)
    }
}

/// Lets the server go on when a call has started.
#[derive(Clone)]
struct Gate(Arc<Semaphore>);

// ---- a server that waits in the middle of a response

enum Piece {
    Events(String),
    /// Waits until a call has started.
    Wait,
}

/// Answers each connection with the next response.
async fn serve(gate: Gate, responses: Vec<Vec<Piece>>) -> Client {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        for response in responses {
            let (mut stream, _) = listener.accept().await.unwrap();
            let (mut request, mut buffer) = (Vec::new(), [0; 4096]);
            while !is_complete(&request) {
                let size = stream.read(&mut buffer).await.unwrap();
                request.extend_from_slice(&buffer[..size]);
            }
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
            stream.write_all(head.as_bytes()).await.unwrap();
            for piece in response {
                match piece {
                    Piece::Events(events) => stream.write_all(events.as_bytes()).await.unwrap(),
                    Piece::Wait => gate.0.acquire().await.unwrap().forget(),
                }
            }
        }
    });
    Client::builder(MODEL).api_key("k").base_url(url).max_retries(0).build().unwrap()
}

fn is_complete(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    body.len() >= length.unwrap_or(0)
}

fn events(events: &[Value]) -> Piece {
    let lines = events.iter().map(|event| format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap()));
    Piece::Events(lines.collect())
}

fn start() -> Value {
    json!({"type": "message_start", "message": {
        "id": "msg_1", "type": "message", "role": "assistant", "model": MODEL, "content": [], "stop_reason": null,
        "usage": {"input_tokens": 1, "output_tokens": 1},
    }})
}

fn call(index: usize, name: &str) -> [Value; 3] {
    let id = format!("toolu_{index}");
    [
        json!({"type": "content_block_start", "index": index,
            "content_block": {"type": "tool_use", "id": id, "name": name, "input": {}}}),
        json!({"type": "content_block_delta", "index": index,
            "delta": {"type": "input_json_delta", "partial_json": "{}"}}),
        json!({"type": "content_block_stop", "index": index}),
    ]
}

fn end(reason: &str) -> [Value; 2] {
    let delta = json!({"stop_reason": reason, "stop_sequence": null});
    [json!({"type": "message_delta", "delta": delta, "usage": {"output_tokens": 9}}), json!({"type": "message_stop"})]
}

fn done() -> Vec<Piece> {
    let text = [
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "Done."}}),
        json!({"type": "content_block_stop", "index": 0}),
    ];
    vec![events(&[start()]), events(&text), events(&end("end_turn"))]
}

/// Looks.
#[tool(read_only)]
async fn look(cx: &ToolContext, log: State<Log>, gate: State<Gate>) -> &'static str {
    log.begin(cx);
    cx.progress("looking");
    gate.0.add_permits(1);
    "seen"
}

/// Writes.
#[tool]
async fn write(cx: &ToolContext, log: State<Log>) -> &'static str {
    log.begin(cx);
    "written"
}

fn chat(client: Client, log: &Log, gate: &Gate) -> Chat {
    let tools = tools![look, write];
    Chat::builder(client).tools(tools).state(log.clone()).state(gate.clone()).build().unwrap()
}

async fn in_time<T>(future: impl Future<Output = T>) -> T {
    let limit = Duration::from_secs(60);
    tokio::time::timeout(limit, future).await.expect("the server waits for a call that does not start")
}

/// The server sends the rest of the response only after the call has started.
#[tokio::test]
async fn a_call_starts_at_the_next_block() {
    for is_read in [false, true] {
        let (log, gate) = (Log::default(), Gate(Arc::new(Semaphore::new(0))));
        let next = call(1, "write");
        let response = vec![
            events(&[start()]),
            events(&call(0, "look")),
            events(&next[..1]),
            Piece::Wait,
            events(&next[1..]),
            events(&end("tool_use")),
        ];
        let client = serve(gate.clone(), vec![response, done()]).await;
        let mut chat = chat(client, &log, &gate);
        let toolloop = chat.toolloop("Look.").eager(true);
        let mut seen = Vec::new();
        if is_read {
            let mut events = toolloop.stream();
            while let Some(event) = in_time(events.next()).await {
                match event.unwrap() {
                    Event::ToolCall(call) => seen.push(format!("call {}", call.name())),
                    Event::Progress(progress) => seen.push(progress.text().to_owned()),
                    Event::Response(_) => seen.push("response".to_owned()),
                    Event::ToolResult(outcome) => seen.push(format!("result of {}", outcome.name())),
                    _ => {}
                }
            }
            let expected = ["call look", "looking", "response", "call write"];
            let places: Vec<_> = expected.iter().map(|entry| seen.iter().position(|one| one == entry)).collect();
            assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{seen:?}");
            let result = seen.iter().position(|one| one == "result of look");
            assert!(result > places[2], "{seen:?}");
        } else {
            let run = in_time(toolloop.into_future()).await.unwrap();
            let texts: Vec<_> = run.steps()[0].outcomes().iter().map(|outcome| outcome.text().into_owned()).collect();
            assert_eq!(texts, ["seen", "written"]);
        }
        assert_eq!(log.0.lock().unwrap().len(), 2);
        assert_eq!(log.most(), 1);
    }
}

#[tokio::test]
async fn the_last_call_starts_at_the_stop_reason() {
    let (log, gate) = (Log::default(), Gate(Arc::new(Semaphore::new(0))));
    let [delta, stop] = end("tool_use");
    let response = vec![events(&[start()]), events(&call(0, "look")), events(&[delta]), Piece::Wait, events(&[stop])];
    let client = serve(gate.clone(), vec![response, done()]).await;
    let run = in_time(chat(client, &log, &gate).toolloop("Look.").eager(true).into_future()).await.unwrap();
    assert_eq!((run.text().as_str(), log.most()), ("Done.", 1));
}

/// Runs a response that ends the stream after its blocks, and returns how often calls began before the end.
async fn started(blocks: &[Value], set: impl FnOnce(ToolLoop<'_>) -> ToolLoop<'_>) -> usize {
    let (log, gate) = (Log::default(), Gate(Arc::new(Semaphore::new(0))));
    // The connection closes without an end of the response.
    let client = serve(gate.clone(), vec![vec![events(&[start()]), events(blocks)]]).await;
    let mut chat = chat(client, &log, &gate);
    let before = chat.history().len();
    in_time(set(chat.toolloop("Look.").eager(true)).into_future()).await.unwrap_err();
    assert_eq!(chat.history().len(), before);
    log.0.lock().unwrap().len()
}

fn same(toolloop: ToolLoop<'_>) -> ToolLoop<'_> {
    toolloop
}

#[tokio::test]
async fn only_calls_that_the_model_has_left_start() {
    let text = [json!({"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": "x"}})];
    let fallback = [
        json!({"type": "content_block_start", "index": 1, "content_block": {
            "type": "fallback", "from": {"model": "claude-opus-5"}, "to": {"model": MODEL},
        }}),
        json!({"type": "content_block_stop", "index": 1}),
    ];
    let more = [
        call(2, "look").to_vec(),
        vec![json!({"type": "content_block_start", "index": 3,
        "content_block": {"type": "text", "text": "y"}})],
    ]
    .concat();
    let with = |rest: &[Value]| [call(0, "look").as_slice(), rest].concat();

    assert_eq!(started(&with(&text), same).await, 1);
    // The stream ends after the block of the call.
    assert_eq!(started(&with(&[]), same).await, 0);
    // The block has not ended.
    assert_eq!(started(&[&call(0, "look")[..2], &text].concat(), same).await, 0);
    // Nothing starts after a fallback.
    assert_eq!(started(&with(&fallback), same).await, 0);
    assert_eq!(started(&[&with(&fallback)[..], &more].concat(), same).await, 0);
    // Other reasons.
    assert_eq!(started(&[&call(0, "write")[..], &text].concat(), same).await, 0);
    assert_eq!(started(&[&call(0, "unknown")[..], &text].concat(), same).await, 0);
    assert_eq!(started(&with(&text), |toolloop| toolloop.eager(false)).await, 0);
    assert_eq!(started(&with(&text), |toolloop| toolloop.approve(async |_| Approval::Allow)).await, 0);
}

// ---- eager or not, the history is the same

/// Reads.
#[tool(read_only)]
async fn read(
    cx: &ToolContext,
    log: State<Log>,
    /** Number */
    n: u8,
    /** Yields */
    yields: u8,
) -> Result<String, String> {
    log.begin(cx);
    for _ in 0..yields {
        cx.progress("reading");
        yield_now().await;
    }
    if n == 0 { Err("nothing to read".to_owned()) } else { Ok(format!("read {n}")) }
}

/// Reads one thing at a time.
#[tool(read_only, exclusive = n)]
async fn read_one(
    cx: &ToolContext,
    log: State<Log>,
    /** Number */
    n: u8,
    /** Yields */
    yields: u8,
) -> String {
    log.begin(cx);
    for _ in 0..yields {
        yield_now().await;
    }
    format!("read only {n}")
}

/// Reads alone.
#[tool(read_only, exclusive)]
async fn read_alone(
    cx: &ToolContext,
    log: State<Log>,
    /** Number */
    n: u8,
) -> String {
    log.begin(cx);
    yield_now().await;
    format!("read {n} alone")
}

/// Changes one thing at a time.
#[tool(exclusive = n)]
async fn change(
    cx: &ToolContext,
    log: State<Log>,
    /** Number */
    n: u8,
) -> String {
    log.begin(cx);
    yield_now().await;
    format!("changed {n}")
}

#[derive(Clone, Debug)]
struct Says {
    blocks: Vec<Block>,
    stop: Option<&'static str>,
    pieces: usize,
    bytes: Option<usize>,
    cut: Option<usize>,
}

#[derive(Clone, Debug)]
enum Block {
    Text(String),
    Fallback,
    Call(&'static str, Value),
}

#[derive(Clone, Debug)]
struct Case {
    script: Vec<Says>,
    max_parallel: usize,
    max_steps: u32,
    streamed: bool,
    /// The number of polls after which the eager loop is dropped.
    polls: Option<usize>,
}

fn block() -> impl Strategy<Value = Block> {
    let (n, yields) = (0..3_u8, 0..5_u8);
    prop_oneof![
        2 => "[a-z]{1,9}".prop_map(Block::Text),
        1 => Just(Block::Fallback),
        4 => (n.clone(), yields.clone()).prop_map(|(n, yields)| Block::Call("read", json!({"n": n, "yields": yields}))),
        2 => (n.clone(), yields).prop_map(|(n, yields)| Block::Call("read_one", json!({"n": n, "yields": yields}))),
        1 => n.clone().prop_map(|n| Block::Call("read_alone", json!({"n": n}))),
        2 => n.prop_map(|n| Block::Call("change", json!({"n": n}))),
        1 => Just(Block::Call("unknown", json!({}))),
        1 => Just(Block::Call("read", json!({"n": "one"}))),
    ]
}

fn says() -> impl Strategy<Value = Says> {
    let stop = prop_oneof![
        6 => Just(None),
        1 => prop_oneof![Just("refusal"), Just("max_tokens"), Just("end_turn"), Just("pause_turn"), Just("something_new")].prop_map(Some),
    ];
    let cut = prop_oneof![6 => Just(None), 1 => (0..12_usize).prop_map(Some)];
    let blocks = prop::collection::vec(block(), 1..6);
    (blocks, stop, 1..4_usize, prop::option::of(1..200_usize), cut)
        .prop_map(|(blocks, stop, pieces, bytes, cut)| Says { blocks, stop, pieces, bytes, cut })
}

fn case() -> impl Strategy<Value = Case> {
    let polls = prop_oneof![2 => Just(None), 1 => (0..80_usize).prop_map(Some)];
    (prop::collection::vec(says(), 1..4), 1..5_usize, 1..5_u32, any::<bool>(), polls).prop_map(
        |(script, max_parallel, max_steps, streamed, polls)| Case { script, max_parallel, max_steps, streamed, polls },
    )
}

fn response(place: usize, says: &Says) -> MockResponse {
    let blocks = says.blocks.iter().enumerate().map(|(nth, block)| match block {
        Block::Text(text) => json!({"type": "text", "text": text}),
        Block::Fallback => json!({"type": "fallback", "from": {"model": "claude-opus-5"}, "to": {"model": MODEL}}),
        Block::Call(name, input) => {
            json!({"type": "tool_use", "id": format!("toolu_{place}_{nth}"), "name": name, "input": input})
        }
    });
    let mut response = MockResponse::content(blocks.collect()).id(format!("msg_{place}")).chunked(says.pieces);
    if let Some(stop) = says.stop {
        response = response.stop_reason(stop);
    }
    if let Some(bytes) = says.bytes {
        response = response.byte_chunks(bytes);
    }
    if let Some(events) = says.cut {
        response = response.cut_after(events);
    }
    response
}

fn all_tools() -> Toolset {
    tools![read, read_one, read_alone, change]
}

/// Runs a case, and returns the history and how often each call began. The loop can be dropped only if it is eager.
async fn run(client: &Client, script: &Mutex<(usize, Vec<Says>)>, case: &Case, is_eager: bool) -> (Value, Log) {
    *script.lock().unwrap() = (0, case.script.clone());
    let log = Log::default();
    let mut chat = Chat::builder(client.clone()).tools(all_tools()).state(log.clone()).build().unwrap();
    let Case { max_parallel, max_steps, .. } = *case;
    let toolloop = chat.toolloop("Go.").max_parallel(max_parallel).max_steps(max_steps).eager(is_eager);
    let polls = case.polls.filter(|_| is_eager).unwrap_or(usize::MAX);
    // Both runs are streamed, because an error in the middle of a response differs from one of a whole response.
    let end: Option<Result<_, Error>> = if case.streamed || !is_eager {
        read_for(polls, toolloop.stream(), drop).await
    } else {
        await_for(polls, toolloop.into_future()).await
    };
    if end.is_none() {
        settle().await;
        *script.lock().unwrap() = (100, Vec::new());
        // The mock server accepts the conversation.
        chat.toolloop("Go on.").eager(true).await.unwrap();
    }
    (serde_json::to_value(chat.history()).unwrap(), log)
}

#[test]
fn eager_or_not_the_history_is_the_same() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let script = Arc::new(Mutex::new((0, Vec::<Says>::new())));
    let (claude, client) = runtime.block_on(async {
        let claude = MockServer::start().await.unwrap();
        let client = Client::builder(MODEL).api_key("k").base_url(claude.url()).max_retries(0).build().unwrap();
        (claude, client)
    });
    // All responses read the script, so those that are left over serve the next run.
    let prepare = || {
        for _ in 0..16 {
            let turns = script.clone();
            claude.respond_with(move |_| {
                let (place, script) = &mut *turns.lock().unwrap();
                *place += 1;
                match script.get(*place - 1) {
                    Some(says) => response(*place - 1, says),
                    None => MockResponse::text("The end.").id(format!("msg_{place}")),
                }
            });
        }
    };
    TestRunner::default()
        .run(&case(), |case| {
            prepare();
            runtime.block_on(async {
                let (eager, log) = run(&client, &script, &case, true).await;
                prop_assert!(log.most() <= 1, "a call ran twice: {:?}", log.0);
                if case.polls.is_none() {
                    let (usual, log) = run(&client, &script, &case, false).await;
                    prop_assert!(log.most() <= 1);
                    prop_assert_eq!(eager, usual);
                }
                Ok(())
            })
        })
        .unwrap();
}
