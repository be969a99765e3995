//! Truncated and malformed responses in the next request, decisions in forked and rewound chats, and the limit of
//! pauses. Each test fails if the line that enforces its rule is removed.

use std::sync::{Arc, Mutex};

use claudette::testing::{MockResponse, MockServer};
use claudette::{Approval, Chat, Client, EndReason, State, tool, tools};
use serde_json::{Value, json};

type Paid = Arc<Mutex<Vec<u32>>>;

/// Pays an amount.
#[tool]
async fn pay(
    paid: State<Paid>,
    /// Amount in USD
    amount: u32,
) -> String {
    paid.lock().unwrap().push(amount);
    format!("paid {amount}")
}

fn chat(client: &Client, paid: &Paid) -> Chat {
    Chat::builder(client).tools(tools![pay]).state(paid.clone()).build().unwrap()
}

fn call(input: &Value) -> Value {
    json!({"type": "tool_use", "id": "toolu_1", "name": "pay", "input": input})
}

/// Returns the messages of the last request.
fn sent(claude: &MockServer) -> Vec<Value> {
    claude.requests().last().unwrap().body()["messages"].as_array().unwrap().clone()
}

/// Sends a prompt and reads the response, at once or as a stream.
async fn say(chat: &mut Chat, prompt: &str, streamed: bool) {
    if streamed {
        let mut events = chat.send(prompt).stream();
        while events.next().await.transpose().unwrap().is_some() {}
    } else {
        chat.send(prompt).await.unwrap();
    }
}

#[tokio::test]
async fn an_incomplete_call_at_the_end_of_a_truncated_response_is_left_out() {
    for reason in ["max_tokens", "model_context_window_exceeded"] {
        for (before, streamed) in [(&["I pay."][..], false), (&["I pay."], true), (&["I", "pay."], false)] {
            let claude = MockServer::start().await.unwrap();
            let texts = before.iter().map(|text| json!({"type": "text", "text": text}));
            let content: Vec<Value> = texts.chain([call(&json!({}))]).collect();
            claude.respond(MockResponse::content(json!(content)).stop_reason(reason));
            claude.respond(MockResponse::text("Sorry."));
            let paid = Paid::default();
            let mut chat = chat(&claude.client("claude-sonnet-5-5"), &paid);
            say(&mut chat, "Pay 7.", streamed).await;
            chat.send("Go on.").await.unwrap();

            let messages = sent(&claude);
            let kinds: Vec<&Value> =
                messages[1]["content"].as_array().unwrap().iter().map(|block| &block["type"]).collect();
            assert_eq!(kinds, vec!["text"; before.len()], "{reason}: {messages:?}");
            assert!(!json!(messages).to_string().contains("tool_result"), "{messages:?}");
            assert!(paid.lock().unwrap().is_empty());
        }
    }
}

#[tokio::test]
async fn arguments_that_are_not_an_object_are_sent_back_as_one() {
    for input in [json!("7"), json!(7), json!([7]), json!(null), json!(true), json!([{"amount": 7}])] {
        let claude = MockServer::start().await.unwrap();
        claude.respond(MockResponse::content(json!([call(&input)])).stop_reason("tool_use"));
        claude.respond(MockResponse::text("Sorry."));
        let paid = Paid::default();
        let mut chat = chat(&claude.client("claude-sonnet-5-5"), &paid);
        chat.toolloop("Pay 7.").await.unwrap();

        let messages = sent(&claude);
        assert!(messages[1]["content"][0]["input"].is_object(), "{input}: {messages:?}");
        assert_eq!(messages[2]["content"][0]["is_error"], true, "the model receives an error");
        assert!(paid.lock().unwrap().is_empty(), "a call runs only with the arguments of the model");
        claude.assert_finished();
    }
}

/// Returns a chat with a suspended call.
async fn waiting(claude: &MockServer, paid: &Paid, amount: u32) -> Chat {
    claude.respond(MockResponse::content(json!([call(&json!({"amount": amount}))])).stop_reason("tool_use"));
    let mut chat = chat(&claude.client("claude-sonnet-5-5"), paid);
    let run = chat.toolloop("Pay.").approve(|_| async { Approval::Suspend }).await.unwrap();
    assert_eq!(*run.end_reason(), EndReason::Suspended);
    chat
}

