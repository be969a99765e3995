//! Reads a value of a Rust type from a text, and shows it while the model writes it.

use std::io::Write;

use claudette::testing::{self, MockResponse};
use serde::Deserialize;
use serde_json::json;

/// An invoice.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
struct Invoice {
    /// Name of the sender
    from: String,
    /// The purchased items
    items: Vec<Item>,
    /// Total amount, in the invoice's currency
    total: f64,
}

/// One line of an invoice.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
struct Item {
    name: String,
    quantity: u32,
    /// Price per unit
    price: f64,
}

const TEXT: &str = "Invoice from \"Nordic Tea\": 2 boxes of green tea at 12.50 each, 1 kettle at 40. Total 65.";

#[tokio::main(flavor = "current_thread")]
async fn main() -> claudette::Result<()> {
    let client = testing::client_or_script("claude-sonnet-5-5", [script()]).await?;
    let mut stream = client
        .structured::<Invoice>(format!("Read this invoice.\n\n{TEXT}"))
        // If the value is wrong, the model receives the message and answers again.
        .validate(|invoice| {
            let sum: f64 = invoice.items.iter().map(|item| f64::from(item.quantity) * item.price).sum();
            if (sum - invoice.total).abs() < 0.005 { Ok(()) } else { Err(format!("the sum of the items is {sum:.2}")) }
        })
        .stream();
    while let Some(partial) = stream.next().await {
        let partial = partial?;
        // An unfinished text may still grow; a finished value does not change.
        let mark = if partial.is_finished("/from") { "" } else { "…" };
        let items = partial.value()["items"].as_array().map_or(0, Vec::len);
        println!("from {}{mark}, {items} items so far", partial.value()["from"]);
        let _ = std::io::stdout().flush();
    }
    let invoice = stream.finish().await?;
    println!("\nInvoice from {}", invoice.value.from);
    for Item { name, quantity, price } in &invoice.value.items {
        println!("{quantity:>3} × {name:<20} {price:>8.2}");
    }
    println!("{:>34.2}", invoice.value.total);
    println!("({:?}, attempts: {}, {})", invoice.strategy, invoice.attempts, invoice.usage);
    Ok(())
}

/// Returns the response of the mock server, which is used without a key.
fn script() -> MockResponse {
    let items = json!([
        {"name": "green tea", "quantity": 2, "price": 12.5},
        {"name": "kettle", "quantity": 1, "price": 40},
    ]);
    MockResponse::text(json!({"from": "Nordic Tea", "items": items, "total": 65}).to_string()).chunked(12)
}
