//! A policy that decides about calls with a `match` over an enum: a tool that it does not handle is a compile error.

mod plain;

use claudette::testing::{self, MockResponse};
use claudette::{Approval, Chat, tool, tools};
use plain::plain;
use serde_json::json;

/// Finds the orders of a customer.
#[tool]
fn find_orders(
    /// Customer id, e.g. "C1"
    customer: &str,
) -> Vec<&'static str> {
    if customer == "C1" { vec!["O1", "O2"] } else { Vec::new() }
}

/// Refunds a part of an order.
#[tool]
fn refund(
    /// Order id, e.g. "O1"
    order: &str,
    /// Amount in dollars
    amount: f64,
    /// The reason, for the customer
    #[tool(default = "goodwill".to_owned())]
    reason: String,
) -> String {
    format!("{amount} dollars for {order}: {reason}")
}

/// Closes the account of a customer. This cannot be undone.
#[tool(destructive)]
fn close_account(
    /// Customer id, e.g. "C1"
    customer: &str,
) -> String {
    format!("{customer} is closed")
}

tools!(
    /// The calls of the support desk.
    #[derive(Debug)]
    enum DeskCalls {
        find_orders,
        refund,
        close_account,
    }
);

/// The rules of the desk. The fields have the types of the arguments, and defaults are filled in.
fn decide(call: &DeskCalls) -> Approval {
    match call {
        DeskCalls::FindOrders(_) => Approval::Allow,
        DeskCalls::Refund(call) if call.amount <= 50.0 => Approval::Allow,
        DeskCalls::Refund(call) => Approval::deny(format!("{} dollars need the signature of a manager", call.amount)),
        DeskCalls::CloseAccount(_) => Approval::deny("accounts are closed by hand"),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> claudette::Result<()> {
    let client = testing::client_or_script("claude-sonnet-5-5", script()).await?;
    let mut chat = Chat::builder(client)
        .tools(DeskCalls::tools())
        .approve_typed(|call: DeskCalls| async move { decide(&call) })
        .build()?;

    let run =
        chat.toolloop("Customer C1 is angry. Refund 20 dollars for O1 and 500 for O2, and close the account.").await?;
    for outcome in run.steps().iter().flat_map(claudette::chat::Step::outcomes) {
        // The same enum reads finished calls, here for an audit log.
        let line = match DeskCalls::try_from(outcome.call())? {
            DeskCalls::FindOrders(call) => format!("looked up {}", call.customer),
            DeskCalls::Refund(call) => format!("refund of {} for {} ({})", call.amount, call.order, call.reason),
            DeskCalls::CloseAccount(call) => format!("close {}", call.customer),
        };
        println!("{} {}: {}", if outcome.is_error() { "✗" } else { "✓" }, plain(&line), plain(&outcome.text()));
    }
    println!("\n{}", plain(&run.text()));
    Ok(())
}

/// Returns the responses of the mock server, which is used without a key.
fn script() -> Vec<MockResponse> {
    vec![
        MockResponse::tool_use("find_orders", json!({"customer": "C1"})),
        MockResponse::tool_uses([
            ("refund", json!({"order": "O1", "amount": 20})),
            ("refund", json!({"order": "O2", "amount": 500, "reason": "late delivery"})),
            ("close_account", json!({"customer": "C1"})),
        ]),
        MockResponse::text("I refunded 20 dollars. A manager has to sign the rest, and accounts are closed by hand."),
    ]
}
