//! Faults of servers, tools and hooks: the history stays valid, calls are not confused, and limits are kept.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use claudette::chat::{Answer, ChatBuilder, ChatState, NextCall, StepId};
use claudette::client::RequestPlan;
use claudette::testing::{MockResponse, MockServer};
use claudette::wire::CachePolicy;
use claudette::{
    Approval, BoxFuture, BuiltinTool, CacheControl, Chat, Client, ContentBlock, Document, EndReason, Event, History,
    Hook, Image, State, Text, ToolFn, ToolOutcome, ToolOutput, ToolUse, Transport, tool, tools,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::http_response::{HttpRequest, HttpResponse, respond};

/// Adds a + b.
#[tool]
fn sums(
    /// First thing to sum
    a: i64,
    /// Second thing to sum
    #[tool(default = 1)]
    b: i64,
) -> i64 {
    a + b
}

fn response(content: &Value, stop_reason: &str) -> MockResponse {
    let message = json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-5-5", "content": content,
        "stop_reason": stop_reason, "stop_sequence": null, "usage": {"input_tokens": 10, "output_tokens": 5},
    });
    MockResponse::raw(200, "application/json", message.to_string())
}

fn call(id: &str, a: i64) -> Value {
    json!({"type": "tool_use", "id": id, "name": "sums", "input": {"a": a}})
}

/// Checks that another prompt is answered, and that another chat can continue the history.
async fn goes_on(claude: &MockServer, chat: &mut Chat) {
    let rebuilt = Chat::builder(chat.client()).history(chat.history().clone()).build();
    assert!(rebuilt.is_ok(), "{:?} in {}", rebuilt.err(), chat.history().to_json());
    claude.respond(MockResponse::text("Still here."));
    let answer = chat.send("Are you still there?").await;
    assert_eq!(answer.map(|answer| answer.text()).map_err(|error| error.to_string()), Ok("Still here.".to_owned()));
}

// Ids of calls.

#[tokio::test]
async fn calls_with_the_same_id_are_distinguished() {
    let claude = MockServer::start().await.unwrap();
    // The same id twice in one response, and again in the next one; then ids that the API refuses.
    claude.respond(response(&json!([call("sums-0", 100), call("sums-0", 1)]), "tool_use"));
    claude.respond(response(&json!([call("sums-0", 5)]), "tool_use"));
    claude.respond(response(&json!([call("functions.sums:0", 7), call("", 8)]), "tool_use"));
    claude.respond(MockResponse::text("Done."));
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![sums]).build().unwrap();
    let run = chat.toolloop("Add.").await.unwrap();

    let texts: Vec<Vec<String>> = run
        .steps()
        .iter()
        .map(|step| step.outcomes().iter().map(|outcome| outcome.text().into_owned()).collect())
        .collect();
    assert_eq!(texts, [vec!["101", "2"], vec!["6"], vec!["8", "9"], vec![]]);
    // Each result belongs to its own call.
    for step in run.steps() {
        let calls: Vec<&str> = step.response().tool_uses().map(ToolUse::id).collect();
        let answered: Vec<&str> = step.outcomes().iter().map(ToolOutcome::call_id).collect();
        assert_eq!(calls, answered);
    }
    goes_on(&claude, &mut chat).await;
}

#[tokio::test]
async fn streamed_pieces_of_arguments_name_the_call_that_runs() {
    let claude = MockServer::start().await.unwrap();
    for _ in 0..2 {
        claude.respond(MockResponse::content(json!([call("sums-0", 1), call("sums-0", 2)])).stop_reason("tool_use"));
    }
    claude.respond(MockResponse::text("Done."));
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![sums]).build().unwrap();
    let mut events = chat.toolloop("Add.").stream();
    let (mut written, mut run) = (Vec::new(), Vec::new());
    while let Some(event) = events.next().await {
        match event.unwrap() {
            Event::ToolInput(input) if written.last().is_none_or(|last| last != input.call_id()) => {
                written.push(input.call_id().to_owned());
            }
            Event::ToolCall(call) => run.push(call.id().to_owned()),
            _ => {}
        }
    }
    assert_eq!(written, run);
    assert_eq!(run.len(), 4);
}

#[tokio::test]
async fn a_decision_applies_to_one_call() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(response(&json!([call("sums-0", 1)]), "tool_use"));
    claude.respond(response(&json!([call("sums-0", 2), call("sums-0", 3)]), "tool_use"));
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![sums]).build().unwrap();
    let run = chat
        .toolloop("Add.")
        .approve(
            |call| async move { if call.input().get().contains('1') { Approval::Allow } else { Approval::Suspend } },
        )
        .await
        .unwrap();
    let pending = run.pending().to_vec();
    assert_eq!(pending.len(), 2);
    // The server used the id three times; it belongs to the call that has run.
    assert!(chat.decide("sums-0", Approval::Allow).unwrap_err().is_misuse());
    chat.decide(&pending[0], Approval::Allow).unwrap();
    chat.decide(pending[1].id(), Approval::deny("no")).unwrap();
    claude.respond(MockResponse::text("Done."));
    chat.resume_toolloop().await.unwrap();
    let sent = claude.requests().last().unwrap().body()["messages"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(sent["content"][0]["content"], "3");
    assert_eq!(sent["content"][1]["is_error"], true, "{sent}");
    assert!(sent["content"][1]["content"].as_str().unwrap().contains("no"), "{sent}");
}

