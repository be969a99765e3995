//! Compaction by the API itself: the response begins with a summary, which replaces the history.

use claudette::catalog::{Cost, Platform};
use claudette::chat::{ChatBuilder, ChatState, ContextChange, ContextPolicy};
use claudette::testing::{MockResponse, MockServer};
use claudette::wire::{Compaction, ContextEdit, TaskBudget};
use claudette::{Chat, Client, EndReason, Event, History, Run, tool, tools};
use serde_json::{Value, json};

/// Reads a chapter.
#[tool]
fn read_chapter(
    /// Number of the chapter
    chapter: u32,
) -> String {
    format!("chapter {chapter}: {}", "the quick brown fox jumps over the lazy dog. ".repeat(1_500))
}

fn script(claude: &MockServer, chapters: u32) {
    for chapter in 1..=chapters {
        claude.respond(MockResponse::tool_use("read_chapter", json!({"chapter": chapter})).thinking("Next."));
    }
    claude.respond(MockResponse::text("Read."));
}

fn builder(client: &Client, policy: ContextPolicy) -> ChatBuilder {
    Chat::builder(client).tools(tools![read_chapter]).max_tokens(2_000).context(policy)
}

async fn run(chat: &mut Chat) -> (Run, Vec<ContextChange>) {
    let mut events = chat.toolloop("Read all chapters of the book.").max_steps(40).stream();
    let mut changes = Vec::new();
    while let Some(event) = events.next().await {
        match event.unwrap() {
            Event::Context(change) => changes.push(change),
            Event::Done(run) => return (run, changes),
            _ => {}
        }
    }
    unreachable!("a loop ends with an event")
}

fn requests(claude: &MockServer) -> Vec<Value> {
    assert!(claude.requests().iter().all(|request| !request.refused()));
    claude.requests().iter().map(|request| request.body().clone()).collect()
}

#[tokio::test]
async fn a_summary_in_a_response_replaces_the_history() {
    for pause in [false, true] {
        let claude = MockServer::start().await.unwrap();
        script(&claude, 12);
        let client = claude.client("claude-opus-5-5");
        let policy = ContextPolicy::compact_on_server().at(60_000).instructions("Keep the numbers.").pause_after(pause);
        let mut chat = builder(&client, policy).build().unwrap();
        let (run, changes) = run(&mut chat).await;
        assert_eq!((run.end_reason(), run.text().as_str()), (&EndReason::Finished, "Read."));
        assert_eq!(run.to_string(), "Read.");
        claude.assert_finished();
        assert!((2..5).contains(&changes.len()), "{changes:?}");
        let requests = requests(&claude);
        let mut cost = 0.0;
        for change in &changes {
            let ContextChange::Compacted { tokens_before: Some(_), messages, summary, spent } = change else {
                panic!("{change:?}")
            };
            assert!(*messages > 3 && summary.starts_with("Summary of"));
            assert!(spent.usage.total() > 60_000, "{spent:?}");
            cost += spent.cost.unwrap().total();
        }
        assert!(cost > 0.0 && cost < chat.cost().unwrap().total());
        for body in &requests {
            let edit = json!({"type": "compact_20260112", "trigger": {"type": "input_tokens", "value": 60_000},
                "instructions": "Keep the numbers.", "pause_after_compaction": pause});
            let mut sent = body["context_management"]["edits"].clone();
            sent[0]["pause_after_compaction"] = pause.into();
            assert_eq!(sent, json!([edit]));
            let blocks: Vec<&Value> = body["messages"].as_array().unwrap().iter().flat_map(blocks_of).collect();
            let place = blocks.iter().rposition(|block| block["type"] == "compaction");
            assert!(place.is_none_or(|place| place == 0), "summarized messages are not sent again");
        }
        // A paused summary is sent back alone.
        let alone = requests.iter().filter(|body| body["messages"].as_array().unwrap().len() == 1).count();
        assert_eq!(alone, if pause { 1 + changes.len() } else { 1 });
        let state = ChatState::from_json(&chat.state().to_json()).unwrap();
        assert_eq!(state, chat.state());
    }
}

