//! Context policies together with other changes of a conversation: tools that come and go, the effort, hooks, code of the
//! model, and thinking.

use claudette::chat::{ChatBuilder, ChatState, ContextChange, ContextPolicy};
use claudette::client::RequestPlan;
use claudette::testing::{MockResponse, MockServer};
use claudette::wire::{Compaction, Effort};
use claudette::{
    BoxFuture, BuiltinTool, Chat, Client, EndReason, Event, Hook, Result, Run, ToolFn, Toolset, tool, tools,
};
use serde_json::{Value, json};

/// Reads a page.
#[tool]
fn read_page(
    /// Number of the page
    page: u32,
) -> String {
    text_of(page)
}

fn text_of(page: u32) -> String {
    format!("page {page}: {}", "the quick brown fox jumps over the lazy dog. ".repeat(120))
}

/// Copies a text.
#[tool]
fn copy(
    /// The text
    text: String,
) -> &'static str {
    drop(text);
    "copied"
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct NoArguments {}

fn closure(name: &str, result: &'static str) -> ToolFn {
    ToolFn::new(name, "Does something.", move |_: NoArguments| async move { result })
}

/// Adds calls that read so many pages.
fn read_pages(claude: &MockServer, pages: u32) {
    for page in 1..=pages {
        claude.respond(MockResponse::tool_use("read_page", json!({"page": page})).thinking("Next."));
    }
}

fn builder(client: &Client, policy: ContextPolicy) -> ChatBuilder {
    let tools = tools![read_page, copy].with(closure("other", "other"));
    Chat::builder(client).tools(tools).max_tokens(2_000).context(policy)
}

/// Runs a loop to its end. Returns it with the changes of the context.
async fn run(chat: &mut Chat, hook: Option<Replacing>) -> (Run, Vec<ContextChange>) {
    let mut toolloop = chat.toolloop("Read all pages of the book.").max_steps(70);
    if let Some(hook) = hook {
        toolloop = toolloop.hook(hook);
    }
    let mut events = toolloop.stream();
    let mut changes = Vec::new();
    while let Some(event) = events.next().await {
        match event.unwrap() {
            Event::Context(change) => changes.push(change),
            Event::Done(run) => {
                assert_eq!(*run.end_reason(), EndReason::Finished);
                return (run, changes);
            }
            _ => {}
        }
    }
    unreachable!("a loop ends with an event")
}

