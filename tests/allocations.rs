//! A turn costs what the turn costs, however long the conversation is.

use allocation_counter::{AllocationInfo, measure};
use claudette::testing::{Reply, StandIn};
use claudette::{Chat, Event, tool, tools};
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

/// What our side allocates in each turn. The server runs on another thread, where nothing is counted.
fn bytes_per_turn(streamed: bool) -> Vec<u64> {
    let (ready, url) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let claude = StandIn::start().await.unwrap();
            for turn in 0..TURNS {
                // Of one size, whatever the turn.
                claude.reply(Reply::tool_use("sums", json!({"a": 100_000 + turn, "b": 1})));
            }
            claude.reply(Reply::text("Done."));
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
        let turns = bytes_per_turn(streamed);
        // When a packet comes early, the HTTP library takes another read buffer of 8 KiB: the least of ten turns has none.
        let least = |last: usize| turns[last - 10..last].iter().min().copied().unwrap_or_default();
        let (early, late) = (least(15), least(TURNS));
        println!("streamed: {streamed}; turns 6 to 15: {early} bytes; turns 191 to 200: {late} bytes");
        assert!(
            late as f64 <= 1.2 * early as f64,
            "turns 6 to 15: {early} bytes; turns 191 to 200: {late} bytes; {turns:?}"
        );
    }
}