fn blocks_of(message: &Value) -> &[Value] {
    message["content"].as_array().map_or(&[], Vec::as_slice)
}

#[tokio::test]
async fn a_response_with_a_summary_is_kept_unchanged() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text("A fox."));
    claude.respond(MockResponse::text("Yes."));
    let client = claude.client("claude-opus-5-5");
    let mut chat = builder(&client, ContextPolicy::compact_on_server().at(50_000)).build().unwrap();
    let response = chat.send(read_chapter_prompt(4)).await.unwrap();
    assert_eq!(serde_json::to_value(&chat.history()[0]).unwrap()["content"], json!(response.content()));
    assert_eq!(chat.history().len(), 1);
    assert_eq!(
        (response.to_string(), response.text()),
        ("A fox.".to_owned(), "A fox.".to_owned()),
        "without the summary"
    );
    let spent = client.spent(&response);
    assert_eq!(spent.cost, Cost::of("claude-opus-5-5", response.usage()));
    chat.send("Is it brown?").await.unwrap();
    assert_eq!(requests(&claude)[1]["messages"].as_array().unwrap().len(), 2);
}

fn read_chapter_prompt(chapters: usize) -> String {
    format!("What is it about? {}", "the quick brown fox. ".repeat(3_000 * chapters))
}

#[tokio::test]
async fn a_loop_goes_on_if_the_api_cannot_summarize() {
    let claude = MockServer::start().await.unwrap();
    let failed = json!({"type": "compaction", "content": null});
    claude.respond_to_compaction(MockResponse::content(json!([failed])));
    claude.respond(MockResponse::text("A fox."));
    let client = claude.client("claude-opus-5-5");
    let mut chat = builder(&client, ContextPolicy::compact_on_server().at(50_000)).build().unwrap();
    let (run, changes) = {
        let mut events = chat.toolloop(read_chapter_prompt(4)).stream();
        let mut changes = Vec::new();
        let mut run = None;
        while let Some(event) = events.next().await {
            match event.unwrap() {
                Event::Context(change) => changes.push(change),
                Event::Done(done) => run = Some(done),
                _ => {}
            }
        }
        (run.unwrap(), changes)
    };
    assert_eq!(run.text(), "A fox.");
    assert!(matches!(changes[..], [ContextChange::NotCompacted { .. }]), "{changes:?}");
    assert_eq!(chat.history().len(), 2);
}

/// Returns `true` for each request that asks the API for a summary.
fn asks_for_summary(claude: &MockServer) -> Vec<bool> {
    requests(claude).iter().map(|body| body["context_management"].is_object()).collect()
}

#[tokio::test]
async fn a_summary_that_failed_is_not_requested_again_at_once() {
    let failed = json!({"type": "compaction", "content": null});
    for pause in [false, true] {
        let claude = MockServer::start().await.unwrap();
        claude.respond_to_compaction(MockResponse::content(json!([failed])));
        // The server refuses thinking that belongs to another conversation, so nothing was replaced.
        claude.respond(MockResponse::text("A fox.").thinking("Hm."));
        let client = claude.client("claude-opus-5-5");
        let policy = ContextPolicy::compact_on_server().at(50_000).pause_after(pause);
        let mut chat = builder(&client, policy.clone()).build().unwrap();
        chat.send(read_chapter_prompt(4)).await.unwrap();
        // A pause is a response of its own, and the next request does not ask again.
        let first = if pause { vec![true, false] } else { vec![true] };
        assert_eq!(asks_for_summary(&claude), first);
        // The chat remembers it in the following loops, and after a restore.
        for nth in 0..5 {
            claude.respond(MockResponse::text("Yes."));
            chat.send("Is it brown?").await.unwrap();
            if nth == 2 {
                let state = ChatState::from_json(&chat.state().to_json()).unwrap();
                chat = builder(&client, policy.clone()).restore(state).build().unwrap();
            }
        }
        claude.respond(MockResponse::text("Yes."));
        chat.send("Is it still brown?").await.unwrap();
        let asked = asks_for_summary(&claude);
        let again = asked.iter().skip(1).position(|asks| *asks).unwrap();
        assert_eq!(again, 5, "{asked:?}");
        assert!(chat.history()[0].find::<Compaction>().is_some(), "the second summary replaced the history");
    }
}

