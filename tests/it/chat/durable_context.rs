//! Runs with a journal and a context policy: a run that is killed continues with the same conversation, and nothing is
//! summarized or paid twice.

use claudette::chat::{ContextChange, ContextPolicy};
use claudette::testing::{MockResponse, MockServer};
use claudette::{Approval, Chat, EndReason, Event, ToolUse, tool, tools};
use serde_json::json;

use super::durable::Memory;

/// Reads a chapter.
#[tool(idempotent)]
fn read_chapter(
    /// Number of the chapter
    chapter: u32,
) -> String {
    format!("chapter {chapter}: {}", "the quick brown fox jumps over the lazy dog. ".repeat(1_000))
}

/// What a run leaves behind.
#[derive(Debug, PartialEq)]
struct Result {
    history: String,
    changes: Vec<ContextChange>,
    usage: String,
    requests: usize,
}

/// Answers each request once. With `fails`, the model does not write the first summary.
async fn script(fails: bool) -> MockServer {
    let claude = MockServer::start().await.unwrap();
    for chapter in 1..=5 {
        claude.respond(MockResponse::tool_use("read_chapter", json!({"chapter": chapter})).thinking("Next."));
    }
    claude.respond(MockResponse::text("Read."));
    if fails {
        claude.respond_to_compaction(MockResponse::content(json!([{"type": "compaction", "content": null}])));
    }
    claude
}

/// Runs the loop in a process. Returns `None` if the process was killed.
async fn process(claude: &MockServer, journal: &Memory, policy: &ContextPolicy) -> Option<Result> {
    let builder = Chat::builder(claude.client("claude-opus-5-5")).tools(tools![read_chapter]).max_tokens(2_000);
    let mut chat = builder.context(policy.clone()).build().unwrap();
    let mut events = chat.toolloop("Read all chapters.").max_steps(20).journal(journal.clone()).stream();
    let mut changes = Vec::new();
    loop {
        let event = tokio::select! {
            event = events.next() => event.unwrap().unwrap(),
            () = journal.killed() => return None,
        };
        match event {
            Event::Context(change) => changes.push(change),
            Event::Done(run) => {
                assert_eq!((run.end_reason(), run.text().as_str()), (&EndReason::Finished, "Read."));
                break;
            }
            _ => {}
        }
    }
    drop(events);
    assert!(claude.requests().iter().all(|request| !request.refused()));
    let (history, usage) = (chat.history().to_json(), format!("{:?}", chat.usage()));
    Some(Result { history, changes, usage, requests: claude.requests().len() })
}

#[tokio::test]
async fn a_run_with_a_context_policy_continues_after_any_record() {
    let on_server = || ContextPolicy::compact_on_server().at(50_000);
    for (policy, fails) in [
        (ContextPolicy::compact().at(60_000), false),
        (ContextPolicy::compact().at(60_000), true),
        (ContextPolicy::compact().at(60_000).keep_last(20_000), false),
        (on_server(), true),
        (on_server().pause_after(true), false),
        (ContextPolicy::trim().at(60_000).exclude_tools(["read_chapter"]), false),
        (ContextPolicy::clear().at(30_000), false),
    ] {
        let what = format!("{policy:?}, fails: {fails}");
        let journal = Memory::default();
        let expected = process(&script(fails).await, &journal, &policy).await.unwrap();
        assert!(!expected.changes.is_empty(), "{what}");
        let has_failed = matches!(expected.changes[0], ContextChange::NotCompacted { .. });
        assert_eq!(has_failed, fails, "{what}");
        let records = journal.records().len();
        for killed_after in 1..=records {
            let (claude, journal) = (script(fails).await, Memory::default());
            journal.kill_after(killed_after);
            assert_eq!(process(&claude, &journal, &policy).await, None, "{what}, killed after {killed_after}");
            journal.live_on();
            let result = process(&claude, &journal, &policy).await.unwrap();
            assert_eq!(result, expected, "{what}, killed after {killed_after}");
            assert_eq!(journal.records().len(), records);
        }
    }
}

#[tokio::test]
async fn a_conversation_is_not_summarized_before_its_run_is_finished() {
    let claude = script(false).await;
    let journal = Memory::default();
    let builder = Chat::builder(claude.client("claude-opus-5-5")).tools(tools![read_chapter]);
    let mut chat = builder.max_tokens(2_000).build().unwrap();
    let ask = |approval: Approval| move |_: ToolUse| std::future::ready(approval.clone());
    let run = chat.toolloop("Read.").approve(ask(Approval::Suspend)).journal(journal.clone()).await.unwrap();
    assert_eq!(*run.end_reason(), EndReason::Suspended);
    let before = chat.state();
    let error = chat.compact(None).await.unwrap_err();
    assert!(error.is_misuse());
    assert_eq!(
        error.to_string(),
        "the conversation cannot be summarized before the run `order-7` is finished, because its journal would restore \
         the messages: continue the run, or send another prompt first"
    );
    assert_eq!((chat.state(), claude.requests().len()), (before, 1));
    let run = chat.toolloop("Read.").approve(ask(Approval::Allow)).journal(journal).await.unwrap();
    assert_eq!(*run.end_reason(), EndReason::Finished);
    assert!(matches!(chat.compact(None).await.unwrap(), ContextChange::Compacted { .. }));
}