// Suspended calls.

#[derive(Default)]
struct Paid(Mutex<Vec<u32>>);

/// Pays, and returns the error of the payee's server.
#[tool]
fn pay(
    paid: State<Paid>,
    /// Amount
    amount: u32,
) -> Result<String, String> {
    paid.0.lock().unwrap().push(amount);
    // The text of a suspended call.
    Err("Not run yet: the call waits for approval.".into())
}

#[tokio::test]
async fn a_result_with_the_text_of_a_suspended_call_is_a_result() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_uses([("pay", json!({"amount": 100})), ("pay", json!({"amount": 200}))]));
    let builder = |state: ChatState| -> ChatBuilder {
        let tools = tools![pay].state(Paid::default());
        Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools).restore(state)
    };
    let mut chat =
        Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![pay]).state(Paid::default()).build().unwrap();
    let first = Arc::new(AtomicU32::new(0));
    let run = chat
        .toolloop("Pay.")
        .approve(move |_| {
            let is_first = first.fetch_add(1, Ordering::SeqCst) == 0;
            async move { if is_first { Approval::Allow } else { Approval::Suspend } }
        })
        .await
        .unwrap();
    assert_eq!(*run.end_reason(), EndReason::Suspended);
    assert_eq!(run.steps()[0].outcomes()[0].text(), "Not run yet: the call waits for approval.");

    let amounts = |calls: Vec<ToolUse>| -> Vec<String> { calls.iter().map(|call| call.input().to_string()).collect() };
    assert_eq!(amounts(chat.pending()), [r#"{"amount":200}"#]);
    // The same applies to stored conversations of every form.
    let stored: ChatState = serde_json::from_str(&serde_json::to_string(&chat.state()).unwrap()).unwrap();
    assert_eq!(amounts(builder(stored).build().unwrap().pending()), [r#"{"amount":200}"#]);
    assert_eq!(amounts(builder(chat.fork().state()).build().unwrap().pending()), [r#"{"amount":200}"#]);
}

// Results of tools and hooks.

/// Returns these blocks.
#[tool]
fn blocks(
    /// The blocks
    list: Value,
) -> Vec<ContentBlock> {
    serde_json::from_value(list).unwrap()
}

#[tokio::test]
async fn blocks_that_a_result_cannot_contain_are_removed_or_an_error() {
    let marked = json!({"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}});
    for (list, is_error) in [
        (json!([{"type": "text", "text": ""}]), false),
        (json!([{"type": "text", "text": ""}, {"type": "text", "text": "a"}]), false),
        (
            json!([{"type": "image", "source": {"type": "file", "file_id": "file_1"}}, {"type": "text", "text": ""}]),
            false,
        ),
        (json!([]), false),
        (json!([marked, marked, marked, marked, marked]), false),
        (json!([{"type": "text", "text": "a"}, call("toolu_inner", 1)]), true),
        (json!([{"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}]), true),
        (json!([{"type": "mcp_tool_use", "id": "m", "name": "x", "server_name": "s", "input": {}}]), true),
        (json!([{"type": "text", "text": 7}]), true),
    ] {
        let claude = MockServer::start().await.unwrap();
        claude.respond(MockResponse::tool_use("blocks", json!({"list": list})));
        claude.respond(MockResponse::text("Done."));
        let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![blocks]).build().unwrap();
        let run = chat.toolloop("Go.").await.unwrap();
        let outcome = &run.steps()[0].outcomes()[0];
        assert_eq!(outcome.is_error(), is_error, "{list}: {}", outcome.text());
        if is_error {
            // The program gets the value that the model does not see.
            assert_eq!(outcome.value::<Value>().unwrap(), list);
        }
        goes_on(&claude, &mut chat).await;
    }
}

/// Returns a text with a cache breakpoint.
#[tool]
fn marked() -> Text {
    Text::new("A long text").cache_control(CacheControl::ephemeral())
}

#[tokio::test]
async fn cache_breakpoints_of_tools_are_sent_once_and_do_not_add_up() {
    let claude = MockServer::start().await.unwrap();
    for _ in 0..6 {
        claude.respond(MockResponse::tool_uses([("marked", json!({})), ("marked", json!({}))]));
    }
    claude.respond(MockResponse::text("Done."));
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![marked]).build().unwrap();
    chat.toolloop("Go.").await.unwrap();
    for request in &claude.requests()[1..7] {
        let body = request.body().to_string();
        assert_eq!(body.matches("cache_control").count(), 2, "{body}");
    }
    assert!(!chat.history().to_json().contains("cache_control"));
    goes_on(&claude, &mut chat).await;
}

/// A hook that answers each call with the outcome of the first one.
#[derive(Default)]
struct Stale(Mutex<Option<ToolOutcome>>);

impl Hook for Stale {
    fn around_call<'a>(
        &'a self,
        _: &'a StepId,
        _: &'a ToolUse,
        next: NextCall<'a>,
    ) -> BoxFuture<'a, claudette::Result<Answer<ToolOutcome>>> {
        Box::pin(async move {
            if let Some(first) = self.0.lock().unwrap().clone() {
                return Ok(Answer::new(first));
            }
            let outcome = next.run().await?;
            *self.0.lock().unwrap() = Some(outcome.value().clone());
            Ok(outcome)
        })
    }
}

#[tokio::test]
async fn an_outcome_that_a_hook_reuses_answers_the_current_call() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_use("sums", json!({"a": 1})));
    claude.respond(MockResponse::tool_use("sums", json!({"a": 2})));
    claude.respond(MockResponse::text("Done."));
    let mut chat =
        Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![sums]).hook(Stale::default()).build().unwrap();
    let run = chat.toolloop("Add.").await.unwrap();
    let outcomes: Vec<_> = run.steps().iter().flat_map(claudette::chat::Step::outcomes).collect();
    assert_eq!(outcomes[1].text(), "2");
    assert_ne!(outcomes[0].call_id(), outcomes[1].call_id());
    assert!(!chat.history().to_json().contains("Interrupted"));
    goes_on(&claude, &mut chat).await;
}

/// Generates valid and invalid content that a server or a tool might send.
fn piece() -> impl Strategy<Value = Value> {
    let id = "[a-c.]{0,2}";
    prop_oneof![
        "[ a]{0,2}".prop_map(|text| json!({"type": "text", "text": text})),
        Just(json!({"type": "thinking", "thinking": "Hm."})),
        Just(json!({"type": "thinking", "thinking": "Hm.", "signature": ""})),
        Just(json!({"type": "thinking", "thinking": "Hm.", "signature": "c2ln"})),
        id.prop_map(|id| call(&id, 1)),
        id.prop_map(|id| json!({"type": "tool_use", "id": id, "name": "any", "input": {}})),
        (id, prop_oneof![Just(json!([1])), Just(json!("x")), Just(Value::Null)])
            .prop_map(|(id, input)| json!({"type": "tool_use", "id": id, "name": "sums", "input": input})),
        id.prop_map(
            |id| json!({"type": "server_tool_use", "id": format!("srvtoolu_{id}"), "name": "web_search", "input": {}})
        ),
        id.prop_map(
            |id| json!({"type": "web_search_tool_result", "tool_use_id": format!("srvtoolu_{id}"), "content": []})
        ),
        Just(json!({"type": "tool_result", "tool_use_id": "a", "content": "x"})),
        Just(json!({"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}})),
        Just(json!({"type": "redacted_thinking", "data": "eHg="})),
        Just(json!({"type": "hologram", "depth": 3})),
    ]
}

/// Has no parameters.
#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Nothing {}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// The conversation can continue after any response of a server and any output of a tool.
    #[test]
    fn the_conversation_continues_after_any_response(
        turns in prop::collection::vec((prop::collection::vec(piece(), 0..5), 0..5_usize), 1..4),
        output in prop::collection::vec(piece(), 0..3),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let claude = MockServer::start().await.unwrap();
            let reasons = ["tool_use", "end_turn", "max_tokens", "pause_turn", "stop_sequence"];
            for (content, reason) in &turns {
                claude.respond(response(&json!(content), reasons[*reason]));
            }
            for _ in 0..4 {
                claude.respond(MockResponse::text("Done."));
            }
            let output = json!(output);
            let any = ToolFn::new("any", "Returns anything.", move |_: Nothing| {
                let blocks: Vec<ContentBlock> = serde_json::from_value(output.clone()).unwrap();
                async move { ToolOutput::new(blocks) }
            });
            let client = Client::builder("claude-sonnet-5-5").api_key("k").base_url(claude.url()).max_retries(0).build().unwrap();
            let mut chat = Chat::builder(&client).tools(tools![sums].with(any)).build().unwrap();
            for _ in 0..turns.len() {
                // A damaged block is an error of the response, and the conversation is unchanged.
                let _ = chat.toolloop("Go.").await;
                let again = Chat::builder(&client).history(chat.history().clone()).build();
                assert!(again.is_ok(), "{:?} in {}", again.err(), chat.history().to_json());
            }
            let refused = claude.requests().iter().find_map(|request| request.refusal().map(str::to_owned));
            assert_eq!(refused, None, "{}", chat.history().to_json());
        });
    }
}

// Inconsistent responses.

#[tokio::test]
async fn a_response_without_its_announced_calls_is_requested_again() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(response(&json!([call("a", 1)]), "tool_use"));
    claude.respond(response(&json!([]), "tool_use"));
    claude.respond(response(&json!([call("b", 2)]), "tool_use"));
    claude.respond(MockResponse::text("Done."));
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![sums]).build().unwrap();
    let run = chat.toolloop("Add.").await.unwrap();
    assert_eq!((run.end_reason(), run.text()), (&EndReason::Finished, "Done.".to_owned()));
    assert_eq!(run.steps().len(), 4);
    let bodies: Vec<Value> = claude.requests().iter().map(|request| request.body()["messages"].clone()).collect();
    assert_eq!(bodies[1], bodies[2], "the same request is repeated");
}

#[tokio::test]
async fn an_inconsistent_response_never_counts_as_finished() {
    let text = json!({"type": "text", "text": "I add."});
    for (content, reason) in [
        (json!([]), "tool_use"),
        (json!([text]), "tool_use"),
        (json!([text, call("a", 1)]), "end_turn"),
        (json!([call("a", 1)]), "stop_sequence"),
    ] {
        let claude = MockServer::start().await.unwrap();
        for _ in 0..5 {
            claude.respond(response(&content, reason));
        }
        let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![sums]).build().unwrap();
        let run = chat.toolloop("Add.").await.unwrap();
        assert_eq!(*run.end_reason(), EndReason::Inconsistent, "{content} {reason}");
        assert!(run.steps().iter().all(|step| step.outcomes().is_empty()), "nothing has run");
        assert!(claude.requests().len() <= 3, "the number of repetitions is limited");
    }
    // The missing calls can be requested later.
    let claude = MockServer::start().await.unwrap();
    claude.respond(response(&json!([]), "tool_use"));
    claude.respond(MockResponse::text("Two."));
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![sums]).build().unwrap();
    chat.send("Add.").await.unwrap();
    assert_eq!(chat.resume().await.unwrap().text(), "Two.");
}

