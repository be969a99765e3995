//! A run in three phases, plan, act and verify: each phase has its own set of tools.

mod plain;

use std::collections::BTreeMap;
use std::sync::Mutex;

use claudette::chat::Inbox;
use claudette::testing::{self, MockResponse};
use claudette::{Chat, Event, State, ToolDefinition, Toolset, tool, tools};
use plain::plain;
use serde_json::json;

/// The prices of a shop, in dollars.
struct Prices(Mutex<BTreeMap<String, f64>>);

/// Lists all prices.
#[tool]
fn list_prices(prices: State<Prices>) -> BTreeMap<String, f64> {
    prices.0.lock().unwrap().clone()
}

/// Ends the planning. Prices can be changed after this call.
#[tool]
fn begin_changes(
    inbox: State<Inbox>,
    /// One line for each change
    plan: Vec<String>,
) -> String {
    next_phase(&inbox, &PlanCalls::tools(), ActCalls::tools());
    format!("{} changes are planned", plan.len())
}

/// Sets a price.
#[tool]
fn set_price(
    prices: State<Prices>,
    /// Name of the item
    item: &str,
    /// Price in dollars
    price: f64,
) -> Result<(), String> {
    let mut prices = prices.0.lock().unwrap();
    *prices.get_mut(item).ok_or_else(|| format!("there is no {item}"))? = price;
    Ok(())
}

/// Ends the changes. After this call, prices can only be compared.
#[tool]
fn begin_check(inbox: State<Inbox>) {
    next_phase(&inbox, &ActCalls::tools(), VerifyCalls::tools());
}

/// Returns the items that cost more than a limit.
#[tool]
fn more_expensive_than(
    prices: State<Prices>,
    /// The limit in dollars
    limit: f64,
) -> Vec<String> {
    let prices = prices.0.lock().unwrap();
    prices.iter().filter(|(_, price)| **price > limit).map(|(item, _)| item.clone()).collect()
}

tools!(
    enum PlanCalls {
        list_prices,
        begin_changes,
    }
);
tools!(
    enum ActCalls {
        set_price,
        begin_check,
    }
);
tools!(
    enum VerifyCalls {
        more_expensive_than,
    }
);

/// Replaces the tools of a phase with those of the next one. The next request informs the model of the change.
fn next_phase(inbox: &Inbox, ended: &Toolset, begun: Toolset) {
    inbox.remove_tools(ended.definitions().iter().map(ToolDefinition::name));
    inbox.add_tools(begun);
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> claudette::Result<()> {
    let client = testing::client_or_script("claude-opus-5-5", script()).await?;
    let inbox = Inbox::new();
    let prices = [("tea".to_owned(), 9.5), ("kettle".to_owned(), 48.0)];
    let mut chat = Chat::builder(client)
        .system("First plan, then change, then verify.")
        .tools(PlanCalls::tools())
        .state(Prices(Mutex::new(prices.into())))
        .state(inbox.clone())
        .build()?;
    let mut events = chat.toolloop("No item may cost more than 40 dollars.").inbox(&inbox).stream();
    while let Some(event) = events.next().await {
        match event? {
            Event::ToolCall(call) => println!("→ {}({})", plain(call.name()), plain(call.input().get())),
            Event::ToolResult(outcome) => println!("← {}", plain(&outcome.text())),
            Event::Done(run) => println!("\n{}", plain(&run.text())),
            _ => {}
        }
    }
    drop(events);
    let names: Vec<String> = chat.tools().definitions().iter().map(|tool| tool.name().to_owned()).collect();
    println!("Tools at the end: {}", names.join(", "));
    Ok(())
}

/// Returns the responses of the mock server, which is used without a key. One of them calls a tool of an earlier phase,
/// which does not run.
fn script() -> Vec<MockResponse> {
    vec![
        MockResponse::tool_use("list_prices", json!({})),
        MockResponse::tool_use("begin_changes", json!({"plan": ["kettle: 40 dollars"]})),
        MockResponse::tool_use("set_price", json!({"item": "kettle", "price": 40})),
        MockResponse::tool_use("begin_check", json!({})),
        MockResponse::tool_use("set_price", json!({"item": "tea", "price": 9})),
        MockResponse::tool_use("more_expensive_than", json!({"limit": 40})),
        MockResponse::text("The kettle costs 40 dollars now. No item costs more."),
    ]
}