#[tokio::test]
async fn a_summary_that_failed_is_requested_again_at_the_end_of_the_window() {
    let failed = json!({"type": "compaction", "content": null});
    let claude = MockServer::start().await.unwrap();
    claude.respond_to_compaction(MockResponse::content(json!([failed])));
    claude.respond(MockResponse::text("A fox."));
    claude.respond(MockResponse::text("Yes."));
    let client = claude.client("claude-opus-5-5");
    let policy = ContextPolicy::compact_on_server().at(50_000).window(100_000);
    let mut chat = builder(&client, policy).build().unwrap();
    chat.send(read_chapter_prompt(4)).await.unwrap();
    // The next prompt would not fit into the window.
    chat.send(read_chapter_prompt(4)).await.unwrap();
    assert_eq!(asks_for_summary(&claude), [true, true]);
    assert!(chat.history()[0].find::<Compaction>().is_some());
}

#[tokio::test]
async fn a_threshold_below_the_minimum_is_an_error() {
    let claude = MockServer::start().await.unwrap();
    let client = claude.client("claude-opus-5-5");
    let refused = |policy: ContextPolicy| builder(&client, policy).build().unwrap_err().to_string();
    let low = refused(ContextPolicy::compact_on_server().at(49_999));
    assert!(low.contains("is 49999 tokens, but the API accepts at least 50000"), "{low}");
    assert!(refused(ContextPolicy::compact_on_server().window(40_000)).contains("at least 50000"));
    assert!(refused(ContextPolicy::compact_on_server().keep_last(1_000)).contains("`keep_last` has no effect"));
    assert!(refused(ContextPolicy::compact().pause_after(true)).contains("`pause_after` has no effect"));
    let old = claude.client("claude-haiku-4-5");
    let error = builder(&old, ContextPolicy::compact_on_server()).build().unwrap_err();
    assert!(error.to_string().contains("does not support compaction: use"), "{error}");
    let bedrock = Client::builder("claude-opus-5-5").base_url("http://localhost:1").no_credentials();
    let bedrock = bedrock.platform(Platform::Bedrock).build().unwrap();
    let error = builder(&bedrock, ContextPolicy::compact()).build().unwrap_err();
    assert!(error.to_string().contains("Amazon Bedrock does not support compaction on demand"), "{error}");
    builder(&bedrock, ContextPolicy::compact_on_server()).build().unwrap();
}

#[tokio::test]
async fn after_a_summary_on_demand_the_loop_asks_for_the_next_one() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text("Hi!"));
    let client = claude.client("claude-opus-5-5");
    let policy = ContextPolicy::compact_on_server().at(50_000);
    let mut chat = builder(&client, policy).task_budget(TaskBudget::from(50_000).remaining(40_000)).build().unwrap();
    chat.send("Hello!").await.unwrap();
    assert!(matches!(chat.compact(None).await.unwrap(), ContextChange::Compacted { .. }));
    script(&claude, 6);
    let (run, changes) = run(&mut chat).await;
    assert_eq!(run.text(), "Read.");
    assert!(matches!(changes[0], ContextChange::Compacted { .. }), "{changes:?}");
    let requests = requests(&claude);
    assert!(requests[0]["context_management"].is_object());
    assert_eq!(requests[0]["output_config"]["task_budget"]["remaining"], 40_000);
    for body in &requests[1..] {
        assert!(body["context_management"].is_null());
        assert_eq!(body["output_config"]["task_budget"], json!({"type": "tokens", "total": 50_000}));
    }
    assert_eq!(requests.iter().filter(|body| body["compaction"].is_object()).count(), 1 + changes.len());
}

