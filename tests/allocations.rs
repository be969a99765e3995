//! The cost of a turn does not depend on the length of the conversation. This is a separate binary because it counts
//! allocations, which other tests would disturb.

#[path = "it/support/ready_transport.rs"]
mod ready_transport;

use allocation_counter::{AllocationInfo, measure};
use claudette::testing::{MockResponse, MockServer};
use claudette::{Chat, Event, Message, tool, tools};
use futures_util::FutureExt;
use ready_transport::ReadyTransport;
use serde_json::json;

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

const TURNS: usize = 200;

/// Returns a response that calls the tool. It has the same size in every turn, and arrives in one piece: the HTTP
/// library allocates a read buffer of 8 KiB for each piece, and the number of pieces would vary.
fn call(turn: usize, streamed: bool) -> MockResponse {
    let id = format!("toolu_{turn:03}");
    if !streamed {
        let call = json!({"type": "tool_use", "id": id, "name": "sums", "input": {"a": 100_000 + turn, "b": 1}});
        return MockResponse::content(json!([call]));
    }
    let input = format!("{{\"a\":{},\"b\":1}}", 100_000 + turn);
    let events = [
        json!({"type": "message_start", "message": {"role": "assistant", "content": [], "usage": {"input_tokens": 9}}}),
        json!({"type": "content_block_start", "index": 0,
            "content_block": {"type": "tool_use", "id": id, "name": "sums", "input": {}}}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": input}}),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 9}}),
        json!({"type": "message_stop"}),
    ];
    let body = events.iter().fold(String::new(), |body, event| {
        body + "event: " + event["type"].as_str().unwrap() + "\ndata: " + &event.to_string() + "\n\n"
    });
    MockResponse::raw(200, "text/event-stream", body)
}

/// Returns the bytes that the client allocates in each turn. The server runs on another thread, which is not counted.
fn bytes_per_turn(streamed: bool) -> Vec<u64> {
    let (ready, url) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let claude = MockServer::start().await.unwrap();
            for turn in 0..TURNS {
                claude.respond(call(turn, streamed));
            }
            claude.respond(MockResponse::text("Done."));
            ready.send(claude.url().to_owned()).unwrap();
            std::future::pending::<()>().await;
        });
    });
    let client =
        claudette::Client::builder("claude-sonnet-5-5").api_key("k").base_url(url.recv().unwrap()).build().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut chat = Chat::builder(client).tools(tools![sums]).build().unwrap();
    let mut turns = Vec::with_capacity(TURNS);
    if streamed {
        let mut events = chat.toolloop("Add for a long time.").max_steps(u32::MAX).stream();
        while turns.len() < TURNS {
            let info = measure(|| {
                runtime.block_on(async {
                    while !matches!(events.next().await.unwrap().unwrap(), Event::ToolResult(_)) {}
                });
            });
            turns.push(info);
        }
    } else {
        turns.push(measure(|| drop(runtime.block_on(chat.send("Add for a long time.").into_future()).unwrap())));
        while turns.len() < TURNS {
            turns.push(measure(|| drop(runtime.block_on(chat.resume().into_future()).unwrap())));
        }
    }
    turns.iter().map(|info: &AllocationInfo| info.bytes_total).collect()
}

#[test]
fn turn_200_allocates_no_more_than_turn_10() {
    for streamed in [false, true] {
        // A turn sometimes needs another read buffer; on a busy machine, all of the last ten turns of a run may. So the
        // minimum of ten turns counts, in the best of a few runs.
        let (mut early, mut late) = (u64::MAX, u64::MAX);
        for _ in 0..5 {
            let turns = bytes_per_turn(streamed);
            let least = |last: usize| turns[last - 10..last].iter().min().copied().unwrap_or_default();
            (early, late) = (early.min(least(15)), late.min(least(TURNS)));
            if is_flat(early, late) {
                break;
            }
        }
        println!("streamed: {streamed}; turns 6 to 15: {early} bytes; turns 191 to 200: {late} bytes");
        assert!(
            is_flat(early, late),
            "streamed: {streamed}; turns 6 to 15: {early} bytes; turns 191 to 200: {late} bytes"
        );
    }
}

#[test]
fn a_piece_of_streamed_text_is_one_allocation() {
    const PIECES: usize = 10_000;
    let client = claudette::Client::builder("claude-sonnet-5-5").api_key("k").transport(ReadyTransport::pieces(PIECES));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut stream = client.build().unwrap().send("Go.").stream();
        stream.next_text().await.unwrap();
        let info = measure(|| {
            for _ in 0..PIECES - 100 {
                assert!(stream.next_text().now_or_never().unwrap().unwrap().is_some());
            }
        });
        println!("{} allocations for {} pieces", info.count_total, PIECES - 100);
        // The text of the response and the read buffer grow by doubling.
        assert!(info.count_total < PIECES as u64, "{info:?}");
    });
}

#[test]
fn an_event_of_streamed_text_is_one_allocation() {
    const PIECES: usize = 10_000;
    let client = claudette::Client::builder("claude-sonnet-5-5").api_key("k").transport(ReadyTransport::pieces(PIECES));
    let mut chat = Chat::builder(client.build().unwrap()).tools(tools![sums]).build().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut events = chat.toolloop("Go.").stream();
        events.next().await.unwrap().unwrap();
        let info = measure(|| {
            for _ in 0..PIECES - 100 {
                assert!(matches!(events.next().now_or_never(), Some(Some(Ok(Event::Text(_))))));
            }
        });
        println!("{} allocations for {} events", info.count_total, PIECES - 100);
        // Only a few events are read ahead, and buffers grow by doubling.
        assert!(info.count_total < PIECES as u64, "{info:?}");
    });
}

/// Returns the allocations of a fork of a chat with this many messages of 1,000 characters each.
fn fork(messages: usize) -> AllocationInfo {
    let client = claudette::Client::builder("claude-sonnet-5-5").api_key("k").build().unwrap();
    let history = (0..messages).map(|_| Message::user("x".repeat(1_000)));
    let chat = Chat::builder(client).tools(tools![sums]).history(history).build().unwrap();
    measure(|| drop(chat.fork()))
}

#[test]
fn a_fork_does_not_copy_messages() {
    let (short, long) = (fork(100), fork(10_000));
    let per_message = (long.bytes_total - short.bytes_total) / 9_900;
    println!("fork of 100 messages: {short:?}; of 10,000: {long:?}; {per_message} bytes for each message");
    assert_eq!(short.count_total, long.count_total);
    assert!(per_message < 200, "{per_message}");
}

fn is_flat(early: u64, late: u64) -> bool {
    late as f64 <= 1.2 * early as f64
}