// The settings of a chat apply to everything that runs its tools.

/// Records the calls, and denies all of them.
fn guarded(claude: &MockServer) -> (ChatBuilder, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = asked.clone();
    let builder =
        Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![sums]).approve(move |call: ToolUse| {
            log.lock().unwrap().push(call.name().to_owned());
            async { Approval::deny("ask me tomorrow") }
        });
    (builder, asked)
}

#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
struct Total {
    total: u32,
}

#[tokio::test]
async fn the_approval_of_a_chat_applies_to_all_its_runs() {
    let claude = MockServer::start().await.unwrap();
    let (builder, asked) = guarded(&claude);
    let mut chat = builder.build().unwrap();

    claude.respond(MockResponse::tool_use("sums", json!({"a": 1})));
    chat.send("Add.").await.unwrap();
    claude.respond(MockResponse::text("So be it."));
    chat.resume().await.unwrap();

    claude.respond(MockResponse::tool_use("sums", json!({"a": 1})));
    claude.respond(MockResponse::text(r#"{"total":0}"#));
    assert_eq!(chat.structured::<Total>("What is the total?").await.unwrap().total, 0);

    claude.respond(MockResponse::tool_use("sums", json!({"a": 1})));
    claude.respond(MockResponse::text("Done."));
    let run = chat.fork().toolloop("Add.").await.unwrap();
    assert!(run.steps()[0].outcomes()[0].text().contains("ask me tomorrow"));
    assert_eq!(*asked.lock().unwrap(), ["sums"; 3]);

    // The approval of a run replaces that of the chat.
    claude.respond(MockResponse::tool_use("sums", json!({"a": 1})));
    claude.respond(MockResponse::text("Done."));
    let run = chat.toolloop("Add.").approve(|_| async { Approval::Allow }).await.unwrap();
    assert_eq!(run.steps()[0].outcomes()[0].text(), "2");
    assert_eq!(asked.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn the_respond_tool_needs_no_approval() {
    let claude = MockServer::start().await.unwrap();
    let (builder, asked) = guarded(&claude);
    let mut chat = builder.build().unwrap();
    claude.respond(MockResponse::tool_use("respond", json!({"total": 7})));
    let total =
        chat.structured::<Total>("What is the total?").strategy(claudette::structured::Strategy::Tool).await.unwrap();
    assert_eq!(total.total, 7);
    assert!(asked.lock().unwrap().is_empty());
}

/// Never returns.
#[tool]
async fn wait() {
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn the_limits_of_a_chat_apply_to_all_its_runs() {
    let claude = MockServer::start().await.unwrap();
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5"))
        .tools(tools![wait, sums])
        .tool_timeout(Duration::from_millis(20))
        .max_tool_output(200)
        .max_steps(2)
        .final_prompt("That was all.")
        .build()
        .unwrap();
    claude.respond(MockResponse::tool_use("wait", json!({})));
    claude.respond(MockResponse::text("Done."));
    chat.send("Wait.").await.unwrap();
    chat.resume().await.unwrap();
    let waited = &chat.history()[2].content()[0];
    assert!(waited.as_tool_result().unwrap().is_error(), "{waited:?}");

    claude.respond(MockResponse::tool_use("sums", json!({"a": 1})));
    claude.respond(MockResponse::text("Two."));
    let run = chat.toolloop("Add.").await.unwrap();
    assert_eq!(*run.end_reason(), EndReason::MaxSteps);
    assert!(claude.requests().last().unwrap().body().to_string().contains("That was all."));
}

#[tokio::test]
async fn tools_follow_the_same_rules_without_a_chat() {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    static MOST: AtomicUsize = AtomicUsize::new(0);
    /// Runs alone.
    #[tool(exclusive, timeout = Duration::from_millis(50))]
    async fn alone(
        /// Duration
        millis: u64,
    ) {
        MOST.fetch_max(RUNS.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(millis)).await;
        RUNS.fetch_sub(1, Ordering::SeqCst);
    }
    let call =
        |id: &str, millis: u64| json!({"type": "tool_use", "id": id, "name": "alone", "input": {"millis": millis}});
    let response = |reason: Value| -> claudette::Response {
        serde_json::from_value(
            json!({"content": [call("a", 1), call("b", 1), call("c", 60_000)], "stop_reason": reason}),
        )
        .unwrap()
    };
    for reason in [json!("max_tokens"), json!("end_turn"), json!("pause_turn"), json!("new"), Value::Null] {
        let message = tools![alone].answer(&response(reason)).await.unwrap();
        let results: Vec<_> = message.content().iter().filter_map(ContentBlock::as_tool_result).collect();
        assert!(results.iter().all(|result| result.is_error()));
        assert_eq!(results.iter().map(|result| result.tool_use_id()).collect::<Vec<_>>(), ["a", "b", "c"]);
    }
    assert_eq!(MOST.load(Ordering::SeqCst), 0, "nothing has run");
    let message = tools![alone].answer(&response(json!("tool_use"))).await.unwrap();
    let errors: Vec<bool> = message.content().iter().map(|block| block.as_tool_result().unwrap().is_error()).collect();
    assert_eq!(errors, [false, false, true]);
    assert_eq!(MOST.load(Ordering::SeqCst), 1);

    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_use("alone", json!({"millis": 1})).stop_reason("max_tokens"));
    let outcomes = claude.client("claude-haiku-4-5").call_tools("Go.", tools![alone]).await.unwrap();
    assert!(outcomes[0].is_error() && outcomes[0].text().contains("`max_tokens`"), "{}", outcomes[0].text());
}

// Caching.

#[tokio::test]
async fn a_wide_turn_has_a_breakpoint_at_the_end_of_the_previous_request() {
    for many in [1, 9, 10, 18, 25, 60] {
        for streamed in [false, true] {
            let claude = MockServer::start().await.unwrap();
            let calls: Vec<Value> = (0..many).map(|n| call(&format!("t{n}"), n)).collect();
            claude.respond(MockResponse::content(json!(calls)).stop_reason("tool_use"));
            claude.respond(MockResponse::text("Done."));
            let client = claude.client("claude-sonnet-5-5");
            let mut chat = Chat::builder(client).cache(true).system("Be brief.").tools(tools![sums]).build().unwrap();
            if streamed {
                let mut events = chat.toolloop("Add.").stream();
                while events.next().await.is_some() {}
            } else {
                chat.toolloop("Add.").await.unwrap();
            }
            let body = claude.requests()[1].body().clone();
            let blocks: Vec<Value> = body["messages"]
                .as_array()
                .unwrap()
                .iter()
                .flat_map(|message| match &message["content"] {
                    Value::Array(blocks) => blocks.clone(),
                    text => vec![text.clone()],
                })
                .collect();
            assert_eq!(i64::try_from(blocks.len()).unwrap(), 1 + 2 * many);
            let marked = blocks.iter().enumerate().filter(|(_, block)| block.get("cache_control").is_some());
            let marked: Vec<usize> = marked.map(|(place, _)| place).collect();
            let new = 2 * many;
            if new < 20 {
                assert!(marked.is_empty(), "the breakpoint at the end is near enough: {marked:?}");
            } else {
                assert!(marked.iter().any(|place| (1..20).contains(place)), "{many}: {marked:?}");
            }
            assert!(body["cache_control"].is_object());
            assert!(!chat.history().to_json().contains("cache_control"), "the history contains no breakpoints");
            // The next request begins with the stored messages, and is accepted.
            claude.respond(MockResponse::text("Still here."));
            chat.send("And now?").await.unwrap();
        }
    }
}

// Limits.

struct Slow {
    answers: Mutex<Vec<(Duration, u16, Value)>>,
    sent: AtomicUsize,
}

impl Slow {
    fn new(answers: impl IntoIterator<Item = (u64, u16, Value)>) -> Self {
        let answers = answers.into_iter().map(|(seconds, status, body)| (Duration::from_secs(seconds), status, body));
        let mut answers: Vec<_> = answers.collect();
        answers.reverse();
        Self { answers: Mutex::new(answers), sent: AtomicUsize::new(0) }
    }
}

impl Transport for Slow {
    fn send(&self, _: HttpRequest) -> BoxFuture<'static, claudette::Result<HttpResponse>> {
        self.sent.fetch_add(1, Ordering::SeqCst);
        let (wait, status, body) = self.answers.lock().unwrap().pop().expect("there is another response");
        Box::pin(async move {
            tokio::time::sleep(wait).await;
            let mut response = respond(status, "application/json", body.to_string());
            response.headers_mut().insert("retry-after", "30".parse().unwrap());
            Ok(response)
        })
    }
}

fn calls() -> Value {
    json!({"content": [call("a", 1), call("b", 2)], "stop_reason": "tool_use", "usage": {}})
}

fn done() -> Value {
    json!({"content": [{"type": "text", "text": "Done."}], "stop_reason": "end_turn", "usage": {}})
}

fn timed(answers: impl IntoIterator<Item = (u64, u16, Value)>) -> Chat {
    let client = Client::builder("claude-sonnet-5-5").api_key("k").transport(Slow::new(answers)).build().unwrap();
    Chat::builder(client).tools(tools![sums, wait]).build().unwrap()
}

/// The point where a hook is slow.
struct Late(&'static str);

impl Hook for Late {
    fn before_request<'a>(&'a self, request: &'a mut RequestPlan<'_>) -> BoxFuture<'a, claudette::Result<()>> {
        let waits = self.0 == "request" && !request.is_last();
        Box::pin(async move {
            if waits {
                tokio::time::sleep(Duration::from_secs(3_600)).await;
            }
            Ok(())
        })
    }

    fn after_response<'a>(
        &'a self,
        _: &'a claudette::Response,
    ) -> BoxFuture<'a, claudette::Result<std::ops::ControlFlow<()>>> {
        Box::pin(async move {
            if self.0 == "response" {
                tokio::time::sleep(Duration::from_secs(3_600)).await;
            }
            Ok(std::ops::ControlFlow::Continue(()))
        })
    }

    fn around_call<'a>(
        &'a self,
        _: &'a StepId,
        _: &'a ToolUse,
        next: NextCall<'a>,
    ) -> BoxFuture<'a, claudette::Result<Answer<ToolOutcome>>> {
        Box::pin(async move {
            if self.0 == "call" {
                tokio::time::sleep(Duration::from_secs(3_600)).await;
            }
            next.run().await
        })
    }
}