fn requests(claude: &MockServer) -> Vec<Value> {
    assert!(claude.requests().iter().all(|request| !request.refused()));
    claude.requests().iter().map(|request| request.body().clone()).collect()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Returns the names of the tools and the effort that the model has according to a request.
fn in_effect(body: &Value) -> (Vec<String>, Option<String>) {
    let mut names: Vec<String> =
        list(&body["tools"]).iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect();
    let mut effort = None;
    for message in list(&body["messages"]) {
        let blocks = list(&message["content"]);
        let changes = blocks.iter().flat_map(|block| match block["type"].as_str() {
            Some("compaction") => list(&block["tool_changes"]),
            _ => std::slice::from_ref(block),
        });
        for change in changes {
            let name = change["tool"]["name"].as_str().or(change["tool"]["definition"]["name"].as_str());
            match (change["type"].as_str(), name) {
                (Some("tool_addition"), Some(name)) => names.push(name.to_owned()),
                (Some("tool_removal"), Some(name)) => names.retain(|known| known != name),
                _ => {}
            }
        }
        let new = message["output_config"]["effort"].as_str().map(str::to_owned);
        effort = new.or(effort);
    }
    (names, effort)
}

/// Returns `true` if a conversation is nothing but a summary.
fn is_summary(messages: &Value) -> bool {
    list(messages).len() == 1 && messages[0]["role"] == "assistant"
}

/// Returns the outcome of the last call.
fn outcome(run: &Run) -> String {
    run.steps().iter().flat_map(claudette::chat::Step::outcomes).last().unwrap().text().into_owned()
}

/// The policies that make a conversation of 40 pages smaller.
fn policies() -> [ContextPolicy; 5] {
    [
        ContextPolicy::compact().at(20_000),
        ContextPolicy::compact().at(20_000).keep_last(5_000),
        ContextPolicy::compact_on_server().at(50_000),
        ContextPolicy::compact_on_server().at(50_000).pause_after(true),
        ContextPolicy::trim().at(10_000).exclude_tools(["read_page"]),
    ]
}

#[tokio::test]
async fn tools_with_long_names_and_the_effort_stay_in_effect() {
    let long = "long_".repeat(20);
    for policy in policies() {
        let claude = MockServer::start().await.unwrap();
        let client = claude.client("claude-opus-5-5");
        let mut chat = builder(&client, policy.clone()).build().unwrap();
        claude.respond(MockResponse::text("Hi!"));
        chat.send("Hello!").await.unwrap();
        chat.add_tools(closure(&long, "ran")).unwrap();
        chat.remove_tools(["other"]).unwrap();
        chat.set_effort(Effort::Low);
        let sent = chat.tools().definitions().last().unwrap().wire_name().into_owned();
        assert!(sent.len() <= 64);
        read_pages(&claude, 50);
        claude.respond(MockResponse::tool_use(&sent, json!({})));
        claude.respond(MockResponse::text("Read."));
        let (ended, changes) = run(&mut chat, None).await;
        assert!(!changes.is_empty(), "{policy:?}");
        assert_eq!(outcome(&ended), "ran", "{policy:?}");
        let expected = (vec!["read_page".to_owned(), "copy".to_owned(), sent.clone()], Some("low".to_owned()));
        // Only a message of the user can be followed by the changes, so a request that continues from a summary alone does
        // not have them.
        for body in requests(&claude)[1..].iter().filter(|body| !is_summary(&body["messages"])) {
            let summary = body["compaction"].is_object();
            assert_eq!(in_effect(body), expected, "{policy:?}, for a summary: {summary}");
        }
        // The stored state has the same tools.
        let state = ChatState::from_json(&chat.state().to_json()).unwrap();
        let mut restored = builder(&client, policy.clone()).restore(state).build().unwrap();
        restored.add_tools(closure(&long, "ran again")).unwrap();
        claude.respond(MockResponse::tool_use(&sent, json!({})));
        claude.respond(MockResponse::text("Again."));
        let ended = restored.toolloop("Again.").await.unwrap();
        assert_eq!(ended.steps()[0].outcomes()[0].text(), "ran again", "{policy:?}");
        assert_eq!(in_effect(requests(&claude).last().unwrap()), expected, "{policy:?}");
    }
}

#[tokio::test]
async fn a_summary_at_the_beginning_is_not_removed() {
    for keep_last in [None, Some(100)] {
        let claude = MockServer::start().await.unwrap();
        let client = claude.client("claude-opus-5-5");
        let policy = ContextPolicy::trim().at(10_000).exclude_tools(["read_page"]);
        let mut chat = builder(&client, policy).build().unwrap();
        read_pages(&claude, 3);
        claude.respond(MockResponse::text("Read."));
        run(&mut chat, None).await;
        let compact = chat.compact(None);
        match keep_last {
            None => compact.await.unwrap(),
            Some(tokens) => compact.keep_last(tokens).await.unwrap(),
        };
        let summary = chat.history()[0].clone();
        assert!(summary.find::<Compaction>().is_some());
        read_pages(&claude, 20);
        claude.respond(MockResponse::text("Read."));
        let (_, changes) = run(&mut chat, None).await;
        let is_trimmed = |change: &ContextChange| matches!(change, ContextChange::Trimmed { messages: 1.., .. });
        assert!(!changes.is_empty() && changes.iter().all(is_trimmed), "{changes:?}");
        assert_eq!(chat.history()[0], summary);
        requests(&claude);
    }
}

/// Replaces the tools of each request.
struct Replacing;

impl Hook for Replacing {
    fn before_request<'a>(&'a self, plan: &'a mut RequestPlan<'_>) -> BoxFuture<'a, Result<()>> {
        plan.set_tools(tools![read_page].with(closure("hidden", "found")));
        Box::pin(async { Ok(()) })
    }
}

