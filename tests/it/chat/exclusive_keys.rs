//! Calls with keys: calls with the same key run one after the other, and others do not wait for them.

use std::sync::{Arc, Mutex};

use claudette::testing::{MockResponse, MockServer};
use claudette::{Chat, State, ToolContext, ToolFn, Toolset, tool, tools};
use serde_json::json;
use tokio::sync::Notify;

/// The starts and ends of calls.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn add(&self, entry: impl Into<String>) {
        self.0.lock().unwrap().push(entry.into());
    }

    fn place(&self, entry: &str) -> usize {
        let entries = self.0.lock().unwrap();
        entries.iter().position(|one| one == entry).unwrap_or_else(|| panic!("{entry} is not in {entries:?}"))
    }
}

/// Lets calls go on when another call has run.
#[derive(Clone, Default)]
struct Gate(Arc<Notify>);

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Order {
    customer: String,
    number: u32,
}

/// Pays an order. It goes on only after `list` has run.
#[tool(exclusive = order.customer)]
async fn pay(log: State<Log>, gate: State<Gate>, order: Order) {
    log.add(format!("pay {} begins", order.number));
    gate.0.notified().await;
    log.add(format!("pay {} ends", order.number));
    // Each payment lets the next one go on.
    gate.0.notify_one();
}

/// Lists the orders.
#[tool]
async fn list(log: State<Log>, gate: State<Gate>) {
    log.add("list");
    gate.0.notify_one();
}

struct Letters;

#[tool]
impl Letters {
    /// Writes to a customer.
    #[tool(exclusive = customer)]
    async fn write(&self, log: State<Log>, #[allow(deprecated)] customer: Option<&str>) {
        log.add(format!("write {}", customer.unwrap_or("nobody")));
    }
}

async fn run(calls: &[(&str, serde_json::Value)]) -> (Log, Vec<String>) {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_uses(calls.iter().cloned()));
    claude.respond(MockResponse::text("Done."));
    let log = Log::default();
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5"))
        .tools(tools![pay, list].with(Letters))
        .state(log.clone())
        .state(Gate::default())
        .build()
        .unwrap();
    let run = chat.toolloop("Work.").await.unwrap();
    let texts = run.steps()[0].outcomes().iter().map(|outcome| outcome.text().into_owned()).collect();
    (log, texts)
}

#[tokio::test]
async fn calls_with_one_key_run_one_after_the_other() {
    let order = |customer: &str, number: u32| json!({"order": {"customer": customer, "number": number}});
    let (log, _) = run(&[
        ("pay", order("C1", 1)),
        ("write", json!({"customer": "C1"})),
        ("pay", order("C1", 2)),
        ("write", json!({"customer": "C2"})),
        ("write", json!({})),
        // The payments wait for this call, so it must not wait for them.
        ("list", json!({})),
    ])
    .await;
    let in_order = ["pay 1 begins", "pay 1 ends", "write C1", "pay 2 begins", "pay 2 ends"];
    assert!(in_order.map(|entry| log.place(entry)).is_sorted(), "{:?}", log.0);
    for entry in ["write C2", "write nobody", "list"] {
        assert!(log.place(entry) < log.place("pay 1 ends"), "{entry} had to wait: {:?}", log.0);
    }
}

#[tokio::test]
async fn invalid_arguments_do_not_have_a_key() {
    let (log, texts) = run(&[
        ("pay", json!({"order": {"customer": "C1", "number": 1}})),
        ("pay", json!({"order": {"customer": "C1"}})),
        ("list", json!({})),
    ])
    .await;
    assert!(texts[1].contains("`order.number`"), "{}", texts[1]);
    assert_eq!(log.place("pay 1 ends"), 2);
}

#[tokio::test]
async fn a_panic_in_the_key_is_a_call_without_a_key() {
    #[derive(serde::Deserialize, schemars::JsonSchema)]
    struct Args {
        list: Vec<u8>,
    }
    let first = ToolFn::new("first", "Returns the first number.", async |args: Args| args.list.len().to_string())
        .exclusive_by(|args: &Args| Some(args.list[0].to_string()));
    let tools = Toolset::default().with(first);
    let outcome = tools.call("first", r#"{"list": []}"#, &ToolContext::default()).await;
    assert_eq!(outcome.text(), "0");
    let response = serde_json::from_value(json!({
        "content": [{"type": "tool_use", "id": "toolu_1", "name": "first", "input": {"list": []}}],
        "stop_reason": "tool_use",
    }));
    let message = tools.answer(&response.unwrap()).await.unwrap();
    assert!(!message.content()[0].as_tool_result().unwrap().is_error());
}