#[tokio::test]
async fn a_fork_does_not_inherit_the_decisions_of_the_chat() {
    let claude = MockServer::start().await.unwrap();
    let paid = Paid::default();
    let mut chat = waiting(&claude, &paid, 7).await;
    let call = chat.pending()[0].clone();
    chat.decide(&call, Approval::Allow).unwrap();

    let mut fork = chat.fork();
    let error = fork.resume_toolloop().await.unwrap_err();
    assert!(error.is_misuse() && error.to_string().contains("waits for a decision"), "{error}");
    assert!(paid.lock().unwrap().is_empty());
    // The fork needs its own decision.
    fork.decide(&call, Approval::Deny("not here".into())).unwrap();

    claude.respond(MockResponse::text("Paid."));
    chat.resume_toolloop().await.unwrap();
    assert_eq!(*paid.lock().unwrap(), [7], "the call ran once");
    claude.respond(MockResponse::text("Not paid."));
    fork.resume_toolloop().await.unwrap();
    assert_eq!(*paid.lock().unwrap(), [7]);
}

#[tokio::test]
async fn rewinding_forgets_decisions() {
    let claude = MockServer::start().await.unwrap();
    let paid = Paid::default();
    let mut chat = waiting(&claude, &paid, 7).await;
    let decided = chat.pending()[0].clone();
    chat.decide(&decided, Approval::Allow).unwrap();
    chat.rewind(0).unwrap();
    let error = chat.decide(&decided, Approval::Allow).unwrap_err().to_string();
    assert!(error.contains("waits for a decision") && !error.contains("already decided"), "{error}");

    // Another call has the same id.
    claude.respond(MockResponse::content(json!([call(&json!({"amount": 8_000}))])).stop_reason("tool_use"));
    chat.toolloop("Pay.").approve(|_| async { Approval::Suspend }).await.unwrap();
    assert_eq!(chat.pending()[0].id(), decided.id());
    let error = chat.resume_toolloop().await.unwrap_err();
    assert!(error.is_misuse() && error.to_string().contains("waits for a decision"), "{error}");
    assert!(paid.lock().unwrap().is_empty(), "this call was not allowed");
}

#[tokio::test]
async fn rewinding_forgets_the_length_of_the_conversation() {
    let claude = MockServer::start().await.unwrap();
    let client = claude.client("claude-sonnet-5-5");
    let mut chat = Chat::builder(&client).max_tokens(1_000).build().unwrap();
    claude.respond(MockResponse::text("A long story.").usage(json!({"input_tokens": 150_000, "output_tokens": 900})));
    chat.send("Tell a story.").await.unwrap();
    let error = chat.toolloop("Hello").max_tokens_total(100_000).await.unwrap_err();
    assert!(error.is_misuse(), "there is no room after the story: {error}");

    chat.rewind(0).unwrap();
    claude.respond(MockResponse::text("Hello."));
    let run = chat.toolloop("Hello").max_tokens_total(100_000).await.unwrap();
    assert_eq!(*run.end_reason(), EndReason::Finished);
    claude.assert_finished();
}

#[tokio::test]
async fn an_api_that_pauses_forever_ends_the_loop() {
    let claude = MockServer::start().await.unwrap();
    for n in 0..100 {
        let content = json!([
            {"type": "server_tool_use", "id": format!("srvtoolu_{n}"), "name": "web_search", "input": {"query": "rust"}},
            {"type": "web_search_tool_result", "tool_use_id": format!("srvtoolu_{n}"), "content": []},
        ]);
        claude.respond(MockResponse::content(content).stop_reason("pause_turn"));
    }
    let mut chat = Chat::new(claude.client("claude-sonnet-5-5")).unwrap();
    let run = chat.toolloop("Search.").max_steps(3).await.unwrap();
    assert_eq!(*run.end_reason(), EndReason::Paused);
    assert!((2..30).contains(&claude.requests().len()), "{} requests", claude.requests().len());
}