#[tokio::test]
async fn a_hook_replaces_the_tools_of_summaries_too() {
    for policy in policies() {
        let claude = MockServer::start().await.unwrap();
        let client = claude.client("claude-opus-5-5");
        let mut chat = builder(&client, policy.clone()).build().unwrap();
        read_pages(&claude, 50);
        claude.respond(MockResponse::tool_use("hidden", json!({})));
        claude.respond(MockResponse::text("Read."));
        let (ended, changes) = run(&mut chat, Some(Replacing)).await;
        assert!(!changes.is_empty(), "{policy:?}");
        assert_eq!(outcome(&ended), "found");
        for body in requests(&claude) {
            let names = list(&body["tools"]).iter().map(|tool| tool["name"].clone()).collect::<Vec<_>>();
            assert_eq!(names, ["read_page", "hidden"], "the API needs the same tools for a summary");
        }
    }
}

#[tokio::test]
async fn whole_steps_are_removed_if_cleared_results_are_not_enough() {
    // The results of a tool stay, or the arguments of the calls fill the window.
    for (name, policy) in
        [("read_page", ContextPolicy::clear().exclude_tools(["read_page"])), ("copy", ContextPolicy::clear())]
    {
        let claude = MockServer::builder().context_window(20_000).start().await.unwrap();
        let client = claude.client("claude-opus-5-5");
        for page in 1..=40 {
            let input = if name == "copy" { json!({"text": text_of(page)}) } else { json!({"page": page}) };
            claude.respond(MockResponse::tool_use(name, input).thinking("Next."));
        }
        claude.respond(MockResponse::text("Read."));
        let mut chat = builder(&client, policy.window(20_000)).build().unwrap();
        // Without the removal, the server would refuse a prompt that is too long.
        let (_, changes) = run(&mut chat, None).await;
        claude.assert_finished();
        requests(&claude);
        let trimmed = changes.iter().filter_map(|change| match change {
            ContextChange::Trimmed { messages, tokens_removed, .. } => Some((*messages, *tokens_removed)),
            _ => None,
        });
        let trimmed: Vec<_> = trimmed.collect();
        assert!((2..20).contains(&trimmed.len()), "{name}: {changes:?}");
        assert!(trimmed.iter().all(|(messages, tokens)| *messages > 0 && *tokens > 2_000), "{name}: {trimmed:?}");
        let history = chat.history();
        assert!(history.len() < 40, "{name}");
        assert_eq!(history[0].text(), "Read all pages of the book.");
        assert!(history.to_json().contains("page 40: the quick"), "{name}");
    }
}