#[tokio::test]
async fn the_maximum_cost_contains_the_summary() {
    // The prompt has at most 70,000 tokens. With 2 dollars per million it costs at most 0.14 dollars, and twice as much
    // if it is summarized first.
    let prompt = "x".repeat(110_000);
    for (policy, max_cost, is_sent) in [
        (ContextPolicy::none(), 0.25, true),
        (ContextPolicy::compact_on_server().at(50_000), 0.25, false),
        (ContextPolicy::compact_on_server().at(50_000), 0.50, true),
    ] {
        let claude = MockServer::start().await.unwrap();
        claude.respond(MockResponse::text("Read."));
        let client = claude.client("claude-sonnet-5-5");
        let mut chat = builder(&client, policy).build().unwrap();
        let run = chat.toolloop(prompt.clone()).max_cost(max_cost).await;
        match run {
            Ok(_) => assert!(is_sent),
            Err(error) => assert!(!is_sent && error.to_string().contains("`max_cost` is too low"), "{error}"),
        }
        assert_eq!(!claude.requests().is_empty(), is_sent);
    }
}

#[tokio::test]
async fn tools_are_added_again_after_a_summary() {
    /// Writes a note.
    #[tool]
    fn write_note() {}

    let claude = MockServer::start().await.unwrap();
    let client = claude.client("claude-opus-5-5");
    let mut chat = builder(&client, ContextPolicy::compact_on_server().at(50_000)).build().unwrap();
    claude.respond(MockResponse::text("Hi!"));
    chat.send("Hello!").await.unwrap();
    chat.add_tools(tools![write_note]).unwrap();
    chat.remove_tools(["read_chapter"]).unwrap();
    claude.respond(MockResponse::text("A fox."));
    chat.send(read_chapter_prompt(4)).await.unwrap();
    assert_eq!(chat.history().len(), 1);
    // The API has not computed the changes, so the model has only the tools of the request.
    claude.respond(MockResponse::tool_use("write_note", json!({})));
    claude.respond(MockResponse::text("Noted."));
    assert_eq!(chat.toolloop("Note it.").await.unwrap().text(), "Noted.");
    let sent = &requests(&claude)[2]["messages"][2];
    assert_eq!((&sent["role"], blocks_of(sent).len()), (&json!("system"), 2));
    let names: Vec<_> = chat.tools().definitions().iter().map(|tool| tool.name().to_owned()).collect();
    assert_eq!(names, ["write_note"]);
    // A summary on demand contains the changes.
    chat.compact(None).await.unwrap();
    let block = chat.history()[0].find::<Compaction>().unwrap();
    assert_eq!(block.tool_changes().unwrap().len(), 2);
    claude.respond(MockResponse::tool_use("write_note", json!({})));
    claude.respond(MockResponse::text("Noted."));
    assert_eq!(chat.toolloop("Note it again.").await.unwrap().text(), "Noted.");
    assert!(requests(&claude).last().unwrap()["messages"].to_string().matches("tool_removal").count() == 1);
}

#[tokio::test]
async fn a_pause_that_is_not_from_a_policy_continues_as_well() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text("A fox."));
    let client = claude.client("claude-opus-5-5");
    let edit = ContextEdit::compact().trigger_tokens(50_000).pause_after(true);
    let mut chat = Chat::builder(&client).context_edit(edit).build().unwrap();
    assert_eq!(chat.send(read_chapter_prompt(4)).await.unwrap().text(), "A fox.");
    assert_eq!(chat.history().len(), 2);
    assert_eq!(requests(&claude).len(), 2);
    // A stored history that ends with the summary is continued.
    let stored = History::from_json(&json!([chat.history()[0]]).to_string()).unwrap();
    claude.respond(MockResponse::text("It is brown."));
    let mut chat = Chat::builder(&client).history(stored).build().unwrap();
    assert_eq!(chat.resume().await.unwrap().text(), "It is brown.");
}
