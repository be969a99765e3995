//! Changes to the tools and to the effort while a loop runs.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use claudette::chat::{ChatState, Inbox};
use claudette::testing::{MockResponse, MockServer};
use claudette::wire::{Effort, Role};
use claudette::{Approval, BuiltinTool, Chat, Event, State, ToolFn, ToolUse, Toolset, tool, tools};
use serde_json::{Value, json};

use super::durable::Memory;

/// The calls that ran.
type Log = Arc<Mutex<Vec<&'static str>>>;

/// Ends the planning.
#[tool(idempotent)]
fn start(inbox: State<Inbox>, log: State<Log>) {
    log.lock().unwrap().push("start");
    inbox.remove_tools(["start"]);
    inbox.add_tools(tools![change]);
    inbox.set_effort(Effort::Low);
}

/// Changes the file.
#[tool(idempotent)]
fn change(log: State<Log>) -> &'static str {
    log.lock().unwrap().push("change");
    "changed"
}

/// Reads the file.
#[tool]
fn look() -> &'static str {
    "seen"
}

fn text(text: &str) -> MockResponse {
    MockResponse::text(text)
}

fn call(name: &str) -> MockResponse {
    MockResponse::tool_use(name, json!({}))
}

async fn mock(responses: impl IntoIterator<Item = MockResponse>) -> MockServer {
    let claude = MockServer::start().await.unwrap();
    responses.into_iter().for_each(|response| claude.respond(response));
    claude
}

/// Returns the text blocks of the last message of a request.
fn last_texts(claude: &MockServer) -> Vec<String> {
    let requests = claude.requests();
    let content = &requests.last().unwrap().body()["messages"].as_array().unwrap().last().unwrap()["content"];
    match content {
        Value::String(text) => vec![text.clone()],
        blocks => blocks.as_array().unwrap().iter().filter_map(|it| Some(it["text"].as_str()?.to_owned())).collect(),
    }
}

#[tokio::test]
async fn a_message_that_the_loop_could_not_send_is_sent_by_the_next_one() {
    let two_calls = || MockResponse::tool_uses([("look", json!({})), ("look", json!({}))]);
    // The loop ends because of a suspended call, of a condition, or of an error.
    for end in ["suspended", "until", "error"] {
        let claude = mock([two_calls()]).await;
        let client = claude.client("claude-sonnet-5-5");
        let (inbox, mut calls) = (Inbox::new(), 0);
        let mut chat = Chat::builder(&client).tools(tools![look]).build().unwrap();
        // The message arrives between the questions about the two calls.
        let approve = |_: ToolUse| {
            calls += 1;
            inbox.send(format!("Message {calls}.")).unwrap();
            let answer = if end == "suspended" && calls == 2 { Approval::Suspend } else { Approval::Allow };
            async move { answer }
        };
        if end == "error" {
            claude.respond(MockResponse::error(400, "invalid_request_error", "No."));
        }
        let run = chat.toolloop("Look.").approve(approve).inbox(&inbox).until(|_| end == "until").await;
        assert_eq!(run.is_err(), end == "error", "{run:?}");
        let stored = chat.state().to_json();

        // The loop is resumed.
        let restored = ChatState::from_json(&stored).unwrap();
        let mut other = Chat::builder(&client).tools(tools![look]).restore(restored).build().unwrap();
        if let Some(call) = other.pending().first() {
            other.decide(call, Approval::Allow).unwrap();
        }
        claude.respond(text("Seen."));
        other.resume_toolloop().inbox(&inbox).await.unwrap();
        assert_eq!(last_texts(&claude), ["Message 1.", "Message 2."], "{end}");
        claude.respond(text("Good."));
        other.toolloop("Good?").inbox(&inbox).await.unwrap();
        assert_eq!(last_texts(&claude), ["Good?"], "{end}: each message is sent once");

        // Another prompt follows, whose first request fails.
        claude.respond(MockResponse::error(400, "invalid_request_error", "No."));
        chat.toolloop("What?").await.unwrap_err();
        claude.respond(text("I see."));
        chat.toolloop("What do you see?").await.unwrap();
        let seen = last_texts(&claude);
        assert_eq!(seen.last().unwrap(), "What do you see?", "{end}: {seen:?}");
        assert_eq!(seen[0], "Message 1.", "{end}: {seen:?}");
        assert!(!seen.iter().any(|text| text == "What?"), "{end}: a prompt that failed is not sent again: {seen:?}");
    }
}