#[tokio::test(start_paused = true)]
async fn a_deadline_bounds_everything_before_the_answer() {
    let overloaded = || json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}});
    for what in ["retries", "slow response", "approval", "hook before", "hook after", "hook around"] {
        let mut chat = match what {
            "retries" => timed([(0, 529, overloaded()), (0, 200, done())]),
            "slow response" => timed([(500, 200, calls()), (0, 200, done())]),
            "hook before" => timed([(0, 200, done())]),
            _ => timed([(0, 200, calls()), (0, 200, done())]),
        };
        let begun = tokio::time::Instant::now();
        let mut asked = chat.toolloop("Add.").deadline(Duration::from_secs(5));
        asked = match what {
            "approval" => asked.approve(|_| async {
                tokio::time::sleep(Duration::from_secs(3_600)).await;
                Approval::Allow
            }),
            "hook before" => asked.hook(Late("request")),
            "hook after" => asked.hook(Late("response")),
            "hook around" => asked.hook(Late("call")),
            _ => asked,
        };
        let run = asked.await;
        let took = begun.elapsed();
        // For the answer itself, the hook after the response is not bounded.
        let most = if what == "hook after" { 3_606 } else { 6 };
        assert!(took < Duration::from_secs(most), "{what} took {took:?}");
        let run = run.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!((run.end_reason(), run.text()), (&EndReason::Deadline, "Done.".to_owned()), "{what}");
        let ran =
            run.steps().iter().flat_map(claudette::chat::Step::outcomes).filter(|outcome| !outcome.is_error()).count();
        assert_eq!(ran, 0, "{what}: no call has run");
        assert!(Chat::builder(chat.client()).history(chat.history().clone()).build().is_ok());
    }
}

