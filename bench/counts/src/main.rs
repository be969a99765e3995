//! Work whose instructions are counted: `.ci/check-instructions` runs this program under valgrind.
//!
//! Usage: `counts WORK TIMES`. The transport returns prepared responses without a network, so the count contains only
//! the work of this library and does not vary.

#[path = "../../../tests/it/support/ready_transport.rs"]
mod ready_transport;

use claudette::{Chat, Client, Event, Response, ToolContext, tool, tools};
use futures_util::FutureExt;
use ready_transport::ReadyTransport;
use serde_json::value::RawValue;

fn main() {
    let mut args = std::env::args().skip(1);
    let work = args.next().unwrap_or_default();
    let times: usize = args.next().and_then(|times| times.parse().ok()).unwrap_or(1);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    match work.as_str() {
        // Parses a response.
        "response" => (0..times).for_each(|_| drop(serde_json::from_str::<Response>(RESPONSE).unwrap())),
        // Finds a tool by its name and calls it.
        "call" => call(times),
        // Runs a turn of a chat, without HTTP.
        "turn" => runtime.block_on(turns(times)),
        // Reads a piece of streamed text.
        "piece" => runtime.block_on(pieces(times)),
        // Reads a piece of streamed text as an event of a loop.
        "event" => runtime.block_on(events(times)),
        _ => panic!("unknown work {work:?}; use response, call, turn, piece or event"),
    }
}

const RESPONSE: &str = r#"{"model":"claude-sonnet-5-5","id":"msg_01Xy","type":"message","role":"assistant","content":[{"type":"text","text":"A sentence of thirty letters. A sentence of thirty letters."}],"stop_reason":"end_turn","stop_sequence":null,"stop_details":null,"usage":{"input_tokens":411,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},"output_tokens":54,"service_tier":"standard","inference_geo":"global"}}"#;

/// Adds a + b.
#[tool]
async fn sums(
    /// First thing to sum
    a: i64,
    /// Second thing to sum
    b: i64,
) -> i64 {
    a + b
}

fn call(times: usize) {
    let (tools, cx) = (tools![sums], ToolContext::default());
    let input: &RawValue = serde_json::from_str(r#"{"a": 604542, "b": 6458932}"#).unwrap();
    for _ in 0..times {
        tools.get("sums").unwrap().call(input, &cx).now_or_never().unwrap().unwrap();
    }
}

async fn turns(times: usize) {
    // Each conversation has ten turns.
    let client = client(ReadyTransport { body: RESPONSE.into(), content_type: "application/json" });
    for _ in 0..times.div_ceil(10) {
        let mut chat = Chat::new(&client).unwrap();
        for _ in 0..10 {
            chat.send("Thirty letters, once more, please.").await.unwrap();
        }
    }
}

async fn pieces(times: usize) {
    let mut pieces = client(ReadyTransport::pieces(times)).send("Go.").stream();
    let mut most = 0;
    while let Some(piece) = pieces.next_text().await.unwrap() {
        most = most.max(piece.len());
    }
    assert_eq!(most, 20);
}

async fn events(times: usize) {
    let mut chat = Chat::new(client(ReadyTransport::pieces(times))).unwrap();
    let mut events = chat.toolloop("Go.").stream();
    let mut most = 0;
    while let Some(event) = events.next().await {
        if let Event::Text(piece) = event.unwrap() {
            most = most.max(piece.len());
        }
    }
    assert_eq!(most, 20);
}

fn client(transport: ReadyTransport) -> Client {
    Client::builder("claude-sonnet-5-5").api_key("none").transport(transport).build().unwrap()
}
