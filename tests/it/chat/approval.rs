//! Approval of calls: at once, or after the loop was suspended and the process has ended.

use std::sync::{Arc, Mutex};

use claudette::chat::ChatState;
use claudette::testing::{MockResponse, MockServer};
use claudette::{Approval, Chat, Client, EndReason, Event, State, ToolUse, tool, tools};
use serde_json::{Value, json};

use crate::support::texts::says;

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

/// Returns the balance.
#[tool]
async fn balance() -> u32 {
    1_000
}

fn chat(client: &Client, paid: &Paid, state: ChatState) -> Chat {
    let builder = Chat::builder(client).tools(tools![pay, balance]).state(paid.clone());
    builder.restore(state).build().unwrap()
}

/// Returns the results in the last request, and whether each is an error.
fn sent(claude: &MockServer) -> Vec<(String, bool)> {
    let requests = claude.requests();
    let messages = requests.last().unwrap().body()["messages"].as_array().unwrap().clone();
    let results = messages.last().unwrap()["content"].as_array().unwrap().iter();
    let results = results.filter(|block| block["type"] == "tool_result");
    results.map(|block| (block["content"].as_str().unwrap().to_owned(), block["is_error"] == true)).collect()
}

#[tokio::test]
async fn each_decision_has_its_result() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_uses([
        ("pay", json!({"amount": 1})),
        ("pay", json!({"amount": 2})),
        ("pay", json!({"amount": 3})),
        ("pay", json!({"amount": 4})),
        ("pay", json!({"amount": "five"})),
        ("balance", json!({})),
    ]));
    claude.respond(MockResponse::text("Done."));
    let client = claude.client("claude-sonnet-5-5");
    let paid = Paid::default();
    let mut asked = Vec::new();
    let mut chat = chat(&client, &paid, ChatState::new());
    let run = chat
        .toolloop("Pay.")
        .approve(|call: ToolUse| {
            asked.push(format!("{} {}", call.name(), call.input()));
            let amount = call.input_as::<Value>().unwrap()["amount"].as_u64();
            async move {
                match amount {
                    Some(2) => Approval::deny("two is too much"),
                    Some(3) => Approval::allow_with(json!({"amount": 30})),
                    Some(4) => Approval::allow_with(json!({"amount": "forty"})),
                    _ => Approval::Allow,
                }
            }
        })
        .await
        .unwrap();
    assert_eq!(run.text(), "Done.");
    assert_eq!(
        asked,
        [r#"pay {"amount":1}"#, r#"pay {"amount":2}"#, r#"pay {"amount":3}"#, r#"pay {"amount":4}"#, "balance {}"],
        "a call that could not run needs no approval"
    );
    assert_eq!(*paid.lock().unwrap(), [1, 30]);
    let expected: [(&[&str], bool); 6] = [
        (&["paid 1"], false),
        (&["two is too much"], true),
        (&["{\"amount\":30}", "\npaid 30"], false),
        (&["`amount`", "\"forty\""], true),
        (&["`amount`", "\"five\""], true),
        (&["1000"], false),
    ];
    for ((text, is_error), (parts, is_expected)) in sent(&claude).iter().zip(expected) {
        assert!(says(text, parts) && *is_error == is_expected, "{parts:?}: {text}");
    }
    // The history contains the model's arguments; the program gets the outcome.
    let changed = &run.steps()[0].outcomes()[2];
    assert_eq!(changed.call().input().get(), r#"{"amount":3}"#);
    assert_eq!(changed.value::<String>().unwrap(), "paid 30");
}

/// Suspends a loop and returns its stored state.
async fn suspended(claude: &MockServer, paid: &Paid) -> (String, String) {
    claude.respond(MockResponse::tool_uses([
        ("pay", json!({"amount": 100})),
        ("balance", json!({})),
        ("pay", json!({"amount": 5})),
        ("pay", json!({"amount": 200})),
    ]));
    let client = claude.client("claude-sonnet-5-5");
    let mut chat = chat(&client, paid, ChatState::new());
    let run = chat
        .toolloop("Pay.")
        .approve(|call: ToolUse| async move {
            let amount = call.input_as::<Value>().unwrap()["amount"].as_u64().unwrap_or(0);
            if amount >= 100 { Approval::Suspend } else { Approval::Allow }
        })
        .await
        .unwrap();
    assert_eq!(*run.end_reason(), EndReason::Suspended);
    assert_eq!(run.steps()[0].outcomes().len(), 2, "the other calls have run");
    let amounts: Vec<_> = run.pending().iter().map(|call| call.input().get().to_owned()).collect();
    assert_eq!(amounts, [r#"{"amount":100}"#, r#"{"amount":200}"#]);
    assert_eq!(chat.pending(), run.pending());
    let state = serde_json::to_string(&chat.state()).unwrap();
    (state, serde_json::to_string(run.pending()).unwrap())
}

#[tokio::test]
async fn a_suspended_loop_continues_in_another_process() {
    let claude = MockServer::start().await.unwrap();
    let paid = Paid::default();
    let (state, pending) = suspended(&claude, &paid).await;
    assert_eq!(*paid.lock().unwrap(), [5]);

    // Only two texts are left of the first process.
    let client = claude.client("claude-sonnet-5-5");
    let state: ChatState = serde_json::from_str(&state).unwrap();
    let calls: Vec<ToolUse> = serde_json::from_str(&pending).unwrap();
    let mut chat = chat(&client, &paid, state);
    assert_eq!(chat.pending(), calls);

    let error = chat.resume().await.unwrap_err();
    assert!(error.is_misuse() && error.to_string().contains("waits for a decision"), "{error}");
    chat.decide(&calls[0], Approval::Allow).unwrap();
    let error = chat.resume().await.unwrap_err();
    assert!(error.to_string().contains(calls[1].id()), "the other one: {error}");
    chat.decide(calls[1].id(), Approval::deny("too much")).unwrap();

    claude.respond(MockResponse::text("One is paid."));
    let mut events = chat.resume_toolloop().stream();
    let mut results = Vec::new();
    while let Some(event) = events.next().await {
        match event.unwrap() {
            Event::ToolResult(outcome) => results.push(outcome.text().into_owned()),
            Event::Done(run) => {
                assert_eq!((run.text(), run.end_reason()), ("One is paid.".to_owned(), &EndReason::Finished));
            }
            _ => {}
        }
    }
    drop(events);
    assert_eq!(results.len(), 2);
    assert_eq!(*paid.lock().unwrap(), [5, 100]);
    let sent = sent(&claude);
    assert_eq!(sent[..3].iter().map(|(text, _)| text).collect::<Vec<_>>(), ["paid 100", "1000", "paid 5"]);
    assert!(sent[3].1 && sent[3].0.contains("too much"), "{sent:?}");

    // The calls ran once: none is pending, and none can be decided again.
    assert!(chat.pending().is_empty());
    assert!(chat.decide(calls[0].id(), Approval::Allow).unwrap_err().is_misuse());
    assert!(chat.resume().await.unwrap_err().is_misuse());
    assert_eq!(paid.lock().unwrap().len(), 2);
    claude.assert_finished();
}

#[tokio::test]
async fn a_forged_or_changed_decision_is_refused() {
    let claude = MockServer::start().await.unwrap();
    let paid = Paid::default();
    let (state, pending) = suspended(&claude, &paid).await;
    let client = claude.client("claude-sonnet-5-5");
    let calls: Vec<ToolUse> = serde_json::from_str(&pending).unwrap();
    let state: ChatState = serde_json::from_str(&state).unwrap();
    let mut chat = chat(&client, &paid, state);

    let forged = |from: &str, to: &str| -> Vec<ToolUse> {
        assert!(pending.contains(from), "{pending}");
        serde_json::from_str(&pending.replacen(from, to, 1)).unwrap()
    };
    for call in [&forged(":100", ":1")[0], &forged("\"pay\"", "\"balance\"")[0]] {
        let error = chat.decide(call, Approval::Allow).unwrap_err();
        assert!(error.is_misuse() && error.to_string().contains("has changed since"), "{error}");
    }
    for (call, approval, says) in [
        ("toolu_of_nobody", Approval::Allow, "no call toolu_of_nobody waits"),
        (calls[0].id(), Approval::Suspend, "already suspended"),
        (calls[0].id(), Approval::allow_with(json!({"amount": "all"})), "`amount`"),
        (calls[0].id(), Approval::allow_with(7), "`pay`"),
    ] {
        let error = chat.decide(call, approval).unwrap_err();
        assert!(error.is_misuse() && error.to_string().contains(says), "{error}");
    }
    chat.decide(&calls[0], Approval::allow_with(json!({"amount": 7}))).unwrap();
    let error = chat.decide(&calls[0], Approval::Allow).unwrap_err();
    assert!(error.to_string().contains("already decided"), "{error}");
    assert_eq!(*paid.lock().unwrap(), [5], "no call has run yet");
}

#[tokio::test]
async fn a_prompt_leaves_undecided_calls_unanswered() {
    let claude = MockServer::start().await.unwrap();
    let paid = Paid::default();
    let (state, _) = suspended(&claude, &paid).await;
    let client = claude.client("claude-sonnet-5-5");
    let mut chat = chat(&client, &paid, serde_json::from_str(&state).unwrap());
    let calls = chat.pending();
    chat.decide(&calls[1], Approval::Allow).unwrap();
    claude.respond(MockResponse::text("Never mind, then."));
    assert_eq!(chat.send("Never mind the first.").await.unwrap().text(), "Never mind, then.");
    let results = sent(&claude);
    assert!(results[0].1, "{results:?}");
    assert_eq!(results[3], ("paid 200".to_owned(), false));
    assert!(chat.pending().is_empty());
    assert_eq!(*paid.lock().unwrap(), [5, 200]);
}

#[tokio::test]
async fn a_decision_survives_a_failed_request() {
    let claude = MockServer::start().await.unwrap();
    let paid = Paid::default();
    let (state, _) = suspended(&claude, &paid).await;
    let client = Client::builder("claude-sonnet-5-5").api_key("k").base_url(claude.url()).max_retries(0);
    let mut chat = chat(&client.build().unwrap(), &paid, serde_json::from_str(&state).unwrap());
    for call in chat.pending() {
        chat.decide(&call, Approval::Allow).unwrap();
    }
    claude.respond(MockResponse::error(500, "api_error", "no"));
    assert!(chat.resume_toolloop().await.unwrap_err().is_server_error());
    assert_eq!(*paid.lock().unwrap(), [5, 100, 200]);
    // Both calls have run, and neither runs again.
    claude.respond(MockResponse::text("Paid."));
    assert_eq!(chat.resume_toolloop().await.unwrap().text(), "Paid.");
    assert_eq!(paid.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn a_loop_says_whether_it_asks() {
    let claude = MockServer::start().await.unwrap();
    let client = claude.client("claude-sonnet-5-5");
    let mut free = Chat::new(&client).unwrap();
    assert!(!free.toolloop("Pay.").asks_for_approval());
    assert!(free.toolloop("Pay.").approve(async |_| Approval::Allow).asks_for_approval());
    let mut asking = Chat::builder(&client).approve(async |_| Approval::Allow).build().unwrap();
    assert!(asking.toolloop("Pay.").asks_for_approval());
}
