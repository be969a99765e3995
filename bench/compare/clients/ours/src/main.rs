//! The scenarios with this library.

use std::sync::Arc;

use claudette::{Chat, Client, Event, Image, ToolContext, Toolset, tool, tools};
use futures_util::FutureExt;
use harness::Job;
use harness::words::{ANSWER, KEY, MODEL, PIECE, PIECES, QUESTION, SYSTEM, TURN, TURN_ANSWER, image};
use serde_json::value::RawValue;
use tokio::sync::Barrier;

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

fn main() {
    let job = Job::from_args();
    let client = Client::builder(MODEL).api_key(KEY).base_url(&job.url).build().unwrap();
    match job.scenario.as_str() {
        "loop4" => {
            let tools = tools![sums];
            job.time(1, async || tool_loop(&client, &tools).await);
        }
        "talk10" => job.time(10, async || talk(&client, 10).await),
        "talk160" => job.time(160, async || talk(&client, 160).await),
        "image" => look(&job, client),
        "stream" => job.time(PIECES, async || stream(&client).await),
        "stream-loop" => job.time(PIECES, async || stream_loop(&client).await),
        "allocations" => {
            let mut pieces = client.send(QUESTION).system(SYSTEM).stream();
            job.allocations(async || assert!(pieces.next_text().await.unwrap().is_some()));
        }
        "allocations-loop" => {
            let mut chat = Chat::builder(client).system(SYSTEM).tools(tools![sums]).build().unwrap();
            let mut events = chat.toolloop(QUESTION).stream();
            job.allocations(async || assert!(matches!(events.next().await, Some(Ok(Event::Text(_))))));
        }
        "dispatch" => dispatch(&job),
        "dispatch-set" => dispatch_set(&job),
        "concurrency" => job.concurrency(|all_stream| one_of_many(client.clone(), all_stream)),
        _ => job.cannot(),
    }
}

async fn tool_loop(client: &Client, tools: &Toolset) {
    let mut chat = Chat::builder(client).system(SYSTEM).tools(tools.clone()).build().unwrap();
    assert_eq!(chat.toolloop(QUESTION).await.unwrap().text(), ANSWER);
}

async fn talk(client: &Client, turns: usize) {
    let mut chat = Chat::builder(client).system(SYSTEM).build().unwrap();
    for _ in 0..turns {
        assert_eq!(chat.send(TURN).await.unwrap().text().len(), TURN_ANSWER);
    }
}

fn look(job: &Job, client: Client) {
    let mut chat = Chat::builder(client).system(SYSTEM).build().unwrap();
    job.run(chat.send((Image::from_base64("image/png", image()), TURN)).into_future()).unwrap();
    job.time(1, async || assert_eq!(chat.send(TURN).await.unwrap().text().len(), TURN_ANSWER));
}

async fn stream(client: &Client) {
    let mut pieces = client.send(QUESTION).system(SYSTEM).stream();
    let mut text = String::new();
    while let Some(piece) = pieces.next_text().await.unwrap() {
        text += &piece;
    }
    assert_eq!(text.len(), PIECES * PIECE);
}

async fn stream_loop(client: &Client) {
    let mut chat = Chat::builder(client).system(SYSTEM).tools(tools![sums]).build().unwrap();
    let mut events = chat.toolloop(QUESTION).stream();
    let mut text = String::new();
    while let Some(event) = events.next().await {
        if let Event::Text(piece) = event.unwrap() {
            text += &piece;
        }
    }
    assert_eq!(text.len(), PIECES * PIECE);
}

const INPUT: &str = r#"{"a": 604542, "b": 6458932}"#;

/// Finds the tool by its name and calls it.
fn dispatch(job: &Job) {
    let (tools, cx) = (tools![sums], ToolContext::default());
    let input: &RawValue = serde_json::from_str(INPUT).unwrap();
    job.time_sync(|| {
        let tool = tools.get("sums").unwrap();
        tool.call(input, &cx).now_or_never().unwrap().unwrap()
    });
}

/// Calls the tool as a loop does: validates the JSON, makes a context for the call, and returns an outcome.
fn dispatch_set(job: &Job) {
    let (tools, cx): (Toolset, _) = (tools![sums], ToolContext::default());
    job.time_sync(|| tools.call("sums", INPUT, &cx).now_or_never().unwrap());
}

async fn one_of_many(client: Client, all_stream: Arc<Barrier>) -> String {
    let mut chat = Chat::builder(client).system(SYSTEM).build().unwrap();
    let mut events = chat.send(TURN).stream();
    let mut text = String::new();
    while let Some(event) = events.next().await {
        let Event::Text(piece) = event.unwrap() else { continue };
        if text.is_empty() {
            all_stream.wait().await;
        }
        text += &piece;
    }
    text
}
