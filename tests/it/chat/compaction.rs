//! Compaction: a summary replaces messages, in a loop and on demand, and the API accepts the rest.

use std::sync::{Arc, Mutex};

use claudette::chat::{ChatState, ContextChange, ContextPolicy};
use claudette::testing::{MockResponse, MockServer};
use claudette::wire::StopReason;
use claudette::{Approval, Chat, Client, EndReason, Event, tool, tools};
use serde_json::{Value, json};

/// Reads a page.
#[tool]
fn read_page(
    /// Number of the page
    page: u32,
) -> String {
    format!("page {page}: {}", "the quick brown fox jumps over the lazy dog. ".repeat(40))
}

/// The script of a model: it reads pages and then answers.
#[derive(Clone)]
struct Reader(Arc<Mutex<Pages>>);

struct Pages {
    left: u32,
    read: u32,
}

impl Reader {
    fn new(pages: u32) -> Self {
        Self(Arc::new(Mutex::new(Pages { left: pages, read: 0 })))
    }

    /// Answers so many requests, not counting those for a summary.
    fn answer(&self, claude: &MockServer, requests: u32) {
        for _ in 0..requests {
            let reader = self.clone();
            claude.respond_with(move |_| reader.respond());
        }
    }

    fn respond(&self) -> MockResponse {
        let pages = &mut *self.0.lock().unwrap();
        if pages.left == 0 {
            return MockResponse::text("Read.");
        }
        (pages.left, pages.read) = (pages.left - 1, pages.read + 1);
        MockResponse::tool_use("read_page", json!({"page": pages.read}))
    }
}

fn requests(claude: &MockServer) -> Vec<Value> {
    claude.requests().iter().map(|request| request.body().clone()).collect()
}

/// Returns the requests that are not for a summary.
fn others(claude: &MockServer) -> Vec<Value> {
    requests(claude).into_iter().filter(|request| request["compaction"].is_null()).collect()
}

fn blocks(request: &Value) -> Vec<Value> {
    let messages = request["messages"].as_array().unwrap().iter();
    messages.flat_map(|message| message["content"].as_array().cloned().unwrap_or_default()).collect()
}

fn builder(client: &Client, policy: ContextPolicy) -> claudette::chat::ChatBuilder {
    Chat::builder(client).tools(tools![read_page]).stop("STOP").context(policy)
}

async fn run(chat: &mut Chat, steps: u32) -> Vec<ContextChange> {
    let mut events = chat.toolloop("Read all pages of the book.").max_steps(steps).stream();
    let mut changes = Vec::new();
    while let Some(event) = events.next().await {
        match event.unwrap() {
            Event::Context(change) => {
                let json = serde_json::to_string(&Event::Context(change.clone())).unwrap();
                let Ok(Event::Context(read)) = serde_json::from_str(&json) else { panic!("{json}") };
                assert_eq!(read, change);
                changes.push(change);
            }
            Event::Done(run) => assert_eq!(*run.end_reason(), EndReason::Finished),
            _ => {}
        }
    }
    changes
}

#[tokio::test]
async fn a_loop_replaces_everything_by_a_summary() {
    let claude = MockServer::start().await.unwrap();
    let reader = Reader::new(40);
    reader.answer(&claude, 60);
    let client = claude.client("claude-opus-5-5");
    let policy = ContextPolicy::compact().at(8_000).instructions("Keep the numbers.");
    let mut chat = builder(&client, policy).build().unwrap();
    let changes = run(&mut chat, 50).await;
    assert!((2..8).contains(&changes.len()), "{changes:?}");
    assert!(claude.requests().iter().all(|request| !request.refused()));
    let sizes = others(&claude).iter().map(|request| request["messages"].to_string().len() / 4).collect::<Vec<_>>();
    assert!(*sizes.iter().max().unwrap() < 8_000, "{sizes:?}");
    for request in requests(&claude) {
        let blocks = blocks(&request);
        let summaries = blocks.iter().filter(|block| block["type"] == "compaction").count();
        assert!(summaries <= 1);
        // The server compares it with the block that it has written.
        assert!(summaries == 0 || blocks[0]["type"] == "compaction");
        if request["compaction"].is_object() {
            assert_eq!(request["compaction"], json!({"type": "summarize", "instructions": "Keep the numbers."}));
            assert!(request["stop_sequences"].is_null());
        }
    }
    let ContextChange::Compacted { spent, summary, .. } = &changes[0] else { panic!("{changes:?}") };
    assert!(spent.cost.unwrap().total() > 0.0 && !summary.is_empty());
    assert!(chat.cost().unwrap().total() > spent.cost.unwrap().total());
    // The state can be stored, and the history stays valid.
    let state = ChatState::from_json(&chat.state().to_json()).unwrap();
    assert_eq!(state, chat.state());
    chat.send("Thanks!").await.unwrap();
}

#[tokio::test]
async fn the_last_messages_can_stay() {
    let claude = MockServer::start().await.unwrap();
    let reader = Reader::new(40);
    reader.answer(&claude, 60);
    let client = claude.client("claude-opus-5-5");
    let mut chat = builder(&client, ContextPolicy::compact().at(8_000).keep_last(2_000)).build().unwrap();
    let changes = run(&mut chat, 50).await;
    assert!((2..10).contains(&changes.len()), "{changes:?}");
    assert!(claude.requests().iter().all(|request| !request.refused()));
    let requests = requests(&claude);
    let place = requests.iter().position(|request| request["compaction"].is_object()).unwrap();
    let (before, compaction, after) = (&requests[place - 1], &requests[place], &requests[place + 1]);
    let sent = compaction["messages"].as_array().unwrap();
    let kept = &after["messages"].as_array().unwrap()[1..];
    // The summarized messages are those of an earlier request, and the rest follows unchanged.
    assert_eq!(sent[..], before["messages"].as_array().unwrap()[..sent.len()]);
    assert_eq!((&sent.last().unwrap()["role"], &kept[0]["role"]), (&json!("user"), &json!("assistant")));
    assert_eq!(before["messages"].as_array().unwrap()[sent.len()..], kept[..kept.len() - 2]);
}