#[tokio::test(start_paused = true)]
async fn no_call_starts_after_the_deadline() {
    static RAN: AtomicUsize = AtomicUsize::new(0);
    /// Runs for a while.
    #[tool]
    async fn slow() {
        RAN.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_secs(4)).await;
    }
    let many: Vec<Value> =
        (0..5).map(|n| json!({"type": "tool_use", "id": format!("t{n}"), "name": "slow", "input": {}})).collect();
    let answers = [(0, 200, json!({"content": many, "stop_reason": "tool_use", "usage": {}})), (0, 200, done())];
    let client = Client::builder("claude-sonnet-5-5").api_key("k").transport(Slow::new(answers)).build().unwrap();
    let mut chat = Chat::builder(client).tools(tools![slow]).build().unwrap();
    let run = chat.toolloop("Go.").max_parallel(1).deadline(Duration::from_secs(6)).await.unwrap();
    assert_eq!(RAN.load(Ordering::SeqCst), 2);
    let errors: Vec<_> = run.steps()[0].outcomes().iter().map(ToolOutcome::is_error).collect();
    assert_eq!(errors, [false, true, true, true, true]);
}

#[tokio::test(start_paused = true)]
async fn the_longest_durations_mean_no_limit() {
    for longest in [Duration::MAX, Duration::from_secs(u64::MAX), Duration::from_secs(1 << 40)] {
        let mut chat = timed([(0, 200, calls()), (0, 200, done())]);
        let run = chat.toolloop("Add.").deadline(longest).tool_timeout(longest).await.unwrap();
        assert_eq!(*run.end_reason(), EndReason::Finished);
    }
    let mut chat = timed([(0, 200, done())]);
    let run = chat.toolloop("Add.").deadline(Duration::ZERO).await.unwrap();
    assert_eq!(*run.end_reason(), EndReason::Deadline);
}