/// A chat with a tool that begins the next phase.
fn phases(claude: &MockServer, model: &str, inbox: &Inbox) -> (Chat, Log) {
    let log = Log::default();
    let tools = tools![start, look].state(inbox.clone()).state(log.clone());
    (Chat::builder(claude.client(model)).tools(tools).state(log.clone()).build().unwrap(), log)
}

fn names(tools: &Toolset) -> Vec<&str> {
    tools.definitions().iter().map(claudette::ToolDefinition::name).collect()
}

fn messages(claude: &MockServer, request: usize) -> Vec<Value> {
    claude.requests()[request].body()["messages"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_tool_begins_the_next_phase() {
    let claude = mock([call("start"), call("change"), call("start"), text("Done.")]).await;
    let inbox = Inbox::new();
    let (mut chat, log) = phases(&claude, "claude-opus-5-5", &inbox);
    let run = chat.toolloop("Plan, then act.").inbox(&inbox).await.unwrap();
    assert_eq!(*log.lock().unwrap(), ["start", "change"]);
    assert_eq!(run.steps()[1].outcomes()[0].text(), "changed");
    let removed = run.steps()[2].outcomes()[0].text();
    assert_eq!(removed, "Not run: the tool `start` was removed. Available tools: `look` and `change`");

    let second = messages(&claude, 1);
    assert_eq!(second.len(), 4);
    assert_eq!(second[2]["content"][0]["type"], "tool_result");
    let system = &second[3];
    assert_eq!(system["role"], "system");
    assert_eq!(system["output_config"]["effort"], "low");
    assert_eq!(system["content"][0]["tool"], json!({"type": "tool_reference", "name": "start"}));
    assert_eq!(system["content"][1]["tool"]["definition"]["name"], "change");
    let tools = |request: usize| claude.requests()[request].body()["tools"].clone();
    assert_eq!(tools(0), tools(1));
    assert_eq!(tools(0), tools(3));
    assert_eq!(messages(&claude, 2)[..4], second[..]);
}

#[tokio::test]
async fn an_older_model_gets_another_list_of_tools_and_another_option() {
    let claude = mock([call("start"), call("change"), text("Done.")]).await;
    let inbox = Inbox::new();
    let (mut chat, log) = phases(&claude, "claude-opus-4-5", &inbox);
    chat.toolloop("Plan, then act.").inbox(&inbox).max_cost(5.0).await.unwrap();
    assert_eq!(*log.lock().unwrap(), ["start", "change"]);
    let body = claude.requests()[1].body().clone();
    let listed: Vec<_> = body["tools"].as_array().unwrap().iter().map(|tool| tool["name"].clone()).collect();
    assert_eq!(listed, ["look", "change"]);
    assert_eq!(body["output_config"]["effort"], "low");
    assert_eq!(messages(&claude, 1).len(), 3);
}

#[tokio::test]
async fn a_change_before_the_first_request_is_part_of_the_list() {
    let claude = mock([text("Hi.")]).await;
    let inbox = Inbox::new();
    inbox.add_tools(tools![look]);
    inbox.remove_tools(["look"]);
    inbox.add_tools(ToolFn::new("check", "Checks.", |_: NoArguments| async {}));
    inbox.set_effort(Effort::High);
    let mut chat = Chat::new(claude.client("claude-opus-5-5")).unwrap();
    chat.toolloop("Hello").inbox(&inbox).await.unwrap();
    let body = claude.requests()[0].body().clone();
    assert_eq!(body["tools"].as_array().unwrap().len(), 1);
    assert_eq!(body["output_config"]["effort"], "high");
    assert_eq!(names(chat.tools()), ["check"]);
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct NoArguments {}

#[tokio::test]
async fn a_change_after_the_end_is_sent_with_the_next_prompt() {
    let claude = mock([text("1"), text("2"), text("3")]).await;
    let inbox = Inbox::new();
    let mut chat = Chat::builder(claude.client("claude-opus-5-5")).tools(tools![look]).build().unwrap();
    let mut events = chat.toolloop("1").inbox(&inbox).stream();
    while let Some(event) = events.next().await {
        if matches!(event.unwrap(), Event::Response(_)) {
            inbox.remove_tools(["look"]);
        }
    }
    drop(events);
    assert_eq!(claude.requests().len(), 1, "a change does not continue a loop");
    assert!(chat.tools().is_empty());
    chat.send("2").await.unwrap();
    assert_eq!(messages(&claude, 1)[3]["content"][0]["type"], "tool_removal");

    // Without a loop, the inbox keeps it.
    inbox.add_tools(tools![look]);
    assert!(chat.tools().is_empty());
    chat.toolloop("3").inbox(&inbox).await.unwrap();
    assert_eq!(messages(&claude, 2)[6]["content"][0]["type"], "tool_addition");
    assert_eq!(names(chat.tools()), ["look"]);
}

/// Changes the tools of a loop.
type Change = fn(&Inbox);

#[tokio::test]
async fn a_change_that_is_not_possible_ends_the_loop_and_is_discarded() {
    let same_name = || ToolFn::new("look", "Does something else.", |_: NoArguments| async {});
    let wrong: [(Change, &str); 4] = [
        (|inbox| inbox.remove_tools(["lok"]), "did you mean `look`?"),
        (|inbox| inbox.add_tools(tools![change]), "requires `State<"),
        (|inbox| inbox.add_tools(Toolset::invalid("no such tool")), "no such tool"),
        (|inbox| inbox.add_tools(BuiltinTool::browser_toolset()), "cannot be added or removed in a conversation"),
    ];
    for (wrong, message) in wrong {
        let claude = mock([call("look"), text("Done.")]).await;
        let inbox = Inbox::new();
        let mut chat = Chat::builder(claude.client("claude-opus-5-5")).tools(tools![look]).build().unwrap();
        let mut events = chat.toolloop("Look.").inbox(&inbox).stream();
        let mut error = None;
        while let Some(event) = events.next().await {
            match event {
                Ok(Event::ToolResult(_)) => {
                    wrong(&inbox);
                    inbox.send("And?").unwrap();
                }
                Ok(_) => {}
                Err(failed) => error = Some(failed),
            }
        }
        drop(events);
        let error = error.expect("the change is not possible");
        assert!(error.is_misuse() && error.to_string().contains(message), "{error}");
        assert_eq!((chat.history().len(), claude.requests().len()), (3, 1));
        let run = chat.resume_toolloop().inbox(&inbox).await.unwrap();
        assert_eq!(run.text(), "Done.");
        let last = messages(&claude, 1)[2]["content"].clone();
        assert_eq!((&last[0]["content"], &last[1]["text"]), (&json!("seen"), &json!("And?")));
    }
    let claude = mock([text("1")]).await;
    let inbox = Inbox::new();
    inbox.add_tools(same_name());
    let mut chat = Chat::builder(claude.client("claude-opus-5-5")).tools(tools![look]).build().unwrap();
    let error = chat.toolloop("1").inbox(&inbox).await.unwrap_err();
    assert!(error.to_string().contains("two tools have the name `look`"), "{error}");
    assert!(claude.requests().is_empty());
}

#[tokio::test]
async fn repeated_changes_are_sent_once() {
    let claude = mock([text("1"), text("2"), text("3")]).await;
    let inbox = Inbox::new();
    let mut chat = Chat::builder(claude.client("claude-opus-5-5")).tools(tools![look]).build().unwrap();
    chat.send("1").await.unwrap();
    for _ in 0..2 {
        inbox.add_tools(ToolFn::new("check", "Checks.", |_: NoArguments| async {}));
        inbox.remove_tools(["look"]);
    }
    chat.toolloop("2").inbox(&inbox).await.unwrap();
    assert_eq!(messages(&claude, 1)[3]["content"].as_array().unwrap().len(), 2);
    inbox.add_tools(ToolFn::new("check", "Checks.", |_: NoArguments| async {}));
    chat.toolloop("3").inbox(&inbox).await.unwrap();
    assert_eq!(messages(&claude, 2).len(), 6);
}

/// Runs the phases in a new process. `log` has the calls of all processes.
async fn life(claude: &MockServer, journal: &Memory, log: &Log, knows: bool) -> claudette::Result<Chat> {
    let inbox = Inbox::new();
    if knows {
        inbox.provide_tools(tools![change]);
    }
    let tools = tools![start, look].state(inbox.clone()).state(log.clone());
    let mut chat = Chat::builder(claude.client("claude-opus-5-5")).tools(tools).state(log.clone()).build()?;
    let run = chat.toolloop("Plan, then act.").inbox(&inbox).journal(journal.clone()).await?;
    assert_eq!(run.text(), "Done.");
    Ok(chat)
}

async fn script() -> MockServer {
    let claude = mock([]).await;
    for _ in 0..6 {
        claude.respond_with(|request| {
            let messages = request["messages"].as_array().unwrap();
            match messages.iter().filter(|message| message["role"] == "assistant").count() {
                0 => call("start").id("msg_0"),
                1 => call("change").id("msg_1"),
                _ => text("Done.").id("msg_2"),
            }
        });
    }
    claude
}

#[tokio::test]
async fn a_journal_records_changes() {
    // The start, three requests, two calls, and four times the contents of the inbox.
    const RECORDS: usize = 10;

    let claude = script().await;
    let expected = life(&claude, &Memory::default(), &Log::default(), false).await.unwrap();
    for kill_after in 1..=RECORDS {
        let (claude, journal, log) = (script().await, Memory::default(), Log::default());
        journal.kill_after(kill_after);
        let killed = tokio::time::timeout(Duration::from_millis(200), life(&claude, &journal, &log, false));
        assert!(killed.await.is_err());
        journal.live_on();
        let chat = life(&claude, &journal, &log, true).await.unwrap();
        assert_eq!(names(chat.tools()), ["look", "change"], "killed after {kill_after}");
        let roles = |chat: &Chat| chat.history().iter().map(|message| message.role().clone()).collect::<Vec<_>>();
        assert_eq!(roles(&chat), roles(&expected), "killed after {kill_after}");
        assert!(roles(&chat).contains(&Role::System));
        assert_eq!(journal.records().len(), RECORDS);
        let starts = log.lock().unwrap().iter().filter(|call| **call == "start").count();
        assert_eq!(starts, 1, "killed after {kill_after}");
    }
}

#[tokio::test]
async fn a_run_that_failed_continues_in_the_same_chat_after_changes_before_its_first_request() {
    let claude = mock([MockResponse::error(400, "invalid_request_error", "not now"), call("change"), text("2")]).await;
    let (inbox, journal, log) = (Inbox::new(), Memory::default(), Log::default());
    // Before the first request, the changes are part of the declared tools and of the options.
    inbox.add_tools(tools![change]);
    inbox.remove_tools(["look"]);
    inbox.set_effort(Effort::Low);
    let builder = Chat::builder(claude.client("claude-opus-5-5")).tools(tools![look]).state(log.clone());
    let mut chat = builder.build().unwrap();
    chat.toolloop("1").inbox(&inbox).journal(journal.clone()).await.unwrap_err();
    assert_eq!(names(chat.tools()), ["change"]);
    let run = chat.toolloop("1").inbox(&inbox).journal(journal.clone()).await.unwrap();
    assert_eq!(run.text(), "2");
    assert_eq!((names(chat.tools()), log.lock().unwrap().len()), (vec!["change"], 1));
    let requests = claude.requests();
    assert_eq!(requests[0].body(), requests[1].body());
    assert_eq!(requests[1].body()["output_config"]["effort"], "low");
}

#[tokio::test]
async fn a_replay_without_the_function_says_what_is_missing() {
    let journal = Memory::default();
    let (claude, log) = (script().await, Log::default());
    life(&claude, &journal, &log, false).await.unwrap();
    let records = journal.records();
    let record = records.iter().find(|(step, _)| step.contains("start")).unwrap().1;
    assert!(record.contains(r#""remove_tools":["start"]"#) && record.contains(r#""set_effort":"low""#), "{record}");
    let error = life(&claude, &journal, &log, false).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the run `order-7` has added the tool `change`, whose function is not known in this process: call \
         `provide_tools(..)` on the inbox, then run it again"
    );
    assert!(error.is_misuse());
    let chat = life(&claude, &journal, &log, true).await.unwrap();
    assert_eq!(names(chat.tools()), ["look", "change"]);
    assert_eq!((claude.requests().len(), log.lock().unwrap().len()), (3, 2));
}