#[tokio::test]
async fn a_loop_continues_without_a_summary() {
    let claude = MockServer::start().await.unwrap();
    let reader = Reader::new(20);
    claude.respond_to_compaction(MockResponse::text("").stop_reason("max_tokens"));
    reader.answer(&claude, 40);
    let client = claude.client("claude-opus-5-5");
    let mut chat = builder(&client, ContextPolicy::compact().at(6_000)).build().unwrap();
    let changes = run(&mut chat, 30).await;
    let ContextChange::NotCompacted { stop_reason: Some(StopReason::MaxTokens), spent } = &changes[0] else {
        panic!("{changes:?}")
    };
    assert!(spent.cost.unwrap().total() > 0.0);
    assert!(changes[0].to_string().contains("use a larger maximum"));
    let kinds: Vec<bool> = requests(&claude).iter().map(|request| request["compaction"].is_object()).collect();
    let first = kinds.iter().position(|is_summary| *is_summary).unwrap();
    assert_eq!(kinds[first..=first + 6], [true, false, false, false, false, false, true]);
    assert!(matches!(changes[1], ContextChange::Compacted { .. }));
}

#[tokio::test]
async fn a_conversation_is_summarized_on_demand() {
    let claude = MockServer::start().await.unwrap();
    let reader = Reader::new(2);
    reader.answer(&claude, 8);
    let client = claude.client("claude-opus-5-5");
    let mut chat = builder(&client, ContextPolicy::none()).build().unwrap();
    assert!(chat.compact(None).await.unwrap_err().is_misuse());
    run(&mut chat, 5).await;
    let change = chat.compact("Be short.").await.unwrap();
    assert!(matches!(change, ContextChange::Compacted { messages: 6, .. }), "{change:?}");
    assert_eq!(requests(&claude).last().unwrap()["compaction"]["instructions"], "Be short.");
    assert_eq!(chat.history().len(), 1);
    assert!(chat.compact(None).await.unwrap_err().is_misuse());
    chat.send("Thanks!").await.unwrap();
    let sent = requests(&claude).last().unwrap().clone();
    assert_eq!(blocks(&sent)[0]["type"], "compaction");
    assert_eq!(sent["messages"][1]["role"], "user");
    assert!(claude.requests().iter().all(|request| !request.refused()));
    let fork = chat.fork();
    assert_eq!(fork.history(), chat.history());
}

#[tokio::test]
async fn a_failed_summary_leaves_the_conversation_as_it_was() {
    let claude = MockServer::start().await.unwrap();
    let reader = Reader::new(2);
    reader.answer(&claude, 3);
    claude.respond_to_compaction(MockResponse::error(
        400,
        "invalid_request_error",
        "compaction_too_many_tool_references",
    ));
    let client = claude.client("claude-opus-5-5");
    let mut chat = builder(&client, ContextPolicy::none()).build().unwrap();
    run(&mut chat, 5).await;
    let before = chat.history().clone();
    let error = chat.compact(None).await.unwrap_err();
    assert!(error.to_string().contains("compaction_too_many_tool_references"), "{error}");
    assert_eq!(*chat.history(), before);
}

#[tokio::test]
async fn suspended_calls_are_not_summarized() {
    let claude = MockServer::start().await.unwrap();
    let reader = Reader::new(3);
    reader.answer(&claude, 8);
    let client = claude.client("claude-opus-5-5");
    let mut chat = builder(&client, ContextPolicy::none()).build().unwrap();
    let approve = async |call: claudette::ToolUse| {
        if call.input().get().contains('3') { Approval::Suspend } else { Approval::Allow }
    };
    let run = chat.toolloop("Read all pages of the book.").approve(approve).await.unwrap();
    assert_eq!(*run.end_reason(), EndReason::Suspended);
    let change = chat.compact(None).await.unwrap();
    assert!(matches!(change, ContextChange::Compacted { messages: 5, .. }), "{change:?}");
    let call = chat.pending().remove(0);
    chat.decide(&call, Approval::Allow).unwrap();
    assert_eq!(chat.resume_toolloop().await.unwrap().text(), "Read.");
    assert!(chat.history().to_json().contains("page 3: the quick"));
    assert!(claude.requests().iter().all(|request| !request.refused()));
}

#[tokio::test]
async fn a_conversation_can_be_summarized_after_a_loop_was_dropped() {
    let claude = MockServer::start().await.unwrap();
    let reader = Reader::new(2);
    reader.answer(&claude, 8);
    let client = claude.client("claude-opus-5-5");
    let mut chat = builder(&client, ContextPolicy::none()).build().unwrap();
    let mut events = chat.toolloop("Read all pages of the book.").stream();
    while !matches!(events.next().await.unwrap().unwrap(), Event::Response(_)) {}
    drop(events);
    // The call of the response has not started.
    let change = chat.compact(None).await.unwrap();
    assert!(matches!(change, ContextChange::Compacted { messages: 3, .. }), "{change:?}");
    chat.send("And now?").await.unwrap();
    assert!(claude.requests().iter().all(|request| !request.refused()));
}