fn priced(usage: &Value, answers: usize) -> Client {
    let calls =
        json!({"model": "claude-opus-5-5", "content": [call("a", 1)], "stop_reason": "tool_use", "usage": usage});
    let text = json!({"model": "claude-opus-5-5", "content": [{"type": "text", "text": "Done."}], "stop_reason": "end_turn", "usage": usage});
    let answers = (0..answers).map(|n| (0, 200, if n + 1 == answers { text.clone() } else { calls.clone() }));
    let transport = Slow::new(answers.collect::<Vec<_>>());
    Client::builder("claude-opus-5-5").api_key("k").transport(transport).build().unwrap()
}

#[tokio::test]
async fn a_maximum_cost_prices_input_at_the_highest_rate() {
    // At most 250,000 tokens: they cost 2 dollars if they are cached for an hour, otherwise 1 dollar.
    let prompt = "x".repeat(500_000);
    let ttl_1h = || CachePolicy::none().last_message(CacheControl::ephemeral().ttl_1h());
    let written = json!({"input_tokens": 10, "output_tokens": 5, "cache_creation_input_tokens": 249_000,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 249_000}});
    for (cache, dollars, fits) in [
        (CachePolicy::none(), 1.5, true),
        (CachePolicy::automatic(), 1.2, false),
        (CachePolicy::automatic(), 1.5, true),
        (ttl_1h(), 1.9, false),
        (ttl_1h(), 2.1, true),
    ] {
        let mut chat = Chat::builder(priced(&written, 1)).cache(cache).max_tokens(100).build().unwrap();
        let run = chat.toolloop(prompt.as_str()).max_cost(dollars).await;
        assert_eq!(run.is_ok(), fits, "{dollars}: {run:?}");
        if !fits {
            assert!(run.unwrap_err().is_misuse());
            assert_eq!(chat.usage().total(), 0, "nothing was sent");
        }
    }
}