#[tokio::test]
async fn the_thinking_of_the_last_responses_stays() {
    let claude = MockServer::start().await.unwrap();
    let client = claude.client("claude-opus-5-5");
    let policy = ContextPolicy::clear().keep_thinking(2);
    let mut chat = builder(&client, policy.clone()).build().unwrap();
    let mut changes = Vec::new();
    for _ in 0..2 {
        read_pages(&claude, 2);
        claude.respond(MockResponse::text("Read.").thinking("Done."));
        changes.extend(run(&mut chat, None).await.1);
    }
    // A restored chat knows what was left out before.
    let state = ChatState::from_json(&chat.state().to_json()).unwrap();
    let mut chat = builder(&client, policy).restore(state).build().unwrap();
    read_pages(&claude, 2);
    claude.respond(MockResponse::text("Read.").thinking("Done."));
    changes.extend(run(&mut chat, None).await.1);

    let thinking = changes.iter().map(|change| match change {
        ContextChange::Cleared { thinking, results: 0, tokens } if *tokens > 0 => *thinking,
        other => panic!("{other:?}"),
    });
    // The ninth request contains the thinking of eight responses.
    assert_eq!(thinking.collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    for body in requests(&claude) {
        let keep = &body["context_management"]["edits"][0]["keep"];
        assert_eq!(*keep, json!({"type": "thinking_turns", "value": 2}));
    }
    assert_eq!(chat.history().to_json().matches(r#""type":"thinking""#).count(), 9, "the history is complete");
}

const CODE: &str = "code_execution_20260120";

/// Returns a response of code that calls a tool, which began in the first response.
fn code_calls(nth: u32, is_first: bool) -> MockResponse {
    let code = json!({"type": "server_tool_use", "id": "srvtoolu_1", "name": "code_execution", "input": {"code": "x"}});
    let call = json!({"type": "tool_use", "id": format!("toolu_code_{nth}"), "name": "page_for_code", "input": {},
        "caller": {"type": CODE, "tool_id": "srvtoolu_1"}});
    MockResponse::content(is_first.then_some(code).into_iter().chain([call]).collect())
        .stop_reason("tool_use")
        .with("container", json!({"id": "container_1", "expires_at": "2999-01-01T00:00:00Z"}))
}

#[tokio::test]
async fn the_calls_of_running_code_are_neither_summarized_nor_removed() {
    let page = || ToolFn::new("page_for_code", "Reads a page.", |_: NoArguments| async { text_of(1) });
    let tools = || -> Toolset {
        let page = page().define(|definition| definition.allowed_callers([CODE]));
        Toolset::default().with(tools![read_page]).with(page).with(BuiltinTool::code_execution())
    };
    let result = json!({"type": "code_execution_result", "stdout": "3", "stderr": "", "return_code": 0, "content": []});
    let done = json!({"type": "code_execution_tool_result", "tool_use_id": "srvtoolu_1", "content": result});
    for policy in [
        ContextPolicy::compact().at(8_000),
        ContextPolicy::compact().at(8_000).keep_last(1_000),
        ContextPolicy::trim().at(8_000).exclude_tools(["page_for_code", "read_page"]),
    ] {
        let claude = MockServer::start().await.unwrap();
        let client = claude.client("claude-opus-5-5");
        read_pages(&claude, 3);
        for nth in 0..10 {
            claude.respond(code_calls(nth, nth == 0));
        }
        claude.respond(MockResponse::content(json!([done, {"type": "text", "text": "3"}])));
        let builder = Chat::builder(&client).tools(tools()).max_tokens(1_000).context(policy.clone());
        let mut chat = builder.build().unwrap();
        let (_, changes) = run(&mut chat, None).await;
        claude.assert_finished();
        // While the code runs, the API would refuse a conversation without its call.
        for body in requests(&claude).iter().filter(|body| body["messages"].to_string().contains("toolu_code_")) {
            assert!(body["messages"].to_string().contains(r#""id":"srvtoolu_1""#), "{policy:?}");
        }
        assert!(changes.iter().all(|change| !matches!(change, ContextChange::NotCompacted { .. })), "{changes:?}");
        // Afterwards, the conversation becomes smaller.
        claude.respond(MockResponse::text("Yes."));
        claude.respond(MockResponse::text("Bye."));
        chat.send("Is it all?").await.unwrap();
        chat.send("Thanks.").await.unwrap();
        requests(&claude);
        let keeps_much = policy == ContextPolicy::compact().at(8_000).keep_last(1_000);
        assert_eq!(chat.history().to_json().contains("toolu_code_0"), keeps_much, "{policy:?}");
    }
}

#[tokio::test]
async fn a_tool_that_was_removed_before_a_summary_can_come_back_after_it() {
    let claude = MockServer::start().await.unwrap();
    for _ in 0..3 {
        claude.respond(MockResponse::text("Yes."));
    }
    let mut chat = builder(&claude.client("claude-opus-5-5"), ContextPolicy::none()).build().unwrap();
    chat.send("One.").await.unwrap();
    chat.add_tools(closure("late", "late")).unwrap();
    chat.remove_tools(["late"]).unwrap();
    chat.send("Two.").await.unwrap();
    // Nothing is sent between these two changes.
    chat.add_tools(closure("late", "late")).unwrap();
    chat.compact(None).await.unwrap();
    chat.send("Three.").await.unwrap();
    assert!(chat.tools().definitions().iter().any(|tool| tool.name() == "late"));
    assert!(claude.requests().iter().all(|request| !request.refused()));
}
