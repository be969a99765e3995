//! A text becomes a value of a type: the model writes it, and it is shown while it grows.

use std::io::Write;

use claudette::testing::{self, MockResponse};
use serde::Deserialize;
use serde_json::json;

/// An invoice.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
struct Invoice {
    /// Who sent it
    from: String,
    /// What was bought
    items: Vec<Item>,
    /// All of it, in the invoice's currency
    total: f64,
}

/// One line of an invoice.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
struct Item {
    name: String,
    quantity: u32,
    /// What one costs
    price: f64,
}

const TEXT: &str = "Invoice from \"Nordic Tea\": 2 boxes of green tea at 12.50 each, 1 kettle at 40. Total 65.";

#[tokio::main(flavor = "current_thread")]
async fn main() -> claudette::Result<()> {
    let client = testing::client_or_script("claude-sonnet-5-5", [script()]).await?;
    let mut stream = client
        .structured::<Invoice>(format!("Read this invoice.\n\n{TEXT}"))
        // If the value is wrong, the model reads why and answers again.
        .validate(|invoice| {
            let sum: f64 = invoice.items.iter().map(|item| f64::from(item.quantity) * item.price).sum();
            if (sum - invoice.total).abs() < 0.005 { Ok(()) } else { Err(format!("the items cost {sum:.2} together")) }
        })
        .stream();
    while let Some(partial) = stream.next().await {
        let partial = partial?;
        // A text may still grow; what is finished stays as it is.
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

/// What the mock server says without a key.
fn script() -> MockResponse {
    let items = json!([
        {"name": "green tea", "quantity": 2, "price": 12.5},
        {"name": "kettle", "quantity": 1, "price": 40},
    ]);
    MockResponse::text(json!({"from": "Nordic Tea", "items": items, "total": 65}).to_string()).chunked(12)
}