#[tokio::test]
async fn a_limit_that_cannot_be_enforced_is_misuse() {
    let usage = json!({"input_tokens": 1, "output_tokens": 1});
    let plain = || Chat::builder(priced(&usage, 1)).tools(tools![sums]).max_tokens(100).build().unwrap();
    for dollars in [f64::NAN, -1.0, f64::NEG_INFINITY] {
        let error = plain().toolloop("Go.").max_cost(dollars).await.unwrap_err();
        assert!(error.is_misuse() && error.to_string().contains("`max_cost`"), "{error}");
    }
    assert!(plain().toolloop("Go.").max_cost(f64::INFINITY).await.is_ok());
    let tools = || tools![sums].with(BuiltinTool::web_search());
    let searching = || Chat::builder(priced(&usage, 1)).tools(tools()).max_tokens(100).build().unwrap();
    let error = searching().toolloop("Go.").max_cost(100.0).await.unwrap_err();
    assert!(error.is_misuse() && error.to_string().contains("web_search"), "{error}");
    let error = searching().toolloop("Go.").max_tokens_total(1_000_000).await.unwrap_err();
    assert!(error.is_misuse() && error.to_string().contains("web_search"), "{error}");
    // Tools that the API only defines are allowed, because the program runs them.
    let tools = tools![sums].with(BuiltinTool::memory());
    let mut chat = Chat::builder(priced(&usage, 1)).tools(tools).max_tokens(100).build().unwrap();
    assert!(chat.toolloop("Go.").max_cost(100.0).await.is_ok());
}

#[tokio::test]
async fn usage_that_cannot_be_read_ends_a_loop_with_a_limit() {
    let unreadable = json!({"input_tokens": "200000", "output_tokens": {"count": 7}});
    let mut chat = Chat::builder(priced(&unreadable, 3)).tools(tools![sums]).max_tokens(100).build().unwrap();
    let run = chat.toolloop("Go.").max_cost(1_000.0).await.unwrap();
    assert_eq!((run.end_reason(), run.steps().len()), (&EndReason::MaxCost, 1));
    let mut chat = Chat::builder(priced(&unreadable, 3)).tools(tools![sums]).max_tokens(100).build().unwrap();
    let run = chat.toolloop("Go.").max_tokens_total(1_000_000).await.unwrap();
    assert_eq!((run.end_reason(), run.steps().len()), (&EndReason::MaxTokensTotal, 1));
}

#[tokio::test]
async fn an_absurd_earlier_usage_does_not_lift_a_limit() {
    let absurd = json!({"content": [{"type": "text", "text": "a"}], "stop_reason": "end_turn",
        "usage": {"input_tokens": u64::MAX, "output_tokens": 1}});
    let call = json!({"content": [call("a", 1)], "stop_reason": "tool_use", "usage": {"input_tokens": 50_000, "output_tokens": 50_000}});
    let answers = std::iter::once((0, 200, absurd)).chain((0..50).map(|_| (0, 200, call.clone())));
    let transport = Slow::new(answers.collect::<Vec<_>>());
    let client = Client::builder("claude-sonnet-5-5").api_key("k").transport(transport).build().unwrap();
    let mut chat = Chat::builder(&client).tools(tools![sums]).max_tokens(1_000).build().unwrap();
    chat.send("x").await.unwrap();
    assert_eq!(chat.usage().total(), u64::MAX);
    let run = chat.toolloop("y").max_tokens_total(200_000).max_steps(50).await;
    let spent: u64 = run.iter().flat_map(claudette::Run::steps).map(|step| step.response().usage().total()).sum();
    assert!(spent <= 200_000, "{spent}");
}

// Prompts.

#[tokio::test]
async fn a_prompt_that_the_api_would_refuse_is_misuse() {
    let claude = MockServer::start().await.unwrap();
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).build().unwrap();
    let refused = [
        claudette::wire::Prompt::from((Image::file_id("file_1"), "")),
        vec![ContentBlock::from(ToolUse::new("a", "sums", json!({}))), ContentBlock::text("Go.")].into(),
        (Document::text("a"), " ").into(),
    ];
    for prompt in refused {
        let error = chat.send(prompt).await.unwrap_err();
        assert!(error.is_misuse() && error.to_string().starts_with("the prompt cannot be sent: "), "{error}");
    }
    assert!(claude.requests().is_empty() && chat.history().is_empty());
    goes_on(&claude, &mut chat).await;
}

/// Returns a PNG with this size in its header.
fn png(side: u32) -> Image {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend([side.to_be_bytes(), side.to_be_bytes()].concat());
    bytes.extend(b"\x08\x02\0\0\0\0\0\0\0");
    Image::from_bytes(bytes).unwrap()
}

/// Takes screenshots of this size.
#[tool]
fn shots(
    /// Number of screenshots
    many: usize,
    /// Width and height in pixels
    side: u32,
) -> Vec<Image> {
    vec![png(side); many]
}

#[tokio::test]
async fn images_that_are_too_large_among_many_are_withheld() {
    let claude = MockServer::start().await.unwrap();
    for (many, side) in [(10, 3_000), (10, 100), (1, 100), (11, 100)] {
        claude.respond(MockResponse::tool_use("shots", json!({"many": many, "side": side})));
    }
    claude.respond(MockResponse::text("Done."));
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![shots]).build().unwrap();
    let run = chat.toolloop("Go.").await.unwrap();
    let errors: Vec<bool> =
        run.steps().iter().flat_map(claudette::chat::Step::outcomes).map(ToolOutcome::is_error).collect();
    assert_eq!(errors, [false, false, true, true]);
    goes_on(&claude, &mut chat).await;
    let error = chat.send((png(100), "What is this?")).await.unwrap_err();
    assert!(error.is_misuse() && error.to_string().contains("2000 px"), "{error}");
    goes_on(&claude, &mut chat).await;

    // Such a conversation is not accepted as an import, but it can be repaired.
    let prompt: Vec<ContentBlock> = (0..21).map(|n| png(if n == 7 { 2_001 } else { 100 }).into()).collect();
    let stored = vec![claudette::Message::user(prompt), claudette::Message::assistant("Nice.")];
    assert!(Chat::builder(chat.client()).history(stored.clone()).build().unwrap_err().is_misuse());
    let mut chat = Chat::builder(chat.client()).history(History::repair(stored)).build().unwrap();
    goes_on(&claude, &mut chat).await;
}

#[tokio::test]
async fn the_display_of_a_loop_is_short_and_plain() {
    let long = "x\u{1b}[31m\u{9b}".repeat(200_000);
    let claude = MockServer::start().await.unwrap();
    claude.respond(response(&json!([{"type": "text", "text": long}, call("a", 1)]), "tool_use"));
    claude.respond(response(&json!([{"type": "text", "text": long}]), &long));
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![sums]).build().unwrap();
    let mut shown = Vec::new();
    let mut events = chat.toolloop("Go.").stream();
    while let Some(event) = events.next().await {
        let event = event.unwrap();
        shown.push(format!("{event:?}"));
        shown.push(format!("{event:#?}"));
        if let Event::Done(run) = event {
            shown.push(format!("{:?} {:?} {:?}", run.end_reason(), run.steps(), run.response().stop_reason()));
        }
    }
    drop(events);
    shown.push(format!("{:?} {chat:?}", chat.history()));
    let is_plain = |c: char| c == '\n' || !c.is_control();
    for text in shown {
        assert!(text.len() < 200_000, "{} bytes", text.len());
        assert!(
            text.chars().all(is_plain),
            "{}",
            text.escape_debug().to_string().chars().take(200).collect::<String>()
        );
    }
}

#[tokio::test]
async fn a_decision_does_not_apply_to_other_arguments() {
    let claude = MockServer::start().await.unwrap();
    let content = r#"[{"type":"tool_use","id":"toolu_1","name":"pay","input":{"amount":1000000,"amount":5}}]"#;
    let body = format!(r#"{{"id":"m","role":"assistant","content":{content},"stop_reason":"tool_use","usage":{{}}}}"#);
    claude.respond(MockResponse::raw(200, "application/json", body));
    let tools = tools![pay].state(Paid::default());
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools).build().unwrap();
    // Ambiguous arguments are not presented for approval.
    let asked = Arc::new(AtomicU32::new(0));
    let count = asked.clone();
    claude.respond(MockResponse::text("Not paid."));
    let run = chat
        .toolloop("Pay.")
        .approve(move |_| {
            count.fetch_add(1, Ordering::SeqCst);
            async { Approval::Suspend }
        })
        .await
        .unwrap();
    assert_eq!((run.end_reason(), asked.load(Ordering::SeqCst)), (&EndReason::Finished, 0));
    // A decision does not apply to a call with additional arguments.
    let seen = |input: &str| -> ToolUse {
        serde_json::from_str(&format!(r#"{{"type":"tool_use","id":"toolu_1","name":"pay","input":{input}}}"#)).unwrap()
    };
    assert_ne!(seen(r#"{"amount":5}"#), seen(r#"{"amount":1000000,"amount":5}"#));
    assert_eq!(seen(r#"{"amount":5}"#), seen(r#"{ "amount": 5 }"#));
}
